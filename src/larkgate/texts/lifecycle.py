SENTENCES = {
    "lifecycle.stopping": (
        "收到 {signal}，正在停止；再按一次 Ctrl+C 立即结束。",
        "{signal} received, stopping; Ctrl+C once more ends at once.",
    ),
    "lifecycle.ended_by_force": (
        "仍有代码不肯结束，进程已强制退出；已存下的消息下次启动时继续处理。",
        "something would not end, so the process was ended by force; what is kept goes on after "
        "the next start.",
    ),
}
