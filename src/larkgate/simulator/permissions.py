"""Which scopes an event or a call needs.

Source: the official pages of each event and call ("所需权限"). A need is a tuple of groups: of each
group one scope is enough, and every group must be met.
"""

from __future__ import annotations

from collections.abc import Set

__all__ = [
    "ATTACHMENT",
    "ATTACHMENT_UPLOAD",
    "BASE",
    "BASE_EDIT",
    "BOT_CHATS",
    "CALLBACKS",
    "CARDS",
    "CHATS",
    "CONTACTS",
    "EVENTS",
    "GROUP_MENTIONS",
    "GROUP_MENTIONS_BY_BOTS",
    "GROUP_MESSAGES",
    "HISTORY",
    "MEMBERS",
    "NONE",
    "PRIVATE_MESSAGES",
    "PROFILES",
    "REACT",
    "REACTIONS",
    "READ",
    "RECALL",
    "RECORD_CREATE",
    "RECORD_DELETE",
    "RECORD_READ",
    "RECORD_SEARCH",
    "RECORD_UPDATE",
    "RESOURCE",
    "SCOPES",
    "SEND",
    "SEND_SYSTEM",
    "UPDATE",
    "UPLOAD",
    "USER_ID",
    "USER_NAMES",
    "Need",
    "is_met",
    "missing",
]

Need = tuple[tuple[str, ...], ...]

NONE: Need = ()
SEND_SYSTEM: Need = (("im:message:send_sys_msg",),)
SEND: Need = (("im:message", "im:message:send_as_bot", "im:message:send"),)
UPDATE: Need = (("im:message", "im:message:send_as_bot", "im:message:update"),)
RECALL: Need = (("im:message", "im:message:send_as_bot", "im:message:recall"),)
READ: Need = (("im:message", "im:message:readonly"),)
HISTORY: Need = (("im:message", "im:message:readonly", "im:message.history:readonly"),)
CHATS: Need = (("im:chat", "im:chat:readonly", "im:chat:read"),)
MEMBERS: Need = (
    ("im:chat", "im:chat:readonly", "im:chat.group_info:readonly", "im:chat.members:read"),
)
BOT_CHATS: Need = (("im:chat.members:bot_access", "im:chat", "im:chat:readonly"),)
REACT: Need = (("im:message", "im:message.reactions:write_only"),)
REACTIONS: Need = (("im:message", "im:message:readonly", "im:message.reactions:read"),)
UPLOAD: Need = (("im:resource", "im:resource:upload"),)
RESOURCE: Need = (("im:resource",),)
BASE: Need = (("bitable:app", "bitable:app:readonly"),)
BASE_EDIT: Need = (("bitable:app",),)
RECORD_CREATE: Need = (("bitable:app", "base:record:create"),)
RECORD_UPDATE: Need = (("bitable:app", "base:record:update"),)
RECORD_DELETE: Need = (("bitable:app", "base:record:delete"),)
RECORD_READ: Need = (("bitable:app", "bitable:app:readonly", "base:record:read"),)
RECORD_SEARCH: Need = (("bitable:app", "bitable:app:readonly", "base:record:retrieve"),)
ATTACHMENT: Need = (
    (
        "bitable:app",
        "bitable:app:readonly",
        "docs:doc",
        "docs:doc:readonly",
        "docs:document.media:download",
        "drive:drive",
        "drive:drive:readonly",
        "sheets:spreadsheet",
        "sheets:spreadsheet:readonly",
    ),
)
ATTACHMENT_UPLOAD: Need = (
    (
        "bitable:app",
        "docs:doc",
        "docs:document.media:upload",
        "drive:drive",
        "sheets:spreadsheet",
    ),
)
PRIVATE_MESSAGES: Need = (("im:message.p2p_msg:readonly", "im:message.p2p_msg"),)
GROUP_MENTIONS: Need = (
    ("im:message.group_at_msg:readonly", "im:message.group_at_msg", "im:message.group_msg"),
)
GROUP_MESSAGES: Need = (("im:message.group_msg",),)
GROUP_MENTIONS_BY_BOTS: Need = (("im:message.group_at_msg.include_bot:readonly",),)
USER_ID: Need = (("contact:user.employee_id:readonly",),)
CARDS: Need = (("cardkit:card:write",),)
CONTACTS: Need = (
    (
        "contact:contact.base:readonly",
        "contact:contact:readonly_as_app",
        "contact:contact:readonly",
        "contact:contact:access_as_app",
    ),
)
PROFILES: Need = (("contact:user.basic_profile:readonly",),)
USER_NAMES: Need = (("contact:user.base:readonly",),)

# What each event needs; that of received messages depends on the chat (see `PRIVATE_MESSAGES`).
EVENTS: dict[str, Need] = {
    "im.message.receive_v1": NONE,
    "im.message.recalled_v1": READ,
    "im.message.message_read_v1": READ,
    "im.message.reaction.created_v1": REACTIONS,
    "im.message.reaction.deleted_v1": REACTIONS,
    "im.chat.member.bot.added_v1": BOT_CHATS,
    "im.chat.member.bot.deleted_v1": BOT_CHATS,
    "im.chat.access_event.bot_p2p_chat_entered_v1": NONE,
    "p2p_chat_create": NONE,
    "application.bot.menu_v6": NONE,
}
CALLBACKS = frozenset({"card.action.trigger", "url.preview.get"})

# What a well set up app has: all but the sensitive scope for every message of its groups, the one
# for mentions by other bots, and the one for `user_id`.
SCOPES = frozenset(
    {
        "im:message",
        "im:message.p2p_msg:readonly",
        "im:message.group_at_msg:readonly",
        "im:message.reactions:read",
        "im:message.reactions:write_only",
        "im:resource",
        "im:chat:readonly",
        "im:chat.members:bot_access",
        "contact:user.basic_profile:readonly",
        "contact:contact.base:readonly",
        "contact:user.base:readonly",
        "cardkit:card:write",
        "bitable:app",
        "application:application:patch",
        "application:application:self_manage",
    }
)


def is_met(need: Need, scopes: Set[str]) -> bool:
    return not missing(need, scopes)


def missing(need: Need, scopes: Set[str]) -> tuple[str, ...]:
    """The scopes of the first group of which none is granted; any one of them would do."""
    return next((group for group in need if not scopes & {*group}), ())
