SENTENCES = {
    "dial.bad_proxy": (
        "{setting} 的值 {proxy} 不是可用的代理地址：请写成 http://主机:端口 或 "
        "socks5://主机:端口，或删除它。",
        "{setting} is no proxy address that can be used ({proxy}): write http://host:port or "
        "socks5://host:port, or remove it.",
    ),
    "dial.bad_url": (
        "{host} 不是可以连接的地址：请检查 domain（FEISHU_DOMAIN），"
        "应类似 https://open.feishu.cn。",
        "{host} is no address that can be dialed: check domain (FEISHU_DOMAIN); it should look "
        "like https://open.feishu.cn.",
    ),
    "dial.closed": (
        "{host} 在答复完成前断开了连接（{cause}）：将自动重试；若反复出现，"
        "请检查网络、防火墙或代理。",
        "{host} closed the connection before its answer was complete ({cause}): it will be tried "
        "again; if this repeats, check the network, the firewall or the proxy.",
    ),
    "dial.dns": (
        "找不到 {host} 的网络地址（{cause}）：请检查域名拼写、网络连接和 DNS；"
        "若只能经代理上网，请设置 HTTPS_PROXY。",
        "The name {host} has no address ({cause}): check its spelling, the network and DNS; if "
        "only a proxy leads out, set HTTPS_PROXY.",
    ),
    "dial.failed": (
        "无法与 {host} 通信（{cause}）：请检查网络、防火墙和代理设置。",
        "Talking to {host} failed ({cause}): check the network, the firewall and the proxy "
        "settings.",
    ),
    "dial.garbled": (
        "{host} 的答复不是 HTTP：请检查域名和端口，以及中间是否有改写内容的代理。",
        "What {host} answered is not HTTP: check domain and port, and whether a proxy on the way "
        "rewrites answers.",
    ),
    "dial.handshake_refused": (
        "{host} 拒绝建立 WebSocket（HTTP {status}）：若经过代理，"
        "请确认它允许 WebSocket，或把该主机加入 NO_PROXY。",
        "{host} refused to open a WebSocket (HTTP {status}): if a proxy is on the way, make it "
        "allow WebSockets or put the host into NO_PROXY.",
    ),
    "dial.no_socks": (
        "{setting} 指定了 SOCKS 代理（{proxy}），但缺少所需的组件：请运行 "
        "pip install aiohttp-socks。",
        "{setting} names a SOCKS proxy ({proxy}), and what speaks to it is not installed: run "
        "pip install aiohttp-socks.",
    ),
    "dial.proxy": (
        "代理 {proxy} 无法连接到 {host}（{cause}）：请确认代理正在运行、地址正确，"
        "或把该主机加入 NO_PROXY。",
        "The proxy {proxy} does not lead to {host} ({cause}): make sure that it runs and its "
        "address is right, or put the host into NO_PROXY.",
    ),
    "dial.proxy_login": (
        "代理 {proxy} 要求登录（{cause}）：请在代理地址中写上用户名和密码，"
        "如 http://用户:密码@主机:端口。",
        "The proxy {proxy} asks for a login ({cause}): put user and password into its address, "
        "as in http://user:password@host:port.",
    ),
    "dial.proxy_refused": (
        "代理 {proxy} 拒绝连接 {host}（{cause}）：请让代理放行该主机，或把它加入 NO_PROXY。",
        "The proxy {proxy} refuses to connect to {host} ({cause}): make it allow this host, or "
        "put the host into NO_PROXY.",
    ),
    "dial.refused": (
        "{host} 拒绝连接：该地址上没有服务在监听，或被防火墙拦截；请检查 domain 和端口。",
        "{host} refuses connections: nothing listens there, or a firewall rejects it; check "
        "domain and port.",
    ),
    "dial.timeout": (
        "{host} 在 {seconds} 秒内没有答复：请检查网络、防火墙和代理设置。",
        "{host} did not answer within {seconds} s: check the network, the firewall and the proxy "
        "settings.",
    ),
    "dial.tls": (
        "{host} 的证书不受本机信任（{cause}）：多半是代理或杀毒软件在检查加密流量。"
        "请把它的 CA 证书安装到系统证书库，或把该主机加入 NO_PROXY。",
        "This machine does not trust the certificate of {host} ({cause}): most likely a proxy or "
        "virus scanner inspects the traffic. Install its CA certificate into the system's trust "
        "store, or put the host into NO_PROXY.",
    ),
    "dial.tls_handshake": (
        "与 {host} 的加密握手失败（{cause}）：请检查端口是否为 HTTPS，"
        "以及代理或防火墙是否拦截了它。",
        "The TLS handshake with {host} failed ({cause}): check that the port speaks HTTPS and "
        "that no proxy or firewall cuts it off.",
    ),
    "dial.tls_name": (
        "{host} 出示的证书属于别的主机（{cause}）：请检查 domain 的拼写，"
        "或是否有登录页、代理截走了连接。",
        "The certificate shown by {host} belongs to another host ({cause}): check the spelling "
        "of domain, and whether a login page or proxy caught the connection.",
    ),
    "dial.tls_time": (
        "{host} 的证书不在有效期内（{cause}）：请先校准本机时间；若时间正确，则需对方更新证书。",
        "The certificate of {host} is not valid now ({cause}): set this machine's clock first; "
        "if the clock is right, the other side must renew it.",
    ),
    "dial.too_large": (
        "{host} 的答复超过 {limit} 字节，已放弃读取：请缩小每页数量或查询范围。",
        "The answer of {host} exceeds {limit} bytes and was not read on: ask for smaller pages "
        "or less.",
    ),
    "dial.unreachable": (
        "没有通往 {host} 的网络（{cause}）：请检查网线、Wi-Fi、VPN 和防火墙。",
        "No network leads to {host} ({cause}): check cable, Wi-Fi, VPN and firewall.",
    ),
}
