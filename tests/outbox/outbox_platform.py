"""An account's outbox, and a platform on loopback that sends messages once per uuid, and fails as a
test wants it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import web

from larkgate.clock import Clock, VirtualClock
from larkgate.database import Database
from larkgate.dial import Dialer
from larkgate.openapi import Client
from larkgate.outbox import RETRIES, Effect, Outbox, Pace, Pacer, Sender, Sent, send_queue
from larkgate.queue import SCHEMA, SqliteStore, Worker
from larkgate.secret import Secret

APP_ID = "cli_1"
APP_SECRET = "s3cret"
QUEUE = send_queue(APP_ID)


class Call(NamedTuple):
    """One request to send, as it arrived."""

    at: float
    path: str
    query: dict[str, str]
    body: dict[str, Any]


Fault = Callable[[web.Request], web.StreamResponse]


class Platform:
    """Messages are made once per uuid. `faults` happen instead of the next answers.

    Attributes:
        before: faults that happen before the message is made.
        after: faults that hide that it was made.
    """

    def __init__(self, clock: Clock) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.messages: dict[str, Call] = {}
        self.before: deque[Fault] = deque()
        self.after: deque[Fault] = deque()
        self.hanging = asyncio.Event()
        self._clock = clock

    @property
    def texts(self) -> list[str]:
        return [call.body["content"] for call in self.messages.values()]

    async def grant(self, request: web.Request) -> web.Response:
        body = {"code": 0, "msg": "ok", "tenant_access_token": "t-1", "expire": 7200}
        return web.json_response(body)

    async def send(self, request: web.Request) -> web.StreamResponse:
        path = request.path.removeprefix("/open-apis")
        call = Call(self._clock.now(), path, dict(request.query), await request.json())
        self.calls.append(call)
        if self.before:
            return self.before.popleft()(request)
        self.messages.setdefault(call.body["uuid"], call)
        number = [*self.messages].index(call.body["uuid"]) + 1
        if self.after:
            return self.after.popleft()(request)
        return web.json_response({"code": 0, "data": {"message_id": f"om_{number}"}})


def refuse(code: int, status: int = 400, **headers: str) -> Fault:
    """Answer with a code of the platform."""

    def fault(request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response({"code": code, "msg": "no"}, status=status, headers=named)

    return fault


def drop(request: web.Request) -> web.StreamResponse:
    """Close the connection without a word."""
    assert request.transport
    request.transport.abort()
    return web.Response()


@asynccontextmanager
async def running(clock: Clock, port: int = 0) -> AsyncIterator[Platform]:
    platform = Platform(clock)
    app = web.Application()
    app.router.add_post("/open-apis/auth/v3/tenant_access_token/internal", platform.grant)
    app.router.add_post("/open-apis/im/v1/messages", platform.send)
    app.router.add_post("/open-apis/im/v1/messages/{id}/reply", platform.send)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    platform.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield platform
    finally:
        await runner.cleanup()


class Post:
    """An account's outbox over a real store, sending to `url`."""

    def __init__(self, path: Path, clock: VirtualClock) -> None:
        self.clock = clock
        self.jitter = 0.5
        self._path = path

    @asynccontextmanager
    async def open(self, url: str, pace: Pace | None = None) -> AsyncIterator[Post]:
        async with (
            Database(self._path, self.clock, [SCHEMA]) as database,
            Dialer(self.clock) as dialer,
        ):
            self.store = SqliteStore(database, self.clock)
            await self.store.open()
            self.outbox = Outbox(self.store, self.clock)
            secret = Secret(APP_SECRET)
            client = Client(dialer, self.clock, app_id=APP_ID, app_secret=secret, domain=url)
            sender = Sender(client, self.store, Pacer(pace or Pace(), self.clock))
            worker = Worker(
                self.store,
                QUEUE,
                sender.handle,
                self.clock,
                limit=64,
                retries=RETRIES,
                random=lambda: self.jitter,
                settled=self.outbox.settled,
            )
            running = asyncio.create_task(worker.run())
            try:
                yield self
            finally:
                worker.stop()
                running.cancel()
                await asyncio.wait({running})
                await self.store.close()

    async def send(self, text: str, chat: str = "oc_1") -> Sent:
        effect = Effect("send", chat, chat, "text", text)
        return await self.outbox.store(APP_ID, f"d#{text}", effect, None)

    async def state(self, text: str) -> tuple[str, str | None]:
        stored = await self.store.find(f"d#{text}")
        assert stored
        return stored.state, stored.result
