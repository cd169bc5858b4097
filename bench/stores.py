"""A new and empty store on a real disk: the temporary directory may be memory."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Any, NamedTuple

from bench.measure import ROOT
from larkgate import bot, queue
from larkgate.clock import Clock, SystemClock, Timer
from larkgate.database import Database
from larkgate.queue import Operations, SqliteOperations, SqliteStore, Store

__all__ = ["FastClock", "Opened", "sqlite"]

_SCHEMAS = [queue.SCHEMA, bot.SCHEMA]


class Opened(NamedTuple):
    store: Store
    operations: Operations


class FastClock(SystemClock):
    """Time that runs `times` as fast, so that hours pass within a bench."""

    def __init__(self, times: float) -> None:
        self.times = times
        self.began = time.time()
        self._origin = time.monotonic()

    def now(self) -> float:
        return self.began + self.monotonic()

    def monotonic(self) -> float:
        return (time.monotonic() - self._origin) * self.times

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.times)

    def call_later(self, seconds: float, callback: Callable[..., object], *args: object) -> Timer:
        return super().call_later(seconds / self.times, callback, *args)


@asynccontextmanager
async def sqlite(clock: Clock | None = None, *, commit: float = 0.0) -> AsyncIterator[Opened]:
    """A store on SQLite; `commit` seconds are slept after each commit, as by a slow disk."""
    clock = clock or SystemClock()
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as directory:
        async with _SlowDisk(Path(directory, "larkgate.db"), clock, _SCHEMAS) as database:
            database.commit = commit
            store = SqliteStore(database, clock)
            await store.open()
            try:
                yield Opened(store, SqliteOperations(database, store))
            finally:
                await store.close()


class _SlowDisk(Database):
    commit = 0.0

    def _transact(self, connection: Connection, writes: list[Any]) -> list[tuple[Any, Any]]:
        results = super()._transact(connection, writes)
        if self.commit:
            time.sleep(self.commit)
        return results
