SENTENCES = {
    "bot.bad_app_name": (
        "应用名 {name!r} 不可用：只能用字母、数字、- 和 _，最多 40 个字符。",
        "The app name {name!r} cannot be used: letters, digits, - and _ only, at most 40.",
    ),
    "bot.unknown_argument": (
        "处理函数 {handler} 的参数 {argument} 没有来源：第一个参数是消息，其余可用：{known}。",
        "Nothing gives the handler {handler} its argument {argument}: the first is the message, "
        "others may be {known}.",
    ),
    "bot.unreadable_push": (
        "收到无法解读的推送（{trace}），已请平台重新推送：{cause}",
        "a push could not be read ({trace}), the platform is asked to push it again: {cause}",
    ),
    "bot.odd_message": (
        "收到的消息无法解读（{trace}），已保存，但不交给任何应用：{cause}",
        "a message could not be read ({trace}); it is kept, and no app gets it: {cause}",
    ),
    "bot.not_kept": (
        "推送未能保存，已请平台稍后重新推送：{cause}",
        "pushes cannot be kept, the platform is asked to push them again later: {cause}",
    ),
    "bot.kept_again": ("推送又可以保存了", "pushes are kept again"),
    "bot.message_received": (
        "收到消息 {message}（会话 {chat}，发送者 {sender}，类型 {type}，账号 {account}）",
        "message {message} received (chat {chat}, sender {sender}, type {type}, account {account})",
    ),
    "bot.content": ("正文（{message}）：{text}", "content ({message}): {text}"),
    "bot.event_received": (
        "收到事件 {type}（账号 {account}）",
        "event {type} received (account {account})",
    ),
    "bot.account_gone": (
        "账号 {account} 已不在设置中",
        "the account {account} is no longer in the settings",
    ),
    "bot.identity_unknown": (
        "还不知道账号 {account} 的机器人是谁：{cause}",
        "it is not yet known who the bot of {account} is: {cause}",
    ),
    "bot.session_created": (
        "创建新会话 {session}（{lane}）",
        "new session {session} ({lane})",
    ),
    "bot.session_not_json": (
        "session.state 只能放 JSON 能表示的内容：{cause}",
        "session.state holds what JSON cannot: {cause}",
    ),
    "bot.session_changed": (
        "会话 {session} 已被另一次处理修改",
        "session {session} was changed by another run meanwhile",
    ),
    "bot.handler_started": (
        "开始处理消息 {message}（{handler}）",
        "handler {handler} started for message {message}",
    ),
    "bot.handler_finished": (
        "处理完成：消息 {message}（{handler}），用时 {milliseconds} 毫秒",
        "handler {handler} finished message {message} in {milliseconds} ms",
    ),
    "bot.handler_failed": (
        "处理消息 {message} 时出错（{handler}）：{cause}",
        "handler {handler} failed on message {message}: {cause}",
    ),
    "bot.reply_stored": (
        "已保存对消息 {message} 的回复（长度：{length}）",
        "reply to message {message} stored (length {length})",
    ),
    "bot.returned_coroutine": (
        "处理函数 {handler} 返回了协程：它或它的装饰器应写成 async def。",
        "The handler {handler} returned a coroutine: write it, or the decorator around it, as "
        "async def.",
    ),
    "bot.bad_answer": (
        "处理函数应返回文字或 None，而不是 {type}。",
        "A handler returns text or None, not {type}.",
    ),
}
