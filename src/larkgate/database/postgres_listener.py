"""Listens for notifications on a connection of its own, and comes back when that breaks."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from secrets import token_hex
from typing import Any

from larkgate.clock import Clock
from larkgate.errors import StoreError

__all__ = ["CHANNEL", "Listener"]

CHANNEL = "larkgate"
_PATIENCE = 1.5
_PAUSE = 1.0
_PULSE = 30.0


class Listener:
    """Calls `callbacks` with what arrives on CHANNEL.

    Behind PgBouncer in transaction mode nothing does: that is found out by a notification to
    itself, and `works` is False then.
    """

    def __init__(self, connect: Callable[[], Awaitable[Any]], clock: Clock) -> None:
        self.works = False
        self.callbacks: list[Callable[[str], None]] = []
        self._connect = connect
        self._clock = clock
        self._connection: Any = None
        self._task: asyncio.Task[None] | None = None
        self._probe: tuple[str, asyncio.Event] = ("", asyncio.Event())

    async def open(self, notify: Callable[[str], Awaitable[None]]) -> None:
        """Listen; `notify` sends a notification over another connection."""
        self._lost = await self._listen()
        self._probe = token_hex(8), asyncio.Event()
        await notify(self._probe[0])
        with contextlib.suppress(TimeoutError):
            async with self._clock.timeout(_PATIENCE):
                await self._probe[1].wait()
                self.works = True
        if self.works:
            self._task = asyncio.create_task(self._stay(), name="larkgate-listener")
        else:
            # Most likely it reaches the server connection that listens, and spares it the messages.
            with contextlib.suppress(Exception):
                await self._connection.execute("unlisten *")
            self._drop()

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._drop()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.terminate()

    async def _listen(self) -> asyncio.Event:
        """Connect; the event is set when the connection is lost."""
        lost = asyncio.Event()
        self._connection = await self._connect()
        self._connection.add_termination_listener(lambda _: lost.set())
        await self._connection.add_listener(CHANNEL, self._hear)
        return lost

    async def _stay(self) -> None:
        while True:
            await self._lose()
            await self._come_back()
            self._tell("")

    async def _lose(self) -> None:
        """Wait until the connection is lost, or does not answer any more."""
        while not self._lost.is_set():
            with contextlib.suppress(TimeoutError):
                async with self._clock.timeout(_PULSE):
                    await self._lost.wait()
                    return
            try:
                async with self._clock.timeout(_PULSE / 3):
                    with self._clock.busy():
                        await self._connection.execute("select 1")
            except Exception:
                self._connection.terminate()
                return

    async def _come_back(self) -> None:
        while True:
            try:
                with self._clock.busy():
                    self._lost = await self._listen()
                return
            except (StoreError, OSError):
                await self._clock.sleep(_PAUSE)

    def _hear(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        if payload == self._probe[0]:
            self._probe[1].set()
        else:
            self._tell(payload)

    def _tell(self, payload: str) -> None:
        for callback in self.callbacks:
            callback(payload)
