SENTENCES = {
    "openapi.address_not_allowed": (
        "本机的公网 IP 不在应用的 IP 白名单中：请在开放平台“安全设置”中加入它，或清空白名单。",
        "This machine's public address is not on the app's allow list: add it under Security "
        "Settings in the developer console, or empty the list.",
    ),
    "openapi.app_unusable": (
        "应用已被停用，或在该企业中不可用：请让企业管理员在管理后台启用它，"
        "或在开放平台重新发布版本。",
        "The app is switched off or not usable in this tenant: ask the tenant's administrator to "
        "enable it, or publish a version again in the developer console.",
    ),
    "openapi.bad_card": (
        "卡片内容不被接受（{message}）：请按其中的 ErrCode 修改卡片。",
        "The card's content was not accepted ({message}): change the card as its ErrCode says.",
    ),
    "openapi.bad_credentials": (
        "App ID 或 App Secret 不正确（{message}）：请在开放平台“凭证与基础信息”中复制，"
        "并检查 FEISHU_APP_ID、FEISHU_APP_SECRET 和 FEISHU_DOMAIN（飞书与 Lark 不同）。",
        "App ID or App Secret is wrong ({message}): copy them from Credentials & Basic Info in "
        "the developer console, and check FEISHU_APP_ID, FEISHU_APP_SECRET and FEISHU_DOMAIN "
        "(Feishu and Lark differ).",
    ),
    "openapi.bad_request": (
        "平台认为请求有误（{message}）：重试无用；请核对参数，若是 Larkgate 生成的，请报告。",
        "The platform finds the request wrong ({message}): repeating it will not help; check its "
        "parameters, and report it if Larkgate made them.",
    ),
    "openapi.bad_user_token": (
        "用户令牌无效或已过期：请让该用户重新授权。",
        "The user's token is invalid or has expired: let the user authorise the app again.",
    ),
    "openapi.bot_off": (
        "应用没有启用机器人能力：请在开放平台“添加应用能力”中启用机器人，并发布版本。",
        "The app's bot ability is off: switch on Bot under Add Features in the developer console "
        "and publish a version.",
    ),
    "openapi.bot_stopped": (
        "该用户已停用此机器人，消息无法送达：需由该用户在会话中重新启用。",
        "This person has stopped the bot and cannot be reached: only they can start it again, in "
        "their chat with it.",
    ),
    "openapi.card_too_old": (
        "卡片发出已超过 14 天，不能再更新：请发送一张新卡片。",
        "The card is older than 14 days and cannot be updated: send a new one.",
    ),
    "openapi.chat_dissolved": (
        "该群已解散，消息无法送达：请从配置中移除它。",
        "The chat has been dissolved and cannot be reached: remove it from the settings.",
    ),
    "openapi.chat_rate_limited": (
        "发往该会话的消息过于频繁（每个会话每秒 5 条）：稍后自动再试。",
        "Too many messages into this chat (5 a second are allowed): it will be tried again.",
    ),
    "openapi.content_rejected": (
        "内容被平台的敏感词或数据防泄漏检查拦截（{message}）：请修改内容后重新发送。",
        "The platform's content or data-loss check rejected it ({message}): change the content "
        "and send it again.",
    ),
    "openapi.cross_tenant": (
        "不能向其他企业的用户发起单聊：请改在双方都在的群中发送。",
        "A private chat with a person of another tenant is not possible: use a group both are in.",
    ),
    "openapi.external_group": (
        "没有所需权限，或该群是外部群（{message}）：请检查应用权限，以及应用是否允许用于外部群。",
        "A permission is missing, or this is an external group ({message}): check the app's "
        "permissions, and whether it may be used in external groups.",
    ),
    "openapi.foreign_id": (
        "这个 open_id 属于另一个应用（{message}）：open_id 因应用而异，"
        "请使用本应用收到的 open_id，或改用 union_id。",
        "This open_id belongs to another app ({message}): each app has its own; use the one this "
        "app was given, or a union_id.",
    ),
    "openapi.group_forbids": (
        "群设置禁止此操作（{message}）：请群主调整群权限。",
        "The group's settings forbid this ({message}): ask its owner to change them.",
    ),
    "openapi.may_not_recall": (
        "机器人无权撤回这条消息：只能撤回自己的消息，或需成为群主或管理员。",
        "The bot may not recall this message: it can recall its own, or must own or administer "
        "the group.",
    ),
    "openapi.message_gone": (
        "这条消息已被撤回、删除或即将销毁：无法再回复或修改它。",
        "This message was recalled, deleted or is about to vanish: it cannot be answered or "
        "changed any more.",
    ),
    "openapi.message_invisible": (
        "机器人看不到这条消息：请确认机器人入群早于该消息，或群允许查看历史消息。",
        "The bot cannot see this message: it must have been in the group before, or the group "
        "must let newcomers see earlier messages.",
    ),
    "openapi.muted": (
        "机器人被禁言或被屏蔽：请群主或对方解除。",
        "The bot is muted or blocked: ask the group's owner or the person to lift it.",
    ),
    "openapi.no_permission": (
        "令牌没有此接口的权限（{message}）：请在开放平台开通权限、发布版本并让用户授权。",
        "The token has no permission for this API ({message}): add it in the developer console, "
        "publish a version and let the user grant it.",
    ),
    "openapi.no_scope": (
        "应用缺少权限，开通以下任一项即可：{scopes}。请打开 {link} 开通，"
        "然后发布新版本并等待管理员通过。",
        "The app lacks a permission; any one of these is enough: {scopes}. Add it at {link}, "
        "then publish a new version and have it approved.",
    ),
    "openapi.no_thread_or_edit": (
        "这条消息不支持话题回复，或已编辑满 20 次：请发送一条新消息。",
        "This message takes no thread, or was edited 20 times already: send a new message.",
    ),
    "openapi.no_threads": (
        "该群不支持话题，或消息不是机器人自己发的：请不以话题形式回复。",
        "This group has no threads, or the message is not the bot's own: reply outside a thread.",
    ),
    "openapi.not_in_chat": (
        "机器人不在这个群里：请在群设置的“群机器人”中添加它。",
        "The bot is not in this chat: add it under Bots in the group's settings.",
    ),
    "openapi.not_shareable": (
        "不能分享单聊，或资源不属于该机器人（{message}）：请改用机器人自己上传的资源。",
        "A private chat cannot be shared, or the resource is not the bot's own ({message}): use "
        "what the bot itself uploaded.",
    ),
    "openapi.out_of_reach": (
        "该用户不在应用的可用范围内，或已离职：请在开放平台扩大可用范围并发布版本。",
        "This person is outside the app's availability, or has left: widen the availability in "
        "the developer console and publish a version.",
    ),
    "openapi.quota_used_up": (
        "本月的接口调用额度已用完：请等到下月，或升级企业的飞书版本。",
        "This month's quota of API calls is used up: wait for the next month, or upgrade the "
        "tenant's plan.",
    ),
    "openapi.rate_limited": (
        "调用过于频繁（{message}）：按平台要求等待后自动再试。",
        "Too many calls ({message}): it will be tried again when the platform allows.",
    ),
    "openapi.refused": (
        "平台拒绝了请求：{message}。请在开放平台文档中查找此错误码。",
        "The platform refused the call: {message}. Look the code up in the platform's documents.",
    ),
    "openapi.resigned": (
        "该用户已离职，消息无法送达：请从配置中移除。",
        "This person has left the tenant and cannot be reached: remove them from the settings.",
    ),
    "openapi.still_sending": (
        "平台仍在处理同一条消息：稍后以同一 uuid 再试，便知结果。",
        "The platform is still working on the same message: a later try with the same uuid tells "
        "what became of it.",
    ),
    "openapi.tenant_gone": (
        "该企业已注销或不可用：请从配置中移除。",
        "The tenant no longer exists: remove it from the settings.",
    ),
    "openapi.thread_gone": (
        "话题不存在：请直接在群里发送。",
        "The thread does not exist: send into the chat instead.",
    ),
    "openapi.token_not_renewed": (
        "未能换取新的访问令牌，暂时沿用仍有效的旧令牌：{cause}",
        "The access token could not be renewed; the old one is still valid and is used: {cause}",
    ),
    "openapi.token_rejected": (
        "平台不接受访问令牌，换新后仍不接受（{message}）：请检查 FEISHU_DOMAIN，"
        "以及 App Secret 是否刚被重置。",
        "The platform accepts neither the access token nor a fresh one ({message}): check "
        "FEISHU_DOMAIN, and whether the App Secret was just reset.",
    ),
    "openapi.too_late_to_edit": (
        "已超过可编辑的时限，或会话已加密：请发送一条新消息。",
        "The time for editing is over, or the chat is encrypted: send a new message.",
    ),
    "openapi.too_late_to_recall": (
        "消息已超过可撤回的时限：无法撤回；请管理员调整撤回时限。",
        "The message is too old to be recalled: an administrator can extend the time limit.",
    ),
    "openapi.too_long": (
        "消息过长（文本上限 150 KB，富文本和卡片上限 30 KB）：请拆分或缩短。",
        "The message is too long (150 KB for text, 30 KB for posts and cards): split or shorten "
        "it.",
    ),
    "openapi.unavailable": (
        "平台暂时不可用（{message}）：稍后再试一般即可。",
        "The platform is not available for the moment ({message}): a later try usually works.",
    ),
    "openapi.unknown_id": (
        "平台不认识这个 open_id 或 message_id（{message}）：请检查它是否完整、是否属于本企业。",
        "The platform does not know this open_id or message_id ({message}): check that it is "
        "complete and belongs to this tenant.",
    ),
    "openapi.unreadable": (
        "答复不是来自飞书开放平台（{message}）：请检查 FEISHU_DOMAIN，"
        "以及代理或上网登录页是否截走了请求。",
        "The answer is not one of the open platform ({message}): check FEISHU_DOMAIN, and "
        "whether a proxy or login page caught the request.",
    ),
    "openapi.wrong_id_type": (
        "接收者的 id 与其类型不符（{message}）：群用 oc_ 开头的 chat_id，"
        "用户用 ou_ 开头的 open_id。",
        "The receiver's id does not fit its type ({message}): a chat has a chat_id (oc_…), a "
        "person an open_id (ou_…).",
    ),
    "openapi.wrong_type": (
        "此操作不支持该消息类型或文件类型（{message}）：请换一种类型发送。",
        "This cannot be done with such a message or file type ({message}): send it as another "
        "type.",
    ),
}
