"""Whatever happens in whatever order, the store does as a plain model does."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from queue_site import Site, event, sqlite_site

from larkgate.clock import VirtualClock
from larkgate.queue import Arrival, Claim, NewJob, Settlement, State
from larkgate.queue.suspects import SUSPECT, Suspects, is_guilty

T = TypeVar("T")

QUEUES = ("q", "r")
queues = st.sampled_from(QUEUES)
lanes = st.sampled_from("ab")
names = st.integers(0, 20)
seconds = st.sampled_from([0, 1, 3, 9])
kinds = st.sampled_from([None, "t", "t", "u"])
bursts = st.sampled_from([1, 2, 9])


@dataclass
class End:
    """How a run ends."""

    state: State
    wait: float
    charge: bool
    hold: bool
    begin: bool
    effects: list[tuple[int, str, str]]


endings = st.builds(
    End,
    st.sampled_from(["done", "dead", "open", "open"]),
    seconds,
    st.booleans(),
    st.sampled_from([False, False, True]),
    st.booleans(),
    st.lists(st.tuples(names, queues, lanes), max_size=2),
)


@dataclass
class Task:
    """A job as the model knows it."""

    key: str
    queue: str
    lane: str
    body: str
    run_at: float
    event: str | None = None
    together: str | None = None
    burst: str | None = None
    state: State = "open"
    attempts: int = 0
    crashes: int = 0
    first_tried: float | None = None
    at_claim: float | None = None


@dataclass
class Model:
    """What a store should do, in the plainest way. `owned`: lanes, and what runs in them."""

    now: float
    events: set[str] = field(default_factory=set)
    recalled: set[str] = field(default_factory=set)
    tasks: dict[str, Task] = field(default_factory=dict)
    owned: dict[str, list[Task]] = field(default_factory=dict)
    holds: dict[str, float] = field(default_factory=dict)
    paused: set[str] = field(default_factory=set)
    suspects: Suspects = field(default_factory=Suspects)

    def add(self, job: NewJob, event: str | None = None) -> None:
        task = Task(job.key, job.queue, job.lane_name, job.body, job.run_at or 0)
        task.event, task.together = event, job.together
        self.tasks.setdefault(job.key, task)

    def accept(self, arrival: Arrival) -> bool:
        """Whether it is a duplicate."""
        key = arrival.event.key
        if key in self.events:
            return True
        self.events.add(key)
        for job in arrival.jobs:
            self.add(job, key)
        if arrival.withdraws:
            self.recalled.add(arrival.withdraws)
        for recalled in self.recalled & {key, arrival.withdraws or ""}:
            self.recall(recalled)
        return False

    def recall(self, event: str) -> None:
        for task in self.tasks.values():
            runs = task in self.owned.get(task.lane, [])
            if task.event == event and task.state == "open" and not runs:
                task.state = "withdrawn"

    def heads(self, queue: str) -> dict[str, Task]:
        heads: dict[str, Task] = {}
        for task in self.tasks.values():
            if task.queue == queue and task.state == "open":
                heads.setdefault(task.lane, task)
        return heads

    def due(self, queue: str) -> dict[str, Task]:
        if self.holds.get(queue, 0) > self.now or queue in self.paused:
            return {}
        return {
            task.key: task
            for lane, task in self.heads(queue).items()
            if lane not in self.owned and task.run_at <= self.now
        }

    def claimable(self, queue: str, asked: set[str]) -> dict[str, Task]:
        """Those that are due and may run beside what runs; all of `asked` is asked for."""
        self.suspects.look_again()
        for other in asked:
            for task in self.due(other).values():
                self.suspects.room(other, task.crashes)
        return {
            key: task
            for key, task in self.due(queue).items()
            if self.suspects.room(queue, task.crashes)
        }

    def claimed(self, task: Task, most: int) -> list[Task]:
        """What runs with a head, itself first."""
        burst = self._burst(task, most)
        self.owned[task.lane] = burst
        self.suspects.claimed(task.lane, task.queue, task.crashes)
        for each in burst:
            each.at_claim = each.first_tried
        return burst

    def _burst(self, head: Task, most: int) -> list[Task]:
        waiting = [t for t in self.tasks.values() if t.lane == head.lane and t.state == "open"]
        if head.burst is not None:
            return [task for task in waiting if task.burst == head.burst]
        if most == 1 or head.together is None:
            return [head]
        fits = [
            task.together == head.together and task.run_at <= self.now and task.burst is None
            for task in waiting
        ]
        size = min(most, fits.index(False) if False in fits else len(fits))
        for task in waiting[:size]:
            task.burst = head.key
        return waiting[:size]

    def began(self, head: Task) -> None:
        for task in self.owned[head.lane]:
            task.first_tried = self.now if task.first_tried is None else task.first_tried

    def settled(self, head: Task, settlement: Settlement) -> None:
        for task in self.owned.pop(head.lane):
            task.state = settlement.state
            task.run_at = settlement.run_at or 0
            if settlement.undone:
                task.first_tried = task.at_claim
            task.attempts += settlement.charge
        self.suspects.let_go(head.lane)
        if settlement.hold:
            self.holds[head.queue] = settlement.hold[0]
        for job in settlement.jobs:
            self.add(job)

    def stopped(self) -> None:
        self.owned.clear()
        self.suspects.clear()

    def died(self) -> None:
        for burst in self.owned.values():
            burst[0].crashes += 1
            if is_guilty(burst[0].crashes, len(self.owned)):
                for task in burst:
                    task.state = "dead"
        self.stopped()


class StoreMachine(RuleBasedStateMachine):
    """Runs a store beside the model; between two rules all comes to rest."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.site = self.run(self.stack.enter_async_context(self.new_site()))
        self.clock = self.site.clock
        self.model = Model(self.clock.now())
        self.claims: list[Claim] = []
        self.stale: list[Claim] = []
        self.waiting: dict[str, tuple[asyncio.Future[list[Claim]], int]] = {}

    @asynccontextmanager
    async def new_site(self) -> AsyncIterator[Site]:
        with tempfile.TemporaryDirectory() as directory:
            async with sqlite_site(Path(directory), VirtualClock(), synchronous="NORMAL") as site:
                yield site

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def check_claims(self, queue: str, claims: list[Claim], limit: int, burst: int) -> None:
        due = self.model.claimable(queue, {queue, *self.waiting})
        assert len(claims) <= limit
        assert bool(claims) == bool(due)
        for claim in claims:
            task = due[claim.job.key]
            jobs = [claim.job, *claim.others]
            for each, job in zip(self.model.claimed(task, burst), jobs, strict=True):
                assert (job.key, job.lane, job.body) == (each.key, each.lane, each.body)
                assert (job.attempts, job.crashes) == (each.attempts, each.crashes)
                assert (job.first_tried, job.event_key) == (each.first_tried, each.event)
        if not any(task.crashes >= SUSPECT for task in due.values()):
            assert len(claims) == min(limit, len(due))
        self.claims += claims

    @rule(name=names, queue=queues, lane=lanes, wait=seconds, together=kinds, recall=names)
    def accept(
        self, name: int, queue: str, lane: str, wait: float, together: str | None, recall: int
    ) -> None:
        key = f"e{name}"
        job = NewJob(f"{queue}:{key}", queue, lane, f"{lane}{wait}", self._at(wait), together)
        arrival = Arrival(event(key), (job,), f"e{recall}" if recall % 4 == 0 else None)

        async def accept() -> bool:
            return (await self.site.store.accept(arrival)).duplicate

        assert self.run(accept()) == self.model.accept(arrival)

    @rule(name=names, queue=queues, lane=lanes, wait=seconds)
    def add(self, name: int, queue: str, lane: str, wait: float) -> None:
        job = NewJob(f"j{name}", queue, lane, f"{lane}{wait}", self._at(wait))

        async def add() -> State:
            return (await self.site.store.add(job)).state

        self.model.add(job)
        assert self.run(add()) == self.model.tasks[job.key].state

    @rule(queue=queues, limit=st.integers(1, 3), burst=bursts)
    def claim(self, queue: str, limit: int, burst: int) -> None:
        claims = self.run(self._claim_now(queue, limit, burst))
        self.check_claims(queue, claims, limit, burst)

    async def _claim_now(self, queue: str, limit: int, burst: int) -> list[Claim]:
        claims = self.site.store.claim(queue, limit, burst=burst)
        await self.clock.settle()
        return [] if claims.cancel() else await claims

    @rule(queue=queues, burst=bursts)
    def wait(self, queue: str, burst: int) -> None:
        async def wait() -> None:
            self.waiting[queue] = self.site.store.claim(queue, 2, burst=burst), burst

        if queue not in self.waiting:
            self.run(wait())

    @rule(queue=queues, limit=st.integers(1, 3), burst=bursts, end=endings)
    def work(self, queue: str, limit: int, burst: int, end: End) -> None:
        """What a worker does: claim, and end it."""
        self.claim(queue, limit, burst)
        for claim in [claim for claim in self.claims if claim.queue == queue]:
            self._end(claim, end)
            self.what_waits_is_woken_when_something_is_due()

    @precondition(lambda self: self.claims)
    @rule(data=st.data(), end=endings)
    def end(self, data: st.DataObject, end: End) -> None:
        self._end(data.draw(st.sampled_from(self.claims)), end)

    @rule(queue=queues)
    def resume(self, queue: str) -> None:
        async def resume() -> None:
            await self.site.resume(queue)

        self.run(resume())
        self.model.holds.pop(queue, None)
        self.model.paused.discard(queue)

    @rule(queue=queues)
    def pause(self, queue: str) -> None:
        self.run(self.site.pause(queue, "maintenance"))
        self.model.paused.add(queue)

    @precondition(lambda self: self.stale)
    @rule(data=st.data())
    def settle_too_late(self, data: st.DataObject) -> None:
        claim = data.draw(st.sampled_from(self.stale))

        async def settle() -> tuple[bool, bool]:
            store, jobs = self.site.store, (NewJob("zombie", "q", "a"),)
            begun = await store.begin(claim)
            return begun, await store.settle(Settlement(claim, "dead", jobs=jobs))

        assert self.run(settle()) == (False, False)

    @rule(wait=st.sampled_from([1, 4, 5]))
    def advance(self, wait: int) -> None:
        """Second by second, for what waits may be woken on the way."""
        for _ in range(wait):
            self.model.now += 1
            self.run(self.clock.advance(1))
            self.what_waits_is_woken_when_something_is_due()

    @rule(killed=st.booleans())
    def stop(self, killed: bool) -> None:
        self.stale += self.claims
        self.claims = []
        self.waiting = {}
        if killed:
            self.model.died()
        self.model.stopped()
        self.run(self.site.crash() if killed else self.site.restart())

    @rule(queues=st.lists(queues, min_size=1), limit=st.integers(1, 3), burst=bursts)
    def die_again_and_again(self, queues: list[str], limit: int, burst: int) -> None:
        for queue in queues:
            self.claim(queue, limit, burst)
            self.stop(killed=True)

    @invariant()
    def what_waits_is_woken_when_something_is_due(self) -> None:
        self.run(self.clock.settle())
        for queue, (claims, burst) in [*self.waiting.items()]:
            if self.model.claimable(queue, {*self.waiting}):
                assert claims.done(), f"{queue} sleeps beside {[*self.model.due(queue)]}"
            if claims.done():
                self.check_claims(queue, claims.result(), 2, burst)
                del self.waiting[queue]

    @invariant()
    def every_job_stands_as_it_should(self) -> None:
        expected: dict[tuple[str, State], int] = {}
        for task in self.model.tasks.values():
            place = task.queue, task.state
            expected[place] = expected.get(place, 0) + 1
        found = self.run(self.site.store.counts())
        assert {(count.queue, count.state): count.jobs for count in found} == expected

    def _end(self, claim: Claim, end: End) -> None:
        jobs = tuple(NewJob(f"s{name}", queue, lane) for name, queue, lane in end.effects)
        run_at = self._at(end.wait) if end.state == "open" else None
        settlement = Settlement(claim, end.state, charge=end.charge, run_at=run_at, jobs=jobs)
        if end.hold:
            hold = (self.model.now + end.wait, "down")
            settlement = Settlement(claim, "open", charge=False, hold=hold, undone=True)
        task = self.model.tasks[claim.job.key]

        async def settle() -> tuple[bool, bool]:
            begun = not end.begin or await self.site.store.begin(claim)
            return begun, await self.site.store.settle(settlement)

        if end.begin:
            self.model.began(task)
        assert self.run(settle()) == (True, True)
        self.claims.remove(claim)
        self.stale.append(claim)
        self.model.settled(task, settlement)

    def _at(self, wait: float) -> float | None:
        return self.model.now + wait if wait else None


TestSqlite = StoreMachine.TestCase
TestSqlite.settings = settings(
    max_examples=100, stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow]
)
