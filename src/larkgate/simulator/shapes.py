"""What things look like on the wire.

Events: official documents "接收消息", "撤回消息", "消息已读", "新增消息表情回复", "机器人进群",
"用户进入与机器人的会话", "机器人自定义菜单事件", "卡片回传交互回调". Open API: "发送消息",
"获取指定消息的内容".
They differ on purpose: an event's mention has an object as `id`, a call's answer a string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from larkgate.simulator.apps import App
from larkgate.simulator.flattened import flattened
from larkgate.simulator.permissions import USER_ID, USER_NAMES
from larkgate.simulator.world import Chat, Message, Person, Reaction, World

__all__ = [
    "BOT_ADDED",
    "BOT_DELETED",
    "CLICKED",
    "CREATED",
    "ENTERED",
    "MENU",
    "REACTED",
    "READ_BY",
    "RECALLED",
    "RECEIVED",
    "RECEIVED_FIRST",
    "UNREACTED",
    "api_message",
    "bot_membership",
    "clicked",
    "created",
    "entered",
    "id_of",
    "ids",
    "menu",
    "reacted",
    "read_by",
    "recalled",
    "received",
    "received_first",
]

RECEIVED = "im.message.receive_v1"
RECEIVED_FIRST = "message"
RECALLED = "im.message.recalled_v1"
READ_BY = "im.message.message_read_v1"
REACTED = "im.message.reaction.created_v1"
UNREACTED = "im.message.reaction.deleted_v1"
BOT_ADDED = "im.chat.member.bot.added_v1"
BOT_DELETED = "im.chat.member.bot.deleted_v1"
CREATED = "p2p_chat_create"
ENTERED = "im.chat.access_event.bot_p2p_chat_entered_v1"
MENU = "application.bot.menu_v6"
CLICKED = "card.action.trigger"


def received(world: World, app: App, chat: Chat, message: Message) -> dict[str, object]:
    """`im.message.receive_v1` as this app gets it."""
    shown: dict[str, object] = {
        "message_id": message.id,
        "create_time": str(message.created),
        "update_time": str(message.updated),
        "chat_id": chat.id,
        "chat_type": "p2p" if chat.mode == "p2p" else "group",
        "message_type": message.kind,
        "content": _flat(message),
    }
    shown |= _relations(message)
    if message.mentions:
        shown["mentions"] = _event_mentions(world, app, message)
    sender = {
        "sender_id": ids(world, app, message.sender),
        "sender_type": "user" if isinstance(message.sender, Person) else "bot",
        "tenant_key": message.sender.tenant_key,
    }
    return {"sender": sender, "message": shown}


def received_first(world: World, app: App, chat: Chat, message: Message) -> dict[str, object]:
    """`message` of schema 1.0, for who has subscribed to it beside `im.message.receive_v1`
    (official document "接收消息（历史版本）")."""
    who = ids(world, app, message.sender)
    return {
        "open_message_id": message.id,
        "root_id": message.root,
        "parent_id": message.parent,
        "open_chat_id": chat.id,
        "chat_type": "private" if chat.mode == "p2p" else "group",
        "msg_type": message.kind,
        "open_id": who["open_id"],
        "union_id": who["union_id"],
        "is_mention": message.is_for(app),
        "text": message.text,
    }


def recalled(world: World, message: Message, recall_type: str) -> dict[str, object]:
    """`im.message.recalled_v1`; the type is `message_owner`, `group_owner` or `group_manager`."""
    return {
        "message_id": message.id,
        "chat_id": message.chat_id,
        "recall_time": str(world.milliseconds()),
        "recall_type": recall_type,
    }


def read_by(
    world: World, app: App, person: Person, messages: Sequence[Message]
) -> dict[str, object]:
    """`im.message.message_read_v1`: what this app sent was read, at least one message."""
    reader = {
        "reader_id": ids(world, app, person),
        "read_time": str(messages[0].readers[person.id]),
        "tenant_key": person.tenant_key,
    }
    return {"reader": reader, "message_id_list": [message.id for message in messages]}


def reacted(world: World, app: App, message: Message, reaction: Reaction) -> dict[str, object]:
    """`im.message.reaction.created_v1` and `…deleted_v1`."""
    who = reaction.who
    operator: dict[str, object] = (
        {"operator_type": "app", "app_id": who.id}
        if isinstance(who, App)
        else {"operator_type": "user", "user_id": ids(world, app, who)}
    )
    return {
        "message_id": message.id,
        "reaction_type": {"emoji_type": reaction.emoji},
        **operator,
        "action_time": str(world.milliseconds()),
    }


def bot_membership(world: World, app: App, chat: Chat, by: Person) -> dict[str, object]:
    """`im.chat.member.bot.added_v1` and `…deleted_v1`."""
    return {
        "chat_id": chat.id,
        "operator_id": ids(world, app, by),
        "external": chat.external,
        "operator_tenant_key": by.tenant_key,
        "name": chat.name,
        "i18n_names": {"zh_cn": chat.name, "en_us": "", "ja_jp": ""},
    }


def created(world: World, app: App, chat: Chat, person: Person) -> dict[str, object]:
    """`p2p_chat_create`: the first of a private chat (official document "机器人事件")."""
    who = ids(world, app, person)
    operator = {"open_id": who["open_id"], "user_id": who["user_id"]}
    return {"chat_id": chat.id, "operator": operator, "user": {"name": person.name, **operator}}


def entered(world: World, app: App, chat: Chat, person: Person) -> dict[str, object]:
    """`im.chat.access_event.bot_p2p_chat_entered_v1`; nothing of a last message without one."""
    shown: dict[str, object] = {
        "chat_id": chat.id,
        "operator_id": ids(world, app, person),
    }
    if chat.messages:
        last = chat.messages[-1]
        shown |= {"last_message_id": last.id, "last_message_create_time": str(last.created)}
    return shown


def menu(world: World, app: App, person: Person, event_key: str) -> dict[str, object]:
    """`application.bot.menu_v6`; its time is in seconds."""
    operator: dict[str, object] = {"operator_id": ids(world, app, person)}
    if app.may(USER_NAMES):
        operator["operator_name"] = person.name
    timestamp = world.milliseconds() // 1000
    return {"operator": operator, "event_key": event_key, "timestamp": timestamp}


def clicked(
    world: World, app: App, message: Message, person: Person, action: Mapping[str, object]
) -> dict[str, object]:
    """`card.action.trigger`: a person has clicked on a card that this app has sent."""
    return {
        "operator": {**ids(world, app, person), "tenant_key": person.tenant_key},
        "token": world.next_id("c-"),
        "action": {"tag": "button", "timezone": "Asia/Shanghai", **action},
        "host": "im_message",
        "context": {"open_message_id": message.id, "open_chat_id": message.chat_id},
    }


def api_message(
    world: World,
    app: App,
    message: Message,
    *,
    id_type: str = "open_id",
    card: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """A message in the answer of a call; a recalled one has lost its content.

    Args:
        id_type: which id of a person is the sender's.
        card: shown in full in place of what is left of it.
    """
    content = msgspec.json.encode(card).decode() if card else _flat(message)
    shown = {
        "message_id": message.id,
        **_relations(message),
        "msg_type": message.kind,
        "create_time": str(message.created),
        "update_time": str(message.updated),
        "deleted": message.recalled,
        "updated": message.edits > 0,
        "chat_id": message.chat_id,
        "sender": _sender(world, app, message.sender, id_type),
        "body": {} if message.recalled else {"content": content},
        "mentions": _api_mentions(world, app, message),
    }
    return shown | ({"upper_message_id": message.upper} if message.upper else {})


def _flat(message: Message) -> str:
    names = {mention.key: mention.name for mention in message.mentions}
    return flattened(message.kind, message.content, names)


def _sender(world: World, app: App, who: Person | App, id_type: str) -> dict[str, object]:
    if isinstance(who, App):
        shown = {"id": who.id, "id_type": "app_id", "sender_type": "app"}
    else:
        shown = {"id": id_of(world, app, who, id_type), "id_type": id_type, "sender_type": "user"}
    return {**shown, "tenant_key": who.tenant_key}


def _relations(message: Message) -> dict[str, object]:
    named = {
        "root_id": message.root,
        "parent_id": message.parent,
        "thread_id": message.thread,
    }
    return {name: value for name, value in named.items() if value}


def _event_mentions(world: World, app: App, message: Message) -> list[dict[str, object]]:
    nobody = {"open_id": "", "union_id": "", "user_id": ""}
    return [
        {
            "key": mention.key,
            "id": nobody if mention.who is None else ids(world, app, mention.who),
            "mentioned_type": "bot" if isinstance(mention.who, App) else "user",
            "name": mention.name,
            "tenant_key": mention.who.tenant_key if mention.who else "",
        }
        for mention in message.mentions
    ]


def _api_mentions(world: World, app: App, message: Message) -> list[dict[str, object]]:
    return [
        {
            "key": mention.key,
            "id": world.open_id(mention.who, app),
            "id_type": "open_id",
            "name": mention.name,
            "tenant_key": mention.who.tenant_key,
        }
        for mention in message.mentions
        if mention.who is not None
    ]


def ids(world: World, app: App, actor: Person | App) -> dict[str, object]:
    """`user_id` is null for a bot, for who is of another tenant, and for an app without the scope
    for it."""
    colleague = isinstance(actor, Person) and actor.tenant_key == app.tenant_key
    return {
        "open_id": world.open_id(actor, app),
        "union_id": actor.union_id,
        "user_id": actor.id if colleague and app.may(USER_ID) else None,
    }


def id_of(world: World, app: App, actor: Person | App, id_type: str) -> str:
    """One of `ids`, "" in place of null."""
    return str(ids(world, app, actor)[id_type] or "")
