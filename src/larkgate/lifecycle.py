"""How a process is asked to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from types import FrameType

from larkgate.texts import tell

__all__ = ["forced_end", "stop_on_signals"]

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


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
