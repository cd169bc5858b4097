"""A server of a developer, on loopback: keeps what is posted, answers as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import msgspec
from aiohttp import web


class Received(NamedTuple):
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return msgspec.json.decode(self.body)


class Receiver:
    """Answers "{}", or what `answer` says.

    Attributes:
        given_up: how often the platform hung up before it was answered.
    """

    def __init__(self, url: str = "") -> None:
        self.url = url
        self.received: list[Received] = []
        self.given_up = 0
        self.answer: Callable[[Received], Awaitable[web.Response]] = self.accept

    async def accept(self, request: Received) -> web.Response:
        return web.json_response({})

    async def handle(self, request: web.Request) -> web.Response:
        received = Received(request.path, request.headers, await request.read())
        self.received.append(received)
        try:
            return await self.answer(received)
        except asyncio.CancelledError:
            self.given_up += 1
            raise

    def always(self, body: bytes | str = b"{}", **answer: Any) -> None:
        """Answer this from now on."""

        async def answering(request: Received) -> web.Response:
            data = body.encode() if isinstance(body, str) else body
            return web.Response(body=data, **answer)

        self.answer = answering

    def wait(self) -> asyncio.Event:
        """Keep everybody waiting from now on, until the event is set."""
        released = asyncio.Event()

        async def waiting(request: Received) -> web.Response:
            await released.wait()
            return web.json_response({})

        self.answer = waiting
        return released


@asynccontextmanager
async def listening() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    application = web.Application()
    application.router.add_post("/{path:.*}", receiver.handle)
    runner = web.AppRunner(
        application, access_log=None, handler_cancellation=True, shutdown_timeout=0
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield receiver
    finally:
        await runner.cleanup()
