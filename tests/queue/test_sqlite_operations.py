"""On SQLite: what only looks works on a file nobody has open, and nothing reads a whole table to
find a few rows."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from queue_site import SqliteSite, arrival, sqlite_site, take

from larkgate.clock import VirtualClock
from larkgate.database import open_read_only
from larkgate.database.migrations import migrate
from larkgate.queue import (
    SCHEMA,
    Retention,
    Selection,
    Settlement,
    SqliteOperations,
    look_at_queues,
    look_at_sizes,
    select_jobs,
    trace_key,
)

MANY = 100_000
FEWER = 20_000

_EVENTS = """
    with recursive number (n) as (select 1 union all select n + 1 from number where n < ?1)
    insert into event (id, key, account, type, received_at, payload)
    select n, hex(randomblob(12)), 'cli_1', 'im.message.receive_v1', n, '{}' from number
"""
_JOBS = """
    insert into job (id, lane, key, event, body, state, created_at)
    select id, 'app:bot/l' || (id % 5000), 'bot:' || key, id, '',
        case when id % 1000 = 1 then 'dead' when id % 1000 = 2 then 'open' else 'done' end, id
    from event
"""
_LANES = """
    insert into lane (name, queue, next_at)
    select lane, 'app:bot', max(iif(state = 'open', 1, null)) from job group by 1
"""


@pytest.fixture
async def site(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteSite]:
    async with sqlite_site(tmp_path, clock) as site:
        yield site


def fill(connection: sqlite3.Connection, rows: int) -> None:
    """So many deliveries; of each thousand one is dead and one open."""
    connection.execute(_EVENTS, (rows,))
    connection.execute(_JOBS)
    connection.execute(_LANES)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("many") / "larkgate.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma synchronous = off")
        migrate(connection, [SCHEMA])
        fill(connection, MANY)
    with closing(open_read_only(path)) as connection:
        yield connection


class Steps:
    """How many thousand steps SQLite's machine takes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.taken = 0
        connection.set_progress_handler(self._count, 1000)

    def _count(self) -> None:
        self.taken += 1


class TestLookingAtManyRows:
    @pytest.mark.parametrize(
        "selection",
        [
            Selection(),
            Selection(states=("dead",)),
            Selection(states=("open",)),
            Selection(states=("open", "dead"), queue="app:bot"),
            Selection(states=("open",), lane="l1"),
            Selection(queue="app:"),
            Selection(keys=("#4711",)),
            Selection(type="im.message.receive_v1", limit=10),
        ],
        ids=str,
    )
    def test_few_are_found_at_once(self, many: sqlite3.Connection, selection: Selection) -> None:
        steps = Steps(many)
        assert select_jobs(many, selection)
        assert steps.taken < 30

    def test_a_trace_too(self, many: sqlite3.Connection) -> None:
        [key] = many.execute("select key from event where id = 50000").fetchone()
        steps = Steps(many)
        assert [trace.event_key for trace in trace_key(many, key)] == [key]
        assert steps.taken < 3

    def test_all_queues_are_counted_in_a_moment(self, many: sqlite3.Connection) -> None:
        steps = Steps(many)
        [queue] = look_at_queues(many, 1.0)
        assert (queue.waiting, queue.dead, queue.done) == (100, 100, MANY - 200)
        assert steps.taken < 40 * MANY / 1000


@pytest.fixture
async def _few(site: SqliteSite) -> None:
    def write(connection: sqlite3.Connection, items: list[None]) -> list[None]:
        fill(connection, FEWER)
        return items

    await site.database.write(write, None)


@pytest.mark.usefixtures("_few")
class TestChangingAFewOfMany:
    async def test_what_changes_one_job_looks_at_one(self, site: SqliteSite) -> None:
        operations = SqliteOperations(site.database, site.store)
        steps = await _writer_steps(site)
        assert len(await operations.retry([1])) == 1
        assert len(await operations.discard([1], "no")) == 1
        assert len(await operations.replay([1], "g")) == 1
        assert steps.taken < 10

    async def test_pruning_looks_at_a_batch(self, site: SqliteSite) -> None:
        """Also behind dead letters and open jobs that stay in front."""
        operations = SqliteOperations(site.database, site.store)
        kept = Retention(done=7 * 86_400.0, dead=1e10)
        steps = await _writer_steps(site)
        most, more = 0, True
        while more:
            before = steps.taken
            more = (await operations.prune(kept)).more
            most = max(most, steps.taken - before)
        assert most < 200
        rows = await operations.select(Selection(limit=1000))
        newest = 1
        assert len(rows) == 20 + 20 + newest


async def _writer_steps(site: SqliteSite) -> Steps:
    def count(connection: sqlite3.Connection, items: list[None]) -> list[Steps]:
        return [Steps(connection) for _ in items]

    return await site.database.write(count, None)


async def test_the_file_levels_off(site: SqliteSite, clock: VirtualClock) -> None:
    operations = SqliteOperations(site.database, site.store)
    sizes: list[int] = []
    for number in range(8):
        pushes = [arrival(f"{number}-{n}", f"l{n}", payload="x" * 500) for n in range(400)]
        await asyncio.gather(*map(site.store.accept, pushes))
        claims = await take(site, limit=400)
        ended = [Settlement(claim, "done") for claim in claims]
        await asyncio.gather(*map(site.store.settle, ended))
        await clock.advance(3600)
        while (await operations.prune(Retention(done=60.0, dead=60.0))).more:
            pass
        sizes.append(await site.database.read(_pages))
    assert sizes[-1] <= sizes[1] * 1.05


def _pages(connection: sqlite3.Connection) -> int:
    return int(connection.execute("pragma page_count").fetchone()[0])


class TestWithoutAGateway:
    async def test_a_file_that_nobody_has_open(
        self, site: SqliteSite, clock: VirtualClock, tmp_path: Path
    ) -> None:
        await site.store.accept(arrival("e"))
        for claim in await take(site):
            await site.store.settle(Settlement(claim, "dead", result="no"))
        path = site.database.path
        await site.close()
        try:
            with closing(open_read_only(path)) as file:
                assert [row.key for row in select_jobs(file, Selection())] == ["d:e"]
                assert [trace.result for trace in trace_key(file, "e")] == ["no"]
                assert [queue.dead for queue in look_at_queues(file, clock.now())] == [1]
                sizes = look_at_sizes(file, path)
                assert sizes.total >= path.stat().st_size
                assert sizes.free
                with pytest.raises(sqlite3.OperationalError, match="readonly"):
                    file.execute("delete from job")
        finally:
            await site.open()
