SENTENCES = {
    "lifecycle.stopping": (
        "收到 {signal}，正在停止；再按一次 Ctrl+C 立即结束。",
        "{signal} received, stopping; Ctrl+C once more ends at once.",
    ),
}
