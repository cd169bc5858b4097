"""Sentences of the simulator."""

SENTENCES: dict[str, tuple[str, str]] = {
    "simulator.listening": (
        "模拟平台已启动：{url}",
        "the simulated platform listens at {url}",
    ),
    "simulator.until": (
        "等了 {seconds} 秒，条件仍未成立",
        "the condition was still false after {seconds} seconds",
    ),
    "simulator.closed": (
        "模拟平台已关闭，不会再有变化：请先等到结果再关闭",
        "the simulator was closed, nothing will change any more: wait for the outcome first",
    ),
    "simulator.no_chat": (
        "没有叫“{name}”的会话；现有：{known}",
        "no chat is called {name!r}; there are: {known}",
    ),
    "simulator.no_person": (
        "没有叫“{name}”的人；现有：{known}",
        "nobody is called {name!r}; there are: {known}",
    ),
    "simulator.no_app": (
        "没有叫“{name}”的应用；现有：{known}",
        "no app is called {name!r}; there are: {known}",
    ),
    "simulator.two_chats": (
        "叫“{name}”的会话不止一个，请改用 id；现有：{known}",
        "more than one chat is called {name!r}: say its id instead; there are: {known}",
    ),
    "simulator.two_persons": (
        "叫“{name}”的人不止一个，请改用 id；现有：{known}",
        "more than one person is called {name!r}: say the id instead; there are: {known}",
    ),
    "simulator.two_apps": (
        "叫“{name}”的应用不止一个，请改用 id；现有：{known}",
        "more than one app is called {name!r}: say its id instead; there are: {known}",
    ),
    "simulator.no_message": (
        "没有 id 为“{id}”的消息",
        "there is no message with the id {id!r}",
    ),
    "simulator.no_card": (
        "消息 {id} 不是应用发送的，点不了",
        "the message {id!r} was not sent by an app: there is nothing to click on",
    ),
    "simulator.recalled": (
        "消息 {id} 已被撤回，没人看得到它",
        "the message {id!r} was recalled: nobody sees it any more",
    ),
    "simulator.no_emoji": (
        "平台没有表情“{emoji}”；请照官方文档“表情文案说明”里的大小写写，例如 SMILE",
        "the platform has no emoji {emoji!r}: write it as in the official document "
        "“表情文案说明”, upper and lower case count, for example SMILE",
    ),
    "simulator.no_fault": (
        "没有编号为 {id} 的故障；现有：{known}",
        "no fault has the id {id!r}; in force: {known}",
    ),
    "simulator.no_kind_of_fault": (
        "没有叫 {kind} 的故障；现有：{known}",
        "no fault is called {kind!r}; there are: {known}",
    ),
    "simulator.no_field_of_fault": (
        "故障 {kind} 没有字段 {name}；现有：{known}",
        "the fault {kind} has no field {name!r}; there are: {known}",
    ),
    "simulator.no_switch": (
        "没有叫 {name} 的开关；现有：{known}",
        "no switch is called {name!r}; there are: {known}",
    ),
    "simulator.no_control": (
        "卡片上叫“{label}”的组件有 {count} 个，应当正好一个；现有：{known}",
        "{count} controls of the card are called {label!r}, one has to be; there are: {known}",
    ),
    "simulator.no_callback": (
        "“{label}”被停用，或者不会回调应用：请给它配置 callback 行为；表单里的内容随提交按钮发送",
        "{label!r} is disabled or does not call the app back: give it a callback behavior; what is "
        "in a form is sent by its button",
    ),
    "simulator.no_form_field": (
        "表单里没有叫“{name}”的输入项；现有：{known}",
        "no field of the form is called {name!r}; there are: {known}",
    ),
    "simulator.field_required": (
        "“{name}”是必填项，没有填就提交不了",
        "{name!r} is required: the form cannot be submitted without it",
    ),
    "simulator.no_option": (
        "没有“{option}”这个选项；现有：{known}",
        "{option!r} is not one of the options; there are: {known}",
    ),
    "simulator.early_card_update": (
        "应用在回应点击之前就更新了消息 {id} 的卡片，平台随后会恢复原样：请先回应，再更新",
        "the app updated the card of message {id} before it answered the click, and the platform "
        "restored it: answer first, then update",
    ),
    "simulator.not_online": (
        "“{app}”没有建立长连接：请先启动客户端，再保存长连接方式",
        "{app} has not established a long connection: start its client, then save the mode",
    ),
    "simulator.mode_first": (
        "“{app}”还没有保存订阅方式：请先保存，再添加事件或回调",
        "{app} has no subscription mode yet: save it, then add events or callbacks",
    ),
    "simulator.no_misconfiguration": (
        "没有叫 {key} 的错误设置；现有：{known}",
        "no mistake is called {key!r}; there are: {known}",
    ),
    "simulator.which_app": (
        "请说明是哪个应用；现有：{known}",
        "say which app is meant; there are: {known}",
    ),
    "simulator.without_end": (
        "{kind} 之后从外面就进不来了：请用 lasts 说明持续几秒",
        "after {kind} nobody outside could heal it: say with `lasts` how many seconds it stands",
    ),
    "simulator.withheld": (
        "{type} 没有推送：{why}",
        "{type} was not pushed: {why}",
    ),
    "simulator.withheld.unpublished": (
        "应用还没有发布版本",
        "no version of the app is published",
    ),
    "simulator.withheld.disabled": (
        "应用已被停用",
        "the app is disabled",
    ),
    "simulator.withheld.no_bot": (
        "应用没有机器人能力",
        "the app has no bot",
    ),
    "simulator.withheld.not_subscribed": (
        "应用没有订阅它",
        "the app has not subscribed to it",
    ),
    "simulator.withheld.no_mode": (
        "没有保存过订阅方式",
        "no subscription mode was saved",
    ),
    "simulator.withheld.webhook_only": (
        "它只能推送到请求地址",
        "it is pushed to request URLs only",
    ),
    "simulator.withheld.not_visible": (
        "应用的可用范围不包括这个人",
        "the app is not available to this person",
    ),
    "simulator.withheld.no_scope": (
        "缺少权限 {scopes}",
        "the scope is missing: {scopes}",
    ),
    "simulator.unmentioned": (
        "{type} 没有推送：群消息里没有 @ 机器人，这样的消息只有拥有权限 {scope} 的应用才收得到",
        "{type} was not pushed: nobody mentions the bot, and what does not mention it reaches only "
        "apps with the scope {scope}",
    ),
    "simulator.bad_snapshot": (
        "导入的世界有错，位置 {where}：{problem}",
        "this world cannot be loaded: {where}: {problem}",
    ),
    "simulator.other_version": (
        "导入的世界是第 {version} 版，这里只认识第 {known} 版",
        "this world is of version {version}; only version {known} is known here",
    ),
    "simulator.bad_scenario": (
        "场景有错，位置 {where}：{problem}",
        "this is no scenario: {where}: {problem}",
    ),
    "simulator.not_one_act": (
        "场景有错，位置 {at}：每一步只能做一件事，这里有：{acts}",
        "this is no scenario: {at}: a step does one thing, this one: {acts}",
    ),
    "simulator.no_card_yet": (
        "会话“{chat}”里还没有应用发送的卡片",
        "no app has sent a card into the chat {chat!r} yet",
    ),
    "simulator.no_file": ("读不了文件 {file}：{cause}", "{file} cannot be read: {cause}"),
    "simulator.bad_file": ("文件 {file}：{cause}", "{file}: {cause}"),
    "simulator.not_member": (
        "{person} 不在会话“{chat}”里，请先把这个人加进去",
        "{person} is not in the chat {chat!r}: make the chat with this person in it",
    ),
    "simulator.dissolved": (
        "群“{chat}”已经解散，只能看历史消息",
        "the group {chat!r} is dissolved: only its history is left",
    ),
    "simulator.private": (
        "“{chat}”是单聊，成员固定；请先建一个群",
        "{chat!r} is a private chat, whose members do not change: make a group",
    ),
    "simulator.elsewhere": (
        "消息 {id} 不在会话“{chat}”里，不能在那里回复它",
        "the message {id!r} is not in the chat {chat!r}, where it cannot be replied to",
    ),
    "simulator.long_key": (
        "菜单的 event_key“{key}”超过 {limit} 个字符",
        "the menu's event_key {key!r} has more than {limit} characters",
    ),
    "simulator.not_editable": (
        "消息 {id} 不是{person}发的文本消息，不能由{person}编辑",
        "the message {id!r} is no text of {person}'s, who therefore cannot edit it",
    ),
    "simulator.not_recallable": (
        "{person}既没有发送消息 {id}，也不是群主或群管理员，不能撤回它",
        "{person} neither sent the message {id!r} nor runs the group, and cannot recall it",
    ),
    "simulator.not_welcome": (
        "只接受以本机名字访问、且来自本页面的请求",
        "only requests to this machine's own name and from its own page are answered",
    ),
    "simulator.bad_body": (
        "请求内容不对：{error}",
        "the request body is not right: {error}",
    ),
    "simulator.bad_name": (
        "名字“{name}”不行：要有 1 到 {limit} 个字符",
        "{name!r} is no name: it takes 1 to {limit} characters",
    ),
    "simulator.no_push": (
        "没有事件“{event}”的推送",
        "no push has the event id {event!r}",
    ),
    "simulator.no_exchange": (
        "最近的 500 次调用中没有“{log_id}”",
        "none of the last 500 calls has the log id {log_id!r}",
    ),
    "simulator.bad_frame": (
        "客户端发来的帧有错：{error}",
        "the client sent a bad frame: {error}",
    ),
    "simulator.bad_acknowledgement": (
        "客户端发来的确认不对：{error}",
        "the client sent a bad acknowledgement: {error}",
    ),
    "simulator.stray_acknowledgement": (
        "连接 {connection} 确认了没有发给它、或已经确认过的推送 {key}",
        "connection {connection} acknowledged push {key}, which it was not sent or has "
        "acknowledged before",
    ),
    "simulator.text_message": (
        "客户端发来了文本消息，长连接只用二进制消息",
        "the client sent a text message; the long connection has binary ones only",
    ),
    "simulator.no_room": (
        "“{name}”放不下：模拟平台的图片和文件一共只能占 {room} MB，请删掉一些（Media.delete）",
        "there is no room for {name!r}: images and files may take {room} MB together; delete some "
        "with Media.delete",
    ),
    "simulator.no_media": (
        "没有 key 为“{key}”的图片或文件",
        "there is no image or file with the key {key!r}",
    ),
    "simulator.no_table": (
        "多维表格“{base}”里没有叫“{name}”的数据表；现有：{known}",
        "the base {base!r} has no table called {name!r}; there are: {known}",
    ),
    "simulator.no_field": (
        "数据表“{table}”里没有叫“{name}”的字段；现有：{known}",
        "the table {table!r} has no field called {name!r}; there are: {known}",
    ),
    "simulator.bad_field_type": (
        "字段类型“{type}”不认识；可用：{known}",
        "no field has the type {type!r}; there are: {known}",
    ),
    "simulator.bad_value": (
        "字段“{field}”不接受这个值：{value}",
        "the field {field!r} does not take this value: {value}",
    ),
    "simulator.webhook_no_address": (
        "“{url}”不是可用的请求地址，要写成 http(s)://主机/路径，主机是域名或 IPv4 地址",
        "{url!r} is no address for a webhook: it reads http(s)://host/path, the host being a name "
        "or an IPv4 address",
    ),
    "simulator.webhook_not_allowed": (
        "模拟平台只向本机推送，不会访问 {url}；请改用 127.0.0.1，确实要推到别处就打开开关 webhook_anywhere",
        "the simulator posts to this machine only, not to {url}: use 127.0.0.1, or switch "
        "webhook_anywhere on if it really is to go there",
    ),
    "simulator.webhook_no_name": (
        "{url} 的主机名查不到（DNS 解析失败），请检查域名",
        "DNS does not know the host of {url}: check its name",
    ),
    "simulator.webhook_no_connection": (
        "2 秒内连不上 {url}，请先启动接收推送的服务，再检查端口",
        "no connection to {url} within 2 s: start the server first, and check its port",
    ),
    "simulator.webhook_broken": (
        "{url} 没有回答就断开了连接，请看接收推送的服务的日志",
        "{url} closed the connection without an answer: see the log of that server",
    ),
    "simulator.challenge_late": (
        "{url} 没有在 1 秒内返回 challenge，请在做别的事之前先回答 url_verification 请求",
        "{url} did not return the challenge within 1 s: answer requests of the type "
        "url_verification before anything else",
    ),
    "simulator.challenge_status": (
        "{url} 对 challenge 请求返回了 HTTP {status}，应为 200（不能重定向），请检查路径和校验",
        "{url} answered the challenge with HTTP {status}, not with 200 (nor may it redirect): check "
        "its path, and what it verifies",
    ),
    "simulator.challenge_no_json": (
        '{url} 对 challenge 请求的回答不是 JSON 对象，应为 {{"challenge": 收到的值}}，不加密',
        '{url} did not answer the challenge with a JSON object: it takes {{"challenge": the value '
        "received}}, not encrypted",
    ),
    "simulator.challenge_wrong": (
        "{url} 返回的 challenge 不是收到的那个，请原样返回（设置了 Encrypt Key 时先解密再取）",
        "{url} returned another challenge than it was sent: return it unchanged (decrypt the body "
        "first where an Encrypt Key is set)",
    ),
    "simulator.no_cryptography": (
        "设置了 Encrypt Key，但没有安装加密用的包：pip install 'larkgate[webhook]'",
        "an Encrypt Key is set, but what encrypts is not installed: pip install 'larkgate[webhook]'",
    ),
}
