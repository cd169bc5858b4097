"""A worker runs what is due, ends it as its handler says, and loses nothing on the way."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
from postgres_site import postgres_site
from queue_site import BadNote, Note, Site, SqliteSite, arrival, event, sqlite_site, take_one

from larkgate.clock import VirtualClock
from larkgate.errors import GiveUp, Hold, Retry
from larkgate.queue import (
    Arrival,
    Claim,
    Done,
    Handle,
    NewJob,
    Pause,
    Retries,
    Settlement,
    SqliteStore,
    Store,
    Stored,
    Worker,
)
from postgres_server import Server


@pytest.fixture
async def alone(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteSite]:
    """A store in a file."""
    async with sqlite_site(tmp_path, clock) as site:
        yield site


class Shift:
    """A worker at work."""

    def __init__(
        self,
        site: Site,
        handle: Handle,
        limit: int,
        store: Store | None = None,
        burst: int = 1,
    ) -> None:
        self.settled: list[Settlement] = []
        self.worker = Worker(
            store or site.store,
            "q",
            handle,
            site.clock,
            limit=limit,
            retries=Retries(),
            random=lambda: 0.5,
            settled=self.settled.append,
            burst=burst,
        )
        self.task = asyncio.create_task(self.worker.run())


@asynccontextmanager
async def working(
    site: Site,
    handle: Handle,
    limit: int = 10,
    store: Store | None = None,
    burst: int = 1,
) -> AsyncIterator[Shift]:
    shift = Shift(site, handle, limit, store, burst)
    await site.clock.settle()
    try:
        yield shift
    finally:
        shift.task.cancel()
        await asyncio.wait({shift.task})


async def accept(site: Site, count: int, lanes: int = 1) -> None:
    """Deliveries d:0, d:1, ... each into the next of the lanes."""
    arrivals = [arrival(str(number), lane=f"l{number % lanes}") for number in range(count)]
    await asyncio.gather(*map(site.store.accept, arrivals))
    await site.clock.settle()


class Handler:
    """Notes when it was called; then does what the test says."""

    def __init__(
        self, clock: VirtualClock, act: Callable[[Claim], Done] = lambda _: Done()
    ) -> None:
        self.calls: list[tuple[str, float]] = []
        self._clock = clock
        self._began = clock.now()
        self._act = act

    async def __call__(self, claim: Claim) -> Done:
        self.calls.append((claim.job.key, self._clock.now() - self._began))
        return self._act(claim)


class Gate:
    """A handler that stays inside until it is told to go."""

    def __init__(self) -> None:
        self.inside: set[str] = set()
        self.finished: list[str] = []
        self.most = 0
        self._go: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def __call__(self, claim: Claim) -> Done:
        key = claim.job.key
        self.inside.add(key)
        self.most = max(self.most, len(self.inside))
        try:
            await self._go[key].wait()
        finally:
            self.inside.discard(key)
        self.finished.append(key)
        return Done("finished")

    def go(self, *keys: str) -> None:
        for key in keys:
            self._go[key].set()


def raising(error: BaseException) -> Callable[[Claim], Done]:
    def act(claim: Claim) -> Done:
        raise error

    return act


class TestRunning:
    async def test_no_more_at_a_time_than_the_limit(self, site: Site) -> None:
        gate = Gate()
        async with working(site, gate, limit=4) as shift:
            await accept(site, 20, lanes=20)
            assert (len(gate.inside), shift.worker.running) == (4, 4)
            while gate.inside:
                gate.go(*gate.inside)
                await site.clock.settle()
            assert (gate.most, shift.worker.running) == (4, 0)
        assert Counter(gate.finished) == {f"d:{number}": 1 for number in range(20)}

    async def test_one_of_a_lane_at_a_time_in_order(self, site: Site) -> None:
        gate = Gate()
        async with working(site, gate, limit=50):
            await accept(site, 30, lanes=3)
            for number in range(0, 30, 3):
                assert gate.inside == {f"d:{n}" for n in range(number, number + 3)}
                gate.go(*gate.inside)
                await site.clock.settle()

    async def test_a_slow_lane_delays_no_other(self, site: Site) -> None:
        gate = Gate()
        async with working(site, gate, limit=5):
            gate.go(*(f"d:{number}" for number in range(100) if number % 5))
            await accept(site, 100, lanes=5)
            assert gate.inside == {"d:0"}
            assert len(gate.finished) == 80

    async def test_what_a_handler_leaves_is_kept_in_one_step(self, site: Site) -> None:
        def leave(claim: Claim) -> Done:
            return Done("r", (NewJob("s", "send", "chat", "hello"),), (Note("written"),))

        async with working(site, Handler(site.clock, leave)) as shift:
            await accept(site, 1)
            [settlement] = shift.settled
        assert (settlement.claim.job.key, settlement.state, settlement.result) == (
            "d:0",
            "done",
            "r",
        )
        assert await site.store.find("d:0") == Stored("d:0", "done", "r")
        assert await site.notes() == ["written"]
        sent = (await take_one(site, "send")).job
        assert (sent.key, sent.body, sent.parent) == ("s", "hello", settlement.claim.job.id)

    async def test_several_workers_share_a_queue(self, site: Site) -> None:
        one, two = Gate(), Gate()
        async with working(site, one, limit=2), working(site, two, limit=2):
            await accept(site, 4, lanes=4)
            assert (len(one.inside), len(two.inside)) == (2, 2)
            assert one.inside | two.inside == {f"d:{number}" for number in range(4)}

    async def test_a_burst_is_one_run_and_ends_as_one(self, site: Site) -> None:
        runs: list[list[str]] = []

        async def note(claim: Claim) -> Done:
            runs.append([job.key for job in (claim.job, *claim.others)])
            return Done("together")

        for number, together in enumerate("aaabb"):
            job = NewJob(f"d:{number}", "q", "lane", together=together)
            await site.store.accept(Arrival(event(str(number)), (job,)))
        async with working(site, note, burst=10):
            pass
        assert runs == [["d:0", "d:1", "d:2"], ["d:3", "d:4"]]
        for number in range(5):
            assert await site.store.find(f"d:{number}") == Stored(f"d:{number}", "done", "together")


class TestEndings:
    @pytest.mark.parametrize("error", [ValueError("boom"), Retry("ValueError: boom")])
    async def test_a_failure_is_tried_five_times_then_dead(
        self, alone: SqliteSite, error: Exception
    ) -> None:
        handler = Handler(alone.clock, raising(error))
        async with working(alone, handler) as shift:
            await accept(alone, 2)
            await alone.clock.advance(1000)
            first = [seconds for key, seconds in handler.calls if key == "d:0"]
            assert first == [0, 5, 35, 155, 575]
            assert handler.calls[5] == ("d:1", 575)
            states = [settlement.state for settlement in shift.settled[:5]]
            assert states == ["open"] * 4 + ["dead"]
        assert await alone.store.find("d:0") == Stored("d:0", "dead", "ValueError: boom")

    async def test_retry_after_says_when_and_still_counts(self, alone: SqliteSite) -> None:
        handler = Handler(alone.clock, raising(Retry("busy", after=7)))
        async with working(alone, handler):
            await accept(alone, 1)
            await alone.clock.advance(1000)
        assert handler.calls == [("d:0", 7 * number) for number in range(5)]

    async def test_a_second_run_may_succeed(self, alone: SqliteSite) -> None:
        def second_time(claim: Claim) -> Done:
            if not claim.job.attempts:
                raise OSError("no")
            return Done("at last")

        async with working(alone, Handler(alone.clock, second_time)):
            await accept(alone, 1)
            await alone.clock.advance(5)
        assert await alone.store.find("d:0") == Stored("d:0", "done", "at last")

    async def test_giving_up_is_final_and_the_lane_goes_on(self, alone: SqliteSite) -> None:
        handler = Handler(alone.clock, raising(GiveUp("never")))
        async with working(alone, handler):
            await accept(alone, 3)
            await alone.clock.advance(1000)
        assert handler.calls == [("d:0", 0), ("d:1", 0), ("d:2", 0)]
        assert await alone.store.find("d:1") == Stored("d:1", "dead", "never")

    async def test_hold_pauses_the_queue_and_charges_nobody(self, alone: SqliteSite) -> None:
        down = True

        def down_at_first(claim: Claim) -> Done:
            if down:
                raise Hold("down", seconds=60)
            return Done(str(claim.job.attempts))

        handler = Handler(alone.clock, down_at_first)
        async with working(alone, handler, limit=1):
            await accept(alone, 3, lanes=3)
            assert await alone.store.pauses() == {"q": Pause(alone.clock.now() + 60, "down")}
            for _ in range(20):
                await alone.clock.advance(60)
            assert len(handler.calls) == 21
            down = False
            await alone.clock.advance(60)
        for number in range(3):
            assert await alone.store.find(f"d:{number}") == Stored(f"d:{number}", "done", "0")

    async def test_hold_of_a_lane_pauses_it_alone(self, alone: SqliteSite) -> None:
        def one_is_down(claim: Claim) -> Done:
            if claim.job.lane == "q/l0" and alone.clock.now() < began + 600:
                raise Hold("busy", seconds=10, lane=True)
            return Done(str(claim.job.attempts))

        began = alone.clock.now()
        handler = Handler(alone.clock, one_is_down)
        async with working(alone, handler):
            await accept(alone, 4, lanes=2)
            assert await alone.store.pauses() == {}
            assert sorted(key for key, _ in handler.calls) == ["d:0", "d:1", "d:3"]
            await alone.clock.advance(600)
        assert len(handler.calls) == 3 + 61
        assert await alone.store.find("d:2") == Stored("d:2", "done", "0")
        assert await alone.store.find("d:0") == Stored("d:0", "done", "0")

    @pytest.mark.parametrize("error", [asyncio.CancelledError(), SystemExit(2)])
    async def test_what_is_no_exception_is_a_failure_too(
        self, alone: SqliteSite, error: BaseException
    ) -> None:
        """A library gave up waiting, or read a command line: nobody asked this process to end."""
        handler = Handler(alone.clock, raising(error))
        async with working(alone, handler) as shift:
            await accept(alone, 1)
            await alone.clock.advance(1000)
            assert not shift.task.done()
        assert [seconds for _, seconds in handler.calls] == [0, 5, 35, 155, 575]
        found = await alone.store.find("d:0")
        assert found == Stored("d:0", "dead", f"{type(error).__name__}: {error}")

    async def test_what_cannot_be_written_is_a_failure(self, alone: SqliteSite) -> None:
        """The job is not lost, and nothing of its outcome is half there."""

        def leave(claim: Claim) -> Done:
            return Done("r", (NewJob("s", "send", "chat"),), (BadNote("x"),))

        handler = Handler(alone.clock, leave)
        async with working(alone, handler):
            await accept(alone, 2)
            await alone.clock.advance(2000)
        assert len(handler.calls) == 10
        assert await alone.store.find("d:0") == Stored("d:0", "dead", "ValueError('bad: x')")
        assert await alone.store.find("s") is None
        assert await alone.notes() == []

    @pytest.mark.parametrize(
        "error", [GiveUp("x" * 5000), Retry("x" * 5000), ValueError("x" * 5000)], ids=str
    )
    async def test_a_long_reason_is_cut(self, alone: SqliteSite, error: Exception) -> None:
        async with working(alone, Handler(alone.clock, raising(error))):
            await accept(alone, 1)
            await alone.clock.advance(1000)
        stored = await alone.store.find("d:0")
        assert stored
        assert stored.result
        assert len(stored.result) == 2000
        assert stored.result.endswith("xxx…")

    async def test_a_long_answer_is_kept_whole(self, site: Site) -> None:
        async with working(site, Handler(site.clock, lambda claim: Done("x" * 5000))):
            await accept(site, 1)
            await site.clock.settle()
        assert await site.store.find("d:0") == Stored("d:0", "done", "x" * 5000)

    @pytest.mark.parametrize("reason", ["a\0b", "a\ud800b"], ids=ascii)
    async def test_a_reason_that_no_database_takes_is_kept_readable(
        self, alone: SqliteSite, reason: str
    ) -> None:
        async with working(alone, Handler(alone.clock, raising(GiveUp(reason)))):
            await accept(alone, 1)
        stored = await alone.store.find("d:0")
        assert stored
        assert (stored.state, stored.result) in [("dead", "a�b"), ("dead", "a?b")]

    async def test_a_clock_that_is_set_back_delays_no_retry(self, tmp_path: Path) -> None:
        """Times are the store's, which never go back."""
        clock = WallClock()
        async with sqlite_site(tmp_path, clock) as site:
            await accept(site, 1)
            clock.set_back_by = 50.0
            handler = Handler(clock, raising(Retry("again", after=7)))
            async with working(site, handler):
                await clock.advance(15)
            assert len(handler.calls) == 3


