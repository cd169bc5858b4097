"""Sentences of the set-up mistakes that the simulator makes on demand."""

SENTENCES: dict[str, tuple[str, str]] = {
    "misconfiguration.wrong_secret": (
        "App Secret 填错：获取连接地址得到 1000040345，获取令牌得到 10015",
        "the App Secret is wrong: the endpoint answers 1000040345, the token call 10015",
    ),
    "misconfiguration.wrong_app_id": (
        "App ID 填错：获取连接地址得到 1000040345，获取令牌得到 10014",
        "the App ID is wrong: the endpoint answers 1000040345, the token call 10014",
    ),
    "misconfiguration.wrong_domain": (
        "飞书应用连到了 Lark 域名，或相反：那里没有这个应用，得到 1000040345 和 10014",
        "an app of Feishu is used with Lark's domain, or the other way round: nobody knows it "
        "there, 1000040345 and 10014",
    ),
    "misconfiguration.secret_rotated": (
        "App Secret 已在后台重置：旧密钥得到 1000040345 和 10015，旧令牌得到 99991663",
        "the App Secret was reset: the old one gets 1000040345 and 10015, its tokens 99991663",
    ),
    "misconfiguration.app_disabled": (
        "应用被管理员停用：握手被拒（403），接口返回 99991662，没有事件",
        "an administrator has disabled the app: the handshake is refused with 403, calls with "
        "99991662, no event comes",
    ),
    "misconfiguration.no_bot": (
        "没有添加机器人能力：没有事件，发消息得到 230006，机器人信息得到 11205",
        "the app has no bot ability: no event comes, sending gets 230006, the bot's info 11205",
    ),
    "misconfiguration.unpublished": (
        "从未发布版本：能连接，但没有任何事件，接口返回 11205、230006 或 99991672",
        "no version was ever published: it connects, but no event comes and calls get 11205, "
        "230006 or 99991672",
    ),
    "misconfiguration.scope_not_published": (
        "权限已勾选但没有发布：群里 @ 机器人没有事件",
        "a scope was granted but not published: mentions in groups bring no event",
    ),
    "misconfiguration.under_review": (
        "版本等待管理员审核：新权限未生效，修改配置得到 210040",
        "a version waits for an administrator: its scopes have no effect, changes get 210040",
    ),
    "misconfiguration.no_p2p_scope": (
        "缺少单聊消息权限：私聊没有事件，群里正常",
        "the scope for private messages is missing: private chats bring no event, groups do",
    ),
    "misconfiguration.no_group_scope": (
        "缺少群消息权限：群里 @ 机器人没有事件，私聊正常",
        "the scope for group messages is missing: mentions bring no event, private chats do",
    ),
    "misconfiguration.only_mentions": (
        "只有 @ 消息权限：群里没有 @ 机器人的消息不推送",
        "only mentions may be read: other messages of groups bring no event",
    ),
    "misconfiguration.no_send_scope": (
        "缺少发消息权限：收得到消息，回复得到 99991672",
        "the scope for sending is missing: messages come, answers get 99991672",
    ),
    "misconfiguration.no_read_scope": (
        "缺少读消息权限：没有撤回事件，读取消息得到 99991672",
        "the scope for reading is missing: no event of recalls, reading a message gets 99991672",
    ),
    "misconfiguration.no_reaction_scope": (
        "缺少表情回复权限：添加表情得到 99991672",
        "the scope for reactions is missing: adding one gets 99991672",
    ),
    "misconfiguration.no_resource_scope": (
        "缺少文件权限：上传图片和文件得到 99991672",
        "the scope for files is missing: uploads get 99991672",
    ),
    "misconfiguration.no_chat_scope": (
        "缺少群信息权限：读取群列表得到 99991672",
        "the scope for chats is missing: listing them gets 99991672",
    ),
    "misconfiguration.no_card_scope": (
        "缺少卡片权限：创建卡片实体得到 99991672，没有流式回答",
        "the scope for cards is missing: making a card entity gets 99991672, nothing streams",
    ),
    "misconfiguration.no_base_scope": (
        "缺少多维表格权限：读写记录得到 99991672",
        "the scope for bases is missing: reading and writing records gets 99991672",
    ),
    "misconfiguration.event_not_subscribed": (
        "没有订阅接收消息事件：能连接，但收不到任何消息",
        "the event for messages is not subscribed: it connects, but no message comes",
    ),
    "misconfiguration.both_schemas": (
        "接收消息事件的 1.0 和 2.0 版本都订阅了：每条消息推送两次，编号不同",
        "versions 1.0 and 2.0 of the event for messages are both subscribed: each message comes "
        "twice, under two ids",
    ),
    "misconfiguration.event_mode_not_saved": (
        "从未保存事件订阅方式：能连接，但没有事件",
        "the mode for events was never saved: it connects, but no event comes",
    ),
    "misconfiguration.event_mode_webhook": (
        "事件订阅方式是请求地址而不是长连接：能连接，但事件都发往请求地址",
        "the mode for events is a request URL, not the long connection: it connects, but events "
        "go to the URL",
    ),
    "misconfiguration.callback_mode_not_saved": (
        "从未保存回调订阅方式：点击卡片显示 200340",
        "the mode for callbacks was never saved: who clicks on a card sees 200340",
    ),
    "misconfiguration.callback_mode_webhook": (
        "回调订阅方式是请求地址而不是长连接：点击到不了机器人，卡片显示错误",
        "the mode for callbacks is a request URL, not the long connection: clicks do not reach "
        "the bot, the card shows an error",
    ),
    "misconfiguration.callback_not_subscribed": (
        "没有订阅卡片回调：点击卡片显示 200340",
        "the callback for cards is not subscribed: who clicks on a card sees 200340",
    ),
    "misconfiguration.not_visible": (
        "应用可用范围不包括这些人：没有他们的事件，发给他们得到 230013",
        "the app is not available to the people: no event of them, sending to them gets 230013",
    ),
    "misconfiguration.ip_not_allowed": (
        "本机地址不在 IP 白名单：能连接，接口返回 99991401",
        "this machine's address is not on the allow list: it connects, calls get 99991401",
    ),
    "misconfiguration.too_many_connections": (
        "长连接已达上限：获取连接地址得到 1000040350",
        "all long connections of the app are in use: the endpoint answers 1000040350",
    ),
    "misconfiguration.quota_used_up": (
        "本月调用量已用完：收得到消息，回复得到 99991403",
        "the month's calls are used up: messages come, answers get 99991403",
    ),
    "misconfiguration.events_stolen": (
        "另有程序用同一个应用连接：一部分事件到了那边，这里看不到",
        "another program is connected as the same app: some events go there and are not seen here",
    ),
    "misconfiguration.bot_not_in_group": (
        "机器人不在群里：没有群事件，发到群里得到 230002",
        "the bot is not in the group: no event of it, sending to it gets 230002",
    ),
    "misconfiguration.unknown_encrypt_key": (
        "后台设置了 Encrypt Key 而机器人不知道：推送到请求地址的内容无法解密",
        "an Encrypt Key is set that the bot does not know: what comes to its URL cannot be read",
    ),
    "misconfiguration.other_verification_token": (
        "机器人的 Verification Token 与后台不同：推送带的是另一个",
        "the bot has another Verification Token than the console: pushes carry that one",
    ),
}
