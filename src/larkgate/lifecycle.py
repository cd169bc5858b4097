"""How a process is asked to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from types import FrameType

from larkgate.texts import tell

__all__ = ["stop_on_signals"]

log = logging.getLogger(__name__)

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@asynccontextmanager
async def stop_on_signals() -> AsyncIterator[asyncio.Event]:
    """An event that SIGINT (Ctrl+C) or SIGTERM sets; enter it in the main thread.

    The first signal only asks. After it a SIGINT has the system's own effect: the process ends
    at once, whatever it is doing.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()

    def asked(number: int) -> None:
        if not stop.is_set():
            tell(log, logging.INFO, "lifecycle.stopping", signal=signal.Signals(number).name)
            stop.set()

    def received(number: int, _: FrameType | None) -> None:
        # At once, not on the loop: a handler that blocks the loop must not outlive Ctrl+C twice.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        loop.call_soon_threadsafe(asked, number)

    with ExitStack() as restore:
        for number in _SIGNALS:
            before = signal.signal(number, received)
            restore.callback(signal.signal, number, before or signal.SIG_DFL)
        yield stop
