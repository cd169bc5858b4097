SENTENCES = {
    "queue.store_failed": (
        "队列 {queue} 暂时无法写入，每秒再试：{cause}",
        "queue {queue} cannot be written for now, trying every second: {cause}",
    ),
    "queue.retry": (
        "第 {attempt} 次尝试失败，{seconds:.0f} 秒后再试：{job}（{reason}）",
        "attempt {attempt} failed, trying again in {seconds:.0f} s: {job} ({reason})",
    ),
    "queue.dead": (
        "不再重试，已放入死信：{job}（{reason}）",
        "given up, kept as a dead letter: {job} ({reason})",
    ),
    "queue.held": ("队列 {queue} 已暂停：{reason}", "queue {queue} pauses: {reason}"),
    "queue.lane_held": (
        "队列 {queue} 中 {lane} 暂停：{reason}",
        "in queue {queue} {lane} pauses: {reason}",
    ),
    "queue.clock_forward": (
        "这台机器的时钟向前跳了 {seconds:.0f} 秒（或刚从休眠中醒来）：计时已随之调整。",
        "this machine's clock jumped ahead by {seconds:.0f} s, or it slept: the store's time follows",
    ),
    "queue.clock_back": (
        "这台机器的时钟慢了 {seconds:.0f} 秒：存储的时间不会倒退，仍继续向前；请检查系统时间。",
        "this machine's clock is {seconds:.0f} s behind: the store's time does not go back, it goes "
        "on as before; check the system's time",
    ),
}
