"""The simulator over HTTP, for tests and tools in another process: JSON under `/sim/`.

| call | body or query | answer |
| --- | --- | --- |
| `GET /sim/world` | | apps, people, chats, each with its newest message |
| `GET /sim/messages` | `chat`, `thread`, `main`, `before`, `limit`; or `id` | the newest |
| `GET /sim/threads` | `chat` | threads with the number of replies and the last one |
| `GET /sim/pushes` | `about`, `limit` | the newest pushes, oldest first |
| `GET /sim/pushes/{event}` | | one push with its payload and its answer |
| `GET /sim/calls/{log_id}` | | `query`, `request` and `answer` of one of the last 500 calls |
| `GET /sim/stream` | | server-sent events, one JSON line for each change |
| `POST /sim/say` | `chat`, `as`, `text`, `reply_to?`, `in_thread?` | the message |
| `POST /sim/send` | `chat`, `as`, `kind`, `content`, `reply_to?`, `in_thread?` | the message |
| `POST /sim/post` | `chat`, `as`, `paragraphs`, `title?`, `reply_to?`, `in_thread?` | the message |
| `POST /sim/files` | a form: `chat`, `as`, `file`, `reply_to?`, `in_thread?` | the message |
| `GET /sim/files/{key}` | | the file; what a page may not show is a download |
| `POST /sim/forward` | `chat`, `as`, `messages` | the merged forward |
| `POST /sim/edit` | `message`, `as`, `text` | the message |
| `POST /sim/recall` | `message`, `as` | the message |
| `POST /sim/react` | `message`, `as`, `emoji`, `remove?` | the message |
| `POST /sim/read` | `chat`, `as` | `{}` |
| `POST /sim/enter` | `app`, `as` | the private chat |
| `POST /sim/menu` | `app`, `as`, `event_key` | `{}` |
| `POST /sim/click` | `card`, `as`, `value?`, `name?`, … | `answer`, or the code of an `error` |
| `POST /sim/press` | `card`, `as`, `label`, `form?`, `option?`, `text?` | the same |
| `POST /sim/people` | `name`, `tenant?` | the person |
| `POST /sim/groups` | `name`, `members`, `topics?` | the group |
| `POST /sim/members` | `chat`, `as`, `who`, `remove?` | the group |
| `POST /sim/push` | `app`, `payload`, `repush?` | the push |

Names or ids say who and where. Nothing is created silently: what nobody knows is a 404 with a
sentence that lists what there is.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from larkgate.simulator.control_acts import ActsControl
from larkgate.simulator.control_files import FilesControl
from larkgate.simulator.http import json_answer, read_json
from larkgate.simulator.platform import Platform
from larkgate.simulator.views import Views, exchange, push, push_in_full
from larkgate.simulator.world import Message, WorldError

__all__ = ["Control"]

_LISTED = 1_000
T = TypeVar("T")


class _Push(Struct, forbid_unknown_fields=True):
    app: str
    payload: msgspec.Raw
    repush: bool = True


class Control:
    """The routes under `/sim/`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._views = Views(platform)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sim/world", self._world),
            web.get("/sim/messages", self._messages),
            web.get("/sim/threads", self._threads),
            web.get("/sim/pushes", self._pushes),
            web.get("/sim/pushes/{event}", self._one_push),
            web.get("/sim/calls/{log_id}", self._call),
            web.get("/sim/stream", self._stream),
            web.post("/sim/push", self._push),
            *ActsControl(self._platform, self._views).routes(),
            *FilesControl(self._platform, self._views).routes(),
        ]

    async def _world(self, request: web.Request) -> web.Response:
        return json_answer(self._views.world())

    async def _messages(self, request: web.Request) -> web.Response:
        query = request.query
        world = self._platform.world
        if one := query.get("id"):
            return json_answer([self._views.message(world.message_with(one))])
        chat = query.get("chat")
        messages = world.chat_named(chat).messages if chat else self._platform.messages
        thread = query.get("thread")
        wanted = [
            each
            for each in _before(messages, query.get("before", ""))
            if (not thread or each.thread == thread) and not ("main" in query and is_reply(each))
        ]
        return json_answer([self._views.message(each) for each in _newest(wanted, request)])

    async def _threads(self, request: web.Request) -> web.Response:
        chat = self._platform.world.chat_named(request.query.get("chat", ""))
        return json_answer(self._views.threads(chat))

    async def _pushes(self, request: web.Request) -> web.Response:
        pushes = self._platform.pushes
        if about := request.query.get("about"):
            pushes = [each for each in pushes if each.about == about]
        return json_answer([push(each) for each in _newest(pushes, request)])

    async def _one_push(self, request: web.Request) -> web.Response:
        event = request.match_info["event"]
        for record in reversed(self._platform.pushes):
            if record.event_id == event:
                return json_answer(push_in_full(record))
        raise WorldError("simulator.no_push", event=event)

    async def _call(self, request: web.Request) -> web.Response:
        log_id = request.match_info["log_id"]
        if kept := self._platform.exchange(log_id):
            return json_answer(exchange(kept))
        raise WorldError("simulator.no_exchange", log_id=log_id)

    async def _push(self, request: web.Request) -> web.Response:
        asked = await read_json(request, _Push)
        app = self._platform.world.app_named(asked.app)
        record = self._platform.push(app.id, bytes(asked.payload), repush=asked.repush)
        return json_answer(push(record))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        with self._platform.changes.watch() as watcher:
            await response.prepare(request)
            await response.write(b": listening\n\n")
            while lines := await watcher.next():
                await response.write(b"".join(b"data: %b\n\n" % line for line in lines))
        return response


def is_reply(message: Message) -> bool:
    """Whether it stands in a thread that it did not begin."""
    return bool(message.thread and message.root)


def _before(messages: list[Message], message_id: str) -> list[Message]:
    """Those older than the one with this id; all without an id."""
    ids = [each.id for each in messages] if message_id else []
    return messages[: ids.index(message_id)] if message_id in ids else messages


def _newest(listed: list[T], request: web.Request) -> list[T]:
    limit = request.query.get("limit", "")
    return listed[-int(limit) :] if limit.isdecimal() and int(limit) else listed[-_LISTED:]
