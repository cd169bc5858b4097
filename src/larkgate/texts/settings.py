"""What each setting is for; the documentation and `run --check` show it."""

SENTENCES = {
    "settings.gateway.data": (
        "数据目录（里面的文件有消息正文，只有运行者能读）",
        "The data directory; its files hold message bodies, and only who runs Larkgate can read them",
    ),
    "settings.gateway.language": (
        "日志和提示的语言；不设时看 LC_ALL、LC_MESSAGES、LANG 是否以 zh 开头",
        "The language of log and messages; unset, zh where LC_ALL, LC_MESSAGES or LANG says so",
    ),
    "settings.gateway.stop_deadline": (
        "停止时最多等正在运行的处理函数多少秒",
        "How long running handlers may take to finish when the gateway stops",
    ),
    "settings.gateway.threads": (
        "每个应用用于普通（非 async）处理函数的线程数",
        "Threads of each app for plain handlers, those without async",
    ),
    "settings.gateway.role": (
        "这个进程收事件（ingress）、处理（worker）还是都做（all）；前两个需要 PostgreSQL",
        "Whether this process receives events (ingress), handles them (worker), or both (all); the "
        "first two need PostgreSQL",
    ),
    "settings.feishu.name": (
        "给人看的名字；不设时用 app_id",
        "What people call the account; unset, its app_id",
    ),
    "settings.feishu.app_id": ("飞书应用的 App ID", "The App ID of the Feishu app"),
    "settings.feishu.app_secret": ("飞书应用的 App Secret", "The App Secret of the Feishu app"),
    "settings.feishu.domain": (
        "开放平台：feishu 是 https://open.feishu.cn，lark 是 https://open.larksuite.com",
        "The platform: feishu is https://open.feishu.cn, lark is https://open.larksuite.com",
    ),
    "settings.feishu.encrypt_key": (
        "事件加密密钥；长连接不需要",
        "The Encrypt Key; not needed for the long connection",
    ),
    "settings.feishu.verification_token": (
        "事件校验令牌；长连接不需要",
        "The Verification Token; not needed for the long connection",
    ),
    "settings.feishu.reconnect": (
        "重连按 Larkgate 的规则（local）还是平台下发的规则（server）",
        "Whose rules reconnecting follows: Larkgate's (local) or those the platform sends (server)",
    ),
    "settings.feishu.sends_per_second": (
        "每秒最多发送的消息数，0 为不限（平台上限 50）",
        "How many messages at most are sent in a second, 0 for no limit (the platform's is 50)",
    ),
    "settings.feishu.sends_per_minute": (
        "每分钟最多发送的消息数，0 为不限（平台上限 1000）",
        "How many messages at most are sent in a minute, 0 for no limit (the platform's is 1000)",
    ),
    "settings.feishu.sends_per_chat": (
        "每秒发往同一会话的最多消息数，0 为不限（平台上限 5）",
        "How many messages at most are sent in a second into one chat, 0 for no limit (the "
        "platform's is 5)",
    ),
    "settings.feishu.ping_interval": (
        "每隔多少秒发一次心跳；平台给的间隔更短时用平台的",
        "How often a heartbeat is sent; a shorter interval given by the platform wins",
    ),
    "settings.app.kind": ("应用的种类", "What kind of app it is"),
    "settings.app.name": (
        "应用的名字，运行后不要再改；不设时用 kind",
        "Its name, not to be changed once it has run; unset, its kind",
    ),
    "settings.app.accounts": (
        "为哪些 [[feishu]] 服务（name 或 app_id）；不设时为全部",
        "The [[feishu]] it serves, by name or app_id; unset, all",
    ),
    "settings.app.chats": (
        "只处理这些群（oc_…）；不设时处理全部",
        "The chats it serves (oc_…); unset, all",
    ),
    "settings.app.scope": (
        "会话属于谁：群里的每个人（person）、话题（topic）还是整个群（chat）；不设时由应用决定",
        "What a conversation belongs to: a person in a chat, a topic, or the whole chat; "
        "unset, the app's own choice",
    ),
    "settings.app.stale_after": (
        "消息多旧算过时；0 表示从不",
        "From which age on a message is stale; 0 for never",
    ),
    "settings.app.stale": (
        "过时的消息：照常回答（answer）、回答并注明（note）、汇总成一条（digest）、跳过（skip）",
        "What happens to a stale message: it is answered, answered with a note, gathered with others "
        "in one digest, or skipped",
    ),
    "settings.store.url": (
        "数据库：sqlite:///路径 或 postgresql://…；不设时是数据目录里的 larkgate.db。"
        "DATABASE_URL 视为别的程序的数据库，不会写它",
        "The database: sqlite:///path or postgresql://…; unset, larkgate.db in the data directory. "
        "DATABASE_URL is taken for another program's and never written to",
    ),
    "settings.store.min_free": (
        "SQLite 文件所在磁盘至少要剩多少（小磁盘只要二十分之一）；更少时不再接收新事件，平台会重推",
        "What must stay free on the disk of the SQLite file (of a small one a twentieth); with less, new events are refused, and "
        "the platform pushes them again",
    ),
    "settings.store.pool": ("到 PostgreSQL 的连接数", "Connections to PostgreSQL"),
    "settings.store.tls": (
        "到 PostgreSQL 的连接是否加密：off、prefer（能加密就加密）、require、verify（并核对证书）",
        "Whether the connection to PostgreSQL is encrypted: off, prefer (where the server can), "
        "require, verify (and its certificate is checked)",
    ),
    "settings.store.ca": (
        "verify 时信任的 CA 证书文件；不设时用系统的",
        "The CA file that verify trusts; unset, the system's",
    ),
    "settings.store.lease": (
        "PostgreSQL 上的节点多少秒没有消息就算死了，它的工作由别的节点接手",
        "On PostgreSQL, after how long a silent node counts as dead and others take over its work",
    ),
    "settings.queue.retention": (
        "已处理完的事件保留多久",
        "How long events that are handled are kept",
    ),
    "settings.queue.dead_letters": ("死信保留多久", "How long dead letters are kept"),
    "settings.queue.backlog": (
        "最多有多少件工作等待；更多时不再接收新事件，平台会重推；0 为不限",
        "How many jobs may wait; with more, new events are refused, and the platform pushes them "
        "again; 0 for no limit",
    ),
    "settings.store.synchronous": (
        "FULL：断电也不丢已确认的消息；NORMAL：进程崩溃不丢",
        "FULL keeps what was acknowledged through a power cut, NORMAL through a crash of the "
        "process",
    ),
    "settings.log.level": ("日志级别", "What is logged, and everything graver"),
    "settings.log.file": (
        "日志文件；空文本表示只写控制台",
        "The log file; empty in larkgate.toml: console only",
    ),
    "settings.log.content": (
        "日志里可否出现消息正文",
        "Whether message bodies may be logged",
    ),
    "settings.log.max_bytes": (
        "日志文件到多大时换新",
        "The size at which the log file is put aside and a new one begun",
    ),
    "settings.log.backups": ("保留多少个旧日志文件", "How many old log files are kept"),
    "settings.http.host": (
        "/health 和 /ready 监听的地址",
        "The address on which /health and /ready answer",
    ),
    "settings.http.port": (
        "监听的端口；0 表示任选一个空闲的",
        "Its port; 0 takes any free one",
    ),
    "settings.llm.provider": (
        "大模型服务商：qwen、deepseek、openai、ollama、vllm 或 custom",
        "The model's provider: qwen, deepseek, openai, ollama, vllm or custom",
    ),
    "settings.llm.api_key": (
        "大模型的 API Key；不设时不用大模型",
        "Its API key; unset, no model is used",
    ),
    "settings.llm.base_url": (
        "大模型接口地址；不设时用服务商的",
        "The address of its API; unset, the provider's",
    ),
    "settings.llm.model": ("模型名；不设时用服务商的", "The model; unset, the provider's"),
    "settings.proxy.http": (
        "访问 http 地址的代理，如 http://127.0.0.1:7890",
        "The proxy for http addresses, such as http://127.0.0.1:7890",
    ),
    "settings.proxy.https": (
        "访问 https 地址（飞书）的代理，也可是 socks5://…",
        "The proxy for https addresses, so for Feishu; socks5://… works too",
    ),
    "settings.proxy.all": ("其余情况的代理", "The proxy where the other two are unset"),
    "settings.proxy.no_proxy": (
        "不经代理的主机，用逗号分隔；本机从不经代理",
        "Hosts reached directly, divided by commas; this machine always is",
    ),
    "settings.mail.server": ("发信服务器", "The mail server"),
    "settings.mail.port": ("发信服务器的端口", "Its port"),
    "settings.mail.user": ("发信账号", "The user name there"),
    "settings.mail.password": ("发信密码或授权码", "The password there"),
    "settings.mail.tls": ("发信时加密", "Whether mail is sent encrypted"),
    "settings.report.enabled": ("是否启用日报", "Whether the daily report is on"),
    "settings.report.chat_id": ("日报取哪个群（oc_…）", "The chat it reports on (oc_…)"),
    "settings.report.send_mode": ("日报的发送方式", "How it is sent"),
    "settings.report.recipients": ("日报的收件人", "Who receives it"),
}
