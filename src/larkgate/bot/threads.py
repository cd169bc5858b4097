"""Threads for plain `def` handlers."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from larkgate.clock import Clock

__all__ = ["ThreadPool"]

T = TypeVar("T")


class ThreadPool:
    """At most `size` daemon threads, started as they are needed.

    The standard pool joins its threads when the process ends: one blocked handler would keep a
    stopped gateway alive for ever.
    """

    def __init__(self, size: int, clock: Clock) -> None:
        self._size = size
        self._clock = clock
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._idle = threading.Semaphore(0)
        self._started = 0

    def run(self, function: Callable[..., T], *args: Any) -> asyncio.Future[T]:
        """Call `function` in a thread. Cancelling the future does not end the thread's work."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            try:
                result = function(*args)
            except BaseException as error:
                outcome: tuple[Callable[..., None], Any] = (done.set_exception, _carried(error))
            else:
                outcome = (done.set_result, result)
            with contextlib.suppress(RuntimeError):  # the loop is gone: nobody waits
                loop.call_soon_threadsafe(_set, done, *outcome)

        self._clock.hold()
        self._work.put(work)
        if not self._idle.acquire(blocking=False) and self._started < self._size:
            self._started += 1
            name = f"larkgate-handler-{self._started}"
            threading.Thread(target=self._serve, name=name, daemon=True).start()
        return done

    def _serve(self) -> None:
        while True:
            work = self._work.get()
            work()
            self._clock.release()
            del work
            self._idle.release()


def _carried(error: BaseException) -> Exception:
    """What a future can carry: `StopIteration` it refuses, `SystemExit` would end the loop."""
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    carried = RuntimeError(repr(error))
    carried.__cause__ = error
    return carried


def _set(future: asyncio.Future[Any], setter: Callable[[Any], None], value: Any) -> None:
    if not future.done():
        setter(value)
