"""The keeper deletes a little at a time, and nothing by a clock that has just jumped."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from queue_site import SqliteSite, sqlite_site

from larkgate.clock import VirtualClock
from larkgate.errors import StoreError
from larkgate.queue import Keeper, Pruned, Retention, SqliteOperations

RETENTION = Retention(done=7 * 86_400.0, dead=30 * 86_400.0)


class Shelf(SqliteOperations):
    """Something to prune, and when it was; its disk can be out of order."""

    def __init__(self, site: SqliteSite) -> None:
        super().__init__(site.database, site.store)
        self.database = site.database
        self.clock = site.clock
        self.broken = False
        self.looked: list[float] = []

    async def prune(self, retention: Retention, batch: int = 500) -> Pruned:
        self.looked.append(self.clock.monotonic())
        if self.broken:
            raise StoreError("database.closed", path="here")
        return await super().prune(retention, batch)

    async def put(self, events: int) -> None:
        """So many old events, each with a job that is done."""

        def write(connection: sqlite3.Connection, items: list[None]) -> list[None]:
            connection.execute(_EVENTS, (events,))
            connection.execute(_JOBS)
            return items

        await self.database.write(write, None)

    async def left(self) -> int:
        def count(connection: sqlite3.Connection) -> int:
            # But for the newest, which stays.
            statement = "select coalesce(max(1, count(*)), 1) - 1 from event"
            return int(connection.execute(statement).fetchone()[0])

        return await self.database.read(count)


_EVENTS = """
    with recursive number (n) as (select 1 union all select n + 1 from number where n < ?1)
    insert into event (key, account, type, received_at, payload)
    select hex(randomblob(16)), 'cli_1', 'im.message.receive_v1', 1.0, '{}' from number
"""
_JOBS = """
    insert into job (lane, key, event, body, state)
    select 'q/' || (event.id % 7), 'd:' || event.key, event.id, '', 'done' from event
    where not exists (select 1 from job where job.event = event.id)
"""


class Wall:
    """The store's time, which may be changed."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.ahead = 0.0

    def now(self) -> float:
        return self.clock.now() + self.ahead


@pytest.fixture
async def shelf(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Shelf]:
    async with sqlite_site(tmp_path, clock) as site:
        yield Shelf(site)


@pytest.fixture
def wall(clock: VirtualClock) -> Wall:
    return Wall(clock)


@pytest.fixture
async def _keeping(shelf: Shelf, wall: Wall, clock: VirtualClock) -> AsyncIterator[None]:
    async with keeping(Keeper(shelf, clock, RETENTION, now=wall.now)):
        yield


@asynccontextmanager
async def keeping(keeper: Keeper) -> AsyncIterator[None]:
    task = asyncio.create_task(keeper.run())
    yield
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def said(records: Iterable[logging.LogRecord]) -> list[str]:
    return [
        record.getMessage()
        for record in records
        if record.name == "larkgate.queue.keeper" and record.levelno >= logging.INFO
    ]


@pytest.mark.usefixtures("_keeping")
class TestRounds:
    async def test_once_a_minute_while_there_is_nothing(
        self, shelf: Shelf, clock: VirtualClock
    ) -> None:
        await clock.advance(600)
        assert len(shelf.looked) in (9, 10)

    async def test_as_fast_as_it_goes_while_there_is_more(
        self, shelf: Shelf, clock: VirtualClock
    ) -> None:
        await shelf.put(5_000)
        await clock.advance(62)
        assert await shelf.left() == 0
        pauses = {
            round(later - before, 6)
            for before, later in zip(shelf.looked, shelf.looked[1:], strict=False)
        }
        assert max(pauses) <= 0.01  # of virtual time: what a batch takes comes on top
        assert min(pauses) > 0

    async def test_goes_on_after_a_failure_that_it_tells_once(
        self, shelf: Shelf, clock: VirtualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        shelf.broken = True
        await clock.advance(600)
        assert len(said(caplog.records)) == 1
        shelf.broken = False
        await shelf.put(700)
        await clock.advance(61)
        assert await shelf.left() == 0


@pytest.mark.usefixtures("_keeping")
class TestTelling:
    async def test_once_an_hour_at_most(
        self, shelf: Shelf, clock: VirtualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.INFO, "larkgate.queue.keeper")
        for _ in range(60 * 3):
            await shelf.put(10)
            await clock.advance(60)
        assert len(said(caplog.records)) == 3
        assert "19 events, 19 jobs" in said(caplog.records)[0]
        assert "600 events, 600 jobs" in said(caplog.records)[1]

    async def test_nothing_of_nothing(
        self, clock: VirtualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG, "larkgate.queue.keeper")
        await clock.advance(3 * 3600)
        assert not [record for record in caplog.records if record.name == "larkgate.queue.keeper"]


@pytest.mark.usefixtures("_keeping")
class TestClockThatJumps:
    async def test_eight_hours_without_deleting(
        self,
        shelf: Shelf,
        wall: Wall,
        clock: VirtualClock,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        await clock.advance(120)
        await shelf.put(50)
        wall.ahead += 2 * 3600
        await clock.advance(8 * 3600)
        assert await shelf.left() == 49
        assert len(said(caplog.records)) == 1
        assert "7200 s" in said(caplog.records)[0]
        await clock.advance(120)
        assert await shelf.left() == 0

    async def test_in_the_middle_of_a_round(
        self, shelf: Shelf, wall: Wall, clock: VirtualClock
    ) -> None:
        await shelf.put(5_000)
        await clock.advance(60.01)
        left = await shelf.left()
        assert 0 < left < 5_000
        wall.ahead += 86_400
        await clock.advance(3600)
        assert await shelf.left() == left

    async def test_back_and_small_steps_mean_nothing(
        self, shelf: Shelf, wall: Wall, clock: VirtualClock
    ) -> None:
        await shelf.put(50)
        wall.ahead -= 86_400
        await clock.advance(61)
        assert await shelf.left() == 0
        for _ in range(5):
            await shelf.put(50)
            wall.ahead += 3000
            await clock.advance(61)
            assert await shelf.left() == 0
