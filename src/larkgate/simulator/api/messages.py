"""Calls that change messages: send, reply, edit, recall.

Official documents: "发送消息", "回复消息", "编辑消息", "撤回消息".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from larkgate.simulator.api.calls import Asked, Call, invalid_field
from larkgate.simulator.api.directory import Directory
from larkgate.simulator.api.enclosures import Enclosures
from larkgate.simulator.api.reach import message_of
from larkgate.simulator.api.receivers import Receivers
from larkgate.simulator.apps import App
from larkgate.simulator.cards import Cards
from larkgate.simulator.codes import Refused
from larkgate.simulator.content import parse
from larkgate.simulator.hearing import Hearing
from larkgate.simulator.limits import Limits
from larkgate.simulator.media import Media
from larkgate.simulator.mentions import Mentions, sent
from larkgate.simulator.permissions import RECALL, SEND, SEND_SYSTEM, UPDATE
from larkgate.simulator.shapes import api_message
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import Chat, Mention, Message, Person

__all__ = ["Messages"]

_MESSAGE = "/im/v1/messages/{message_id}"
_NO_BOT = 230006
_EDITABLE = ("text", "post")
_MAX_EDITS = 20
_UUID_LIMIT = 50
_UUID_SECONDS = 3600.0
_DAY = 86_400_000
_NO_THREADS = "The group does not support threads."


class _Send(Struct):
    receive_id: str
    msg_type: str
    content: str
    uuid: str = ""


class _Reply(Struct):
    msg_type: str
    content: str
    reply_in_thread: bool = False
    uuid: str = ""


class _Edit(Struct):
    msg_type: str
    content: str


class Messages:
    """What apps write.

    Args:
        hearing: tells whoever may know.
    """

    def __init__(
        self,
        hearing: Hearing,
        media: Media,
        cards: Cards,
        switches: Switches,
        limits: Limits,
        monotonic: Callable[[], float],
    ) -> None:
        self._world = hearing.world
        self._hearing = hearing
        self._cards = cards
        self._switches = switches
        self._limits = limits
        self._monotonic = monotonic
        self._directory = Directory(self._world)
        self._receivers = Receivers(self._world, self._directory, switches)
        self._enclosures = Enclosures(self._world, media, self._directory)
        self._sent: dict[tuple[str, str], tuple[Message, float]] = {}

    def calls(self) -> tuple[Call, ...]:
        return (
            Call("POST", "/im/v1/messages", self._send, SEND, no_bot=_NO_BOT),
            Call("POST", f"{_MESSAGE}/reply", self._reply, SEND, no_bot=_NO_BOT),
            Call("PUT", _MESSAGE, self._edit, UPDATE, no_bot=_NO_BOT),
            Call("DELETE", _MESSAGE, self._recall, RECALL, no_bot=_NO_BOT),
        )

    def _send(self, asked: Asked) -> dict[str, object]:
        body = asked.json(_Send)
        content = parse(body.msg_type, body.content)
        id_type = asked.query.get("receive_id_type", "")
        chat = self._receivers.chat(asked.app, id_type, body.receive_id)
        return {"data": self._post(asked.app, chat, body, content)}

    def _reply(self, asked: Asked) -> dict[str, object]:
        body = asked.json(_Reply)
        content = parse(body.msg_type, body.content)
        target = message_of(self._world, asked)
        if target.recalled:
            raise Refused(230011)
        chat = self._world.chats[target.chat_id]
        self._receivers.check(asked.app, chat)
        if body.reply_in_thread and not chat.threads:
            raise Refused(230071, meaning=_NO_THREADS)
        return {"data": self._post(asked.app, chat, body, content, target, body.reply_in_thread)}

    def _edit(self, asked: Asked) -> dict[str, object]:
        body = asked.json(_Edit)
        content = parse(body.msg_type, body.content)
        message = message_of(self._world, asked)
        self._check_editable(asked.app, message, body.msg_type)
        self._enclosures.check(asked.app, body.msg_type, content)
        kept, mentions = self._kept(asked.app, body.msg_type, content)
        self._world.edit(message, body.msg_type, kept, mentions)
        self._hearing.changed(message)
        return {"data": api_message(self._world, asked.app, message)}

    def _recall(self, asked: Asked) -> dict[str, object]:
        """A repetition is no error: the documents name none."""
        message = message_of(self._world, asked)
        chat = self._world.chats[message.chat_id]
        if message.sender is not asked.app and not chat.is_run_by(asked.app):
            raise Refused(230026)
        if self._age(message) > self._switches.recall_days * _DAY:
            raise Refused(230009)
        if not message.recalled:
            message.recalled = True
            self._hearing.recalled(message, asked.app)
        return {"data": {}}

    def _check_editable(self, app: App, message: Message, kind: str) -> None:
        seconds = self._switches.edit_seconds
        if message.sender is not app:
            raise Refused(230071)
        if message.recalled:
            raise Refused(230011)
        if message.kind not in _EDITABLE or kind not in _EDITABLE:
            raise Refused(230054)
        if message.edits >= _MAX_EDITS:
            raise Refused(230072)
        if seconds is not None and self._age(message) > seconds * 1000:
            raise Refused(230075)

    def _age(self, message: Message) -> int:
        """In ms."""
        return self._world.milliseconds() - message.created

    def _post(
        self,
        app: App,
        chat: Chat,
        body: _Send | _Reply,
        content: dict[str, Any],
        reply_to: Message | None = None,
        in_thread: bool = False,
    ) -> dict[str, object]:
        if first := self._sent_before(app, body.uuid):
            return api_message(self._world, app, first)
        self._check_content(app, chat, body.msg_type, content)
        if self._switches.rate_limits:
            self._limits.chat(chat.id)
        kept, mentions = self._kept(app, body.msg_type, content)
        message = self._world.post(
            chat, app, body.msg_type, kept, mentions, reply_to=reply_to, in_thread=in_thread
        )
        if body.msg_type == "interactive" and content.get("type") == "card":
            self._cards.sent(app, content["data"]["card_id"], message)
        if body.uuid:
            self._sent[app.id, body.uuid] = (message, self._monotonic())
        self._hearing.posted(message)
        return api_message(self._world, app, message)

    def _check_content(self, app: App, chat: Chat, kind: str, content: dict[str, Any]) -> None:
        if kind == "system" and not app.may(SEND_SYSTEM):
            raise Refused(230027, f"ext=need scope: {SEND_SYSTEM[0][0]}")
        if kind == "system" and chat.mode != "p2p":
            raise Refused(230001, "ext=system messages are for private chats")
        if kind == "interactive":
            self._cards.check(app, content)
        self._enclosures.check(app, kind, content)

    def _sent_before(self, app: App, uuid: str) -> Message | None:
        """The message this uuid made within the hour.

        Raises:
            Refused: the uuid is too long, or the switch says a repetition is an error.
        """
        if len(uuid) > _UUID_LIMIT:
            raise invalid_field("uuid", uuid, "the length of uuid must be at most 50")
        self._forget()
        message, _ = self._sent.get((app.id, uuid), (None, 0.0))
        if message is None or self._world.messages.get(message.id) is not message:
            return None  # never sent, or in a world that is gone
        if self._switches.repeated_uuid is not None:
            raise Refused(self._switches.repeated_uuid)
        return message

    def _forget(self) -> None:
        """They are in the order they were sent."""
        old = self._monotonic() - _UUID_SECONDS
        while self._sent and next(iter(self._sent.values()))[1] <= old:
            del self._sent[next(iter(self._sent))]

    def _kept(
        self, app: App, kind: str, content: dict[str, Any]
    ) -> tuple[str, tuple[Mention, ...]]:
        """Content and mentions as the platform keeps them."""
        mentions: Mentions[Person | App] = Mentions()

        def key(user_id: str, name: str) -> str:
            if user_id == "all":
                return mentions.key(None, name or "所有人")
            who = self._directory.mentioned(app, user_id)
            return mentions.key(who, who.name) if who else f"@{name}"

        kept = msgspec.json.encode(sent(kind, content, key)).decode()
        return kept, tuple(Mention(*each) for each in mentions)
