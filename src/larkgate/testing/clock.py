"""Time that flows as it does outside, and that a test may move on.

One time for everything: the event loop itself goes by it, so that a handler's `asyncio.sleep` and
a library's time-out move with it as Larkgate's own deadlines do.
"""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any, TypeVarTuple

from larkgate.clock import Timer, VirtualClock

__all__ = ["FlowingClock"]

Ts = TypeVarTuple("Ts")


class FlowingClock(VirtualClock):
    """Real time, plus what `advance` has added, and the loop that goes by it."""

    def __init__(self, *, patience: float) -> None:
        super().__init__(patience=patience)
        self._ahead = 0.0

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """The one loop of this clock."""
        self._loop = _Loop(self.monotonic)
        return self._loop

    def now(self) -> float:
        return time.time() + self._ahead

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def call_later(self, seconds: float, callback: Callable[..., object], *args: object) -> Timer:
        return asyncio.get_running_loop().call_later(seconds, callback, *args)

    @asynccontextmanager
    async def timeout(self, seconds: float | None) -> AsyncIterator[asyncio.Timeout]:
        async with asyncio.timeout(seconds) as limit:
            yield limit

    async def advance(self, seconds: float) -> None:
        """Move time on from deadline to deadline; between two of them all comes to rest that
        needs no time.

        Raises:
            TimeoutError: a plain function does not come to rest.
        """
        target = self.monotonic() + seconds
        await self.settle()
        while (due := self._loop.next_deadline()) is not None and due <= target:
            self._ahead += max(0.0, due - self.monotonic())
            await self.settle()
        self._ahead += max(0.0, target - self.monotonic())
        await self.settle()

    def asleep_for(self, task: asyncio.Task[Any]) -> float | None:
        """Seconds until the `asyncio.sleep` of this task ends, None if it does not sleep."""
        until = self._loop.asleep_until(task)
        return None if until is None else until - self.monotonic()

    async def move(self) -> None:
        """Wait until something has happened on the loop, and all has come of it that comes by
        itself."""
        await self._loop.watch.move()


class _Loop(asyncio.SelectorEventLoop):
    """Goes by a clock, and knows who sleeps."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._sleepers: dict[asyncio.Task[Any], float] = {}
        self.watch = _Watch()
        super().__init__(self.watch)

    def time(self) -> float:
        return self._now()

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """As everywhere, but `asyncio.sleep` is noticed: a timer that resolves a future."""
        task = asyncio.current_task(self)
        future = args[0] if args else None
        if task is not None and isinstance(future, asyncio.Future):
            self._sleepers[task] = when
            future.add_done_callback(lambda _: self._sleepers.pop(task, None))
        return super().call_at(when, callback, *args, context=context)

    def asleep_until(self, task: asyncio.Task[Any]) -> float | None:
        return self._sleepers.get(task)

    def next_deadline(self) -> float | None:
        """When the next timer is due, None without one."""
        # asyncio offers no question for this, as for what is ready (see larkgate.clock).
        timers: list[asyncio.TimerHandle] = self._scheduled  # type: ignore[attr-defined]
        pending = (timer.when() for timer in timers if not timer.cancelled())
        return min(pending, default=None)


class _Watch(selectors.DefaultSelector):
    """Notices when the loop has nothing more to do, after it had."""

    def __init__(self) -> None:
        super().__init__()
        self._moves = 0
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    async def move(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append((self._moves, waiter))
        await waiter

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """The loop asks this once in each turn, with 0 while it has work."""
        ready = super().select(0)
        if not ready and timeout != 0:
            if self._wake():
                return []
            ready = super().select(timeout)
        self._moves += 1
        return ready

    def _wake(self) -> bool:
        moved = [waiter for seen, waiter in self._waiting if seen < self._moves]
        self._waiting = [each for each in self._waiting if each[0] >= self._moves]
        for waiter in moved:
            if not waiter.done():
                waiter.set_result(None)
        return bool(moved)
