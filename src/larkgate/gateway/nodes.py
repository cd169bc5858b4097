"""A PostgreSQL that several nodes share. Loaded only where the settings name one."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from larkgate.bot import PostgresSessions
from larkgate.clock import Clock, SystemClock
from larkgate.config import Config
from larkgate.database import Migrations
from larkgate.database.postgres import PostgresDatabase
from larkgate.gateway.stores import SCHEMAS, Stores
from larkgate.queue.postgres import PostgresStore
from larkgate.queue.postgres_nodes import NodeInfo
from larkgate.queue.postgres_operations import PostgresOperations
from larkgate.version import __version__

__all__ = ["join", "open_database", "open_stores", "versions"]


@asynccontextmanager
async def join(
    database: PostgresDatabase, config: Config, clock: Clock, routers: str
) -> AsyncIterator[Stores]:
    """Take part as a node, with a lease that it renews."""
    store = PostgresStore(
        database,
        clock,
        _node_info(config, routers),
        lease=config.store.lease,
        backlog=config.queue.backlog,
    )
    await store.open()
    try:
        yield Stores(store, PostgresOperations(database, store), PostgresSessions(database))
    finally:
        await store.close()


@asynccontextmanager
async def open_stores(config: Config, clock: Clock) -> AsyncIterator[Stores]:
    """The store as a command sees it, which takes no work from it."""
    async with open_database(config, clock, SCHEMAS) as database:
        store = PostgresStore(database, clock, _node_info(config, ""))
        yield Stores(store, PostgresOperations(database), PostgresSessions(database))


def open_database(config: Config, clock: Clock, rooms: Sequence[Migrations]) -> PostgresDatabase:
    settings = config.store
    return PostgresDatabase(
        settings.postgres, clock, rooms, tls=settings.tls, ca=settings.ca, pool=settings.pool
    )


async def versions(config: Config) -> dict[str, int]:
    """The version of each room's tables, without changing them."""
    async with open_database(config, SystemClock(), []) as database:
        [(made,)] = await database.read("select to_regclass('larkgate.schema_version') is not null")
        if not made:
            return {}
        rows = await database.read("select room, version from larkgate.schema_version")
        return dict(rows)


def _node_info(config: Config, routers: str) -> NodeInfo:
    return NodeInfo(socket.gethostname(), os.getpid(), config.gateway.role, __version__, routers)
