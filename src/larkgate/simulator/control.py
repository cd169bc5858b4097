"""The simulator over HTTP, for tests and tools in another process: JSON under `/sim/`.

| call | body or query | answer |
| --- | --- | --- |
| `GET /sim/world` | | apps, people, chats with their messages |
| `GET /sim/messages` | `chat`, `limit` | the newest messages, oldest first |
| `GET /sim/pushes` | `about`, `limit` | the newest pushes, oldest first |
| `GET /sim/stream` | | server-sent events, one JSON line for each change |
| `POST /sim/say` | `chat`, `as`, `text`, `reply_to?`, `in_thread?` | the message |
| `POST /sim/click` | `card`, `as`, `value?`, `name?` | `answer`, or the number of an `error` |
| `POST /sim/push` | `app`, `payload`, `repush?` | the push |

Names or ids say who and where. Nothing is created silently: what nobody knows is a 404 with a
sentence that lists what there is.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from larkgate.simulator import views
from larkgate.simulator.http import json_answer, read_json
from larkgate.simulator.platform import Platform

__all__ = ["Control"]

_LISTED = 1_000
T = TypeVar("T")


class _Say(Struct, forbid_unknown_fields=True, rename={"person": "as"}):
    chat: str
    person: str
    text: str
    reply_to: str = ""
    in_thread: bool = False


class _Click(Struct, forbid_unknown_fields=True, rename={"person": "as"}):
    card: str
    person: str
    value: Any = None
    name: str = ""


class _Push(Struct, forbid_unknown_fields=True):
    app: str
    payload: msgspec.Raw
    repush: bool = True


class Control:
    """The routes under `/sim/`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sim/world", self._world),
            web.get("/sim/messages", self._messages),
            web.get("/sim/pushes", self._pushes),
            web.get("/sim/stream", self._stream),
            web.post("/sim/say", self._say),
            web.post("/sim/click", self._click),
            web.post("/sim/push", self._push),
        ]

    async def _world(self, request: web.Request) -> web.Response:
        return json_answer(views.world(self._platform.world))

    async def _messages(self, request: web.Request) -> web.Response:
        messages = self._platform.messages
        if chat := request.query.get("chat"):
            messages = self._platform.world.chat_named(chat).messages
        return json_answer([views.message(each) for each in _newest(messages, request)])

    async def _pushes(self, request: web.Request) -> web.Response:
        pushes = self._platform.pushes
        if about := request.query.get("about"):
            pushes = [each for each in pushes if each.about == about]
        return json_answer([views.push(each) for each in _newest(pushes, request)])

    async def _say(self, request: web.Request) -> web.Response:
        say = await read_json(request, _Say)
        world = self._platform.world
        message = self._platform.say(
            world.chat_named(say.chat),
            world.person_named(say.person),
            say.text,
            reply_to=world.message_with(say.reply_to) if say.reply_to else None,
            in_thread=say.in_thread,
        )
        return json_answer(views.message(message))

    async def _click(self, request: web.Request) -> web.Response:
        click = await read_json(request, _Click)
        world = self._platform.world
        clicked = await self._platform.click(
            world.message_with(click.card),
            world.person_named(click.person),
            click.value,
            name=click.name,
        )
        return json_answer(clicked._asdict())

    async def _push(self, request: web.Request) -> web.Response:
        asked = await read_json(request, _Push)
        app = self._platform.world.app_named(asked.app)
        push = self._platform.push(app.id, bytes(asked.payload), repush=asked.repush)
        return json_answer(views.push(push))

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Cache-Control": "no-store"})
        response.content_type = "text/event-stream"
        with self._platform.changes.watch() as watcher:
            await response.prepare(request)
            await response.write(b": listening\n\n")
            while lines := await watcher.next():
                await response.write(b"".join(b"data: %b\n\n" % line for line in lines))
        return response


def _newest(listed: list[T], request: web.Request) -> list[T]:
    limit = request.query.get("limit", "")
    return listed[-int(limit) :] if limit.isdecimal() and int(limit) else listed[-_LISTED:]
