"""Calls about messages: send, reply, get, edit, recall.

Official documents: "发送消息", "回复消息", "获取指定消息的内容", "编辑消息", "撤回消息".
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any

import msgspec
from msgspec import Struct

from larkgate.simulator.api.calls import Asked, Call, invalid_field
from larkgate.simulator.apps import App
from larkgate.simulator.codes import Refused
from larkgate.simulator.content import parse
from larkgate.simulator.limits import Limits
from larkgate.simulator.mentions import Mentions, sent
from larkgate.simulator.permissions import READ, RECALL, SEND, UPDATE
from larkgate.simulator.shapes import api_message
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import Chat, Mention, Message, Person, World

__all__ = ["Messages"]

_PERSON_IDS = {"user_id": attrgetter("id"), "union_id": attrgetter("union_id")}
_MESSAGE = "/im/v1/messages/{message_id}"
_NO_BOT = 230006
_EDITABLE = ("text", "post")
_MAX_EDITS = 20
_UUID_LIMIT = 50
_UUID_SECONDS = 3600.0


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
    """What the calls do to the world.

    Args:
        changed: told of every message a bot has sent, edited or recalled.
    """

    def __init__(
        self,
        world: World,
        switches: Switches,
        limits: Limits,
        monotonic: Callable[[], float],
        changed: Callable[[Message], None],
    ) -> None:
        self._world = world
        self._switches = switches
        self._limits = limits
        self._monotonic = monotonic
        self._changed = changed
        self._sent: dict[tuple[str, str], tuple[Message, float]] = {}

    def calls(self) -> tuple[Call, ...]:
        return (
            Call("POST", "/im/v1/messages", self._send, SEND, no_bot=_NO_BOT),
            Call("POST", f"{_MESSAGE}/reply", self._reply, SEND, no_bot=_NO_BOT),
            Call("GET", _MESSAGE, self._get, READ, no_bot=_NO_BOT),
            Call("PUT", _MESSAGE, self._edit, UPDATE, no_bot=_NO_BOT),
            Call("DELETE", _MESSAGE, self._recall, RECALL, no_bot=_NO_BOT),
        )

    def _send(self, asked: Asked) -> dict[str, object]:
        body = asked.json(_Send)
        content = parse(body.msg_type, body.content)
        id_type = asked.query.get("receive_id_type", "")
        chat = self._receiver(asked.app, id_type, body.receive_id)
        return {"data": self._post(asked.app, chat, body, content)}

    def _reply(self, asked: Asked) -> dict[str, object]:
        body = asked.json(_Reply)
        content = parse(body.msg_type, body.content)
        target = self._message(asked)
        if target.recalled:
            raise Refused(230011)
        chat = self._world.chats[target.chat_id]
        return {"data": self._post(asked.app, chat, body, content, target, body.reply_in_thread)}

    def _get(self, asked: Asked) -> dict[str, object]:
        items = [api_message(self._world, asked.app, self._message(asked))]
        return {"data": {"items": items}}

    def _edit(self, asked: Asked) -> dict[str, object]:
        body = asked.json(_Edit)
        content = parse(body.msg_type, body.content)
        message = self._message(asked)
        if message.sender is not asked.app:
            raise Refused(230071)
        if message.recalled:
            raise Refused(230011)
        if message.kind not in _EDITABLE or body.msg_type not in _EDITABLE:
            raise Refused(230054)
        if message.edits >= _MAX_EDITS:
            raise Refused(230072)
        message.kind = body.msg_type
        message.content, message.mentions = self._kept(asked.app, body.msg_type, content)
        message.edits += 1
        message.updated = self._world.milliseconds()
        self._changed(message)
        return {"data": api_message(self._world, asked.app, message)}

    def _recall(self, asked: Asked) -> dict[str, object]:
        message = self._message(asked)
        if message.sender is not asked.app:
            raise Refused(230026)
        message.recalled = True
        self._changed(message)
        return {"data": {}}

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
        if self._switches.rate_limits:
            self._limits.chat(chat.id)
        kept, mentions = self._kept(app, body.msg_type, content)
        message = self._world.post(
            chat, app, body.msg_type, kept, mentions, reply_to=reply_to, in_thread=in_thread
        )
        if body.uuid:
            self._sent[app.id, body.uuid] = (message, self._monotonic())
        self._changed(message)
        return api_message(self._world, app, message)

    def _sent_before(self, app: App, uuid: str) -> Message | None:
        """The message this uuid made within the hour.

        Raises:
            Refused: the uuid is too long, or the switch says a repetition is an error.
        """
        if len(uuid) > _UUID_LIMIT:
            raise invalid_field("uuid", uuid, "the length of uuid must be at most 50")
        message, at = self._sent.get((app.id, uuid), (None, 0.0))
        if message is None or self._monotonic() - at >= _UUID_SECONDS:
            return None
        if self._switches.repeated_uuid is not None:
            raise Refused(self._switches.repeated_uuid)
        return message

    def _kept(
        self, app: App, kind: str, content: dict[str, Any]
    ) -> tuple[str, tuple[Mention, ...]]:
        """Content and mentions as the platform keeps them."""
        mentions: Mentions[Person | App] = Mentions()

        def key(user_id: str, name: str) -> str:
            if user_id == "all":
                return mentions.key(None, name or "所有人")
            actor, viewer = self._world.actor(user_id) or (None, None)
            return mentions.key(actor, actor.name) if actor and viewer is app else f"@{name}"

        kept = msgspec.json.encode(sent(kind, content, key)).decode()
        return kept, tuple(Mention(*each) for each in mentions)

    def _message(self, asked: Asked) -> Message:
        message_id = asked.path["message_id"]
        message = self._world.messages.get(message_id)
        if message is None:
            raise Refused(99992354, f": [{message_id}]")
        if asked.app not in self._world.chats[message.chat_id].members:
            raise Refused(230002)
        return message

    def _receiver(self, app: App, id_type: str, receive_id: str) -> Chat:
        if id_type == "chat_id":
            chat = self._world.chats.get(receive_id)
            if chat is None:
                raise Refused(230001, "ext=invalid receive_id")
            if app not in chat.members:
                raise Refused(230002)
            return chat
        if id_type not in ("open_id", "union_id", "user_id", "email"):
            raise invalid_field("receive_id_type", id_type, "receive_id_type is not valid")
        person = self._person(app, id_type, receive_id)
        return self._world.p2p(person, app)

    def _person(self, app: App, id_type: str, receive_id: str) -> Person:
        person: Person | App | None
        if id_type == "open_id":
            person = self._by_open_id(app, receive_id)
        else:
            read = _PERSON_IDS.get(id_type, lambda _: None)
            people = self._world.people.values()
            person = next((each for each in people if read(each) == receive_id), None)
        if not isinstance(person, Person):
            raise Refused(230001, "ext=invalid receive_id")
        return person

    def _by_open_id(self, app: App, open_id: str) -> Person | App:
        actor, viewer = self._world.actor(open_id) or (None, None)
        if actor is None:
            raise Refused(99992351, f": [{open_id}]")
        if viewer is not app:
            raise Refused(99992361)
        return actor
