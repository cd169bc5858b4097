"""What every store promises: once, in order, nothing lost. One suite for all of them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter

import pytest
from queue_site import (
    BadNote,
    Note,
    Site,
    arrival,
    count,
    event,
    jobs,
    keys,
    settle,
    take,
    take_one,
    work_off,
)

from larkgate.queue import (
    Accepted,
    Arrival,
    Claim,
    NewJob,
    Pause,
    QueueCount,
    Settlement,
    State,
    Stored,
)

NEW, DUPLICATE = Accepted(duplicate=False), Accepted(duplicate=True)


class TestAccept:
    async def test_an_event_is_kept_once_and_the_first_content_wins(self, site: Site) -> None:
        assert await site.store.accept(arrival("e", payload='"first"')) == NEW
        assert await site.store.accept(arrival("e", payload='"second"')) == DUPLICATE
        claim = await take_one(site)
        assert (claim.job.event_key, claim.job.payload) == ("e", '"first"')
        assert await settle(site, claim)
        assert await site.store.accept(arrival("e")) == DUPLICATE
        assert await take(site) == []

    async def test_a_claim_holds_all_that_was_accepted(self, site: Site) -> None:
        delivered = event("e", '{"文字": "您好 👋"}')
        await site.store.accept(Arrival(delivered, (NewJob("d", "app:bot", "l", "body"),)))
        job = (await take_one(site, "app:bot")).job
        assert (job.key, job.lane, job.body) == ("d", "app:bot/l", "body")
        assert (job.event_key, job.account, job.type, job.received_at, job.payload) == delivered
        assert (job.attempts, job.crashes, job.parent) == (0, 0, None)
        assert job.first_tried is None

    async def test_pushed_again_in_the_same_batch(self, site: Site) -> None:
        answers = [site.store.accept(arrival("e")) for _ in range(100)]
        assert Counter([await answer for answer in answers]) == {NEW: 1, DUPLICATE: 99}
        assert await work_off(site) == ["d:e"]

    async def test_pushed_again_by_several_doors_at_once(self, site: Site) -> None:
        """Exactly one is told that it brought something new."""
        pushes = [f"e{number}" for number in range(100)] * 4
        random.Random(7).shuffle(pushes)
        told: Counter[str] = Counter()

        async def door(mine: list[str]) -> None:
            for key in mine:
                answer = await site.store.accept(arrival(key, lane=key))
                told[key] += not answer.duplicate

        await asyncio.gather(*(door(pushes[start::8]) for start in range(8)))
        assert told == Counter(set(pushes))
        assert sorted(await work_off(site)) == sorted(f"d:{key}" for key in set(pushes))

    async def test_one_delivery_for_each_app(self, site: Site) -> None:
        deliveries = tuple(NewJob(f"{app}:e", f"app:{app}", "l") for app in ("a", "b", "c"))
        await site.store.accept(Arrival(event("e"), deliveries))
        for app in ("a", "b", "c"):
            claim = await take_one(site, f"app:{app}")
            assert (claim.queue, claim.job.key) == (f"app:{app}", f"{app}:e")
            assert claim.job.payload == "{}"

    async def test_an_event_nobody_wants_is_kept_all_the_same(self, site: Site) -> None:
        assert await site.store.accept(Arrival(event("e"), ())) == NEW
        assert await site.store.accept(Arrival(event("e"), ())) == DUPLICATE
        assert await count(site) == {}

    @pytest.mark.parametrize("odd", ["'; drop table job; --", "a/b/c", "100%_", '"\\', "键👋", " "])
    async def test_odd_names_are_names(self, site: Site, odd: str) -> None:
        for queue in ("q", "q:odd"):
            await site.store.accept(arrival(f"{queue}{odd}", lane=odd, queue=queue))
            assert await site.store.accept(arrival(f"{queue}{odd}", lane=odd, queue=queue)) == (
                DUPLICATE
            )
        await site.store.accept(arrival("next", lane=odd))
        assert await work_off(site) == [f"d:q{odd}", "d:next"]
        assert await work_off(site, "q:odd") == [f"d:q:odd{odd}"]

    async def test_what_was_accepted_survives(self, site: Site) -> None:
        for number in range(20):
            await site.store.accept(arrival(f"e{number:02}", lane=f"l{number % 3}"))
        await site.crash()
        assert await site.store.accept(arrival("e07")) == DUPLICATE
        done = await work_off(site)
        for lane in range(3):
            expected = [f"d:e{number:02}" for number in range(lane, 20, 3)]
            assert [key for key in done if key in expected] == expected


class TestAdd:
    async def test_a_job_is_kept_once_and_the_first_content_wins(self, site: Site) -> None:
        await site.store.accept(arrival("e"))
        parent = (await take_one(site)).job
        first = await site.store.add(NewJob("k", "r", "l", "first"), parent)
        assert first == Stored("k", "open", None)
        assert await site.store.add(NewJob("k", "r", "other", "second")) == first
        claim = await take_one(site, "r")
        assert (claim.job.body, claim.job.parent, claim.job.event_key) == ("first", parent.id, None)
        assert (claim.job.payload, claim.job.account) == (None, None)

    async def test_at_once_from_all_sides(self, site: Site) -> None:
        added = [site.store.add(NewJob(f"k{n % 10}", "q", "l")) for n in range(100)]
        assert {await stored for stored in added} == {
            Stored(f"k{number}", "open", None) for number in range(10)
        }
        assert await work_off(site) == [f"k{number}" for number in range(10)]

    @pytest.mark.parametrize("state", ["done", "dead", "withdrawn"])
    async def test_what_is_over_stays_over(self, site: Site, state: State) -> None:
        await site.store.add(NewJob("k", "q", "l"))
        await settle(site, await take_one(site), state, result="result")
        stored = Stored("k", state, "result")
        assert await site.store.find("k") == stored
        assert await site.store.add(NewJob("k", "q", "l")) == stored
        assert await take(site) == []

    async def test_find(self, site: Site) -> None:
        assert await site.store.find("k") is None
        await site.store.add(NewJob("k", "q", "l"))
        assert await site.store.find("k") == Stored("k", "open", None)

    async def test_counts(self, site: Site) -> None:
        for number in range(6):
            await site.store.add(NewJob(f"k{number}", "q", f"l{number}"))
        await site.store.add(NewJob("other", "send:a/b", "l"))
        claims = await take(site, limit=4)
        states: list[State] = ["done", "done", "dead", "open"]
        for claim, state in zip(claims, states, strict=True):
            await settle(site, claim, state)
        found = await site.store.counts()
        assert all(isinstance(row, QueueCount) for row in found)
        assert {row for row in found if row.queue == "q"} == {
            QueueCount("q", "open", 3),
            QueueCount("q", "done", 2),
            QueueCount("q", "dead", 1),
        }


class TestLanes:
    async def test_one_job_of_a_lane_at_a_time_in_the_order_of_acceptance(self, site: Site) -> None:
        for number in range(5):
            await site.store.accept(arrival(f"e{number}"))
        for number in range(5):
            claim = await take_one(site)
            assert claim.job.key == f"d:e{number}"
            assert await take(site) == []
            await settle(site, claim)

    async def test_order_holds_within_a_batch(self, site: Site) -> None:
        await asyncio.gather(
            *(site.store.accept(arrival(f"e{n:03}", lane=f"l{n % 7}")) for n in range(210))
        )
        done = await work_off(site)
        for lane in range(7):
            mine = [key for key in done if int(key[3:]) % 7 == lane]
            assert mine == sorted(mine)
            assert len(mine) == 30

    async def test_lanes_run_side_by_side_up_to_the_limit(self, site: Site) -> None:
        for number in range(10):
            await site.store.accept(arrival(f"e{number}", lane=f"l{number % 5}"))
        first = await take(site, limit=3)
        second = await take(site, limit=3)
        assert (len(first), len(second)) == (3, 2)
        assert keys([*first, *second]) == [f"d:e{number}" for number in range(5)]
        assert await take(site) == []

    async def test_a_stuck_lane_delays_no_other(self, site: Site) -> None:
        await site.store.accept(arrival("stuck", lane="stuck"))
        await take_one(site)
        for number in range(20):
            await site.store.accept(arrival(f"e{number}", lane="free"))
            await site.store.accept(arrival(f"s{number}", lane="stuck"))
        assert await work_off(site) == [f"d:e{number}" for number in range(20)]

    async def test_queues_do_not_mix(self, site: Site) -> None:
        """Not even where they have lanes of one name."""
        await site.store.accept(arrival("a", queue="q1", lane="l"))
        await site.store.accept(arrival("b", queue="q2", lane="l"))
        held = await take_one(site, "q2")
        assert held.job.key == "d:b"
        assert await work_off(site, "q1") == ["d:a"]
        assert await take(site, "q2") == await take(site, "q3") == []

    async def test_no_lane_starves(self, site: Site) -> None:
        """Of many busy lanes each gets its turn before any gets the one after."""
        lanes = 50
        arrivals = [arrival(f"e{n:03}", lane=f"l{n % lanes}") for n in range(3 * lanes)]
        await asyncio.gather(*map(site.store.accept, arrivals))
        turns: list[int] = []
        while claims := await take(site, limit=10):
            await site.clock.advance(0.01)
            await asyncio.gather(*(settle(site, claim) for claim in claims))
            turns += [int(claim.job.key[3:]) // lanes for claim in claims]
        assert turns == sorted(turns)
        assert len(turns) == 3 * lanes


class TestTime:
    async def test_a_delayed_job_waits_and_all_behind_it(self, site: Site) -> None:
        due = site.clock.now() + 60
        await site.store.add(NewJob("late", "q", "l", run_at=due))
        await site.store.add(NewJob("behind", "q", "l"))
        await site.store.add(NewJob("elsewhere", "q", "other"))
        assert await work_off(site) == ["elsewhere"]
        await site.clock.advance(59.9)
        assert await take(site) == []
        await site.clock.advance(0.1)
        assert await work_off(site) == ["late", "behind"]

    async def test_a_delayed_job_behind_another_waits_for_its_own_time(self, site: Site) -> None:
        await site.store.add(NewJob("now", "q", "l"))
        await site.store.add(NewJob("late", "q", "l", run_at=site.clock.now() + 60))
        assert await work_off(site) == ["now"]
        await site.clock.advance(60)
        assert await work_off(site) == ["late"]

    async def test_a_time_in_the_past_is_now(self, site: Site) -> None:
        await site.store.add(NewJob("k", "q", "l", run_at=site.clock.now() - 1000))
        assert await work_off(site) == ["k"]

    async def test_back_off_stays_at_the_head_and_blocks_its_lane_only(self, site: Site) -> None:
        for key, lane in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("b2", "b")):
            await site.store.accept(arrival(key, lane=lane))
        claims = {claim.job.key: claim for claim in await take(site)}
        await settle(site, claims["d:a1"], "open", error="no", run_at=site.clock.now() + 5)
        await settle(site, claims["d:b1"])
        assert await work_off(site) == ["d:b2"]
        await site.clock.advance(5)
        assert await work_off(site) == ["d:a1", "d:a2"]

    async def test_it_survives_a_restart(self, site: Site) -> None:
        await site.store.add(NewJob("late", "q", "l", run_at=site.clock.now() + 60))
        await site.store.add(NewJob("retried", "q", "m"))
        await settle(site, await take_one(site), "open", run_at=site.clock.now() + 30)
        await site.crash()
        assert await take(site) == []
        await site.clock.advance(30)
        assert await work_off(site) == ["retried"]
        await site.clock.advance(30)
        assert await work_off(site) == ["late"]


class TestWaiting:
    async def test_a_claim_waits_and_is_woken_by_the_accepting_commit(self, site: Site) -> None:
        claims = site.store.claim("q", 5)
        await site.clock.settle()
        assert not claims.done()
        await site.store.accept(arrival("other", queue="q2"))
        await site.clock.settle()
        assert not claims.done()
        await site.store.accept(arrival("e"))
        await site.clock.settle()
        assert keys(claims.result()) == ["d:e"]

    @pytest.mark.parametrize("run_at", [None, 0.0])
    async def test_handed_over_together(self, site: Site, run_at: float | None) -> None:
        claims = site.store.claim("q", 5)
        accepted = site.store.accept(arrival("e", run_at=run_at))
        await site.clock.settle()
        assert (accepted.done(), claims.done()) == (True, True)

    async def test_a_settled_lane_wakes_who_waits(self, site: Site) -> None:
        await site.store.accept(arrival("e1"))
        await site.store.accept(arrival("e2"))
        claim = await take_one(site)
        claims = site.store.claim("q", 5)
        await settle(site, claim)
        await site.clock.settle()
        assert keys(claims.result()) == ["d:e2"]

    async def test_time_wakes_who_waits(self, site: Site) -> None:
        """At the earliest time of any lane, also of one that came later."""
        began = site.clock.now()
        await site.store.add(NewJob("in 100", "q", "a", run_at=began + 100))
        claims = site.store.claim("q", 5)
        await site.clock.settle()
        await site.store.add(NewJob("in 50", "q", "b", run_at=began + 50))
        await site.clock.advance(49)
        assert not claims.done()
        await site.clock.advance(1)
        assert keys(claims.result()) == ["in 50"]
        claims = site.store.claim("q", 5)
        await site.clock.advance(50)
        assert keys(claims.result()) == ["in 100"]

    async def test_each_of_many_queues_is_woken_at_its_time(self, site: Site) -> None:
        began = site.clock.now()
        waiting = {n: site.store.claim(f"q{n}", 1) for n in range(5)}
        for number in (3, 1, 4, 0, 2):
            job = NewJob(f"k{number}", f"q{number}", "l", run_at=began + 10 * number + 10)
            await site.store.add(job)
        for number in range(5):
            assert not waiting[number].done()
            await site.clock.advance(10)
            assert waiting[number].done()

    async def test_two_that_wait_share_the_work(self, site: Site) -> None:
        first, second = site.store.claim("q", 3), site.store.claim("q", 3)
        await site.clock.settle()
        await asyncio.gather(*(site.store.accept(arrival(f"e{n}", lane=f"l{n}")) for n in range(4)))
        await site.clock.settle()
        taken = [*first.result(), *second.result()]
        assert keys(taken) == [f"d:e{number}" for number in range(4)]

    async def test_who_no_longer_waits_takes_nothing(self, site: Site) -> None:
        abandoned = site.store.claim("q", 5)
        await site.clock.settle()
        abandoned.cancel()
        await site.store.accept(arrival("e"))
        assert keys(await take(site)) == ["d:e"]

    async def test_who_waits_at_the_end_takes_nothing(self, site: Site) -> None:
        """A stop in order charges nobody, whatever still waits or is held then."""
        await site.store.accept(arrival("e"))
        await take_one(site)
        waiting = site.store.claim("q", 5)
        await site.clock.settle()
        await site.restart()
        assert not waiting.done() or waiting.cancelled()
        job = (await take_one(site)).job
        assert (job.key, job.attempts, job.crashes) == ("d:e", 0, 0)


class TestHold:
    async def hold(self, site: Site, claim: Claim, seconds: float = 30) -> None:
        until = site.clock.now() + seconds
        hold = (until, "down")
        assert await settle(site, claim, "open", charge=False, hold=hold, undone=True)

    async def test_a_hold_pauses_its_queue_and_no_other(self, site: Site) -> None:
        for key, queue, lane in (("a", "q", "1"), ("b", "q", "2"), ("c", "other", "1")):
            await site.store.accept(arrival(key, queue=queue, lane=lane))
        [claim] = await take(site, limit=1)
        await self.hold(site, claim)
        assert await take(site) == []
        assert await site.store.pauses() == {"q": Pause(site.clock.now() + 30, "down")}
        assert await work_off(site, "other") == ["d:c"]
        await site.clock.advance(29)
        assert await take(site) == []
        await site.clock.advance(1)
        assert sorted(await work_off(site)) == ["d:a", "d:b"]
        assert await site.store.pauses() == {}

    async def test_who_waits_is_woken_when_it_ends(self, site: Site) -> None:
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        claims = site.store.claim("q", 5)
        await self.hold(site, claim)
        await site.store.accept(arrival("f", lane="m"))
        await site.clock.advance(29)
        assert not claims.done()
        await site.clock.advance(1)
        assert keys(claims.result()) == ["d:e", "d:f"]

    async def test_it_can_be_ended_before_its_time(self, site: Site) -> None:
        await site.store.accept(arrival("e"))
        await self.hold(site, await take_one(site))
        claims = site.store.claim("q", 5)
        await site.resume("q")
        await site.resume("one that does not pause")
        assert await site.store.pauses() == {}
        assert keys(await claims) == ["d:e"]
        await site.restart()
        assert await site.store.pauses() == {}

    async def test_nothing_is_charged(self, site: Site) -> None:
        """A job that was only ever held is as if it had never been tried."""
        await site.store.accept(arrival("e"))
        for _ in range(10):
            claim = await take_one(site)
            assert await site.store.begin(claim)
            await self.hold(site, claim)
            await site.clock.advance(30)
        job = (await take_one(site)).job
        assert (job.attempts, job.crashes, job.first_tried) == (0, 0, None)

    async def test_a_claim_alone_is_no_try(self, site: Site) -> None:
        """What waits in line was not done, however long ago it was claimed for the first time."""
        await site.store.accept(arrival("e"))
        await take_one(site)
        await site.crash()
        assert (await take_one(site)).job.first_tried is None

    async def test_a_try_begins_only_where_the_lane_is_still_ours(self, site: Site) -> None:
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        await site.crash()
        assert not await site.store.begin(claim)
        assert (await take_one(site)).job.first_tried is None

    async def test_a_job_that_was_tried_before_stays_tried(self, site: Site) -> None:
        began = site.clock.now()
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        await site.store.begin(claim)
        await settle(site, claim, "open", run_at=began + 5)
        await site.clock.advance(5)
        claim = await take_one(site)
        await site.store.begin(claim)
        await self.hold(site, claim)
        await site.clock.advance(30)
        job = (await take_one(site)).job
        assert (job.attempts, job.first_tried) == (1, began)

    async def test_a_job_whose_run_was_cut_short_stays_tried(self, site: Site) -> None:
        """That run is charged nothing, but it may have had its effect."""
        began = site.clock.now()
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        await site.store.begin(claim)
        await settle(site, claim, "open", charge=False)
        await site.clock.advance(5)
        await self.hold(site, await take_one(site))
        await site.clock.advance(30)
        job = (await take_one(site)).job
        assert (job.attempts, job.crashes, job.first_tried) == (0, 0, began)

    @pytest.mark.parametrize("ending", ["restart", "crash"])
    async def test_it_outlives_the_process(self, site: Site, ending: str) -> None:
        await site.store.accept(arrival("e"))
        await self.hold(site, await take_one(site))
        await (site.restart() if ending == "restart" else site.crash())
        assert await site.store.pauses() == {"q": Pause(site.clock.now() + 30, "down")}
        assert await take(site) == []
        await site.clock.advance(30)
        assert await work_off(site) == ["d:e"]


class TestSettle:
    async def test_attempts_are_charged_and_the_first_try_is_remembered(self, site: Site) -> None:
        began = site.clock.now()
        await site.store.accept(arrival("e"))
        for number in range(4):
            claim = await take_one(site)
            assert (claim.job.attempts, claim.job.first_tried) == (
                number,
                began if number else None,
            )
            await site.store.begin(claim)
            await settle(site, claim, "open", error="no", run_at=site.clock.now() + 10)
            await site.clock.advance(10)
        claim = await take_one(site)
        await settle(site, claim, "open", error="stopped", charge=False)
        assert (await take_one(site)).job.attempts == 4

    async def test_giving_up_makes_a_dead_letter_and_the_lane_goes_on(self, site: Site) -> None:
        await site.store.accept(arrival("e1"))
        await site.store.accept(arrival("e2"))
        await settle(site, await take_one(site), "dead", error="why", result="why")
        assert await site.store.find("d:e1") == Stored("d:e1", "dead", "why")
        assert await work_off(site) == ["d:e2"]
        await site.crash()
        assert await take(site) == []
        assert await count(site) == {("q", "dead"): 1, ("q", "done"): 1}

    async def test_effects_and_further_writes_come_with_it(self, site: Site) -> None:
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        effects = tuple(NewJob(f"s{n}", "send", "chat", f"text {n}") for n in range(3))
        writes = (Note("one"), Note("two"))
        waiting = site.store.claim("send", 5)
        assert await settle(site, claim, result="answered", jobs=effects, writes=writes)
        await site.clock.settle()
        [sent] = waiting.result()
        assert (sent.job.key, sent.job.body, sent.job.parent) == ("s0", "text 0", claim.job.id)
        await settle(site, sent)
        assert await work_off(site, "send") == ["s1", "s2"]
        assert await site.notes() == ["one", "two"]
        assert await site.store.find("d:e") == Stored("d:e", "done", "answered")

    async def test_a_write_that_fails_leaves_nothing_of_it(self, site: Site) -> None:
        """The job is still claimed, and can be settled in another way."""
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        effects = (NewJob("s", "send", "chat"),)
        writes = (Note("good"), BadNote("bad"))
        with pytest.raises(ValueError, match="bad"):
            await settle(site, claim, jobs=effects, writes=writes, hold=(9e9, "never"))
        assert await site.store.find("s") is None
        assert await site.store.find("d:e") == Stored("d:e", "open", None)
        assert await site.notes() == []
        assert await site.store.pauses() == {}
        assert await take(site) == []
        assert await settle(site, claim, "open", run_at=site.clock.now())
        assert (await take_one(site)).job.attempts == 1

    async def test_a_bad_one_does_not_spoil_its_neighbours(self, site: Site) -> None:
        for number in range(5):
            await site.store.accept(arrival(f"e{number}", lane=f"l{number}"))
        claims = await take(site)
        settlements = [
            site.store.settle(
                Settlement(
                    claim,
                    "done",
                    jobs=(NewJob(f"s:{claim.job.key}", "send", "chat"),),
                    writes=(BadNote("x") if claim.job.key == "d:e2" else Note("x"),),
                )
            )
            for claim in claims
        ]
        endings = await asyncio.gather(*settlements, return_exceptions=True)
        assert [str(ending) for ending in endings if ending is not True] == ["bad: x"]
        assert await count(site) == {
            ("q", "done"): 4,
            ("q", "open"): 1,
            ("send", "open"): 4,
        }
        assert await site.notes() == ["x"] * 4

    async def test_an_effect_that_is_stored_already_is_not_stored_again(self, site: Site) -> None:
        """A second run repeats what the first had stored; the first content wins."""
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        await site.store.add(NewJob("s", "send", "chat", "first"), claim.job)
        effects = (NewJob("s", "send", "chat", "second"), NewJob("s", "send", "chat", "third"))
        assert await settle(site, claim, jobs=effects)
        assert (await take_one(site, "send")).job.body == "first"
        assert await count(site) == {("q", "done"): 1, ("send", "open"): 1}

    async def test_an_effect_into_the_lane_that_is_settled(self, site: Site) -> None:
        await site.store.accept(arrival("e1"))
        await site.store.accept(arrival("e2"))
        claim = await take_one(site)
        await settle(site, claim, jobs=(NewJob("own", "q", "lane"),))
        assert await work_off(site) == ["d:e2", "own"]

    async def test_many_at_once(self, site: Site) -> None:
        arrivals = [arrival(f"e{number:03}", lane=f"l{number}") for number in range(300)]
        await asyncio.gather(*map(site.store.accept, arrivals))
        claims = await take(site, limit=300)
        effects = [NewJob(f"s:{claim.job.key}", "send", claim.job.lane[-1]) for claim in claims]
        settled = [
            site.store.settle(Settlement(claim, "done", jobs=(effect,)))
            for claim, effect in zip(claims, effects, strict=True)
        ]
        assert await asyncio.gather(*settled) == [True] * 300
        assert sorted(await work_off(site, "send")) == sorted(effect.key for effect in effects)


class TestFencing:
    @pytest.mark.parametrize("ending", ["restart", "crash"])
    async def test_who_lost_the_lane_writes_nothing(self, site: Site, ending: str) -> None:
        await site.store.accept(arrival("e"))
        zombie = await take_one(site)
        await (site.restart() if ending == "restart" else site.crash())
        owner = await take_one(site)
        assert owner.job.epoch > zombie.job.epoch
        late = {
            "result": "zombie",
            "jobs": (NewJob("s", "send", "chat"),),
            "writes": (Note("zombie"),),
            "hold": (9e9, "zombie"),
        }
        assert await settle(site, zombie, "dead", **late) is False
        assert await site.store.find("s") is None
        assert await site.notes() == []
        assert await site.store.pauses() == {}
        assert await site.store.find("d:e") == Stored("d:e", "open", None)
        assert await settle(site, owner) is True

    async def test_also_while_nobody_has_taken_it(self, site: Site) -> None:
        await site.store.accept(arrival("e"))
        zombie = await take_one(site)
        await site.crash()
        assert await settle(site, zombie) is False
        assert await work_off(site) == ["d:e"]

    async def test_a_run_is_settled_once(self, site: Site) -> None:
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        endings = [site.store.settle(Settlement(claim, "done")) for _ in range(3)]
        assert sorted([await ending for ending in endings]) == [False, False, True]
        assert await settle(site, claim, "dead") is False
        assert await site.store.find("d:e") == Stored("d:e", "done", None)

    async def test_an_old_run_of_a_lane_that_went_on(self, site: Site) -> None:
        await site.store.accept(arrival("e1"))
        await site.store.accept(arrival("e2"))
        first = await take_one(site)
        await settle(site, first)
        second = await take_one(site)
        assert await settle(site, first, "open", run_at=9e9) is False
        assert await settle(site, second) is True
        assert await count(site) == {("q", "done"): 2}


class TestRecovery:
    async def test_heads_in_flight_are_charged_a_crash_and_no_attempt(self, site: Site) -> None:
        for key, lane in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("c1", "c")):
            await site.store.accept(arrival(key, lane=lane))
        claims = {claim.job.key: claim for claim in await take(site)}
        await settle(site, claims["d:b1"])
        await settle(site, claims["d:c1"], "open", run_at=site.clock.now() + 5)
        await site.crash()
        await site.clock.advance(5)
        found = jobs(await take(site))
        assert {key: (job.attempts, job.crashes) for key, job in found.items()} == {
            "d:a1": (0, 1),
            "d:c1": (1, 0),
        }

    async def test_each_crash_counts(self, site: Site) -> None:
        began = site.clock.now()
        await site.store.accept(arrival("e"))
        for crashes in range(4):
            claim = await take_one(site)
            job = claim.job
            tried = began if crashes else None
            assert (job.attempts, job.crashes, job.first_tried) == (0, crashes, tried)
            await site.store.begin(claim)
            await site.clock.advance(1)
            await site.crash()

    async def test_a_stop_in_order_charges_nothing(self, site: Site) -> None:
        for number in range(5):
            await site.store.accept(arrival(f"e{number}", lane=f"l{number}"))
        await take(site, limit=3)
        await site.restart()
        found = jobs(await take(site))
        assert len(found) == 5
        assert {(job.attempts, job.crashes) for job in found.values()} == {(0, 0)}

    async def test_order_is_kept(self, site: Site) -> None:
        for number in range(6):
            await site.store.accept(arrival(f"e{number}"))
        done: list[str] = []
        for _ in range(6):
            await take_one(site)
            await site.crash()
            claim = await take_one(site)
            await settle(site, claim)
            done.append(claim.job.key)
        assert done == [f"d:e{number}" for number in range(6)]

    async def test_what_was_settled_stays_settled(self, site: Site) -> None:
        await site.store.accept(arrival("e"))
        effects = (NewJob("s", "send", "chat", "text"),)
        await settle(site, await take_one(site), jobs=effects, writes=(Note("kept"),))
        await site.crash()
        assert await take(site) == []
        assert keys(await take(site, "send")) == ["s"]
        assert await site.notes() == ["kept"]
