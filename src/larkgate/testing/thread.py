"""The thread in which platform and bot live while the test runs in its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import wait
from typing import Any, ParamSpec, TypeVar

from larkgate.errors import LarkgateError
from larkgate.testing.clock import FlowingClock
from larkgate.testing.places import place_in

__all__ = ["LoopThread"]

P = ParamSpec("P")
T = TypeVar("T")


class LoopThread:
    """An event loop in a thread of its own, from `start` to `stop`.

    Args:
        patience: seconds after which a loop that does not answer counts as blocked.
    """

    def __init__(self, clock: FlowingClock, patience: float) -> None:
        self._patience = patience
        self._runner = asyncio.Runner(loop_factory=clock.new_loop)
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="larkgate-testing", daemon=True)

    @property
    def id(self) -> int:
        return self._thread.ident or 0

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        """End the loop and what still runs on it."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(self._patience)  # a blocked one ends with the process

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """What a coroutine returns or raises that is run over there.

        Raises:
            LarkgateError: it would wait for itself, or a handler blocks the loop.
        """
        __tracebackhide__ = True
        if threading.get_ident() == self.id:
            work.close()
            raise LarkgateError("testing.inside")
        running = asyncio.run_coroutine_threadsafe(work, self._loop)
        while not wait((running,), self._patience).done:
            if not self._answers():
                running.cancel()
                raise LarkgateError("testing.blocked", place=place_in(self.id))
        return running.result()

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for a plain function."""
        __tracebackhide__ = True

        async def called() -> T:
            return function(*args, **kwargs)

        return self.do(called())

    def _answers(self) -> bool:
        answered = threading.Event()
        self._loop.call_soon_threadsafe(answered.set)
        return answered.wait(self._patience)

    def _serve(self) -> None:
        with self._runner:
            self._runner.run(self._wait())

    async def _wait(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        self._ready.set()
        await self._stop.wait()
