"""What is kept has a bound, and nothing is lost by it."""

from __future__ import annotations

import pytest
from queue_site import Site, arrival, event, settle, take, take_one, work_off

from larkgate.errors import BacklogFull
from larkgate.queue import Accepted, Arrival, NewJob, Stored

NEW, DUPLICATE = Accepted(duplicate=False), Accepted(duplicate=True)


async def test_reasons_have_a_bound(site: Site) -> None:
    await site.store.accept(arrival("e"))
    await settle(site, await take_one(site), "dead", error="x" * 5000, result="x" * 5000)
    found = await site.store.find("d:e")
    assert found
    assert found.result == "x" * 2000


async def test_answers_stay_whole(site: Site) -> None:
    """A card that is cut would be none."""
    await site.store.accept(arrival("e"))
    await settle(site, await take_one(site), result="x" * 5000)
    assert await site.store.find("d:e") == Stored("d:e", "done", "x" * 5000)


async def test_what_is_too_much_is_refused_and_taken_later(small_site: Site) -> None:
    store = small_site.store
    for name in "abc":
        assert await store.accept(arrival(name, name)) == NEW
    await small_site.clock.advance(1)
    with pytest.raises(BacklogFull):
        await store.accept(arrival("d"))
    assert await store.accept(arrival("a")) == DUPLICATE, "what is kept is acknowledged"
    [claim, *_] = await take(small_site, limit=1)
    assert await settle(small_site, claim)
    await small_site.clock.advance(1)
    assert await store.accept(arrival("d")) == NEW


async def test_the_store_s_own_work_is_never_too_much(small_site: Site) -> None:
    store = small_site.store
    for name in "abc":
        await store.accept(arrival(name, name))
    await small_site.clock.advance(1)
    assert await store.add(NewJob("k", "timer", "l")) == Stored("k", "open", None)
    claim, *_ = await take(small_site)
    effects = tuple(NewJob(f"s{n}", "send", "chat") for n in range(5))
    assert await settle(small_site, claim, jobs=effects)
    assert len(await work_off(small_site, "send")) == 5


async def test_a_recall_is_never_too_much(small_site: Site) -> None:
    store = small_site.store
    for name in "abc":
        await store.accept(arrival(name, name))
    await small_site.clock.advance(1)
    await store.accept(Arrival(event("recall"), (), withdraws="a"))
    await small_site.clock.advance(1)
    assert await store.accept(arrival("d")) == NEW


async def test_what_waited_before_a_restart_counts(small_site: Site) -> None:
    for name in "abc":
        await small_site.store.accept(arrival(name, name))
    await small_site.crash()
    await small_site.clock.advance(1)
    with pytest.raises(BacklogFull):
        await small_site.store.accept(arrival("d"))


async def test_it_is_the_time_of_what_is_written(site: Site) -> None:
    began = site.store.now()
    await site.store.accept(arrival("e"))
    await site.clock.advance(10)
    assert site.store.now() == pytest.approx(began + 10)
    assert (await take_one(site)).started == pytest.approx(began + 10)