class WallClock(VirtualClock):
    """Somebody may set it."""

    set_back_by = 0.0

    def now(self) -> float:
        return super().now() - self.set_back_by


class Node(SqliteStore):
    """A store that can be taken for dead, as one of many nodes can."""

    def on_lost(self, callback: Callable[[], None]) -> None:
        self.lost = callback

    async def lose_all(self) -> None:
        """Others are given what it had claimed; then it learns of it."""
        await self.open()
        self.lost()


@pytest.fixture
async def node(alone: SqliteSite) -> Node:
    return Node(alone.database, alone.clock)


class TestTakenForDead:
    async def test_what_ran_is_cancelled_and_runs_where_it_belongs(
        self, alone: SqliteSite, node: Node, caplog: pytest.LogCaptureFixture
    ) -> None:
        gate = Gate()
        async with working(alone, gate, limit=2, store=node) as shift:
            await accept(alone, 2, lanes=2)
            await node.lose_all()
            gate.go("d:0", "d:1")
            await alone.clock.settle()
            assert gate.finished == ["d:0", "d:1"]
            assert [each.claim.job.crashes for each in shift.settled] == [1, 1]
            assert (shift.worker.running, shift.task.done()) == (0, False)
        assert caplog.records == []

    async def test_a_handler_that_will_not_end_takes_no_place(
        self, alone: SqliteSite, node: Node
    ) -> None:
        may_end = asyncio.Event()
        runs: list[int] = []

        async def stubborn(claim: Claim) -> Done:
            runs.append(claim.job.crashes)
            while not may_end.is_set():
                with suppress(asyncio.CancelledError):
                    await may_end.wait()
            return Done(f"run {claim.job.crashes}")

        async with working(alone, stubborn, limit=1, store=node) as shift:
            await accept(alone, 1)
            await node.lose_all()
            await alone.clock.settle()
            assert runs == [0, 1]
            may_end.set()
            await alone.clock.settle()
            assert [each.result for each in shift.settled] == ["run 1"]

    @pytest.mark.parametrize("error", [ValueError("x"), GiveUp("x"), Hold("x"), SystemExit(1)])
    async def test_what_a_cancelled_handler_raises_is_nobodys_error(
        self,
        alone: SqliteSite,
        node: Node,
        error: BaseException,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        async def clumsy(claim: Claim) -> Done:
            if not claim.job.crashes:
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    raise error from None
            return Done("second run")

        async with working(alone, clumsy, store=node) as shift:
            await accept(alone, 1)
            await node.lose_all()
            await alone.clock.settle()
            assert not shift.task.done()
        assert await alone.store.find("d:0") == Stored("d:0", "done", "second run")
        assert await alone.store.pauses() == {}
        assert caplog.records == []

    async def test_on_postgresql(self, postgres: Server, caplog: pytest.LogCaptureFixture) -> None:
        """Another node finds the lease run out, as after a long stop of this one's machine: it was
        no crash, and what ran is cancelled and runs again.
        """
        gate = Gate()
        async with (
            postgres_site(postgres) as shared,
            working(shared, gate, limit=2) as shift,
        ):
            await accept(shared, 2, lanes=2)
            await shared.run("update larkgate.node set lease_until = 0")
            database, other = await shared.another()
            await shared.clock.advance(30)
            gate.go("d:0", "d:1")
            await shared.clock.settle()
            assert [each.claim.job.crashes for each in shift.settled] == [0, 0]
            assert sorted(gate.finished) == ["d:0", "d:1"]
            assert not shift.task.done()
            await other.close()
            await database.close()
        told = {record.__dict__.get("event") for record in caplog.records}
        assert not told & {"queue.retry", "queue.dead", "queue.held", "queue.lane_held"}


class TestStopping:
    async def test_stop_lets_what_runs_finish_and_starts_no_more(self, site: Site) -> None:
        gate = Gate()
        async with working(site, gate, limit=2) as shift:
            await accept(site, 4, lanes=4)
            inside = set(gate.inside)
            shift.worker.stop()
            shift.worker.stop()
            gate.go(min(inside))
            await site.clock.settle()
            assert (gate.inside, shift.task.done()) == ({max(inside)}, False)
            gate.go(max(inside))
            await site.clock.settle()
            assert shift.task.done()
            await shift.task
        assert set(gate.finished) == inside
        counts = await site.store.counts()
        assert {count.state: count.jobs for count in counts} == {"done": 2, "open": 2}

    @pytest.mark.parametrize("jobs", [0, 1])
    async def test_stop_while_waiting_for_work(self, site: Site, jobs: int) -> None:
        async with working(site, Handler(site.clock)) as shift:
            await accept(site, jobs)
            shift.worker.stop()
            await site.clock.settle()
            assert shift.task.done()

    async def test_what_arrives_while_stopping_is_for_the_next(self, site: Site) -> None:
        handler = Handler(site.clock)
        async with working(site, handler) as shift:
            accepted = site.store.accept(arrival("0"))
            shift.worker.stop()
            await accepted
            await site.clock.settle()
            assert shift.task.done()
        await site.restart()
        async with working(site, handler):
            pass
        assert [key for key, _ in handler.calls] == ["d:0"]

    async def test_abandoned_work_is_let_go_uncharged(self, site: Site) -> None:
        gate = Gate()
        async with working(site, gate) as shift:
            await accept(site, 1)
            shift.worker.stop()
            await site.clock.settle()
            shift.task.cancel()
            await asyncio.wait({shift.task})
            assert shift.task.cancelled()
        job = (await take_one(site)).job
        assert (job.key, job.attempts, job.crashes, gate.inside) == ("d:0", 0, 0, set())

    async def test_a_cancelled_worker_no_longer_waits_for_work(self, site: Site) -> None:
        async with working(site, Handler(site.clock)):
            pass
        await accept(site, 1)
        assert (await take_one(site)).job.key == "d:0"


@asynccontextmanager
async def out_of_order(alone: SqliteSite) -> AsyncIterator[None]:
    """Another program holds the file: nothing can be written."""

    def hurry(connection: sqlite3.Connection, items: list[None]) -> list[None]:
        connection.execute("pragma busy_timeout = 0")
        return items

    await alone.database.write(hurry, None)
    with closing(sqlite3.connect(alone.database.path, isolation_level=None)) as other:
        other.execute("begin immediate")
        yield


class TestBadStore:
    async def test_an_outcome_is_written_as_soon_as_it_can_be(
        self, alone: SqliteSite, caplog: pytest.LogCaptureFixture
    ) -> None:
        gate = Gate()
        async with working(alone, gate) as shift:
            await accept(alone, 1)
            async with out_of_order(alone):
                gate.go("d:0")
                await alone.clock.advance(10)
                assert (gate.finished, shift.settled) == (["d:0"], [])
            events = {record.__dict__["event"] for record in caplog.records}
            assert events == {"queue.store_failed"}
            assert "queue q cannot be written" in caplog.text
            await alone.clock.advance(1)
            assert [settlement.result for settlement in shift.settled] == ["finished"]
            gate.go("d:1")
            await accept(alone, 2)
        assert gate.finished == ["d:0", "d:1"]

    async def test_claims_go_on_when_it_is_well_again(self, alone: SqliteSite) -> None:
        handler = Handler(alone.clock)
        await accept(alone, 1)
        async with out_of_order(alone):
            shift = Shift(alone, handler, 1)
            await alone.clock.advance(5)
            assert handler.calls == []
        await alone.clock.advance(1)
        assert [key for key, _ in handler.calls] == ["d:0"]
        shift.worker.stop()
        await shift.task

    async def test_it_keeps_no_abandoned_worker_from_ending(self, alone: SqliteSite) -> None:
        async with working(alone, Gate()) as shift:
            await accept(alone, 1)
            async with out_of_order(alone):
                shift.task.cancel()
                await alone.clock.settle()
                assert shift.task.done()

    async def test_who_lost_the_lane_is_not_told_settled(self, alone: SqliteSite) -> None:
        gate = Gate()
        async with working(alone, gate, limit=1) as shift:
            await accept(alone, 1)
            await alone.store.open()  # takes the lanes, as another owner would
            gate.go("d:0")
            await alone.clock.settle()
            assert gate.finished == ["d:0", "d:0"]
            assert [settlement.claim.job.crashes for settlement in shift.settled] == [1]
