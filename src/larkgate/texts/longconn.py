"""Sentences about the long connection to the platform."""

SENTENCES: dict[str, tuple[str, str]] = {
    # its life
    "longconn.endpoint_obtained": (
        "{account}：已获取连接地址 {host}（平台心跳间隔 {ping_interval} 秒）",
        "{account}: endpoint obtained: {host} (the platform's ping interval is {ping_interval} s)",
    ),
    "longconn.connecting": (
        "{account}：正在连接 {host}（第 {attempt} 次尝试）",
        "{account}: connecting to {host} (attempt {attempt})",
    ),
    "longconn.connected": (
        "{account}：长连接已建立 connected to {host}",
        "{account}: connected to {host}",
    ),
    "longconn.first_pong": (
        "{account}：收到首个心跳应答（{milliseconds:.0f} 毫秒），可以接收事件",
        "{account}: first pong after {milliseconds:.0f} ms, events can arrive",
    ),
    "longconn.alive": (
        "{account}：连接正常：心跳应答 {pongs} 次，最近往返 {milliseconds:.0f} 毫秒，"
        "事件 {events} 个",
        "{account}: connection is fine: {pongs} pongs, last round trip {milliseconds:.0f} ms, "
        "{events} events",
    ),
    "longconn.lost": (
        "{account}：连接已断开：{reason}",
        "{account}: connection lost: {reason}",
    ),
    "longconn.attempt_failed": (
        "{account}：连接失败：{reason}",
        "{account}: could not connect: {reason}",
    ),
    "longconn.next_attempt": (
        "{account}：{seconds:.1f} 秒后重新连接（第 {attempt} 次尝试）",
        "{account}: next attempt in {seconds:.1f} s (attempt {attempt})",
    ),
    "longconn.refused": (
        "{account}：收不到事件：{reason} 每 {seconds:.0f} 秒自动再试一次。",
        "{account}: no events can arrive: {reason} It is tried again every {seconds:.0f} s.",
    ),
    "longconn.resumed": (
        "{account}：时间跳过了 {seconds:.0f} 秒（休眠后恢复，或进程停顿），立即检查连接",
        "{account}: time jumped by {seconds:.0f} s (back from suspend, or the process stalled): "
        "checking the link now",
    ),
    "longconn.pong": (
        "{account}：心跳应答，往返 {milliseconds:.1f} 毫秒",
        "{account}: pong after {milliseconds:.1f} ms",
    ),
    "longconn.bad_frame": (
        "{account}：收到无法理解的数据：{cause}",
        "{account}: a message made no sense: {cause}",
    ),
    "longconn.unknown_frame": (
        "{account}：忽略未知类型的帧（method {method}，type {type!r}）",
        "{account}: a frame of unknown type was ignored (method {method}, type {type!r})",
    ),
    "longconn.closed": ("{account}：长连接已关闭", "{account}: connection closed"),
    "longconn.crashed": (
        "{account}：连接程序出错（{cause}），将重新连接；请把日志附在问题报告里",
        "{account}: the link stumbled over an error ({cause}) and will reconnect; please report it "
        "with this log",
    ),
    "longconn.push_again": (
        "{account}：有推送未能保存（{reason}），已请平台重推；启动以来共 {count} 个",
        "{account}: a push was not kept ({reason}), the platform was asked to push it again; "
        "{count} since the start",
    ),
    "longconn.too_many_waiting": (
        "已有 {limit} 个推送在等待保存",
        "{limit} pushes are already waiting",
    ),
    "longconn.kept_too_late": ("未能及时保存", "it took too long"),
    "longconn.not_kept": (
        "无法解读或写入，原因见日志",
        "it could not be read or written, the log says why",
    ),
    "longconn.not_handed_on": ("内部错误：{cause}", "internal error: {cause}"),
    # why a connection ended
    "longconn.silent": (
        "{seconds:.0f} 秒没有收到任何数据",
        "nothing was heard for {seconds:.0f} s",
    ),
    "longconn.attempt_timeout": (
        "{seconds:.0f} 秒内未完成（停在 {phase} 阶段）",
        "it took longer than {seconds:.0f} s (stuck in phase {phase})",
    ),
    "longconn.closed_by_platform": (
        "平台关闭了连接（代码 {code}）",
        "the platform closed the connection (code {code})",
    ),
    "longconn.broken": ("连接中断（{cause}）", "the connection broke ({cause})"),
    # what the platform says instead of an endpoint
    "longconn.platform_busy": (
        "平台繁忙（代码 {code}：{message}）",
        "the platform is busy (code {code}: {message})",
    ),
    "longconn.platform_error": (
        "平台内部错误（代码 {code}：{message}）",
        "the platform reports an internal error (code {code}: {message})",
    ),
    "longconn.unknown_code": (
        "平台返回了未知代码 {code}（{message}）",
        "the platform answered with the unknown code {code} ({message})",
    ),
    "longconn.endpoint_failed": (
        "获取连接地址时收到 HTTP {status}（{message}）",
        "asking for an endpoint was answered with HTTP {status} ({message})",
    ),
    "longconn.endpoint_unreadable": (
        "获取连接地址时收到的不是平台的回答（{size} 字节）：网络可能需要登录，或被代理改写。",
        "the answer to the request for an endpoint is not the platform's ({size} bytes): the "
        "network may ask for a login, or a proxy may rewrite answers.",
    ),
    "longconn.endpoint_without_url": (
        "平台的回答里没有可用的连接地址",
        "the platform's answer holds no usable endpoint",
    ),
    "longconn.ticket_refused": (
        "握手鉴权失败（代码 {code}：{message}）",
        "the handshake's ticket was refused (code {code}: {message})",
    ),
    "longconn.handshake_refused": (
        "WebSocket 握手被拒绝（HTTP {status}，代码 {code}：{message}）",
        "the WebSocket handshake was refused (HTTP {status}, code {code}: {message})",
    ),
    # what a person has to change
    "longconn.no_credentials": (
        "没有提供 app_id 或 app_secret（代码 {code}：{message}）。请在开发者后台“凭证与基础信息”"
        "复制二者并填入设置。",
        "app_id or app_secret is missing (code {code}: {message}). Copy both from the developer "
        "console, Credentials & Basic Info, into the settings.",
    ),
    "longconn.bad_credentials": (
        "平台不接受 app_id 或 app_secret（代码 {code}：{message}）。请在开发者后台“凭证与基础信息”"
        "核对二者，并确认应用是已发布的企业自建应用。",
        "the platform does not accept app_id or app_secret (code {code}: {message}). Compare both "
        "with the developer console, Credentials & Basic Info, and make sure that the app is a "
        "published custom app.",
    ),
    "longconn.too_many_connections": (
        "该应用的长连接数已达上限（代码 {code}：{message}）。请停止使用同一 app_id 的其他程序。",
        "the app has as many connections as it may (code {code}: {message}). Stop other programs "
        "that use the same app_id.",
    ),
    "longconn.forbidden": (
        "平台禁止该应用连接（代码 {code}：{message}）。请在开发者后台确认应用已启用，"
        "且事件订阅方式为长连接。",
        "the platform forbids the app to connect (code {code}: {message}). Make sure in the "
        "developer console that the app is enabled and its events come by long connection.",
    ),
    "longconn.endpoint_refused": (
        "平台拒绝提供连接地址（HTTP {status}：{message}）。请核对 domain、app_id 和 app_secret。",
        "the platform refuses to give an endpoint (HTTP {status}: {message}). Check domain, app_id "
        "and app_secret.",
    ),
    "longconn.attempts_used_up": (
        '平台只允许重连 {count} 次，已用完（reconnect = "server"）。',
        'the platform allows {count} reconnects and they are used up (reconnect = "server").',
    ),
}
