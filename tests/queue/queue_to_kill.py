"""Accepts and works without end, and prints each step once it is on disk; to be killed."""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

from larkgate.clock import SystemClock
from larkgate.database import Database, Migrations
from larkgate.queue import SCHEMA, Arrival, Event, NewJob, Settlement, SqliteStore

NOTES = Migrations("notes", ("create table note (text text not null) strict",))


async def accept(store: SqliteStore) -> None:
    for number in count():
        key = f"d:{number}"
        job = NewJob(key, "q", f"l{number % 10}")
        await store.accept(Arrival(Event(key, "cli_1", "type", 0.0, "{}"), (job,)))
        print("accepted", key, flush=True)


async def work(store: SqliteStore) -> None:
    while True:
        for claim in await store.claim("q", 3):
            await store.settle(Settlement(claim, "done"))
            print("done", claim.job.key, flush=True)


async def main(path: Path) -> None:
    clock = SystemClock()
    async with Database(path, clock, [SCHEMA, NOTES]) as database, asyncio.TaskGroup() as group:
        store = SqliteStore(database, clock)
        await store.open()
        group.create_task(accept(store))
        group.create_task(work(store))


asyncio.run(main(Path(sys.argv[1])))
