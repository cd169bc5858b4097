"""Sentences of the testing room."""

SENTENCES: dict[str, tuple[str, str]] = {
    "testing.inside": (
        "这里是机器人自己的线程：处理函数里不能用测试的句柄，否则双方会互相等下去",
        "this is the bot's own thread: a handler cannot use what belongs to the test, because each "
        "would wait for the other",
    ),
    "testing.blocked": (
        "async 处理函数阻塞了事件循环，停在 {place}：改用普通的 def，或用 await",
        "an async handler blocks the event loop, at {place}: make it a plain def, or await",
    ),
    "testing.no_app": (
        "从“{target}”加载机器人失败：{cause}",
        "no bot could be loaded from {target!r}: {cause}",
    ),
    "testing.not_an_app": (
        "“{target}”是 {type}，不是 Bot",
        "{target!r} is a {type}, not a Bot",
    ),
    "testing.no_bot": (
        "这里没有运行机器人：先调用 feishu.run(bot)",
        "no bot runs here: call feishu.run(bot) first",
    ),
    "testing.runs_already": (
        "这里已经在运行机器人：多个机器人请一次给出 feishu.run(a, b)，否则先调用 feishu.stop()",
        "a bot runs here already: give several at once, feishu.run(a, b), or call feishu.stop() "
        "first",
    ),
    "testing.not_at_rest": (
        "等了 {seconds:g} 秒仍未静止：{what}",
        "not at rest after {seconds:g} s: {what}",
    ),
    "testing.pushing": (
        "推送 {type} 还没有被确认",
        "a push of {type} is not acknowledged yet",
    ),
    "testing.running": (
        "{job} 正在处理，停在 {place}",
        "{job} is being worked on, at {place}",
    ),
    "testing.due": (
        "{job} 等着处理",
        "{job} waits for its turn",
    ),
    "testing.calling": (
        "调用 {call} 还没有得到回答",
        "the call {call} is not answered yet",
    ),
    "testing.restless": (
        "一直有事情发生",
        "something happens all the time",
    ),
    "testing.unconnected": (
        "机器人没有建立长连接：它的域名、App ID 和 App Secret 要取自 feishu.environment",
        "no bot has connected: its domain, App ID and App Secret must be those of "
        "feishu.environment",
    ),
    "testing.connecting": (
        "长连接尚未建立（{phase}）：{reason}",
        "the long connection is not there ({phase}): {reason}",
    ),
    "testing.refused": (
        "平台拒绝了长连接：{reason}",
        "the platform refuses the long connection: {reason}",
    ),
    "testing.handler_failed": (
        "处理函数 {handler} 出错：{error}",
        "the handler {handler} failed: {error}",
    ),
    "testing.failed": (
        "测试期间机器人出了问题（若在意料之中，请调用 feishu.allow_failures()）：\n{reason}",
        "something went wrong in the bot during the test (where that is meant, call "
        "feishu.allow_failures()):\n{reason}",
    ),
    "testing.click_failed": (
        "点击没有成功，客户端显示错误 {code}",
        "the click did not work: who clicked sees error {code}",
    ),
    "testing.unanswered": (
        "没有这条消息。\n{why}",
        "there is no such message.\n{why}",
    ),
    "testing.nobody_spoke": (
        "会话里没有人说过话",
        "nobody has said anything in this chat",
    ),
    "testing.last_said": (
        "{who} 说：{text}",
        "{who} said: {text}",
    ),
    "testing.nobody_told": (
        "会话里没有机器人",
        "there is no bot in this chat",
    ),
    "testing.acknowledged": (
        "{type} 已推送并被确认",
        "{type} was pushed and acknowledged",
    ),
    "testing.not_connected": (
        "{type} 推送时没有长连接",
        "{type} was pushed while no bot was connected",
    ),
    "testing.not_acknowledged": (
        "{type} 推送后没有被确认（{code}）",
        "{type} was pushed and not acknowledged ({code})",
    ),
    "testing.unwanted": (
        "没有处理函数要它；现有：{handlers}",
        "no handler wanted it; there are: {handlers}",
    ),
    "testing.silent": (
        "处理完了，没有回答（{result}）",
        "it was handled, and the handler said nothing ({result})",
    ),
    "testing.not_done": (
        "没有处理完（{state}）：{reason}",
        "it is not done ({state}): {reason}",
    ),
    "testing.unsent": (
        "回答没有发出去：{reason}",
        "the answer was not sent: {reason}",
    ),
    "testing.answered": (
        "机器人回答了，但不是在这里",
        "the bot has answered, but not here",
    ),
    "testing.recalled": (
        "（已撤回）",
        "(recalled)",
    ),
    "testing.edited": (
        "（已编辑）",
        "(edited)",
    ),
    "testing.in_reply": (
        "（回复“{text}”）",
        "(in reply to {text!r})",
    ),
}
