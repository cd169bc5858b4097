"""What the control API shows, as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from larkgate.simulator.apps import App
from larkgate.simulator.exchanges import Body, Exchange, redacted
from larkgate.simulator.inline import media_type
from larkgate.simulator.pushes import PushRecord
from larkgate.simulator.world import Chat, Message, Person

if TYPE_CHECKING:
    from larkgate.simulator.platform import Platform

__all__ = ["Views", "exchange", "push", "push_in_full"]

View = dict[str, object]
_MEDIA_KEY = re.compile(r"\b(?:img|file)_v3_[0-9a-f]+")
_ID = re.compile(r"\b(?:ou|oc)_[0-9a-f]+")


class Views:
    """Everything there is as a reader of the page may know it; secrets are not in it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def show(self, what: object) -> object:
        """What changed."""
        if isinstance(what, Message):
            return self.message(what)
        if isinstance(what, Chat):
            return self.chat(what)
        if isinstance(what, Person):
            return _person(what)
        return push(what) if isinstance(what, PushRecord) else what

    def world(self) -> View:
        world = self._platform.world
        return {
            "apps": [{"id": app.id, "name": app.name} for app in world.apps.values()],
            "people": [_person(each) for each in world.people.values()],
            "chats": [self.chat(each) for each in world.chats.values()],
        }

    def chat(self, chat: Chat) -> View:
        """A chat with its newest message."""
        return {
            "id": chat.id,
            "name": chat.name,
            "mode": chat.mode,
            "owner": chat.owner.name if chat.owner else "",
            "members": [member.name for member in chat.members],
            "count": len(chat.messages),
            "last": self.message(chat.messages[-1]) if chat.messages else None,
        }

    def message(self, message: Message) -> View:
        """A message; times are ms. `names` says who the ids in its content are, `files` what its
        keys stand for."""
        card = self._platform.cards.of(message) if message.kind == "interactive" else None
        text = message.content if card is None else msgspec.json.encode(card).decode()
        return {
            "id": message.id,
            "chat_id": message.chat_id,
            "sender": message.sender.name,
            "is_bot": isinstance(message.sender, App),
            "kind": message.kind,
            "text": message.text,
            "content": message.content,
            "card": card,
            "mentions": [{"key": each.key, "name": each.name} for each in message.mentions],
            "names": self._names(text),
            "files": self._files(text),
            "parts": [self.message(each) for each in message.parts],
            "created": message.created,
            "parent": message.parent,
            "root": message.root,
            "thread": message.thread,
            "upper": message.upper,
            "recalled": message.recalled,
            "edits": message.edits,
            "reactions": _reactions(message),
            "readers": self._readers(message.readers),
        }

    def threads(self, chat: Chat) -> list[View]:
        """The threads of a chat: how many replies, and the last of them."""
        found: dict[str, list[Message]] = {}
        for message in chat.messages:
            if message.thread:
                found.setdefault(message.thread, []).append(message)
        return [
            {
                "thread": thread,
                "replies": len(messages) - 1,
                "last": self.message(messages[-1]) if len(messages) > 1 else None,
            }
            for thread, messages in found.items()
        ]

    def _names(self, text: str) -> dict[str, str]:
        world = self._platform.world
        names = {}
        for each in set(_ID.findall(text)):
            if known := world.actor(each):
                names[each] = known[0].name
            elif chat := world.chats.get(each):
                names[each] = chat.name
        return names

    def _files(self, text: str) -> dict[str, View]:
        found = {key: self._platform.media.get(key) for key in _MEDIA_KEY.findall(text)}
        return {
            key: {
                "name": kept.name,
                "size": len(kept.data),
                "shown": bool(media_type(kept.data)),
            }
            for key, kept in found.items()
            if kept is not None and not kept.deleted
        }

    def _readers(self, readers: Iterable[str]) -> list[str]:
        people = self._platform.world.people
        return [people[each].name for each in readers if each in people]


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


def push_in_full(record: PushRecord) -> View:
    """With its payload, and the answer that came in the acknowledgement; without tokens."""
    return push(record) | {"payload": _json(record.payload), "answer": _json(record.answer)}


def exchange(exchange: Exchange) -> View:
    """What a call brought and took away; a body is cut at 4 KB, and shown only if it is text."""
    return {
        "query": redacted(exchange.query),
        "request": _body(exchange.request),
        "answer": _body(exchange.answer),
    }


def _body(body: Body) -> View:
    return {"type": body.type, "size": body.size, "text": body.text}


def _json(data: bytes | None) -> Any:
    if not data:
        return None
    text = redacted(data.decode(errors="replace"))
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return text


def _person(person: Person) -> View:
    return {"id": person.id, "name": person.name}


def _reactions(message: Message) -> list[Mapping[str, object]]:
    """By emoji, in the order they were first put."""
    found: dict[str, list[str]] = {}
    for reaction in message.reactions:
        found.setdefault(reaction.emoji, []).append(reaction.who.name)
    return [{"emoji": emoji, "who": names} for emoji, names in found.items()]
