"""The only file that asks for the time or sleeps.

Everything that waits is given a `Clock`. `SystemClock` is real time. `VirtualClock` stands still
until a test advances it: then each deadline fires in its order, and between two deadlines the
event loop, loopback sockets and busy threads come to rest.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Protocol

__all__ = ["Clock", "SystemClock", "Timer", "VirtualClock"]

# A socket pair on loopback hands bytes over within a few turns of the loop; a chain of
# proxied reads and writes needs several. Idle turns are cheap, a missed one is a flaky test.
_IDLE_TURNS = 12


class Timer(Protocol):
    def cancel(self) -> None: ...


class Clock(ABC):
    """What tells the time and waits. Times are seconds."""

    @abstractmethod
    def now(self) -> float:
        """Seconds since 1970, for what is stored or shown."""

    @abstractmethod
    def monotonic(self) -> float:
        """Seconds that never jump back; only differences mean something."""

    @abstractmethod
    async def sleep(self, seconds: float) -> None: ...

    @abstractmethod
    def call_later(self, seconds: float, callback: Callable[..., object], *args: object) -> Timer:
        """Call back on the running loop after `seconds`, unless cancelled before."""

    @abstractmethod
    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[object]:
        """Raises TimeoutError when the block takes longer; None means no limit."""

    @abstractmethod
    def hold(self) -> None:
        """Work is on its way through another thread: virtual time must not move until `release`."""

    @abstractmethod
    def release(self) -> None:
        """The work of one `hold` is done. Both may be called from any thread."""

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Hold inside this block."""
        self.hold()
        try:
            yield
        finally:
            self.release()


class SystemClock(Clock):
    """Real time."""

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[..., object], *args: object) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, callback, *args)

    def timeout(self, seconds: float | None) -> AbstractAsyncContextManager[object]:
        return asyncio.timeout(seconds)

    def hold(self) -> None:
        pass

    def release(self) -> None:
        pass


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)


class _VirtualTimer:
    __slots__ = ("args", "callback", "cancelled", "due")

    def __init__(self, due: float, callback: Callable[..., object], args: tuple[object, ...]):
        self.due = due
        self.callback = callback
        self.args = args
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class VirtualClock(Clock):
    """Time that moves only by `await clock.advance(seconds)`.

    Args:
        start: seconds since 1970.
        patience: real seconds that a thread may be busy before it counts as stuck.
    """

    def __init__(self, start: float = 1_800_000_000.0, *, patience: float = 60.0) -> None:
        self._now = start
        self._patience = patience
        self._order = itertools.count()
        self._timers: list[tuple[float, int, _VirtualTimer]] = []
        self._busy = 0
        self._busy_changed = threading.Condition()

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, _wake, woken)
        try:
            await woken
        finally:
            timer.cancel()

    def call_later(self, seconds: float, callback: Callable[..., object], *args: object) -> Timer:
        if seconds <= 0:  # as in real time: what is due already needs no time to pass
            return asyncio.get_running_loop().call_soon(callback, *args)
        timer = _VirtualTimer(self._now + seconds, callback, args)
        heapq.heappush(self._timers, (timer.due, next(self._order), timer))
        return timer

    @asynccontextmanager
    async def timeout(self, seconds: float | None) -> AsyncIterator[asyncio.Timeout]:
        async with asyncio.timeout(None) as limit:
            if seconds is None:
                yield limit
                return
            # The virtual deadline makes the real one due at once.
            loop = asyncio.get_running_loop()
            timer = self.call_later(seconds, lambda: limit.reschedule(loop.time()))
            try:
                yield limit
            finally:
                timer.cancel()

    def hold(self) -> None:
        with self._busy_changed:
            self._busy += 1

    def release(self) -> None:
        with self._busy_changed:
            self._busy -= 1
            self._busy_changed.notify_all()

    async def advance(self, seconds: float) -> None:
        """Move time on, firing every deadline on the way; returns when all has come to rest."""
        target = self._now + seconds
        await self.settle()
        while (timer := self._next(target)) is not None:
            self._now = max(self._now, timer.due)
            timer.callback(*timer.args)
            await self.settle()
        self._now = target
        await self.settle()

    async def settle(self) -> None:
        """Let the loop, its sockets and busy threads come to rest, without moving time.

        Raises:
            TimeoutError: a thread does not come to rest.
        """
        idle = 0
        while idle < _IDLE_TURNS:
            if self._busy:
                await asyncio.to_thread(self._wait_until_not_busy)
                idle = 0
            await asyncio.sleep(0)
            idle = 0 if self._loop_has_work() else idle + 1

    def _next(self, target: float) -> _VirtualTimer | None:
        while self._timers and (self._timers[0][2].cancelled or self._timers[0][0] <= target):
            timer = heapq.heappop(self._timers)[2]
            if not timer.cancelled:
                return timer
        return None

    def _wait_until_not_busy(self) -> None:
        with self._busy_changed:
            if not self._busy_changed.wait_for(lambda: not self._busy, self._patience):
                raise TimeoutError(f"threads still work after {self._patience} s of real time")

    @staticmethod
    def _loop_has_work() -> bool:
        # asyncio offers no question for this; without it every settle would be a guess in seconds.
        loop = asyncio.get_running_loop()
        ready = getattr(loop, "_ready", ())
        return len(ready) > 0
