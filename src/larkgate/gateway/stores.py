"""Opens the store that the settings name: one SQLite file, or a PostgreSQL that nodes share."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple

from larkgate import bot, queue
from larkgate.bot import Sessions, SqliteSessions
from larkgate.clock import Clock, SystemClock
from larkgate.config import Config
from larkgate.database import Database, StoreLock, open_read_only
from larkgate.queue import Operations, SqliteOperations, SqliteStore, Store

if TYPE_CHECKING:
    from larkgate.database.postgres import PostgresDatabase

__all__ = [
    "SCHEMAS",
    "Stores",
    "Upgraded",
    "hears",
    "join",
    "open_database",
    "open_postgres",
    "open_stores",
    "upgrade",
]

SCHEMAS = [queue.SCHEMA, bot.SCHEMA]


class Stores(NamedTuple):
    """One database as the rooms see it."""

    store: Store
    operations: Operations
    sessions: Sessions


class Upgraded(NamedTuple):
    """The version of one room's tables, before (0: there were none) and after."""

    room: str
    before: int
    after: int


@asynccontextmanager
async def open_database(config: Config, clock: Clock) -> AsyncIterator[Database | PostgresDatabase]:
    """The database that the settings name, its tables up to date.

    Raises:
        SettingsError, StoreError: it cannot be opened.
    """
    settings = config.store
    if settings.postgres:
        from larkgate.gateway import nodes

        async with nodes.open_database(config, clock, SCHEMAS) as shared:
            yield shared
        return
    with StoreLock(settings.path):
        async with Database(
            settings.path,
            clock,
            SCHEMAS,
            synchronous=settings.synchronous,
            min_free=settings.min_free,
        ) as database:
            yield database


def hears(database: Database | PostgresDatabase) -> bool:
    """Whether it is known at once what other nodes have done."""
    return isinstance(database, Database) or database.listens


@asynccontextmanager
async def join(
    database: Database | PostgresDatabase, config: Config, clock: Clock, routers: str = ""
) -> AsyncIterator[Stores]:
    """Take part in the work that a database holds.

    Args:
        routers: the fingerprint of the apps this node runs.

    Raises:
        StoreError: the database is out of order.
    """
    if not isinstance(database, Database):
        from larkgate.gateway import nodes

        async with nodes.join(database, config, clock, routers) as stores:
            yield stores
        return
    store = SqliteStore(database, clock, backlog=config.queue.backlog)
    await store.open()
    try:
        yield Stores(store, SqliteOperations(database, store), SqliteSessions(database))
    finally:
        await store.close()


@asynccontextmanager
async def open_stores(config: Config, clock: Clock) -> AsyncIterator[Stores]:
    """Both of the above, for a command."""
    async with open_database(config, clock) as database, join(database, config, clock) as stores:
        yield stores


@asynccontextmanager
async def open_postgres(config: Config, clock: Clock) -> AsyncIterator[Stores]:
    """The database as a command sees it, which takes no work from it.

    Raises:
        SettingsError, StoreError: it cannot be opened.
    """
    from larkgate.gateway import nodes

    async with nodes.open_stores(config, clock) as stores:
        yield stores


async def upgrade(config: Config) -> list[Upgraded]:
    """Bring the tables up to date, as a start does.

    Raises:
        SettingsError, StoreError: the store cannot be opened, or a newer version made it.
    """
    before = await _versions(config)
    async with open_database(config, SystemClock()):
        after = await _versions(config)
    return [Upgraded(room, before.get(room, 0), version) for room, version in after.items()]


async def _versions(config: Config) -> dict[str, int]:
    """The version of each room's tables."""
    if config.store.postgres:
        from larkgate.gateway import nodes

        return await nodes.versions(config)
    if not config.store.path.exists():
        return {}
    with contextlib.closing(open_read_only(config.store.path)) as connection:
        try:
            return dict(connection.execute("select room, version from schema_version").fetchall())
        except sqlite3.OperationalError:  # an empty file
            return {}
