"""Replay feeds deliveries in at its rate, and once, however often it is cut off."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
from queue_site import SqliteSite, arrival, sqlite_site, take, take_one

from larkgate.clock import VirtualClock
from larkgate.queue import (
    REPLAY_QUEUE,
    Replay,
    Retries,
    Selection,
    Settlement,
    SqliteOperations,
    Worker,
    replay_job,
)


@pytest.fixture
async def site(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteSite]:
    async with sqlite_site(tmp_path, clock) as site:
        yield site


@asynccontextmanager
async def replaying(site: SqliteSite) -> AsyncIterator[None]:
    """A worker for the queue `replay`, cut off in the end."""
    replay = Replay(SqliteOperations(site.database, site.store), site.clock)
    worker = Worker(
        site.store,
        REPLAY_QUEUE,
        replay.handle,
        site.clock,
        limit=1,
        retries=Retries(),
        random=lambda: 0.5,
    )
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def deliver(site: SqliteSite, count: int) -> list[int]:
    """So many deliveries of one lane, all done; their ids."""
    for number in range(count):
        await site.store.accept(arrival(f"{number:04}"))
    ids: list[int] = []
    while claims := await take(site):
        for claim in claims:
            ids.append(claim.job.id)
            await site.store.settle(Settlement(claim, "done"))
    return ids


async def replayed(site: SqliteSite) -> list[str]:
    operations = SqliteOperations(site.database, site.store)
    rows = await operations.select(Selection(queue="q", states=("open",), limit=10_000))
    return [row.key for row in reversed(rows)]


def report(result: str | None) -> dict[str, int]:
    return msgspec.json.decode(result or "{}", type=dict[str, int])


async def start(site: SqliteSite, ids: Sequence[int], rate: float) -> str:
    job = replay_job(ids, rate, "g")
    await site.store.add(job)
    return job.key


async def test_at_the_rate_and_in_order(site: SqliteSite) -> None:
    ids = await deliver(site, 30)
    key = await start(site, ids[::-1], rate=10)
    async with replaying(site):
        await site.clock.advance(0.95)
        assert len(await replayed(site)) == 10
        await site.clock.advance(1)
        assert len(await replayed(site)) == 20
        await site.clock.advance(2)
        assert await replayed(site) == [f"d:{number:04}~g" for number in range(30)]
    stored = await site.store.find(key)
    assert stored is not None
    assert stored.state == "done"
    assert report(stored.result) == {"deliveries": 30, "made": 30}


@pytest.mark.parametrize(("rate", "seconds"), [(0.5, 38), (3, 6.0), (250, 0.08)])
async def test_slow_and_fast(site: SqliteSite, rate: float, seconds: float) -> None:
    await start(site, await deliver(site, 20), rate)
    async with replaying(site):
        await site.clock.advance(seconds * 0.9)
        assert len(await replayed(site)) < 20 or rate * 0.1 >= 20
        await site.clock.advance(seconds * 0.2)
        assert len(await replayed(site)) == 20


async def test_one_that_was_cut_off_goes_on_where_it_was(site: SqliteSite) -> None:
    key = await start(site, await deliver(site, 100), rate=10)
    async with replaying(site):
        await site.clock.advance(6)
        made = await replayed(site)
    assert 55 <= len(made) <= 65
    await site.crash()
    async with replaying(site):
        await site.clock.advance(0.05)  # what is there already costs no time
        assert len(await replayed(site)) > len(made)
        await site.clock.advance(5)
        assert await replayed(site) == [f"d:{number:04}~g" for number in range(100)]
    stored = await site.store.find(key)
    assert stored is not None
    assert stored.state == "done"


async def test_the_same_order_given_twice_is_one(site: SqliteSite) -> None:
    ids = await deliver(site, 3)
    assert replay_job(ids, 5, "g") == replay_job(ids[::-1], 5, "g")
    await start(site, ids, rate=100)
    await start(site, ids, rate=100)
    claim = await take_one(site, REPLAY_QUEUE)
    await site.store.settle(Settlement(claim, "done"))
    assert await take(site, REPLAY_QUEUE) == []


async def test_other_deliveries_of_one_generation_are_another_order(site: SqliteSite) -> None:
    assert replay_job([1], 5, "g").key != replay_job([2], 5, "g").key
