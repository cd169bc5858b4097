SENTENCES = {
    "config.source.default": ("默认", "default"),
    "config.source.environment": ("环境变量", "environment"),
    # What a value may be: they follow "must be" and head a column of the documentation.
    "config.kind.text": ("文本", "a text"),
    "config.kind.app_name": (
        "字母、数字、- 和 _，最多 40 个字符",
        "letters, digits, - and _, at most 40",
    ),
    "config.kind.secret": ("文本（保密）", "a text (kept secret)"),
    "config.kind.flag": ("true 或 false", "true or false"),
    "config.kind.host": ("主机名或 IP 地址", "a host name or an IP address"),
    "config.kind.names": ("列表，或用逗号分隔的文本", "a list, or a text divided by commas"),
    "config.kind.path": ("路径", "a path"),
    "config.kind.optional_path": ("路径；空文本表示不要", "a path, or an empty text for none"),
    "config.kind.address": ("http 或 https 地址", "an http or https address"),
    "config.kind.domain": (
        "feishu、lark，或 http/https 地址",
        "feishu, lark, or an http or https address",
    ),
    "config.kind.bytes": ("大小，如 1048576 或 10MB", "a size such as 1048576 or 10MB"),
    "config.kind.language": ("zh 或 en", "zh or en"),
    "config.kind.choice": ("其中之一：{options}", "one of {options}"),
    "config.kind.whole": ("{low} 到 {high} 的整数", "a whole number from {low} to {high}"),
    "config.kind.duration": (
        "{low} 到 {high} 的时长，如 90s、30m、12h、7d",
        "a length of time from {low} to {high}, such as 90s, 30m, 12h or 7d",
    ),
    "config.kind.seconds": ("{low:g} 到 {high:g} 秒", "{low:g} to {high:g} seconds"),
    # What to write instead.
    "config.did_you_mean": ("是不是想写 {name}？", "did you mean {name}?"),
    "config.known": ("可用的有：{names}。", "known are {names}."),
    # Files.
    "config.no_file": (
        "没有设置文件 {file}：请检查路径，或去掉这个选项。",
        "There is no settings file {file}: check the path, or leave the option out.",
    ),
    "config.unreadable": (
        "无法读取 {file}（{cause}）：请检查文件权限。",
        "{file} cannot be read ({cause}): check its permissions.",
    ),
    "config.bad_encoding": (
        "{file} 的编码无法识别：请另存为 UTF-8。",
        "{file} is in no encoding that is known here: save it as UTF-8.",
    ),
    "config.bad_toml": (
        "{file} 第 {line} 行第 {column} 列不是正确的 TOML（{cause}）：请改正这一行，"
        "文本要放在引号里。",
        "{file}, line {line}, column {column} is not valid TOML ({cause}): correct that line; "
        "texts go in quotes.",
    ),
    "config.bad_toml_end": (
        "{file} 不是正确的 TOML（{cause}）：请检查最后几行，看引号和括号是否成对、有无重复的名字。",
        "{file} is not valid TOML ({cause}): look at its last lines for a quote or bracket that "
        "is not closed, or a name given twice.",
    ),
    "config.bad_line": (
        "{file} 第 {line} 行无法读懂：请写成 {name}=值，引号要成对。",
        "{file}, line {line} makes no sense: write {name}=value, with both quotes if any.",
    ),
    # Names and values.
    "config.unknown_table": (
        "{file}：没有 {name!r} 这一段；{cure}",
        "{file}: there is no table {name!r}; {cure}",
    ),
    "config.loose_key": (
        "{file}：{name!r} 写在了所有分段之外；{cure}",
        "{file}: {name!r} stands outside every table; {cure}",
    ),
    "config.belongs_below": (
        "请把它移到所属的分段之下：{tables}。",
        "move it below its table: {tables}.",
    ),
    "config.unknown_key": (
        "{file}：[{table}] 没有 {key!r} 这一项；{cure}",
        "{file}: [{table}] has no setting {key!r}; {cure}",
    ),
    "config.unknown_variable": (
        "{source}：{name!r} 不是 Larkgate 的变量；{cure}",
        "{source}: {name!r} is no variable of Larkgate; {cure}",
    ),
    "config.not_a_table": (
        "{file}：{table} 应是一段设置，请写成 [{table}]，各项设置各占一行。",
        "{file}: {table} is a table: write [{table}], and its settings on the lines below.",
    ),
    "config.bad_value": (
        "{place} 的值 {value!r} 不可用：应为{expected}。",
        "{place} cannot be {value!r}: it must be {expected}.",
    ),
    "config.twice": (
        "两个 [[{table}]] 的 {key} 都是 {value}：请改掉或删去一个。",
        "Two [[{table}]] have the {key} {value}: change or remove one.",
    ),
    # Accounts.
    "config.no_account": (
        "没有设置飞书应用：请在 .env 里写 FEISHU_APP_ID 和 FEISHU_APP_SECRET"
        "（开放平台 → 应用 → 凭证与基础信息），或先用 larkgate demo 试一试。",
        "No Feishu app is configured: put FEISHU_APP_ID and FEISHU_APP_SECRET in .env (open "
        "platform → your app → Credentials & Basic Info), or try `larkgate demo` first.",
    ),
    "config.no_app_id": (
        "[{account}] 没有 app_id：请写上 app_id（或 FEISHU_APP_ID），"
        "见开放平台 → 应用 → 凭证与基础信息。",
        "[{account}] has no app_id: set app_id, or FEISHU_APP_ID; you find it on the open "
        "platform → your app → Credentials & Basic Info.",
    ),
    "config.no_app_secret": (
        "[{account}] 应用 {app_id} 没有 app_secret：请写上 app_secret（或 FEISHU_APP_SECRET），"
        "见开放平台 → 应用 → 凭证与基础信息。",
        "[{account}] The app {app_id} has no app_secret: set app_secret, or FEISHU_APP_SECRET; "
        "you find it on the open platform → your app → Credentials & Basic Info.",
    ),
    # Apps.
    "config.no_kind": (
        "[{app}] 没有 kind：请写 kind，{kinds}。",
        "[{app}] has no kind: set kind to {kinds}.",
    ),
    "config.unknown_account": (
        "[{app}] accounts 里的 {name} 不是任何 [[feishu]] 的 name；{cure}",
        "[{app}] accounts: no [[feishu]] has the name {name}; {cure}",
    ),
    "config.app_stopped": ("这个应用不会运行。{error}", "This app will not run. {error}"),
    # The store.
    "config.bad_url": (
        "{place} 不是可用的数据库地址：请写成 sqlite:///路径 或 postgresql://用户@主机/库，或删去它。",
        "{place} is no database URL that can be used: write sqlite:///path or "
        "postgresql://user@host/database, or remove it.",
    ),
    "config.bad_postgres_url": (
        "{place} 缺少主机或库名，或端口不对：请写成 postgresql://用户:密码@主机:5432/库。",
        "{place} lacks a host or a database, or its port is wrong: write "
        "postgresql://user:password@host:5432/database.",
    ),
    "config.no_store_directory": (
        "{place}：没有目录 {directory}，请先建好它，或换一个路径。",
        "{place}: there is no directory {directory}: make it, or choose another path.",
    ),
    "config.unknown_database": (
        "{place} 指向 {dialect}，而 Larkgate 的数据只存在 SQLite 或 PostgreSQL 里："
        "请写成 sqlite:///路径 或 postgresql://用户@主机/库，或删去它。",
        "{place} leads to {dialect}, and Larkgate keeps its data in SQLite or PostgreSQL only: write "
        "sqlite:///path or postgresql://user@host/database, or remove it.",
    ),
    "config.role_needs_postgres": (
        '角色 {role} 需要几个进程共用一个 PostgreSQL：请设置 [store] url = "postgresql://…"，'
        "或把 [gateway] role 改回 all。",
        "The role {role} needs a PostgreSQL that several processes share: set [store] url = "
        '"postgresql://…", or [gateway] role back to all.',
    ),
    "config.foreign_url": (
        "DATABASE_URL 指向的是别的程序的数据库，Larkgate 不动它，自己的数据存在 {file}。",
        "DATABASE_URL names another program's database: Larkgate leaves it alone and keeps its "
        "own data in {file}.",
    ),
    "config.foreign_file": (
        "{theirs} 里有别的程序的表，Larkgate 不动它，自己的数据存在 {file}。",
        "{theirs} holds tables of another program: Larkgate leaves it alone and keeps its own "
        "data in {file}.",
    ),
    # Remarks.
    "config.not_needed": ("长连接不需要它", "not needed for the long connection"),
    "config.not_needed_note": (
        "长连接不需要 {names}，已忽略。",
        "Not needed for the long connection, and ignored: {names}.",
    ),
    "config.read_but_unused": (
        "已读取；用到它的应用这个版本还没有",
        "read; it is used by an app that this version does not have yet",
    ),
    "config.placeholder": (
        "像是模板里的占位文字，请换成真实的值",
        "looks like the placeholder of a template: put the real value there",
    ),
}
