"""A person pauses a queue until a person resumes it."""

from __future__ import annotations

import pytest
from queue_site import Site, arrival, keys, settle, take, take_one, work_off

from larkgate.queue import Pause


async def test_a_person_pauses_a_queue_until_a_person_resumes_it(site: Site) -> None:
    await site.store.accept(arrival("e", lane="1"))
    await site.store.accept(arrival("f", lane="2"))
    running, *_ = await take(site, limit=1)
    await site.pause("q", "maintenance")
    assert await take(site) == []
    assert await settle(site, running), "what runs goes on"
    await site.clock.advance(100_000)
    assert await take(site) == []
    assert await site.store.pauses() == {"q": Pause(None, "maintenance")}
    await site.resume("q")
    assert await site.store.pauses() == {}
    assert len(await work_off(site)) == 1


async def test_who_waits_is_woken_by_resuming(site: Site) -> None:
    await site.store.accept(arrival("e"))
    await site.pause("q", "maintenance")
    claims = site.store.claim("q", 1)
    await site.clock.settle()
    assert not claims.done()
    await site.resume("q")
    assert keys(await claims) == ["d:e"]


@pytest.mark.parametrize("ending", ["restart", "crash"])
async def test_it_outlives_the_process(site: Site, ending: str) -> None:
    await site.store.accept(arrival("e"))
    await site.pause("q", "maintenance")
    await (site.restart() if ending == "restart" else site.crash())
    assert await site.store.pauses() == {"q": Pause(None, "maintenance")}
    assert await take(site) == []


async def test_no_hold_ends_it(site: Site) -> None:
    await site.store.accept(arrival("e"))
    claim = await take_one(site)
    await site.pause("q", "maintenance")
    hold = (site.clock.now() + 30, "down")
    await settle(site, claim, "open", charge=False, hold=hold, undone=True)
    await site.clock.advance(60)
    assert await take(site) == []
    assert await site.store.pauses() == {"q": Pause(None, "maintenance")}
