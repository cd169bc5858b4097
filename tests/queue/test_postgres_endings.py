"""Who asks for a job's ending while it ends is told, and not only by the next poll."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
from postgres_site import postgres_site
from queue_site import arrival

from larkgate.queue import Stored
from postgres_server import Server

_WAITS = """
    select exists (
        select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
    )
"""


async def somebody_waits(connection: Any) -> None:
    async with asyncio.timeout(10):
        while not await connection.fetchval(_WAITS):
            pass


async def test_asked_in_the_middle_of_the_commit_that_ends_it(postgres: Server) -> None:
    async with postgres_site(postgres) as site:
        await site.store.accept(arrival("e"))
        settling = await asyncpg.connect(site.url)
        transaction = settling.transaction()
        await transaction.start()
        await settling.execute(
            "update larkgate.job set state = 'done', result = 'r' where key = 'd:e'"
        )
        ended = site.store.ended("d:e")
        await somebody_waits(settling)
        await transaction.commit()
        async with asyncio.timeout(10):
            assert await ended == Stored("d:e", "done", "r")
        await settling.close()
