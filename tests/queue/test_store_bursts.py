"""What waits together runs together, and what ran together stays together."""

from __future__ import annotations

import asyncio

import pytest
from queue_site import Site, arrival, count, keys, settle, take, take_one, work_off

from larkgate.queue import Claim, NewJob, Settlement, State


async def push(site: Site, names: str, together: str | None = "t", lane: str = "lane") -> None:
    for name in names:
        await site.store.accept(arrival(name, lane, together=together))


def names(claim: Claim) -> str:
    """The members of a burst, in order."""
    return "".join(job.key.removeprefix("d:") for job in (claim.job, *claim.others))


async def test_neighbours_are_claimed_together_with_their_events(site: Site) -> None:
    await push(site, "abc")
    claim = await take_one(site, burst=9)
    assert names(claim) == "abc"
    assert [job.event_key for job in (claim.job, *claim.others)] == ["a", "b", "c"]
    assert {job.lane for job in claim.others} == {claim.job.lane}
    assert {job.epoch for job in claim.others} == {claim.job.epoch}
    assert {job.payload for job in claim.others} == {"{}"}
    assert await settle(site, claim, result="answer")
    assert await take(site) == []
    found = [await site.store.find(f"d:{name}") for name in "abc"]
    assert {(each.state, each.result) for each in found if each} == {("done", "answer")}


async def test_only_neighbours_of_one_kind(site: Site) -> None:
    await push(site, "ab")
    await push(site, "c", "other")
    await push(site, "d")
    await push(site, "e", None)
    await push(site, "f", None)
    found: list[str] = []
    for _ in range(5):
        claim = await take_one(site, burst=9)
        found.append(names(claim))
        await settle(site, claim)
    assert found == ["ab", "c", "d", "e", "f"]


async def test_who_does_not_ask_for_bursts_gets_none(site: Site) -> None:
    await push(site, "ab")
    assert names(await take_one(site)) == "a"


async def test_a_burst_has_a_bound(site: Site) -> None:
    await push(site, "abcde")
    claim = await take_one(site, burst=3)
    assert names(claim) == "abc"
    await settle(site, claim)
    assert names(await take_one(site, burst=3)) == "de"


async def test_what_is_not_due_waits(site: Site) -> None:
    for name, run_at in (("a", None), ("b", site.clock.now() + 5), ("c", None)):
        await site.store.accept(arrival(name, run_at=run_at, together="t"))
    claim = await take_one(site, burst=9)
    assert names(claim) == "a"
    await settle(site, claim)
    await site.clock.advance(5)
    assert names(await take_one(site, burst=9)) == "bc"


async def test_lanes_do_not_mix(site: Site) -> None:
    await push(site, "ab", lane="1")
    await push(site, "cd", lane="2")
    assert sorted(map(names, await take(site, burst=9))) == ["ab", "cd"]


@pytest.mark.parametrize("size", [1, 2, 9])
@pytest.mark.parametrize("ending", ["crash", "restart", "retry"])
async def test_a_second_run_sees_the_same_messages(site: Site, ending: str, size: int) -> None:
    """Whatever has come meanwhile, and however many the next claim would take."""
    await push(site, "ab")
    claim = await take_one(site, burst=2)
    await push(site, "cde")
    match ending:
        case "crash":
            await site.crash()
        case "restart":
            await site.restart()
        case _:
            await settle(site, claim, "open", error="no")
    claim = await take_one(site, burst=size)
    assert names(claim) == "ab"
    assert [job.attempts for job in (claim.job, *claim.others)] == [ending == "retry"] * 2
    await settle(site, claim)
    assert names(await take_one(site, burst=9)) == "cde"


async def test_one_alone_stays_alone(site: Site) -> None:
    await push(site, "a")
    await take_one(site, burst=9)
    await push(site, "bc")
    await site.crash()
    claim = await take_one(site, burst=9)
    assert names(claim) == "a"
    await settle(site, claim)
    assert names(await take_one(site, burst=9)) == "bc"


@pytest.mark.parametrize("state", ["done", "dead", "withdrawn"])
async def test_all_of_it_ends_alike(site: Site, state: State) -> None:
    await push(site, "abc")
    waiting = [site.store.ended(f"d:{name}") for name in "abc"]
    await settle(site, await take_one(site, burst=9), state, error="why", result="why")
    ended = await asyncio.gather(*waiting)
    assert {(each.state, each.result) for each in ended} == {(state, "why")}
    assert await count(site) == {("q", state): 3}
    assert await take(site) == []


async def test_its_act_begins_for_all_of_it(site: Site) -> None:
    began = site.clock.now()
    await push(site, "abc")
    claim = await take_one(site, burst=9)
    assert await site.store.begin(claim)
    await site.crash()
    claim = await take_one(site, burst=9)
    assert {job.first_tried for job in (claim.job, *claim.others)} == {began}


async def test_a_run_without_effect_leaves_no_trace_on_any(site: Site) -> None:
    await push(site, "abc")
    claim = await take_one(site, burst=9)
    await site.store.begin(claim)
    await settle(site, claim, "open", charge=False, undone=True)
    claim = await take_one(site, burst=9)
    assert {job.first_tried for job in (claim.job, *claim.others)} == {None}


async def test_its_effects_belong_to_its_head(site: Site) -> None:
    await push(site, "ab")
    claim = await take_one(site, burst=9)
    await settle(site, claim, jobs=(NewJob("s", "send", "chat"),))
    assert (await take_one(site, "send")).job.parent == claim.job.id


async def test_a_recalled_member_leaves_it_and_the_others_stay(site: Site) -> None:
    await push(site, "abc")
    await take_one(site, burst=9)
    await site.crash()
    await push(site, "d")
    await site.store.accept(arrival("recall", queue="none", withdraws="b"))
    assert names(await take_one(site, burst=9)) == "ac"


async def test_a_recalled_head_too(site: Site) -> None:
    await push(site, "abc")
    await take_one(site, burst=9)
    await site.crash()
    await push(site, "d")
    await site.store.accept(arrival("recall", queue="none", withdraws="a"))
    claim = await take_one(site, burst=9)
    assert names(claim) == "bc"
    await settle(site, claim)
    assert await work_off(site) == ["d:d"]


async def test_many_lanes_at_once(site: Site) -> None:
    await asyncio.gather(
        *(site.store.accept(arrival(f"{n:03}", f"l{n % 20}", together="t")) for n in range(100))
    )
    claims = await take(site, burst=3)
    assert [len(claim.others) for claim in claims] == [2] * 20
    settled = [site.store.settle(Settlement(claim, "done")) for claim in claims]
    assert all(await asyncio.gather(*settled))
    claims = await take(site, burst=3)
    assert [len(claim.others) for claim in claims] == [1] * 20
    assert keys(claims) == [f"d:{n:03}" for n in range(60, 80)]
