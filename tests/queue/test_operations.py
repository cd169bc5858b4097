"""What a person may ask of a store and do to it: the same on all of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from postgres_site import PostgresSite, postgres_site
from queue_site import (
    BadNote,
    Note,
    Site,
    SqliteSite,
    arrival,
    event,
    keys,
    sqlite_site,
    take,
    take_one,
)

from larkgate.clock import VirtualClock
from larkgate.errors import LarkgateError
from larkgate.queue import (
    Arrival,
    AttemptRow,
    Claim,
    JobRow,
    NewJob,
    Operations,
    QueueRow,
    Retention,
    Selection,
    Settlement,
    SqliteOperations,
    State,
    Stored,
)
from larkgate.queue.postgres_operations import PostgresOperations

DAY = 86_400.0
KEPT = Retention(done=7 * DAY, dead=30 * DAY)


@pytest.fixture(params=["sqlite", "postgres"])
async def site(
    request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock
) -> AsyncIterator[Site]:
    """Each store that keeps the contract."""
    if request.param == "sqlite":
        async with sqlite_site(tmp_path, clock) as alone:
            yield alone
    else:
        async with postgres_site(request.getfixturevalue("postgres")) as shared:
            yield shared


@pytest.fixture
def operations(site: Site) -> Operations:
    if isinstance(site, SqliteSite):
        return SqliteOperations(site.database, site.store)
    assert isinstance(site, PostgresSite)
    return PostgresOperations(site.database, site.store)


async def leap(site: Site, seconds: float) -> None:
    """As when a machine sleeps: it is suddenly later, and no time to do anything in between."""
    site.clock._now += seconds
    await site.clock.advance(0)


async def end(site: Site, claim: Claim, state: State = "done", **rest: Any) -> None:
    assert await site.store.settle(Settlement(claim, state, **rest))


async def bury(site: Site, key: str, lane: str = "lane", **rest: Any) -> None:
    """A dead delivery `d:<key>`."""
    await site.store.accept(arrival(key, lane))
    [claim] = await take(site)
    await end(site, claim, "dead", error="no use", result="no use", **rest)


async def row_of(operations: Operations, key: str) -> JobRow:
    [row] = await operations.select(Selection(keys=(key,)))
    return row


async def ids_of(operations: Operations, *wanted: str) -> list[int]:
    rows = await operations.select(Selection(keys=wanted))
    return sorted(row.id for row in rows)


async def states(operations: Operations) -> dict[str, State]:
    return {row.key: row.state for row in await operations.select(Selection(limit=1000))}


async def work_off(site: Site, queue: str = "q") -> list[str]:
    """The keys of what can be run now, in that order, each done at once."""
    done: list[str] = []
    while claims := await take(site, queue, 1):
        await end(site, claims[0])
        done.append(claims[0].job.key)
    return done


def effect(key: str, lane: str = "chat") -> NewJob:
    return NewJob(key, "send:cli_1", lane, '{"verb":"send"}')


SELECTIONS: list[tuple[Selection, str]] = [
    (Selection(), "d:open d:done#answer d:done d:dead"),
    (Selection(limit=2), "d:open d:done#answer"),
    (Selection(limit=-1), ""),
    (Selection(queue="app:bot"), "d:open d:dead"),
    (Selection(queue="app:"), "d:open d:done d:dead"),
    (Selection(queue="app"), ""),
    (Selection(queue="send:"), "d:done#answer"),
    (Selection(lane="alice"), "d:open d:dead"),
    (Selection(lane="topic"), "d:open"),
    (Selection(lane="bot"), ""),
    (Selection(lane="%"), ""),
    (Selection(states=("dead",)), "d:dead"),
    (Selection(states=("open",)), "d:open d:done#answer"),
    (Selection(states=("open",), queue="app:"), "d:open"),
    (Selection(states=("done", "dead", "open"), limit=3), "d:open d:done#answer d:done"),
    (Selection(states=("open", "open"), limit=9), "d:open d:done#answer"),
    (Selection(type="im.chat.updated_v1"), "d:done"),
    (Selection(type="im.message.receive_v1", states=("dead",)), "d:dead"),
    (Selection(since=1_800_000_010.0), "d:open d:done#answer d:done"),
    (Selection(until=1_800_000_010.0), "d:dead"),
    (Selection(since=1_800_000_005.0, until=1_800_000_015.0), "d:done#answer d:done"),
    (Selection(keys=("done", "d:dead", "nobody's")), "d:done d:dead"),
    (Selection(keys=("#1", "#1x", "#")), "d:dead"),
    (Selection(keys=("done", "d:dead"), states=("dead", "open")), "d:dead"),
    (Selection(keys=("nobody's",)), ""),
    (Selection(keys=("' or 1=1 --",), lane="' or 1=1 --"), ""),
]


class TestSelect:
    @pytest.fixture(autouse=True)
    async def _stored(self, site: Site) -> None:
        """From oldest to newest: one job in each state, in queues of several kinds."""
        await site.store.accept(arrival("dead", "alice", queue="app:bot"))
        await end(site, await take_one(site, "app:bot"), "dead", result="no")
        await site.clock.advance(10)
        other = event("done")._replace(type="im.chat.updated_v1")
        await site.store.accept(Arrival(other, (NewJob("d:done", "app:bot2", "bob"),)))
        await end(site, await take_one(site, "app:bot2"), jobs=(effect("d:done#answer"),))
        await site.clock.advance(10)
        await site.store.accept(arrival("open", "alice/topic", queue="app:bot"))

    async def test_finds_what_is_meant_newest_first(self, operations: Operations) -> None:
        for selection, found in SELECTIONS:
            rows = await operations.select(selection)
            assert [row.key for row in rows] == found.split(), selection

    async def test_a_row_tells_how_a_job_stands(self, site: Site, operations: Operations) -> None:
        began = 1_800_000_000.0
        message = "im.message.receive_v1"
        dead = await row_of(operations, "d:dead")
        assert dead == JobRow(
            dead.id, "d:dead", "app:bot", "alice", "dead", False, 1, 0, began, None, message, "no",
            False,
        )  # fmt: skip
        effect = await row_of(operations, "d:done#answer")
        assert (effect.queue, effect.lane, effect.type) == ("send:cli_1", "chat", None)
        assert (effect.due, effect.running, effect.tried) == (began + 10, False, False)
        assert await site.store.begin(await take_one(site, "send:cli_1"))
        effect = await row_of(operations, "d:done#answer")
        assert (effect.due, effect.running, effect.tried) == (None, True, True)


class TestRunning:
    async def test_only_the_head_of_a_lane_that_is_owned_runs(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("a"))
        await site.store.accept(arrival("b"))
        assert (await row_of(operations, "a")).due == site.clock.now()
        assert (await row_of(operations, "b")).due is None
        claim = await take_one(site)
        assert [(await row_of(operations, key)).running for key in ("a", "b")] == [True, False]
        later = site.clock.now() + 30
        await end(site, claim, "open", error="not yet", run_at=later)
        row = await row_of(operations, "a")
        assert (row.running, row.due, row.reason, row.attempts) == (False, later, "not yet", 1)

    async def test_what_was_opened_again_meanwhile_does_not_run(
        self, site: Site, operations: Operations
    ) -> None:
        """It is first in its lane, but somebody works on another job there."""
        await bury(site, "a")
        await site.store.accept(arrival("b"))
        running = await take_one(site)
        await site.clock.advance(1)
        assert await operations.retry(await ids_of(operations, "a")) == ["d:a"]
        assert not (await row_of(operations, "a")).running
        assert (await row_of(operations, "b")).running
        assert await operations.discard(await ids_of(operations, "b"), "why") == []
        await end(site, running)
        assert await work_off(site) == ["d:a"]

    async def test_a_burst_runs_as_one(self, site: Site, operations: Operations) -> None:
        for key in ("a", "b", "c"):
            job = NewJob(f"d:{key}", "q", "lane", together="one" if key != "c" else None)
            await site.store.accept(Arrival(event(key), (job,)))
        [claim] = await site.store.claim("q", 1, burst=10)
        assert len(claim.others) == 1
        running = [(await row_of(operations, key)).running for key in ("a", "b", "c")]
        assert running == [True, True, False]
        [queue] = await operations.queues()
        assert (queue.waiting, queue.running) == (1, 2)
        assert await operations.discard(await ids_of(operations, "a", "b"), "why") == []


class TestTrace:
    async def test_tells_a_message_s_whole_life(self, site: Site, operations: Operations) -> None:
        received = site.clock.now()
        await site.store.accept(arrival("e"))
        await site.clock.advance(1)
        first = await take_one(site)
        await site.clock.advance(2)
        await end(site, first, "open", error="not yet", run_at=received + 10)
        await site.clock.advance(7)
        second = await take_one(site)
        await end(site, second, result="said", jobs=(effect("d:e#answer"), effect("d:e#more")))
        sent = await take_one(site, "send:cli_1")
        await end(site, sent, result='{"message_id":"om_1"}')
        [trace] = await operations.trace("e")
        assert (trace.job.key, trace.job.state) == ("d:e", "done")
        assert (trace.event_key, trace.account, trace.received_at) == ("e", "cli_1", received)
        assert (trace.claimed_at, trace.node, trace.body, trace.result) == (None, None, "", "said")
        assert trace.attempts == (
            AttemptRow(1, received + 1, received + 3, "not yet"),
            AttemptRow(2, received + 10, received + 10, None),
        )
        answer, more = trace.effects
        assert [answer.job.key, more.job.key] == ["d:e#answer", "d:e#more"]
        assert (answer.result, answer.body) == ('{"message_id":"om_1"}', '{"verb":"send"}')
        assert (answer.event_key, len(answer.attempts), more.attempts) == (None, 1, ())
        assert await operations.trace("d:e") == [trace]
        assert await operations.trace("d:e#answer") == [answer]
        assert await operations.trace("nobody's") == []

    async def test_of_an_event_with_several_deliveries(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(
            Arrival(event("e"), (NewJob("a:e", "app:a", "l"), NewJob("b:e", "app:b", "l")))
        )
        assert [trace.job.key for trace in await operations.trace("e")] == ["a:e", "b:e"]

    async def test_says_since_when_it_runs(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("a"))
        await site.store.accept(arrival("b"))
        await site.clock.advance(5)
        await take_one(site)
        [running], [waiting] = await operations.trace("a"), await operations.trace("b")
        assert running.claimed_at == site.clock.now()
        assert (waiting.claimed_at, waiting.node) == (None, None)

    async def test_takes_no_other_s_effects(self, site: Site, operations: Operations) -> None:
        await bury(site, "e", jobs=(effect("d:e#1"),))
        await bury(site, "e2", jobs=(effect("d:e2#1"), effect("d:e-#1")))
        [trace] = await operations.trace("e")
        assert [each.job.key for each in trace.effects] == ["d:e#1"]


class TestQueues:
    async def test_counts_what_there_is(self, site: Site, operations: Operations) -> None:
        began = site.clock.now()
        await bury(site, "dead", jobs=(effect("d:dead#1"),))
        for key, lane in (("a", "1"), ("b", "1"), ("c", "2"), ("d", "3")):
            await site.store.accept(arrival(key, lane))
        await site.clock.advance(5)
        first, second, _ = await take(site)
        await end(site, first)
        await end(site, second, "open", run_at=began + 60)
        assert await operations.queues() == [
            QueueRow("q", 2, 1, 1, 1, 0, began + 5, 0, "", None, None),
            QueueRow("send:cli_1", 1, 0, 0, 0, 0, began, 0, "", None, None),
        ]

    async def test_says_why_one_pauses(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        until = site.clock.now() + 30
        await end(site, await take_one(site), "open", hold=(until, "down"), undone=True)
        [row] = await operations.queues()
        assert (row.paused, row.until) == ("down", until)
        await operations.pause("q", "by hand")
        [row] = await operations.queues()
        assert (row.paused, row.until) == ("by hand", None)
        await operations.resume("q")
        [row] = await operations.queues()
        assert (row.paused, row.until) == ("", None)

    async def test_a_hold_that_is_over_is_none(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        hold = (site.clock.now() + 30, "down")
        await end(site, await take_one(site), "open", hold=hold, undone=True)
        await site.clock.advance(31)
        [row] = await operations.queues()
        assert (row.paused, row.until) == ("", None)

    async def test_sizes(self, operations: Operations) -> None:
        sizes = await operations.sizes()
        assert {"event", "job", "attempt", "lane"} <= sizes.tables.keys()
        assert sizes.total >= sum(sizes.tables.values()) > 0


class TestRetry:
    async def test_a_dead_job_runs_again_as_if_never_tried(
        self, site: Site, operations: Operations
    ) -> None:
        await bury(site, "e")
        [job] = await ids_of(operations, "e")
        await site.clock.advance(60)
        assert await operations.retry([job]) == ["d:e"]
        claim = await take_one(site)
        assert (claim.job.id, claim.job.attempts, claim.job.crashes) == (job, 0, 0)
        assert claim.job.first_tried is None
        [trace] = await operations.trace("e")
        assert (trace.result, len(trace.attempts)) == (None, 1)

    async def test_wakes_who_waits_for_work(self, site: Site, operations: Operations) -> None:
        await bury(site, "e")
        claims = site.store.claim("q", 5)
        await site.clock.settle()
        await operations.retry(await ids_of(operations, "e"))
        assert keys(await claims) == ["d:e"]

    async def test_goes_before_what_came_later(self, site: Site, operations: Operations) -> None:
        await bury(site, "old")
        await site.store.accept(arrival("new"))
        await operations.retry(await ids_of(operations, "old"))
        assert await work_off(site) == ["d:old", "d:new"]

    async def test_what_backs_off_runs_now(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        await site.store.begin(claim)
        await end(site, claim, "open", error="no", run_at=site.clock.now() + 600)
        assert await take(site) == []
        await operations.retry(await ids_of(operations, "e"))
        job = (await take_one(site)).job
        assert (job.attempts, job.first_tried) == (0, None)

    async def test_leaves_alone_what_is_done_or_runs(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("done"))
        assert await work_off(site) == ["d:done"]
        await site.store.accept(arrival("runs"))
        claim = await take_one(site)
        before = await operations.select(Selection())
        assert await operations.retry(await ids_of(operations, "done", "runs")) == []
        assert await operations.select(Selection()) == before
        await end(site, claim)
        assert await take(site) == []

    async def test_effects_stay_as_they_are(self, site: Site, operations: Operations) -> None:
        await bury(site, "e", jobs=(effect("d:e#1"),))
        await end(site, await take_one(site, "send:cli_1"), result="sent")
        await operations.retry(await ids_of(operations, "e"))
        await end(site, await take_one(site), jobs=(effect("d:e#1"),))
        assert await site.store.find("d:e#1") == Stored("d:e#1", "done", "sent")
        assert await take(site, "send:cli_1") == []

    async def test_withdrawn_ones_too(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        ids = await ids_of(operations, "e")
        await operations.discard(ids, "by mistake")
        await operations.retry(ids)
        assert await work_off(site) == ["d:e"]

    async def test_who_was_claimed_together_may_part(
        self, site: Site, operations: Operations
    ) -> None:
        for key in ("a", "b"):
            job = NewJob(f"d:{key}", "q", "lane", together="one")
            await site.store.accept(Arrival(event(key), (job,)))
        [claim] = await site.store.claim("q", 1, burst=2)
        await end(site, claim, "dead")
        assert set((await states(operations)).values()) == {"dead"}
        await operations.retry(await ids_of(operations, "b"))
        [claim] = await site.store.claim("q", 1, burst=2)
        assert (claim.job.key, claim.others) == ("d:b", ())

    @pytest.mark.parametrize("retried", [("a", "b"), ("a",)])
    async def test_what_was_to_run_together_may_be_joined_by_others(
        self, site: Site, operations: Operations, retried: tuple[str, ...]
    ) -> None:
        def together(key: str) -> Arrival:
            return Arrival(event(key), (NewJob(f"d:{key}", "q", "lane", together="one"),))

        for key in ("a", "b"):
            await site.store.accept(together(key))
        [claim] = await site.store.claim("q", 1, burst=5)
        await end(site, claim, "open", run_at=site.clock.now() + 600)
        await site.store.accept(together("c"))
        await operations.retry(await ids_of(operations, *retried))
        if retried == ("a",):
            assert await work_off(site) == ["d:a"]
            await leap(site, 600)
        [claim] = await site.store.claim("q", 1, burst=5)
        found = [job.key for job in (claim.job, *claim.others)]
        assert found == ["d:a", "d:b", "d:c"][-1 - len(retried) :]

    async def test_nobody_else_s_lane_moves(self, site: Site, operations: Operations) -> None:
        await bury(site, "dead")
        await site.store.accept(arrival("later", "other", run_at=site.clock.now() + 60))
        before = await row_of(operations, "later")
        await operations.retry(await ids_of(operations, "dead"))
        assert await row_of(operations, "later") == before

    async def test_none_at_all(self, operations: Operations) -> None:
        assert await operations.retry([]) == []
        assert await operations.retry([4711]) == []


class TestDiscard:
    async def test_open_and_dead_jobs_are_withdrawn_with_the_reason(
        self, site: Site, operations: Operations
    ) -> None:
        await bury(site, "dead")
        await site.store.accept(arrival("open"))
        ids = await ids_of(operations, "dead", "open")
        assert await operations.discard(ids, "not needed") == ["d:dead", "d:open"]
        assert await site.store.find("d:open") == Stored("d:open", "withdrawn", "not needed")
        assert await site.store.find("d:dead") == Stored("d:dead", "withdrawn", "not needed")
        assert await take(site) == []
        [trace] = await operations.trace("open")
        now = site.clock.now()
        assert trace.attempts == (AttemptRow(1, now, now, "not needed"),)
        assert await operations.discard(ids, "again") == []

    async def test_leaves_alone_what_is_done_or_runs(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("done"))
        await work_off(site)
        await site.store.accept(arrival("runs"))
        claim = await take_one(site)
        assert await operations.discard(await ids_of(operations, "done", "runs"), "no") == []
        await end(site, claim)
        assert set((await states(operations)).values()) == {"done"}

    async def test_who_comes_next_is_due(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("a", run_at=site.clock.now() + 600))
        await site.store.accept(arrival("b"))
        assert await take(site) == []
        await operations.discard(await ids_of(operations, "a"), "no")
        assert await work_off(site) == ["d:b"]

    async def test_in_a_lane_that_is_worked_on(self, site: Site, operations: Operations) -> None:
        for key in ("a", "b", "c"):
            await site.store.accept(arrival(key))
        claim = await take_one(site)
        assert await operations.discard(await ids_of(operations, "b"), "no") == ["d:b"]
        assert await take(site) == []
        await end(site, claim)
        assert await work_off(site) == ["d:c"]

    async def test_who_waits_for_the_end_learns_it(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("e"))
        ended = site.store.ended("d:e")
        await site.clock.settle()
        assert not ended.done()
        await operations.discard(await ids_of(operations, "e"), "no")
        assert await ended == Stored("d:e", "withdrawn", "no")


class TestReplay:
    async def test_a_new_delivery_with_a_key_of_its_own(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("e", payload='"text"'))
        await end(site, await take_one(site), result="said")
        assert await operations.replay(await ids_of(operations, "e"), "g1") == ["d:e~g1"]
        job = (await take_one(site)).job
        assert (job.key, job.lane, job.event_key, job.payload) == (
            "d:e~g1",
            "q/lane",
            "e",
            '"text"',
        )
        assert (job.attempts, job.parent) == (0, None)
        assert await site.store.find("d:e") == Stored("d:e", "done", "said")

    async def test_once_for_each_generation(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        await work_off(site)
        first = await ids_of(operations, "e")
        assert await operations.replay(first * 2, "g1") == ["d:e~g1"]
        assert await operations.replay(first, "g1") == []
        both = await ids_of(operations, "e")
        assert len(both) == 2
        assert await operations.replay(both, "g1") == []
        assert await operations.replay(both, "g2") == ["d:e~g2"]

    async def test_keeps_the_order_of_a_lane(self, site: Site, operations: Operations) -> None:
        for key in "abc":
            await site.store.accept(arrival(key))
        await work_off(site)
        await site.store.accept(arrival("new"))
        ids = await ids_of(operations, *"abc")
        assert len(await operations.replay(ids[::-1], "g")) == 3
        assert await work_off(site) == ["d:new", "d:a~g", "d:b~g", "d:c~g"]

    async def test_only_deliveries(self, site: Site, operations: Operations) -> None:
        await site.store.add(effect("alone"))
        assert await operations.replay(await ids_of(operations, "alone"), "g") == []
        assert await operations.replay([4711], "g") == []

    async def test_wakes_who_waits_for_work(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        await work_off(site)
        claims = site.store.claim("q", 5)
        await site.clock.settle()
        await operations.replay(await ids_of(operations, "e"), "g")
        assert keys(await claims) == ["d:e~g"]


class TestPause:
    async def test_no_work_until_somebody_resumes(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        await operations.pause("q", "inspection")
        assert await take(site) == []
        assert (await site.store.pauses())["q"] == (None, "inspection")
        await leap(site, 30 * DAY)
        assert await take(site) == []
        claims = site.store.claim("q", 1)
        await site.clock.settle()
        await operations.resume("q")
        assert keys(await claims) == ["d:e"]
        assert await site.store.pauses() == {}

    async def test_what_runs_goes_on(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        await operations.pause("q", "inspection")
        await end(site, claim, jobs=(effect("d:e#1"),))
        assert len(await take(site, "send:cli_1")) == 1

    async def test_outlives_the_process(self, site: Site, operations: Operations) -> None:
        await operations.pause("q", "inspection")
        await site.restart()
        await site.store.accept(arrival("e"))
        assert await take(site) == []

    async def test_ends_a_hold(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        hold = (site.clock.now() + 600, "down")
        await end(site, await take_one(site), "open", hold=hold, undone=True)
        assert await take(site) == []
        await operations.resume("q")
        assert await work_off(site) == ["d:e"]

    async def test_of_a_queue_nobody_knows(self, site: Site, operations: Operations) -> None:
        await operations.resume("nobody's")
        assert await site.store.pauses() == {}


class TestMove:
    async def test_what_waits_has_a_new_queue(self, site: Site, operations: Operations) -> None:
        for key, lane in (("a", "1"), ("b", "2"), ("c", "1")):
            await site.store.accept(arrival(key, lane, queue="app:old"))
        await site.store.accept(arrival("other", "1", queue="app:older"))
        assert await operations.move("app:old", "app:new") == 3
        assert await take(site, "app:old") == []
        assert sorted(await work_off(site, "app:new")) == ["d:a", "d:b", "d:c"]
        assert await work_off(site, "app:older") == ["d:other"]

    async def test_lanes_that_exist_there_are_joined_in_order(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("a", queue="app:old"))
        await site.store.accept(arrival("b", queue="app:new"))
        await site.store.accept(arrival("c", queue="app:old"))
        await operations.move("app:old", "app:new")
        assert await work_off(site, "app:new") == ["d:a", "d:b", "d:c"]

    async def test_into_a_lane_that_is_worked_on(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("a", queue="app:old"))
        await site.store.accept(arrival("b", queue="app:new"))
        claim = await take_one(site, "app:new")
        await site.clock.advance(1)
        await operations.move("app:old", "app:new")
        assert await take(site, "app:new") == []
        assert (await row_of(operations, "b")).running
        await end(site, claim)
        assert await work_off(site, "app:new") == ["d:a"]

    async def test_what_is_over_stays_and_what_is_later_is_later(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("a", queue="app:old"))
        await work_off(site, "app:old")
        due = site.clock.now() + 60
        await site.store.accept(arrival("b", queue="app:old", run_at=due))
        assert await operations.move("app:old", "app:new") == 1
        assert (await row_of(operations, "a")).queue == "app:old"
        row = await row_of(operations, "b")
        assert (row.queue, row.due) == ("app:new", due)

    async def test_refused_while_somebody_works_there(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("a", "1", queue="app:old"))
        claim = await take_one(site, "app:old")
        await site.store.accept(arrival("b", "2", queue="app:old"))
        with pytest.raises(LarkgateError, match="app:old"):
            await operations.move("app:old", "app:new", (Note("moved"),))
        assert await site.notes() == []
        await end(site, claim)
        assert await work_off(site, "app:old") == ["d:b"]

    async def test_others_write_in_the_same_commit(
        self, site: Site, operations: Operations
    ) -> None:
        assert await operations.move("app:old", "app:new", (Note("1"), Note("2"))) == 0
        assert await site.notes() == ["1", "2"]

    async def test_all_of_it_or_nothing(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("a", queue="app:old"))
        with pytest.raises(ValueError, match="bad"):
            await operations.move("app:old", "app:new", (BadNote("bad"),))
        assert await site.notes() == []
        assert await work_off(site, "app:old") == ["d:a"]


class TestPrune:
    async def prune(self, operations: Operations, batch: int = 500) -> tuple[int, int]:
        events = jobs = 0
        while True:
            pruned = await operations.prune(KEPT, batch)
            events, jobs = events + pruned.events, jobs + pruned.jobs
            if not pruned.more:
                return events, jobs

    async def add_newest(self, site: Site) -> None:
        """What is newest always stays on SQLite: here it is something nobody looks at."""
        await site.store.accept(arrival("newest", "newest", queue="rest"))

    async def test_what_is_over_goes_with_all_it_has_made(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("e"))
        await end(site, await take_one(site), jobs=(effect("d:e#1"), effect("d:e#2")))
        assert await work_off(site, "send:cli_1") == ["d:e#1", "d:e#2"]
        await leap(site, 7 * DAY)
        await self.add_newest(site)
        assert await self.prune(operations) == (0, 0)
        await site.clock.advance(1)
        assert await self.prune(operations) == (1, 3)
        assert await operations.select(Selection()) == await operations.select(
            Selection(keys=("newest",))
        )
        assert [queue.name for queue in await operations.queues()] == ["rest"]

    async def test_the_same_event_is_new_again(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        await work_off(site)
        await leap(site, 8 * DAY)
        await self.add_newest(site)
        assert (await site.store.accept(arrival("e"))).duplicate
        assert await self.prune(operations) == (1, 1)
        assert not (await site.store.accept(arrival("e"))).duplicate
        assert await work_off(site) == ["d:e"]

    async def test_open_jobs_and_their_events_stay(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(
            Arrival(event("half"), (NewJob("a:half", "q", "a"), NewJob("b:half", "paused", "b")))
        )
        await site.store.accept(arrival("unsent"))
        for claim in await take(site):
            await end(site, claim, jobs=(effect(f"{claim.job.key}#1"),))
        await self.add_newest(site)
        await leap(site, 400 * DAY)
        before = await operations.select(Selection())
        assert await self.prune(operations) == (0, 0)
        assert await operations.select(Selection()) == before
        assert (await site.store.accept(arrival("half"))).duplicate
        assert await work_off(site, "paused") == ["b:half"]

    async def test_what_a_delivery_has_done_stays_as_long_as_it_may_run(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("e"))
        run = {"jobs": (effect("d:e#1"),), "run_at": site.clock.now() + 20 * DAY}
        await end(site, await take_one(site), "open", **run)
        await work_off(site, "send:cli_1")
        await self.add_newest(site)
        await leap(site, 19 * DAY)
        assert await self.prune(operations) == (0, 0)
        assert await site.store.find("d:e#1") is not None

    async def test_dead_letters_stay_longer(self, site: Site, operations: Operations) -> None:
        await bury(site, "e", jobs=(effect("d:e#1"),))
        await work_off(site, "send:cli_1")
        await self.add_newest(site)
        await leap(site, 30 * DAY)
        assert await self.prune(operations) == (0, 0)
        await leap(site, DAY)
        assert await self.prune(operations) == (1, 2)

    async def test_age_is_counted_from_the_end(self, site: Site, operations: Operations) -> None:
        await site.store.accept(arrival("e"))
        await self.add_newest(site)
        await leap(site, 20 * DAY)
        await work_off(site)
        await leap(site, 6 * DAY)
        assert await self.prune(operations) == (0, 0)
        await leap(site, 2 * DAY)
        assert await self.prune(operations) == (1, 1)

    async def test_what_has_ended_late_goes_a_little_later(
        self, site: Site, operations: Operations
    ) -> None:
        """The sweep waits for it, rather than come back to it in an hour."""
        await site.store.accept(arrival("e"))
        await site.clock.advance(30)
        await work_off(site)
        await self.add_newest(site)
        await leap(site, 7 * DAY - 40)
        for seconds, found in ((0, (0, 0)), (20, (0, 0)), (30, (1, 1))):
            await site.clock.advance(seconds)
            assert await self.prune(operations) == found

    async def test_withdrawn_ones_and_events_nobody_wanted(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(Arrival(event("nobody's"), ()))
        await site.store.accept(arrival("gone"))
        await operations.discard(await ids_of(operations, "gone"), "no")
        await leap(site, 8 * DAY)
        await self.add_newest(site)
        assert await self.prune(operations) == (2, 1)

    async def test_jobs_without_an_event(self, site: Site, operations: Operations) -> None:
        await site.store.add(NewJob("timer", "timer", "t"))
        await end(site, await take_one(site, "timer"), jobs=(effect("timer#1"),))
        await work_off(site, "send:cli_1")
        await site.store.add(NewJob("dead", "timer", "t"))
        await end(site, await take_one(site, "timer"), "dead")
        await site.store.add(NewJob("open", "timer", "t"))
        await leap(site, 8 * DAY)
        assert await self.prune(operations) == (0, 2)
        assert await states(operations) == {"dead": "dead", "open": "open"}

    async def test_old_ones_in_front_are_passed_over_and_not_forgotten(
        self, site: Site, operations: Operations
    ) -> None:
        """In small batches, with dead letters before, between and behind."""
        for number in range(12):
            if number % 3:
                await site.store.accept(arrival(str(number), f"l{number}"))
                await work_off(site)
            else:
                await bury(site, str(number), f"l{number}")
        await self.add_newest(site)
        await leap(site, 8 * DAY)
        assert await self.prune(operations, batch=2) == (8, 8)
        assert await self.prune(operations, batch=2) == (0, 0)
        await leap(site, 30 * DAY)
        await self.prune(operations, batch=2)  # of what comes last; then from the start again
        await self.prune(operations, batch=2)
        assert [*await states(operations)] == ["d:newest"]

    async def test_a_batch_is_no_larger_than_said(self, site: Site, operations: Operations) -> None:
        for number in range(7):
            await site.store.accept(arrival(str(number)))
        await work_off(site)
        await leap(site, 8 * DAY)
        await self.add_newest(site)
        found = [await operations.prune(KEPT, 3) for _ in range(4)]
        assert [pruned.events for pruned in found] == [3, 3, 1, 0]

    async def test_ids_are_given_once(self, site: Site, operations: Operations) -> None:
        """Or what was forgotten would be taken for what came later."""
        seen: set[int] = set()
        for number in range(3):
            await site.store.accept(arrival(str(number)))
            claim = await take_one(site)
            assert claim.job.id not in seen
            seen.add(claim.job.id)
            await end(site, claim)
            await leap(site, 8 * DAY)
            await self.prune(operations)

    async def test_ids_of_jobs_without_an_event_too(
        self, site: Site, operations: Operations
    ) -> None:
        seen: set[int] = set()
        for number in range(3):
            await site.store.add(NewJob(str(number), "timer", "t"))
            claim = await take_one(site, "timer")
            assert claim.job.id not in seen
            seen.add(claim.job.id)
            await end(site, claim)
            await leap(site, 8 * DAY)
            await self.prune(operations)

    async def test_a_lane_in_which_something_waits_or_runs_stays(
        self, site: Site, operations: Operations
    ) -> None:
        for key in ("waits", "runs"):
            await site.store.accept(arrival(f"old {key}", key, queue=key))
            await work_off(site, key)
        await leap(site, 8 * DAY)
        for key in ("waits", "runs"):
            await site.store.accept(arrival(key, key, queue=key))
        claim = await take_one(site, "runs")
        assert await self.prune(operations) == (2, 2)
        await end(site, claim)
        assert await work_off(site, "waits") == ["d:waits"]

    async def test_a_lane_that_was_forgotten_comes_back(
        self, site: Site, operations: Operations
    ) -> None:
        await site.store.accept(arrival("e"))
        await work_off(site)
        await leap(site, 8 * DAY)
        await self.add_newest(site)
        await self.prune(operations)
        await site.store.accept(arrival("again"))
        assert await work_off(site) == ["d:again"]

    async def test_a_dead_letter_of_a_forgotten_lane_runs_again(
        self, site: Site, operations: Operations
    ) -> None:
        await bury(site, "dead")
        await site.store.accept(arrival("e"))
        await work_off(site)
        await self.add_newest(site)
        await leap(site, 8 * DAY)
        assert await self.prune(operations) == (1, 1)
        await operations.retry(await ids_of(operations, "dead"))
        assert await work_off(site) == ["d:dead"]

    async def test_what_is_recalled_is_remembered_no_longer(
        self, site: Site, operations: Operations
    ) -> None:
        recall = Arrival(event("recall"), (), withdraws="e")
        await site.store.accept(recall)
        await leap(site, 6 * DAY)
        await self.prune(operations)
        await site.store.accept(arrival("e"))
        assert (await site.store.find("d:e") or Stored("", "open", "")).state == "withdrawn"
        await leap(site, 9 * DAY)
        await self.add_newest(site)
        await self.prune(operations)
        await site.store.accept(arrival("e"))
        assert await work_off(site) == ["d:e"]


class TestAtTheSameTime:
    async def test_of_two_orders_for_one_job_each_says_what_it_did(
        self, site: Site, operations: Operations
    ) -> None:
        await bury(site, "e")
        ids = await ids_of(operations, "e")
        done = await asyncio.gather(*(operations.discard(ids, "no") for _ in range(3)))
        assert sorted(map(list, done)) == [[], [], ["d:e"]]

    async def test_orders_against_a_worker(self, site: Site, operations: Operations) -> None:
        """Whatever meets, each job ends once and every lane goes on."""
        for number in range(60):
            await site.store.accept(arrival(str(number), f"l{number % 4}"))
        done: list[str] = []

        async def work() -> None:
            while True:
                for claim in await site.store.claim("q", 3):
                    await end(site, claim, "dead" if len(done) % 3 == 0 else "done")
                    done.append(claim.job.key)

        async def order() -> None:
            for number in range(0, 60, 2):
                ids = await ids_of(operations, str(number), str(60 - number))
                await operations.discard(ids[:1], "no")
                await operations.retry(ids)

        worker = asyncio.create_task(work())
        await order()
        await site.clock.settle()
        worker.cancel()
        await asyncio.wait({worker})
        found = await states(operations)
        assert len(found) == 60
        assert set(found.values()) <= {"done", "dead", "withdrawn"}
        assert set(found) - {key for key, state in found.items() if state == "withdrawn"} <= {*done}
