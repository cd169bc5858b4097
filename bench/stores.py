"""A new and empty store on a real disk: the temporary directory may be memory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from bench.measure import ROOT
from larkgate import bot, queue
from larkgate.clock import Clock, SystemClock
from larkgate.database import Database
from larkgate.queue import SqliteStore

__all__ = ["sqlite"]


@asynccontextmanager
async def sqlite(clock: Clock | None = None, *, commit: float = 0.0) -> AsyncIterator[SqliteStore]:
    """A store on SQLite; `commit` seconds are slept after each commit, as by a slow disk."""
    clock = clock or SystemClock()
    schemas = [queue.SCHEMA, bot.SCHEMA]
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as directory:
        async with _SlowDisk(Path(directory, "larkgate.db"), clock, schemas) as database:
            database.commit = commit
            store = SqliteStore(database, clock)
            await store.open()
            try:
                yield store
            finally:
                await store.close()


class _SlowDisk(Database):
    commit = 0.0

    def _transact(self, connection: Connection, writes: list[Any]) -> list[tuple[Any, Any]]:
        results = super()._transact(connection, writes)
        if self.commit:
            time.sleep(self.commit)
        return results
