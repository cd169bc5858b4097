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
    "simulator.no_fault": (
        "没有编号为 {id} 的故障；现有：{known}",
        "no fault has the id {id!r}; in force: {known}",
    ),
    "simulator.no_control": (
        "卡片上叫“{label}”的组件有 {count} 个，应当正好一个；现有：{known}",
        "{count} controls of the card are called {label!r}, one has to be; there are: {known}",
    ),
    "simulator.no_callback": (
        "“{label}”被停用，或者不会回调应用：请给它配置 callback 行为",
        "{label!r} is disabled or does not call the app back: give it a callback behavior",
    ),
    "simulator.no_field": (
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
}
