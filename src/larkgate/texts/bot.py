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
    "bot.odd_click": (
        "收到的卡片点击无法解读（{trace}），已保存，但不交给任何应用：{cause}",
        "a click on a card could not be read ({trace}); it is kept, and no app gets it: {cause}",
    ),
    "bot.click_handled": (
        "点击 {click} 处理完成（{handler}），用时 {milliseconds} 毫秒",
        "handler {handler} finished click {click} in {milliseconds} ms",
    ),
    "bot.click_failed": (
        "处理点击 {click} 时出错（{handler}）：{cause}",
        "handler {handler} failed on click {click}: {cause}",
    ),
    "bot.bad_click_answer": (
        "点击的处理函数 {handler} 应返回文字、None，或只含 toast 和 card 的 JSON 对象。",
        "The click handler {handler} returns text, None, or a JSON object with nothing but toast "
        "and card.",
    ),
    "bot.long_click_answer": (
        "点击的处理函数 {handler} 的返回超过 {limit} 个字符，平台不会接受：请缩短。",
        "What the click handler {handler} returned is longer than {limit} characters, which the "
        "platform does not take: make it shorter.",
    ),
    "bot.click_again": (
        "没有收到这次点击，请再点一次",
        "That click was not received: please click again",
    ),
    "bot.click_late": ("正在处理，请稍候", "Still working on it"),
    "bot.click_dead": ("操作没有成功", "That did not work"),
    "bot.not_kept": (
        "推送未能保存，已请平台稍后重新推送：{cause}",
        "pushes cannot be kept, the platform is asked to push them again later: {cause}",
    ),
    "bot.foreign_connection": (
        "账号 {account} 的事件可能被别的连接收走了：最近一小时有 {count} 条私聊消息没有送到这里"
        "（如 {example}）。请检查是否有别的程序或旧的部署在用同一个 App ID 连接：停掉它，"
        "或让它使用同一个数据库、另一个应用。",
        "Somebody else seems to receive events of the account {account}: {count} private messages "
        "of the last hour never came here (such as {example}). Look for another program, or an "
        "old deployment, that connects with the same App ID: stop it, or give it this store or an "
        "app of its own.",
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
    "bot.run_abandoned": (
        "{delivery} 的这次处理已被放弃，会重新处理：这条回复没有保存。",
        "This run of {delivery} was given up, and it runs anew: the reply was not kept.",
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
    "bot.unknown_stale": (
        "应用 {name} 的 stale 不能是 {stale!r}，可用：{known}。",
        "The app {name} cannot have stale = {stale!r}; possible: {known}.",
    ),
    "bot.bad_stale_after": (
        "应用 {name} 的 stale_after 应是大于 0 的秒数，而不是 {seconds}。",
        "stale_after of the app {name} is a number of seconds above 0, not {seconds}.",
    ),
    "bot.stale_without_age": (
        "应用 {name} 设了 stale = {stale!r}，却没有 stale_after：请写明多少秒后算过时。",
        "The app {name} has stale = {stale!r} but no stale_after: say after how many seconds a "
        "message is old.",
    ),
    "bot.minutes": ("{count} 分钟", "{count} min"),
    "bot.hours": ("{count} 小时", "{count} h"),
    "bot.days": ("{count} 天", "{count} days"),
    "bot.stale_note": (
        "（回复您约 {age}前发送的消息）",
        "(in reply to your message of about {age} ago)",
    ),
    "bot.stale_skipped": (
        "stale：轮到处理时消息已过去约 {age}，按设置不予处理",
        'stale: about {age} old when its turn came, and stale = "skip"',
    ),
    "bot.stale_listed": (
        "stale：轮到处理时消息已过去约 {age}，不予处理，列入汇总 {digest}",
        "stale: about {age} old when its turn came, listed in the digest {digest}",
    ),
    "bot.put_aside": (
        "消息 {message} 已过去约 {age}，不再处理",
        "message {message} is about {age} old and is not handled",
    ),
    "bot.digest": (
        "以下消息（{count} 条）送达太晚，没有处理：\n{lines}\n如果仍然需要，请再说一次。",
        "These reached me too late and were not answered ({count}):\n{lines}\n"
        "Please say again what still matters.",
    ),
    "bot.digest_more": ("……另有 {count} 条", "… and {count} more"),
}
