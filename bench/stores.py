"""A new and empty store on a real disk: the temporary directory may be memory."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Any, NamedTuple

from bench.measure import ROOT
from bench.postgres import LocalServer
from larkgate import bot, queue
from larkgate.clock import Clock, SystemClock, Timer
from larkgate.database import Database
from larkgate.database.postgres import PostgresDatabase
from larkgate.queue import Operations, SqliteOperations, SqliteStore, Store
from larkgate.queue.postgres import PostgresStore
from larkgate.queue.postgres_nodes import NodeInfo
from larkgate.queue.postgres_operations import PostgresOperations
from larkgate.secret import Secret
from larkgate.version import __version__

__all__ = ["FastClock", "Opened", "postgres", "sqlite"]

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
        database = _SlowDisk(Path(directory, "larkgate.db"), clock, _SCHEMAS)
        database.slept = commit
        async with database:
            store = SqliteStore(database, clock)
            await store.open()
            try:
                yield Opened(store, SqliteOperations(database, store))
            finally:
                await store.close()


@asynccontextmanager
async def postgres(
    server: LocalServer, clock: FastClock | None = None, *, lease: float = 30.0
) -> AsyncIterator[Opened]:
    """A store on a new database; its time, which is the database's, runs as the clock does."""
    async with server.database() as url:
        database = PostgresDatabase(Secret(url), clock or SystemClock(), _SCHEMAS)
        async with database:
            if clock:
                await _hasten(url, clock)
            node = NodeInfo("bench", os.getpid(), "all", __version__)
            store = PostgresStore(database, clock or SystemClock(), node, lease=lease)
            await store.open()
            try:
                yield Opened(store, PostgresOperations(database))
            finally:
                await store.close()


async def _hasten(url: str, clock: FastClock) -> None:
    import asyncpg

    now = f"{clock.began} + (extract(epoch from clock_timestamp()) - {clock.began}) * {clock.times}"
    connection = await asyncpg.connect(url)
    await connection.execute(
        "create or replace function larkgate.larkgate_now() returns double precision "
        f"language sql volatile as $$ select ({now})::double precision $$"
    )
    await connection.close()


class _SlowDisk(Database):
    slept = 0.0

    def _transact(self, connection: Connection, writes: list[Any]) -> list[tuple[Any, Any]]:
        results = super()._transact(connection, writes)
        if self.slept:  # even no time at all gives up the GIL
            time.sleep(self.slept)
        return results
