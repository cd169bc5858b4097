SENTENCES = {
    "outbox.not_sent": ("消息没有发出：{cause}", "The message was not sent: {cause}"),
    "outbox.not_sent_yet": (
        "消息尚未发出：{cause} 它已存下，larkgate run 会继续发送，不必重发。",
        "The message is not sent yet: {cause} It is kept and `larkgate run` goes on trying; "
        "do not send it again.",
    ),
    "outbox.no_answer_yet": (
        "{seconds:g} 秒内没有得到答复。",
        "there was no answer within {seconds:g} s.",
    ),
    "outbox.sent": (
        "已发送回复 {message_id}（会话 {chat}）",
        "reply sent as {message_id} (chat {chat})",
    ),
    "outbox.unknown": (
        "无法确认平台是否已收到（50 分钟内没有得到答复），请人工核对后决定是否重发。",
        "It is unknown whether the platform got it (no answer within 50 minutes): look in the "
        "chat, then decide whether to send it again.",
    ),
}
