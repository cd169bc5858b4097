"""Tells whoever waits, here or over HTTP, that something has changed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, TypeVar

import msgspec

from larkgate import texts
from larkgate.clock import SystemClock
from larkgate.simulator.world import WorldError

__all__ = ["Change", "Changes", "Watcher"]

Change = Literal["message", "chat", "person", "push", "connection", "ping", "call", "world"]
MAX_BEHIND = 10_000

T = TypeVar("T")


class Watcher:
    """The changes one reader has not read yet. A reader too far behind is let go."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._ended = False
        self._woken = asyncio.Event()

    def put(self, line: bytes) -> None:
        if len(self._lines) < MAX_BEHIND and not self._ended:
            self._lines.append(line)
            self._woken.set()
        else:
            self.end()

    def end(self) -> None:
        self._ended = True
        self._woken.set()

    async def next(self) -> list[bytes]:
        """All lines since the last call, at least one; none at the end."""
        await self._woken.wait()
        lines = list(self._lines)
        self._lines.clear()
        if not self._ended:
            self._woken.clear()
        return lines


class Changes:
    """What has changed, for those who wait for a condition and those who read along.

    Args:
        show: makes plain values of what changed, for those who read along.
    """

    def __init__(self, show: Callable[[object], object]) -> None:
        self._show = show
        self._waiting: list[asyncio.Future[None]] = []
        self._watchers: set[Watcher] = set()
        self._closed = False

    def tell(self, change: Change, what: object) -> None:
        self._wake()
        if self._watchers:
            line = msgspec.json.encode({"change": change, change: self._show(what)})
            for watcher in self._watchers:
                watcher.put(line)

    async def until(self, predicate: Callable[[], T | None], timeout: float) -> T:
        """Wait until the predicate is true and return what it gave.

        The time-out is a test's patience: real seconds, whatever the simulated clock says.

        Raises:
            TimeoutError: it did not become true.
            WorldError: the simulator was closed.
        """
        try:
            async with SystemClock().timeout(timeout):
                while not (found := predicate()):
                    await self.next()
                return found
        except TimeoutError:
            raise TimeoutError(texts.say("simulator.until", seconds=timeout)) from None

    @contextmanager
    def watch(self) -> Iterator[Watcher]:
        watcher = Watcher()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)

    def close(self) -> None:
        """There will be no other change: end every watcher, and whoever waits."""
        self._closed = True
        for watcher in self._watchers:
            watcher.end()
        self._wake()

    def next(self) -> asyncio.Future[None]:
        """Done with the next change, or when there will be none.

        Raises:
            WorldError: the simulator was closed.
        """
        if self._closed:
            raise WorldError("simulator.closed")
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        return waiter

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for waiter in waiting:
            if not waiter.done():
                waiter.set_result(None)
