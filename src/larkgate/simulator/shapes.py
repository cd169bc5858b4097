"""What things look like on the wire.

Events: official documents "接收消息", "撤回消息", "卡片回传交互回调". Open API: "发送消息",
"获取指定消息的内容".
They differ on purpose: an event's mention has an object as `id`, a call's answer a string.
"""

from __future__ import annotations

from collections.abc import Mapping

from larkgate.simulator.apps import App
from larkgate.simulator.permissions import USER_ID
from larkgate.simulator.world import Chat, Message, Person, World

__all__ = [
    "CLICKED",
    "RECALLED",
    "RECEIVED",
    "api_message",
    "clicked",
    "ids",
    "recalled",
    "received",
]

RECEIVED = "im.message.receive_v1"
RECALLED = "im.message.recalled_v1"
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
        "content": message.content,
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


def recalled(world: World, message: Message) -> dict[str, object]:
    """`im.message.recalled_v1`, recalled by its sender."""
    return {
        "message_id": message.id,
        "chat_id": message.chat_id,
        "recall_time": str(world.milliseconds()),
        "recall_type": "message_owner",
    }


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


def api_message(world: World, app: App, message: Message) -> dict[str, object]:
    """A message in the answer of a call; a recalled one has lost its content."""
    is_app = isinstance(message.sender, App)
    return {
        "message_id": message.id,
        **_relations(message),
        "msg_type": message.kind,
        "create_time": str(message.created),
        "update_time": str(message.updated),
        "deleted": message.recalled,
        "updated": message.edits > 0,
        "chat_id": message.chat_id,
        "sender": {
            "id": message.sender.id if is_app else world.open_id(message.sender, app),
            "id_type": "app_id" if is_app else "open_id",
            "sender_type": "app" if is_app else "user",
            "tenant_key": message.sender.tenant_key,
        },
        "body": {} if message.recalled else {"content": message.content},
        "mentions": _api_mentions(world, app, message),
    }


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
            "tenant_key": world.tenant_key,
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
            "tenant_key": world.tenant_key,
        }
        for mention in message.mentions
        if mention.who is not None
    ]


def ids(world: World, app: App, actor: Person | App) -> dict[str, object]:
    """`user_id` is null for a bot, and for an app without the scope for it."""
    known = isinstance(actor, Person) and app.may(USER_ID)
    return {
        "open_id": world.open_id(actor, app),
        "union_id": actor.union_id,
        "user_id": actor.id if known else None,
    }
