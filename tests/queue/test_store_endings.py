"""Who waits for a job's end is told, whoever ended it."""

from __future__ import annotations

import asyncio

import pytest
from queue_site import Site, settle, take_one, work_off

from larkgate.queue import NewJob, State, Stored


@pytest.mark.parametrize("state", ["done", "dead", "withdrawn"])
async def test_who_waits_hears_of_it(site: Site, state: State) -> None:
    await site.store.add(NewJob("k", "q", "l"))
    ended = site.store.ended("k")
    claim = await take_one(site)
    await site.clock.settle()
    assert not ended.done()
    await settle(site, claim, state, result="so")
    assert await ended == Stored("k", state, "so")


async def test_it_may_be_over_already(site: Site) -> None:
    await site.store.add(NewJob("k", "q", "l"))
    await settle(site, await take_one(site), result="so")
    assert await site.store.ended("k") == Stored("k", "done", "so")


async def test_it_may_not_be_there_yet(site: Site) -> None:
    ended = site.store.ended("k")
    await site.clock.settle()
    await site.store.add(NewJob("k", "q", "l"))
    await settle(site, await take_one(site))
    assert await ended == Stored("k", "done", None)


async def test_a_further_run_is_no_end(site: Site) -> None:
    await site.store.add(NewJob("k", "q", "l"))
    ended = site.store.ended("k")
    await settle(site, await take_one(site), "open", error="no")
    claim = await take_one(site)
    assert not ended.done()
    await settle(site, claim)
    assert (await ended).state == "done"


async def test_many_wait_for_many_and_some_give_up(site: Site) -> None:
    names = [f"k{number}" for number in range(20)]
    await asyncio.gather(*(site.store.add(NewJob(name, "q", name)) for name in names))
    waiting = [site.store.ended(name) for name in names * 3]
    for ended in waiting[:20]:
        ended.cancel()
    await work_off(site)
    found = await asyncio.gather(*waiting[20:])
    assert [each.key for each in found] == names * 2
