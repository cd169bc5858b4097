SENTENCES = {
    "queue.store_failed": (
        "队列 {queue} 暂时无法写入，稍后再试：{cause}",
        "Queue {queue} cannot be written for now, trying again: {cause}",
    ),
}
