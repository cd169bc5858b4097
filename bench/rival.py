"""The same cycles by procrastinate, with `lock=` for the order in a lane, on the same server."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time

from procrastinate import App, PsycopgConnector

from bench.load import LANES

__all__ = ["cycles_per_second"]

# What suits it best here: with more of either it does less in a second.
_HANDLERS = 64
_ROOM = 128  # so many are deferred and not yet done
_DOORS = 32
_CONNECTIONS = 16


async def cycles_per_second(url: str, number: int) -> float:
    """Defer so many jobs and have its worker, with an empty task, take them at the same time."""
    # Each job is several lines otherwise; ours says nothing of jobs that are done.
    logging.getLogger("procrastinate").setLevel(logging.ERROR)
    connector = PsycopgConnector(conninfo=url, min_size=_CONNECTIONS, max_size=_CONNECTIONS)
    app = App(connector=connector)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        return await _Cycle(app, number).run()


class _Cycle:
    def __init__(self, app: App, number: int) -> None:
        self._app = app
        self._number = number
        self._left = number
        self._numbers = itertools.islice(itertools.count(), number)
        self._room = asyncio.Semaphore(_ROOM)
        self._done = asyncio.Event()
        self._task = app.task(name="nothing", queue="bench")(self._nothing)

    async def run(self) -> float:
        working = asyncio.create_task(
            self._app.run_worker_async(
                queues=["bench"], concurrency=_HANDLERS, install_signal_handlers=False
            )
        )
        began = time.monotonic()
        async with asyncio.TaskGroup() as doors:
            for _ in range(_DOORS):
                doors.create_task(self._defer())
        await self._done.wait()
        seconds = time.monotonic() - began
        working.cancel()
        await asyncio.wait((working,))
        return self._number / seconds

    async def _defer(self) -> None:
        for each in self._numbers:
            await self._room.acquire()
            await self._task.configure(lock=f"{each % LANES}").defer_async(number=each)

    async def _nothing(self, number: int) -> None:
        self._room.release()
        self._left -= 1
        if not self._left:
            self._done.set()
