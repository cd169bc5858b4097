"""What the control API shows, as plain values."""

from __future__ import annotations

from larkgate.simulator.apps import App
from larkgate.simulator.pushes import PushRecord
from larkgate.simulator.world import Chat, Message, World

__all__ = ["chat", "heading", "message", "push", "show", "world"]

View = dict[str, object]


def world(world: World) -> View:
    """Everything there is; secrets are not."""
    return {
        "apps": [{"id": app.id, "name": app.name} for app in world.apps.values()],
        "people": [{"id": each.id, "name": each.name} for each in world.people.values()],
        "chats": [chat(each) for each in world.chats.values()],
    }


def chat(chat: Chat) -> View:
    return heading(chat) | {"messages": [message(each) for each in chat.messages]}


def heading(chat: Chat) -> View:
    """A chat without its messages."""
    return {
        "id": chat.id,
        "name": chat.name,
        "mode": chat.mode,
        "members": [member.name for member in chat.members],
    }


def message(message: Message) -> View:
    """A message; times are ms."""
    return {
        "id": message.id,
        "chat_id": message.chat_id,
        "sender": message.sender.name,
        "is_bot": isinstance(message.sender, App),
        "kind": message.kind,
        "text": message.text,
        "content": message.content,
        "created": message.created,
        "parent": message.parent,
        "root": message.root,
        "thread": message.thread,
        "recalled": message.recalled,
        "edits": message.edits,
    }


def push(push: PushRecord) -> View:
    """A push without its payload; times are seconds since 1970."""
    return {
        "event_id": push.event_id,
        "event_type": push.event_type,
        "app_id": push.app_id,
        "about": push.about,
        "attempts": push.attempts,
        "acked_at": push.acked_at,
        "given_up": push.given_up,
    }


def show(what: object) -> object:
    """What changed, as plain values."""
    if isinstance(what, Message):
        return message(what)
    if isinstance(what, Chat):
        return heading(what)
    return push(what) if isinstance(what, PushRecord) else what
