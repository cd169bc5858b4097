"""What was recalled does not run, also when the recall comes first; and a row says why."""

from __future__ import annotations

from queue_site import Site, arrival, count, event, settle, take, take_one, work_off

from larkgate.queue import Accepted, Arrival, NewJob, Stored
from larkgate.texts import say


async def recall(site: Site, key: str, name: str = "recall") -> None:
    await site.store.accept(Arrival(event(name), (), withdraws=key))


def withdrawn(key: str) -> Stored:
    return Stored(key, "withdrawn", say("queue.withdrawn"))


async def test_what_waits_is_withdrawn(site: Site) -> None:
    for name in "abc":
        await site.store.accept(arrival(name))
    await recall(site, "b")
    assert await site.store.find("d:b") == withdrawn("d:b")
    assert await work_off(site) == ["d:a", "d:c"]


async def test_the_next_in_its_lane_is_due(site: Site) -> None:
    await site.store.accept(arrival("a", run_at=site.clock.now() + 1000))
    await site.store.accept(arrival("b"))
    waiting = site.store.claim("q", 1)
    await site.clock.settle()
    await recall(site, "a")
    [claim] = await waiting
    assert claim.job.key == "d:b"


async def test_a_lane_that_is_empty_then_sleeps(site: Site) -> None:
    await site.store.accept(arrival("a"))
    await recall(site, "a")
    assert await take(site) == []
    await site.store.accept(arrival("b"))
    assert await work_off(site) == ["d:b"]


async def test_also_what_comes_after_its_recall(site: Site) -> None:
    await recall(site, "a")
    assert await site.store.accept(arrival("a")) == Accepted(duplicate=False)
    assert await site.store.find("d:a") == withdrawn("d:a")
    assert await take(site) == []
    await site.store.accept(arrival("b"))
    assert await work_off(site) == ["d:b"]


async def test_and_long_after(site: Site) -> None:
    await recall(site, "a")
    await site.crash()
    await site.clock.advance(3600)
    await site.store.accept(arrival("a"))
    assert await site.store.find("d:a") == withdrawn("d:a")


async def test_both_in_one_commit(site: Site) -> None:
    accepted = [
        site.store.accept(arrival("a")),
        site.store.accept(Arrival(event("recall a"), (), withdraws="a")),
        site.store.accept(Arrival(event("recall b"), (), withdraws="b")),
        site.store.accept(arrival("b")),
        site.store.accept(arrival("c")),
    ]
    assert {(await answer).duplicate for answer in accepted} == {False}
    assert await count(site) == {("q", "withdrawn"): 2, ("q", "open"): 1}
    assert await work_off(site) == ["d:c"]


async def test_the_deliveries_for_every_app(site: Site) -> None:
    deliveries = tuple(NewJob(f"{app}:e", f"app:{app}", "l") for app in "abc")
    await site.store.accept(Arrival(event("e"), deliveries))
    await settle(site, await take_one(site, "app:a"))
    await recall(site, "e")
    assert await count(site) == {
        ("app:a", "done"): 1,
        ("app:b", "withdrawn"): 1,
        ("app:c", "withdrawn"): 1,
    }


async def test_what_runs_goes_on_and_what_waits_behind_it_does_not(site: Site) -> None:
    for name in "abc":
        await site.store.accept(arrival(name))
    claim = await take_one(site)
    await recall(site, "a", "recall a")
    await recall(site, "b", "recall b")
    assert await site.store.find("d:a") == Stored("d:a", "open", None)
    assert await settle(site, claim)
    assert await work_off(site) == ["d:c"]


async def test_a_burst_that_runs_goes_on_whole(site: Site) -> None:
    for name in "abc":
        await site.store.accept(arrival(name, together="t"))
    claim = await take_one(site, burst=2)
    for name in "bc":
        await recall(site, name, f"recall {name}")
    assert await settle(site, claim)
    assert await count(site) == {("q", "done"): 2, ("q", "withdrawn"): 1}


async def test_what_backs_off_is_withdrawn(site: Site) -> None:
    await site.store.accept(arrival("a"))
    await settle(site, await take_one(site), "open", run_at=site.clock.now() + 5)
    await recall(site, "a")
    await site.clock.advance(5)
    assert await take(site) == []


async def test_what_is_over_stays_as_it_ended(site: Site) -> None:
    await site.store.accept(arrival("a"))
    await settle(site, await take_one(site), result="answered")
    await recall(site, "a")
    assert await site.store.find("d:a") == Stored("d:a", "done", "answered")


async def test_effects_are_no_deliveries(site: Site) -> None:
    await site.store.accept(arrival("a"))
    await settle(site, await take_one(site), jobs=(NewJob("s", "send", "chat"),))
    await recall(site, "a")
    assert await work_off(site, "send") == ["s"]


async def test_who_waits_for_its_end_is_told(site: Site) -> None:
    await site.store.accept(arrival("a"))
    ended = site.store.ended("d:a")
    await site.clock.settle()
    await recall(site, "a")
    assert await ended == withdrawn("d:a")


async def test_the_recall_may_be_work_as_well(site: Site) -> None:
    await site.store.accept(arrival("a"))
    await site.store.accept(arrival("recall", withdraws="a"))
    assert await work_off(site) == ["d:recall"]


async def test_a_recall_pushed_again_changes_nothing(site: Site) -> None:
    await recall(site, "a")
    assert await site.store.accept(Arrival(event("recall"), (), withdraws="b")) == Accepted(True)
    await site.store.accept(arrival("b"))
    assert await work_off(site) == ["d:b"]
