"""Who kills its process is found; nobody beside it is buried."""

from __future__ import annotations

import pytest
from queue_site import Site, arrival, count, jobs, keys, settle, take, take_one, work_off

from larkgate.queue import NewJob, Stored
from larkgate.texts import say

KILLER = "d:killer"


async def live(site: Site, queues: tuple[str, ...] = ("q",), limit: int = 100) -> bool:
    """One life of a process that takes all it may; False if it came through to the end."""
    while True:
        claims = [claim for queue in queues for claim in await take(site, queue, limit)]
        if any(claim.job.key == KILLER for claim in claims):
            await site.crash()
            return True
        if not claims:
            return False
        for claim in claims:
            await settle(site, claim)


async def lives(site: Site, most: int = 30) -> int:
    """How often the process dies until all work is done."""
    for deaths in range(most):
        if not await live(site):
            return deaths
    raise AssertionError("it dies for ever")


async def push(site: Site, innocents: int, killer: str = "killer", queue: str = "q") -> None:
    """A killer in the midst of innocents, each in a lane of its own."""
    names = [f"innocent {number}" for number in range(innocents)]
    names.insert(innocents // 2, killer)
    for name in names:
        await site.store.accept(arrival(name, lane=name, queue=queue))


async def die_with(site: Site, times: int) -> None:
    for _ in range(times):
        await take(site)
        await site.crash()


@pytest.mark.parametrize("innocents", [0, 1, 63, 99])
async def test_one_dead_letter_after_five_deaths(site: Site, innocents: int) -> None:
    await push(site, innocents)
    assert await lives(site) == 5
    expected = {("q", "dead"): 1, ("q", "done"): innocents}
    assert await count(site) == {place: jobs for place, jobs in expected.items() if jobs}


async def test_the_dead_letter_says_why(site: Site) -> None:
    await push(site, 3)
    await lives(site)
    reason = say("queue.killed_process", crashes=5)
    assert await site.store.find(KILLER) == Stored(KILLER, "dead", reason)


async def test_what_stood_behind_a_killer_goes_on(site: Site) -> None:
    for name in ("killer", "after"):
        await site.store.accept(arrival(name))
    await lives(site)
    assert await count(site) == {("q", "dead"): 1, ("q", "done"): 1}


async def test_the_first_crash_is_forgiven(site: Site) -> None:
    """A process that is killed once, or a machine that lost power, leaves no suspects."""
    await push(site, 63)
    await die_with(site, 1)
    assert len(await take(site)) == 64


@pytest.mark.parametrize(("deaths", "together"), [(2, 16), (3, 4), (4, 1)])
async def test_suspects_run_in_ever_smaller_groups(site: Site, deaths: int, together: int) -> None:
    queues = [f"q{number}" for number in range(together + 2)]
    for queue in queues:
        await suspect(site, queue, deaths, queue)
    taken = [claim for queue in queues for claim in await take(site, queue)]
    assert len(taken) == together


async def suspect(site: Site, name: str, deaths: int, queue: str = "q") -> None:
    """Has a job kill its process alone so often."""
    await site.store.accept(arrival(name, lane=name, queue=queue))
    for _ in range(deaths):
        await take_one(site, queue)
        await site.crash()


async def test_the_innocent_go_on_beside_a_group(site: Site) -> None:
    await suspect(site, "suspect", 2)
    await push(site, 30)
    assert len(await take(site)) == 32


async def test_who_must_run_alone_runs_alone(site: Site) -> None:
    await suspect(site, "suspect", 4)
    await push(site, 5)
    alone = await take_one(site)
    assert alone.job.key == "d:suspect"
    assert await take(site) == []
    await settle(site, alone)
    assert len(await take(site)) == 6


async def test_who_must_run_alone_waits_until_the_others_are_done(site: Site) -> None:
    await suspect(site, "suspect", 4)
    await site.store.accept(arrival("before", lane="before", queue="other"))
    [before] = await take(site, "other")
    waiting = site.store.claim("q", 5)
    await site.clock.settle()
    assert not waiting.done()
    await site.store.accept(arrival("after", lane="after", queue="other"))
    assert await take(site, "other") == [], "nothing new while it waits"
    await settle(site, before)
    assert keys(await waiting) == ["d:suspect"]
    assert await take(site, "other") == []
    await settle(site, (await waiting)[0])
    assert await work_off(site, "other") == ["d:after"]


async def test_sends_go_on_beside_one_that_runs_alone(site: Site) -> None:
    """Its handler may wait for them."""
    await suspect(site, "suspect", 4)
    alone = await take_one(site)
    await site.store.add(NewJob("s", "send:cli_1", "chat"), alone.job)
    assert await work_off(site, "send:cli_1") == ["s"]


async def test_sends_beside_it_do_not_save_a_killer(site: Site) -> None:
    """However many more of them there are in each life."""
    await suspect(site, "killer", 4)
    alone = await take_one(site)
    for number in range(3):
        await site.store.add(NewJob(f"s{number}", "send:cli_1", f"chat {number}"), alone.job)
    assert len(await take(site, "send:cli_1")) == 3
    await site.crash()
    assert await take(site) == []
    assert len(await work_off(site, "send:cli_1")) == 3
    assert await count(site) == {("q", "dead"): 1, ("send:cli_1", "done"): 3}


async def test_a_stream_of_sends_keeps_nobody_waiting(site: Site) -> None:
    await suspect(site, "suspect", 4)
    for number in range(3):
        await site.store.add(NewJob(f"s{number}", "send:cli_1", f"chat {number}"))
    [sending] = await take(site, "send:cli_1", 1)
    waiting = site.store.claim("q", 1)
    assert await take(site, "send:cli_1") == [], "they end as well, however many there are"
    await settle(site, sending)
    assert keys(await waiting) == ["d:suspect"]
    assert await work_off(site, "send:cli_1") == ["s1", "s2"]


async def test_who_gives_up_waiting_for_it_keeps_nobody_away(site: Site) -> None:
    await suspect(site, "suspect", 4)
    await site.store.accept(arrival("other", lane="other", queue="other"))
    running = await take_one(site, "other")
    await site.store.accept(arrival("next", lane="next", queue="other"))
    waiting = site.store.claim("q", 1)
    assert await take(site, "other") == []
    waiting.cancel()
    assert await work_off(site, "other") == ["d:next"]
    await settle(site, running)


async def test_one_that_was_recalled_keeps_nobody_away(site: Site) -> None:
    await suspect(site, "suspect", 4)
    await site.store.accept(arrival("other", lane="other", queue="other"))
    [running] = await take(site, "other", 1)
    waiting = site.store.claim("q", 1)
    await site.clock.settle()
    await site.store.accept(arrival("recall", queue="none", withdraws="suspect"))
    await site.store.accept(arrival("next", lane="next", queue="other"))
    assert await work_off(site, "other") == ["d:next"]
    await settle(site, running)
    assert not waiting.done()
    waiting.cancel()


async def test_one_that_came_through_is_watched_on(site: Site) -> None:
    """A run that ends well and asks for another is no proof."""
    await suspect(site, "suspect", 4)
    await settle(site, await take_one(site), "open", charge=False)
    await push(site, 5)
    assert keys(await take(site)) == ["d:suspect"]


async def test_what_comes_behind_a_suspect_is_none(site: Site) -> None:
    await site.store.accept(arrival("e1"))
    await site.store.accept(arrival("e2"))
    await die_with(site, 4)
    await settle(site, await take_one(site))
    await push(site, 5)
    found = jobs(await take(site))
    assert len(found) == 7
    assert found["d:e2"].crashes == 0


async def test_a_whole_burst_is_one_suspect(site: Site) -> None:
    for name in ("killer", "b", "c"):
        await site.store.accept(arrival(name, together="t"))
    for _ in range(5):
        assert len((await take_one(site, burst=9)).others) == 2
        await site.crash()
    await site.store.accept(arrival("after", together="t"))
    assert await work_off(site) == ["d:after"]
    assert await count(site) == {("q", "dead"): 3, ("q", "done"): 1}


async def test_a_stop_in_order_makes_no_suspect(site: Site) -> None:
    await push(site, 5)
    for _ in range(5):
        await take(site)
        await site.restart()
    assert len(await take(site)) == 6


async def test_who_pauses_is_not_waited_for(site: Site) -> None:
    await suspect(site, "suspect", 4)
    await site.pause("q", "not now")
    await site.store.accept(arrival("other", lane="other", queue="other"))
    running = await take_one(site, "other")
    await site.store.accept(arrival("next", lane="next", queue="other"))
    waiting = site.store.claim("q", 1)
    assert await work_off(site, "other") == ["d:next"]
    await settle(site, running)
    assert not waiting.done()
    waiting.cancel()
