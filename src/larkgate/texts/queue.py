SENTENCES = {
    "queue.store_failed": (
        "队列 {queue} 暂时无法写入，每秒再试：{cause}",
        "queue {queue} cannot be written for now, trying every second: {cause}",
    ),
    "queue.run_is_over": (
        "{job} 的这次运行已不算数：这个节点被当作已死，由别的节点处理它",
        "this run of {job} does not count any more: its node was taken for dead, and another one runs "
        "it",
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
    "queue.still_worked_on": (
        "队列 {queue} 中还有任务正在处理，无法转移：请先停止处理它的程序，或等它们完成。",
        "jobs of queue {queue} are being worked on, so they cannot be moved: stop what runs them, or "
        "wait until they are done",
    ),
    "queue.pruned": (
        "已删除超过保留期的记录：{events} 个事件、{jobs} 个任务。",
        "deleted what was older than its retention: {events} events, {jobs} jobs",
    ),
    "queue.prune_failed": (
        "无法删除超过保留期的记录，每分钟再试：{cause}",
        "what is older than its retention cannot be deleted, trying every minute: {cause}",
    ),
    "queue.prune_waits": (
        "时钟向前跳了 {seconds:.0f} 秒：8 小时内不删除任何记录；如果时间不对，请在此之前校正。",
        "the clock jumped ahead by {seconds:.0f} s: nothing is deleted for 8 hours; if the time is "
        "wrong, put it right before that",
    ),
    "queue.withdrawn": ("消息已被撤回", "the message was recalled"),
    "queue.killed_process": (
        "处理它的进程死了 {crashes} 次，最后一次只有它在处理",
        "the process that handled it died {crashes} times, the last time with nothing beside it",
    ),
    "queue.backlog_full": (
        "未完成的任务已达上限 {limit}：在处理完一部分之前不再接收，平台会重新推送（[queue] backlog）。",
        "{limit} jobs wait, which is the limit: nothing more is accepted until some are done, and "
        "the platform pushes again ([queue] backlog).",
    ),
}
