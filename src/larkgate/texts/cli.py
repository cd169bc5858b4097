SENTENCES = {
    "cli.help": (
        "让飞书机器人运行在任何地方：先落盘再确认，按序只处理一次，失败都有说明。\n\n"
        "例：larkgate demo · larkgate run · larkgate status",
        "Feishu/Lark bots that live anywhere: kept before acknowledged, handled once and in "
        "order, every failure explained.\n\n"
        "Examples: larkgate demo · larkgate run · larkgate status",
    ),
    "cli.demo": (
        "离线演示，无需网络和账号。\n\n启动模拟平台、网关、支持助手和聊天页面。\n\n"
        "例：larkgate demo --ask 车辆无法连接网络怎么办",
        "The main job, without network or account.\n\n"
        "Starts the simulator, the gateway, the support assistant and a chat page.\n\n"
        "Example: larkgate demo --ask 车辆无法连接网络怎么办",
    ),
    "cli.run": (
        "连接飞书并运行机器人。\n\n读取 larkgate.toml、.env 和环境变量。\n\n"
        "例：larkgate run · larkgate run mybot:bot · larkgate run --check",
        "Connect to Feishu and run the bots.\n\n"
        "Reads larkgate.toml, .env and the environment.\n\n"
        "Examples: larkgate run · larkgate run mybot:bot · larkgate run --check",
    ),
    "cli.simulate": (
        "在本机运行模拟平台和聊天页面。\n\n例：larkgate simulate --port 8322",
        "Run the platform on this machine, with a chat page.\n\n"
        "Example: larkgate simulate --port 8322",
    ),
    "cli.say": (
        "在模拟平台上以某人的身份说一句话，并显示回复。\n\n"
        '例：larkgate simulate say --as 张三 --chat 研发群 "@TSP助手 车辆无法连接网络"',
        "Say something on the simulated platform and show the answer.\n\n"
        'Example: larkgate simulate say --as 张三 --chat 研发群 "@TSP助手 车辆无法连接网络"',
    ),
    "cli.send": (
        "给群聊或个人发一条文字消息。\n\n例：larkgate send --chat oc_xxx 你好",
        "Send a text message to a chat or a person.\n\nExample: larkgate send --chat oc_xxx hi",
    ),
    "cli.stop": ("停止正在运行的网关。", "Stop the running gateway."),
    "cli.status": (
        "显示连接、队列和待处理的消息。\n\n未就绪时以 1 退出。",
        "Show connections, queues and what waits.\n\nExits with 1 unless ready.",
    ),
    "cli.option.settings": (
        "设置文件（默认 larkgate.toml）",
        "settings file (default: larkgate.toml)",
    ),
    "cli.option.json": ("输出 JSON", "print JSON"),
    "cli.option.port": ("端口，0 为任意", "port, 0 takes any"),
    "cli.option.simulator": (
        "模拟平台的地址（默认为正在运行的那个）",
        "address of the simulator (default: the running one)",
    ),
    "cli.option.version": ("显示版本", "show the version"),
    "cli.option.ask": ("只问这一句，显示回答和来源后退出", "ask only this, print the answer, exit"),
    "cli.option.target": ("代码里的机器人，如 mybot:bot", "a bot in code, such as mybot:bot"),
    "cli.option.check": (
        "只检查设置，不连接任何人",
        "only check the settings, calling nobody",
    ),
    "cli.option.chat": ("群聊 id", "id of the chat"),
    "cli.option.user": ("用户 open_id", "open_id of the person"),
    "cli.option.account": ("用哪个账号发", "which account sends"),
    "cli.option.as": ("说话的人", "who speaks"),
    "cli.option.in": ("群聊的名字", "name of the chat"),
    "cli.option.wait": ("等待回复的秒数", "seconds to wait for the answer"),
    "cli.chat_or_user": (
        "请用 --chat 或 --user 指明一个收件人。",
        "Name one receiver, with --chat or --user.",
    ),
    "cli.json_of_check": (
        "--json 只用于 larkgate run --check。",
        "--json goes with `larkgate run --check` only.",
    ),
    "cli.sent": ("已发送：{message_id}", "sent: {message_id}"),
    "cli.stopping": ("正在停止", "stopping"),
    "cli.held": ("队列 {queue} 已暂停：{reason}", "queue {queue} pauses: {reason}"),
    "cli.no_target": (
        "无法载入 {target}（{cause}）：请写成 模块:名字，并在模块所在目录运行。",
        "{target} cannot be loaded ({cause}): write module:name and run in the module's directory.",
    ),
    "cli.not_an_app": (
        "{target} 是 {type}，不是 Bot：请指向 bot = Bot() 这样的变量。",
        "{target} is a {type}, not a Bot: name the variable of `bot = Bot()`.",
    ),
    "cli.check_ok": ("设置可用。", "The settings can be used."),
    "cli.check_failed": ("不可用的设置：{number} 项。", "Settings that cannot be used: {number}."),
    "cli.verdict.ok": ("可用", "OK"),
    "cli.verdict.warning": ("注意", "note"),
    "cli.verdict.failed": ("错误", "error"),
    "cli.state.open": ("等待", "waiting"),
    "cli.state.done": ("完成", "done"),
    "cli.state.dead": ("死信", "dead"),
    "cli.state.withdrawn": ("撤回", "withdrawn"),
    "cli.phase.waiting": ("等待重连", "waiting to reconnect"),
    "cli.phase.endpoint": ("获取连接地址", "asking for an endpoint"),
    "cli.phase.dialing": ("正在连接", "connecting"),
    "cli.phase.opening": ("等待首个心跳应答", "waiting for the first pong"),
    "cli.phase.live": ("已连接", "connected"),
    "cli.phase.refused": ("被平台拒绝", "refused by the platform"),
    "cli.phase.stopped": ("已停止", "stopped"),
    "cli.broken": ("应用 {app} 未启动：{reason}", "app {app} is not running: {reason}"),
    "cli.column.setting": ("设置", "setting"),
    "cli.column.value": ("值", "value"),
    "cli.column.source": ("来源", "source"),
    "cli.column.verdict": ("结果", "verdict"),
    "cli.column.account": ("账号", "account"),
    "cli.column.state": ("状态", "state"),
    "cli.column.since": ("自", "since"),
    "cli.column.events": ("事件", "events"),
    "cli.column.queue": ("队列", "queue"),
    "cli.column.jobs": ("数量", "jobs"),
    "demo.open": (
        "在浏览器打开上面的地址，以任何人的身份说话；按 Ctrl+C 结束。",
        "Open the address in a browser and speak as anybody. Ctrl+C ends it.",
    ),
    "demo.question": ("问：{text}", "Q: {text}"),
    "demo.sources": ("来源：{sources}", "Sources: {sources}"),
    "demo.no_sources": ("无", "none"),
    "demo.no_answer": (
        "{seconds:g} 秒内没有回答：日志在 {log}。",
        "No answer within {seconds:g} s: see {log}.",
    ),
    "demo.ended": ("演示结束。", "The demo has ended."),
    "simulate.not_found": (
        "没有找到正在运行的模拟平台：请先运行 larkgate simulate 或 larkgate demo，"
        "或用 --url 指明。",
        "No simulator runs here: start `larkgate simulate` or `larkgate demo`, or name it with "
        "--url.",
    ),
    "simulate.how_to_connect": (
        "把机器人接到它：FEISHU_APP_ID={app_id} FEISHU_APP_SECRET={secret} "
        "FEISHU_DOMAIN={url} larkgate run",
        "Connect a bot to it: FEISHU_APP_ID={app_id} FEISHU_APP_SECRET={secret} "
        "FEISHU_DOMAIN={url} larkgate run",
    ),
    "simulate.refused": ("模拟平台拒绝了：{cause}", "The simulator refused: {cause}"),
    "simulate.nobody_answered": (
        "{seconds:g} 秒内没有人回复。",
        "nobody answered within {seconds:g} s.",
    ),
}
