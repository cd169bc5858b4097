"""A store on a real PostgreSQL, whose time is the test's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from queue_site import NOTES

from larkgate.clock import Clock, VirtualClock
from larkgate.database.postgres import PostgresDatabase
from larkgate.queue import SCHEMA
from larkgate.queue.postgres import PostgresStore
from larkgate.queue.postgres_nodes import NodeInfo
from larkgate.secret import Secret
from postgres_server import Server

__all__ = ["DatabaseClock", "PostgresSite", "new_database", "postgres_site"]

ROOMS = [SCHEMA, NOTES]
NODE = NodeInfo("host", 1, "all", "1.0", "routers")

_LEAP = 100.0

_TIME = """
create unlogged table larkgate.test_time (at double precision not null);
insert into larkgate.test_time values (0);
create or replace function larkgate.larkgate_now() returns double precision language sql volatile
    as $$ select at from larkgate.test_time $$;
"""


class DatabaseClock(VirtualClock):
    """Moves the time of a database with its own; from a thread, for nothing may happen between."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._told = 0.0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._connection = self._run(_connect(url))
        self._tell()

    def close(self) -> None:
        self._run(self._connection.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def advance(self, seconds: float) -> None:
        """A long time passes in a leap, as for a machine that slept: nodes ask every second."""
        if seconds > _LEAP:
            self._now += seconds - _LEAP
            seconds = _LEAP
        await super().advance(seconds)

    async def settle(self) -> None:
        if self._told != self.now():
            self._tell()
        await super().settle()

    def _tell(self) -> None:
        self._told = self.now()
        self._run(self._connection.execute("update larkgate.test_time set at = $1", self._told))

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


async def _connect(url: str) -> Any:
    import asyncpg

    settings = {"synchronous_commit": "off"}
    return await asyncpg.connect(url, server_settings=settings)


class PostgresSite:
    """`PostgresStore` on a database of its own. A crash is what the others make of it: a lease
    that has run out."""

    def __init__(self, url: str, clock: DatabaseClock, **options: Any) -> None:
        self.clock: VirtualClock = clock
        self.url = url
        self._options = options

    @property
    def store(self) -> PostgresStore:
        return self._store

    @property
    def database(self) -> PostgresDatabase:
        return self._database

    async def open(self) -> None:
        self._database, self._store = await self.another()

    async def another(self, **options: Any) -> tuple[PostgresDatabase, PostgresStore]:
        """One more node."""
        database = PostgresDatabase(Secret(self.url), self.clock, ROOMS)
        await database.open()
        store = PostgresStore(database, self.clock, NODE, **self._options | options)
        await store.open()
        return database, store

    async def close(self) -> None:
        await self._store.close()
        await self._database.close()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    async def crash(self) -> None:
        """As after `kill -9`, once the lease has run out."""
        await self.clock.settle()
        before = self._database, self._store
        await self.run("update larkgate.node set lease_until = 0 where id = $1", self._store.node)
        await self.open()
        await before[1].close()
        await before[0].close()

    async def resume(self, queue: str) -> None:
        await self._set_queue("paused_until = null, paused = $2::text", queue, None)

    async def pause(self, queue: str, reason: str) -> None:
        await self._set_queue("paused = $2", queue, reason)

    async def notes(self) -> list[str]:
        return [row["text"] for row in await self.run("select text from larkgate.note order by n")]

    async def run(self, statement: str, *values: object) -> list[Any]:
        return await self._database.read(statement, *values)

    async def _set_queue(self, values: str, queue: str, reason: str | None) -> None:
        await self.run(
            "insert into larkgate.queue (name) values ($1) on conflict (name) do nothing", queue
        )
        await self.run(f"update larkgate.queue set {values} where name = $1", queue, reason)
        self._store.changed()


async def prepare(url: str, clock: Clock | None = None) -> None:
    async with PostgresDatabase(Secret(url), clock or VirtualClock(), ROOMS):
        pass


async def _prepare_with_time(url: str) -> None:
    await prepare(url)
    connection = await _connect(url)
    await connection.execute(_TIME)
    await connection.close()


@asynccontextmanager
async def new_database(server: Server, *, virtual: bool = True) -> AsyncIterator[str]:
    """A database with the tables; its time stands still if `virtual`."""
    name, make = ("virtual", _prepare_with_time) if virtual else ("real", prepare)
    async with server.database(await server.template(f"queue_{name}", make)) as url:
        yield url


async def emptied_database(server: Server) -> str:
    """One database whose time stands still, again and again: to make one takes a while."""
    url = server.url_of(await server.template("queue_emptied", _prepare_with_time))
    connection = await _connect(url)
    rows = await connection.fetch("select tablename from pg_tables where schemaname = 'larkgate'")
    names = {row["tablename"] for row in rows} - {"schema_version", "test_time"}
    tables = ", ".join(f"larkgate.{name}" for name in sorted(names))
    await connection.execute(f"truncate {tables} restart identity")
    await connection.execute("alter sequence larkgate.epoch restart")
    await connection.close()
    return url


@asynccontextmanager
async def postgres_site(server: Server, **options: Any) -> AsyncIterator[PostgresSite]:
    url = await emptied_database(server)
    clock = DatabaseClock(url)
    site = PostgresSite(url, clock, **options)
    await site.open()
    try:
        yield site
    finally:
        await site.close()
        clock.close()
