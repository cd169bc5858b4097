"""How a process runs, how it is asked to stop, and the status it ends with."""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, contextmanager
from types import FrameType
from typing import Any, ParamSpec, TypeVar

from larkgate.errors import SettingsError, StoreLocked
from larkgate.texts import tell

__all__ = ["FAILED", "UNUSABLE", "exit_status", "forced_end", "run", "stop_on_signals"]

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

FAILED = 1
UNUSABLE = 2
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_THREADS = 32


def exit_status(error: Exception) -> int:
    """UNUSABLE for settings, a directory or a lock that a person must see to, else FAILED."""
    return UNUSABLE if isinstance(error, SettingsError | StoreLocked) else FAILED


def run(main: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, but it ends with `main`, whatever hangs in a thread, such as a look-up."""
    with asyncio.Runner() as runner:
        runner.get_loop().set_default_executor(_DaemonThreads(_THREADS))
        return runner.run(main)


class _DaemonThreads(ThreadPoolExecutor):
    """The standard pool is joined at the end of the loop, and again at the end of the process."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self._size = size
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._free = threading.Semaphore(0)
        self._started = 0

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()

        def call() -> None:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(fn(*args, **kwargs))
                except BaseException as error:
                    future.set_exception(error)

        self._calls.put(call)
        if not self._free.acquire(blocking=False) and self._started < self._size:
            self._started += 1
            threading.Thread(target=self._serve, name="larkgate-helper", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Nobody waits."""

    def _serve(self) -> None:
        while True:
            self._calls.get()()
            self._free.release()


@contextmanager
def forced_end(seconds: float) -> Iterator[Callable[[], None]]:
    """What starts a countdown: if the block has not ended by then, the process does, with status 1.

    For somebody's code that neither returns nor lets itself be cancelled. What is kept stays
    kept, as after `kill -9`.
    """
    timer = threading.Timer(seconds, _end)
    timer.daemon = True

    def start() -> None:
        if timer.ident is None:
            timer.start()

    try:
        yield start
    finally:
        timer.cancel()


def _end() -> None:
    tell(log, logging.CRITICAL, "lifecycle.ended_by_force")
    os._exit(1)


@asynccontextmanager
async def stop_on_signals(
    received: Callable[[], None] = lambda: None,
) -> AsyncIterator[asyncio.Event]:
    """An event that SIGINT (Ctrl+C) or SIGTERM sets; enter it in the main thread.

    The first signal only asks. After it a SIGINT has the system's own effect: the process ends
    at once, whatever it is doing.

    Args:
        received: called at once with the first signal, also while the loop is blocked.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def asked(number: int) -> None:
        if not stop.is_set():
            tell(log, logging.INFO, "lifecycle.stopping", signal=signal.Signals(number).name)
            stop.set()

    def handle(number: int, _: FrameType | None) -> None:
        # At once, not on the loop: a handler that blocks the loop must not outlive Ctrl+C twice.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        received()
        loop.call_soon_threadsafe(asked, number)

    with ExitStack() as restore:
        for number in _SIGNALS:
            before = signal.signal(number, handle)
            restore.callback(signal.signal, number, before or signal.SIG_DFL)
        yield stop
