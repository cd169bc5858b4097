"""Sentences of the commands, but for those of `larkgate queue`."""

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
        "例：larkgate run · larkgate run mybot:bot · larkgate run --check · "
        "larkgate run --role worker",
        "Connect to Feishu and run the bots.\n\n"
        "Reads larkgate.toml, .env and the environment.\n\n"
        "Examples: larkgate run · larkgate run mybot:bot · larkgate run --check · "
        "larkgate run --role worker",
    ),
    "cli.simulate": (
        "在本机运行模拟平台和聊天页面，直到 Ctrl+C；子命令操作正在运行的那一个。\n\n"
        "例：larkgate simulate --port 8322 --settings .env · larkgate simulate --scenario night.toml",
        "Run the platform on this machine, with a chat page, until Ctrl+C; its commands work on "
        "the one that runs.\n\n"
        "Examples: larkgate simulate --port 8322 --settings .env · "
        "larkgate simulate --scenario night.toml",
    ),
    "cli.say": (
        "在模拟平台上以某人的身份说一句话，并显示回复。\n\n"
        '例：larkgate simulate say --as 张三 --chat 研发群 "@TSP助手 车辆无法连接网络"',
        "Say something on the simulated platform and show the answer.\n\n"
        'Example: larkgate simulate say --as 张三 --chat 研发群 "@TSP助手 车辆无法连接网络"',
    ),
    "cli.sim.recall": (
        "在模拟平台上撤回一条消息，不指明时是这个人最新的一条。\n\n例：larkgate simulate recall --as 张三",
        "Recall a message on the simulated platform, without an id the newest of this person.\n\n"
        "Example: larkgate simulate recall --as 张三",
    ),
    "cli.sim.react": (
        "在模拟平台上给一条消息添加表情，不指明时是最新的一条。\n\n例：larkgate simulate react THUMBSUP",
        "Put an emoji on a message of the simulated platform, without an id on the newest.\n\n"
        "Example: larkgate simulate react THUMBSUP",
    ),
    "cli.sim.click": (
        "在模拟平台上点击卡片里的按钮，不指明卡片时是最新的一张；显示机器人的回应。\n\n"
        "例：larkgate simulate click 同意 --as 李四",
        "Use a button of a card on the simulated platform, without an id of the newest; shows "
        "what the bot answered.\n\nExample: larkgate simulate click 同意 --as 李四",
    ),
    "cli.sim.fault": (
        "让模拟平台出故障；不带参数时列出现有的故障。故障和字段见 docs/simulator.md。\n\n"
        "例：larkgate simulate fault drop · "
        "larkgate simulate fault answer path='*/reply' code=230020 times=3 · "
        "larkgate simulate fault refuse lasts=30",
        "Make the simulated platform fail; without arguments, list what is in force. Kinds and "
        "fields are in docs/simulator.md.\n\n"
        "Examples: larkgate simulate fault drop · "
        "larkgate simulate fault answer path='*/reply' code=230020 times=3 · "
        "larkgate simulate fault refuse lasts=30",
    ),
    "cli.sim.heal": (
        "解除故障：给出编号，或不带参数解除全部。\n\n例：larkgate simulate heal · larkgate simulate heal f3",
        "Lift faults: those with these ids, or all.\n\n"
        "Examples: larkgate simulate heal · larkgate simulate heal f3",
    ),
    "cli.sim.switch": (
        "设置模拟平台的开关，并列出全部。\n\n例：larkgate simulate switch fragment_size=512 rate_limits=false",
        "Set switches of the simulated platform, and list them all.\n\n"
        "Example: larkgate simulate switch fragment_size=512 rate_limits=false",
    ),
    "cli.sim.misconfigure": (
        "犯一个设置错误；不带参数时列出全部错误和看到的现象。\n\n例：larkgate simulate misconfigure no_group_scope",
        "Make a set-up mistake; without arguments, list them all with what one sees.\n\n"
        "Example: larkgate simulate misconfigure no_group_scope",
    ),
    "cli.sim.export": (
        "把模拟平台上的一切写进一个 JSON 文件。\n\n例：larkgate simulate export world.json",
        "Write all there is on the simulated platform into one JSON file.\n\n"
        "Example: larkgate simulate export world.json",
    ),
    "cli.sim.import": (
        "用导出的文件重新开始；连接会断开。\n\n例：larkgate simulate import world.json",
        "Begin anew with an exported file; connections end.\n\n"
        "Example: larkgate simulate import world.json",
    ),
    "cli.sim.status": (
        "显示应用是否在线、故障、没有推送的事件及原因、最近的调用。\n\n例：larkgate simulate status --json",
        "Show which apps are online, faults, events that were held back and why, recent calls."
        "\n\nExample: larkgate simulate status --json",
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
    "cli.db": ("管理存储。", "Look after the store."),
    "cli.upgrade": (
        "把存储的表升级到这个版本，启动时也会自动升级。\n\n"
        "请先停止网关。\n\n例：larkgate db upgrade",
        "Bring the store's tables to this version.\n\nA start does so by itself; stop the gateway "
        "first.\n\nExample: larkgate db upgrade",
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
    "cli.option.sim_host": (
        "监听的地址；不是本机地址时别的机器也能操作",
        "where to listen; any but this machine's own lets others control it",
    ),
    "cli.option.seed": (
        "各种 id 的来源，用于重现；不给则每次都是新的 id",
        "where ids come from, to repeat a run; without it they are new each time",
    ),
    "cli.option.scenario": ("场景文件，TOML 或 JSON", "a scenario, TOML or JSON"),
    "cli.option.world": ("从导出的世界开始", "begin with an exported world"),
    "cli.option.save": ("结束时导出到这个文件", "export the world here at the end"),
    "cli.option.settings_out": (
        "把连接它所需的设置写进这个 .env 文件",
        "write the settings that connect a bot into this .env file",
    ),
    "cli.option.message": ("消息 id", "id of the message"),
    "cli.option.fields": ("字段或开关，值是 JSON 或文字", "fields or switches; JSON or text"),
    "cli.option.world_or_dash": (
        "JSON 文件，- 为标准输出",
        "a JSON file; - is the standard output",
    ),
    "cli.option.sim_app": ("哪个应用", "which app"),
    "cli.option.secrets": ("包括密钥", "with the apps' secrets"),
    "cli.option.version": ("显示版本", "show the version"),
    "cli.option.ask": ("只问这一句，显示回答和来源后退出", "ask only this, print the answer, exit"),
    "cli.option.target": ("代码里的机器人，如 mybot:bot", "a bot in code, such as mybot:bot"),
    "cli.option.role": (
        "这个进程做什么：收事件（ingress）、处理（worker）或都做（all）；前两个需要 PostgreSQL",
        "what this process does: receive events (ingress), handle them (worker), or both (all); the "
        "first two need PostgreSQL",
    ),
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
    "cli.state.running": ("运行中", "running"),
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
    "cli.column.id": ("编号", "id"),
    "cli.column.age": ("多久前", "age"),
    "cli.column.tries": ("次数", "tries"),
    "cli.column.reason": ("原因", "reason"),
    "cli.column.waiting": ("等待", "waiting"),
    "cli.column.running": ("运行中", "running"),
    "cli.column.dead": ("死信", "dead"),
    "cli.column.oldest": ("最久", "oldest"),
    "cli.column.paused": ("暂停原因", "paused"),
    "cli.column.tables": ("表", "tables"),
    "cli.column.before": ("原版本", "before"),
    "cli.column.after": ("现版本", "now"),
    "cli.column.node": ("节点", "node"),
    "cli.column.host": ("主机", "host"),
    "cli.column.process": ("进程", "process"),
    "cli.column.role": ("角色", "role"),
    "cli.column.version": ("版本", "version"),
    "cli.column.lease": ("租约", "lease"),
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
    "simulate.not_there": (
        "{url} 上没有模拟平台应答：请先运行 larkgate simulate 或 larkgate demo，或用 --url 指明。",
        "No simulator answers at {url}: start `larkgate simulate` or `larkgate demo`, or name it "
        "with --url.",
    ),
    "simulate.offline": (
        "“{app}”没有在线：没有机器人以它的身份连接；larkgate simulate status 可以查看",
        "{app} is offline: no bot is connected as this app; see `larkgate simulate status`",
    ),
    "simulate.how_to_connect": (
        "把机器人接到它：FEISHU_APP_ID={app_id} FEISHU_APP_SECRET={secret} "
        "FEISHU_DOMAIN={url} larkgate run",
        "Connect a bot to it: FEISHU_APP_ID={app_id} FEISHU_APP_SECRET={secret} "
        "FEISHU_DOMAIN={url} larkgate run",
    ),
    "simulate.port_taken": (
        "不能在 {host}:{port} 监听（{cause}）：请换一个 --port，或不指定",
        "cannot listen on {host}:{port} ({cause}): choose another --port, or none",
    ),
    "simulate.settings_written": ("设置已写入 {file}", "settings written to {file}"),
    "simulate.no_app": (
        "这个世界里没有应用，没有可写的设置",
        "there is no app in this world: there are no settings to write",
    ),
    "simulate.no_message": ("没有这样的消息", "there is no such message"),
    "simulate.no_value": (
        "“{field}”里没有等号：请写成 名字=值",
        "there is no '=' in {field!r}: write name=value",
    ),
    "simulate.click_failed": (
        "点击失败：卡片显示错误 {code}",
        "The click failed: the card shows error {code}",
    ),
    "simulate.word.app": ("应用", "app"),
    "simulate.word.call": ("调用", "call"),
    "simulate.word.callbacks": ("回调", "callbacks"),
    "simulate.word.code": ("代码", "code"),
    "simulate.word.events": ("事件", "events"),
    "simulate.word.fault": ("故障", "fault"),
    "simulate.word.fields": ("字段", "fields"),
    "simulate.word.id": ("编号", "id"),
    "simulate.word.mistake": ("错误", "mistake"),
    "simulate.word.online": ("在线", "online"),
    "simulate.word.path": ("路径", "path"),
    "simulate.word.reason": ("原因", "reason"),
    "simulate.word.status": ("状态", "status"),
    "simulate.word.struck": ("次数", "struck"),
    "simulate.word.switch": ("开关", "switch"),
    "simulate.word.unpublished": ("未发布", "unpublished"),
    "simulate.word.value": ("值", "value"),
    "simulate.word.what_one_sees": ("现象", "what one sees"),
    "simulate.word.withheld": ("未推送", "withheld"),
    "simulate.refused": ("模拟平台拒绝了：{cause}", "The simulator refused: {cause}"),
    "simulate.nobody_answered": (
        "{seconds:g} 秒内没有人回复。",
        "nobody answered within {seconds:g} s.",
    ),
}
