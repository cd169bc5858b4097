SENTENCES = {
    "gateway.not_running": (
        "没有 Larkgate 在 {directory} 上运行：请先启动它（larkgate run），"
        "或用 LARKGATE_DATA 指明数据目录。",
        "No Larkgate runs on {directory}: start one with `larkgate run`, or name its data "
        "directory with LARKGATE_DATA.",
    ),
    "gateway.refused": (
        "运行中的 Larkgate 拒绝了：{cause}",
        "The running Larkgate refused: {cause}",
    ),
    "gateway.kept": ("运行中的 Larkgate 回答：{cause}", "The running Larkgate says: {cause}"),
    "gateway.silent": (
        "运行中的 Larkgate 在 {seconds:g} 秒内没有答复，但可能仍会照办："
        "请先看 larkgate status 和日志，不要重发。",
        "The running Larkgate did not answer within {seconds:g} s, but may still do it: look at "
        "`larkgate status` and the log, and do not send it again.",
    ),
    "gateway.port_in_use": (
        "无法在 {host}:{port} 上提供健康检查（{cause}）：请在 [http] port 换一个端口（0 为任意）。",
        "The health page cannot be served on {host}:{port} ({cause}): choose another [http] port "
        "(0 takes any).",
    ),
    "gateway.unknown_account": (
        "没有名为 {name} 的账号，已有：{known}。",
        "There is no account {name}; known: {known}.",
    ),
    "gateway.stopping": (
        "正在停止，最多等待处理中的消息 {seconds:g} 秒",
        "stopping, running handlers have {seconds:g} s to finish",
    ),
    "gateway.deadline_reached": (
        "到时仍未处理完的消息已放回队列，下次启动时继续",
        "what was still running is back in its queue, to go on after the next start",
    ),
    "gateway.failed": (
        "因为出错，Larkgate 已停止接收和发送（见下面的记录）：请重新启动；已存下的消息会继续处理",
        "Larkgate has ended by the error below, and neither receives nor sends: start it again, "
        "what is kept goes on",
    ),
    "gateway.stopped": ("已停止", "stopped"),
    "gateway.sample_app": (
        "没有配置任何应用：先用支持助手回答，内容来自随附的示例工单（在 larkgate.toml 写 [[app]] 可更换）",
        "no app is configured: the support assistant answers from the sample work orders that "
        "come along (write an [[app]] in larkgate.toml for your own)",
    ),
    "gateway.name_taken": (
        "代码里的 Bot 也叫 {name}：请给 [[app]] 换一个 name。",
        "the Bot in code is called {name} as well: give the [[app]] another name.",
    ),
    "gateway.app_broken": (
        "应用 {app} 无法启动，其余照常运行：{cause}",
        "app {app} cannot start, the others run: {cause}",
    ),
    "gateway.app_waits": (
        "发给应用 {app} 的消息会先存下，等它能启动后再处理",
        "messages for app {app} are kept, to be handled once it can start",
    ),
    "gateway.kept_too_short": (
        "应用 {app} 需要事件至少保留 {needed:.0f} 秒，而 [queue] retention 只有 {kept:.0f} 秒：请调大它。",
        "App {app} needs events to be kept for {needed:.0f} s, and [queue] retention is {kept:.0f} s: "
        "make it longer.",
    ),
    "gateway.clicks_unheard": (
        "应用 {apps} 处理卡片点击，而数据库不传递通知（可能经过事务模式的 PgBouncer）：只接收的节点"
        "（role = ingress）等不到及时的回答。请让 [store] url 直接连接 PostgreSQL，或改用 role = all。",
        "{apps} handles clicks on cards, and the database passes no notifications on (PgBouncer in "
        "transaction mode?): a node that only receives (role = ingress) would not hear the answer in "
        "time. Connect to PostgreSQL directly ([store] url), or set role = all.",
    ),
    "gateway.orphans": (
        "队列 {queue} 里有 {jobs} 条消息在等一个不存在的应用：若它改了名，请执行 "
        "larkgate queue move；不要了则用 larkgate queue discard",
        "{jobs} messages in queue {queue} wait for an app that is not there: if it was renamed, "
        "`larkgate queue move` gives them to it; `larkgate queue discard` ends them",
    ),
    "gateway.loop_blocked": (
        "事件循环已被 {name} 阻塞超过 1 秒（{file}:{line}）：请改用普通 def 处理函数，或在其中用 await",
        "{name} has blocked the event loop for more than 1 s ({file}:{line}): make it a plain def "
        "handler, or await instead of blocking",
    ),
    "banner.title": ("飞书长连接网关", "gateway for Feishu/Lark bots"),
    "banner.stop": ("按 Ctrl+C 停止", "Ctrl+C stops"),
    "banner.account": ("账号", "account"),
    "banner.app": ("应用", "app"),
    "banner.chats": ("群聊过滤", "chats"),
    "banner.all_chats": ("全部", "all"),
    "banner.broken": ("未启动：{cause}", "not started: {cause}"),
    "banner.events": ("事件", "events"),
    "banner.store": ("存储", "store"),
    "banner.role": ("角色", "role"),
    "banner.model": ("模型", "model"),
    "banner.no_model": ("未启用", "off"),
    "banner.log": ("日志", "log"),
    "banner.console_only": ("仅控制台", "console only"),
    "banner.content": ("注意", "note"),
    "banner.content_logged": (
        "消息正文会写入日志（log.content = true）",
        "message bodies are logged (log.content = true)",
    ),
    "banner.ingress": ("接收方式", "ingress"),
    "banner.long_connection": (
        "长连接（事件订阅 2.0，无需公网域名）",
        "long connection (no public address needed)",
    ),
    "banner.health": ("健康检查", "health"),
}
