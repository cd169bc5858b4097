"""Whatever happens in whatever order, the store does as a plain model does."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from queue_site import SqliteSite, event, take

from larkgate.clock import VirtualClock
from larkgate.queue import Arrival, Claim, NewJob, Settlement, State

T = TypeVar("T")

QUEUES = ("q", "r")
queues = st.sampled_from(QUEUES)
lanes = st.sampled_from("ab")
names = st.integers(0, 20)
seconds = st.sampled_from([0, 1, 3, 9])


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
    state: State = "open"
    attempts: int = 0
    crashes: int = 0
    first_tried: float | None = None
    at_claim: float | None = None


@dataclass
class Model:
    """What a store should do, in the plainest way."""

    now: float
    events: set[str] = field(default_factory=set)
    tasks: dict[str, Task] = field(default_factory=dict)
    owned: set[str] = field(default_factory=set)
    holds: dict[str, float] = field(default_factory=dict)

    def add(self, job: NewJob) -> None:
        run_at = job.run_at or 0
        self.tasks.setdefault(job.key, Task(job.key, job.queue, job.lane_name, job.body, run_at))

    def heads(self, queue: str) -> dict[str, Task]:
        heads: dict[str, Task] = {}
        for task in self.tasks.values():
            if task.queue == queue and task.state == "open":
                heads.setdefault(task.lane, task)
        return heads

    def due(self, queue: str) -> dict[str, Task]:
        if self.holds.get(queue, 0) > self.now:
            return {}
        return {
            task.key: task
            for lane, task in self.heads(queue).items()
            if lane not in self.owned and task.run_at <= self.now
        }

    def claimed(self, task: Task) -> None:
        self.owned.add(task.lane)
        task.at_claim = task.first_tried

    def began(self, task: Task) -> None:
        task.first_tried = self.now if task.first_tried is None else task.first_tried

    def settled(self, task: Task, settlement: Settlement) -> None:
        self.owned.discard(task.lane)
        task.state = settlement.state
        task.run_at = settlement.run_at or 0
        if settlement.hold:
            self.holds[task.queue] = settlement.hold[0]
        if settlement.undone:
            task.first_tried = task.at_claim
        task.attempts += settlement.charge
        for job in settlement.jobs:
            self.add(job)

    def died(self) -> None:
        for queue in QUEUES:
            for lane, task in self.heads(queue).items():
                task.crashes += lane in self.owned
        self.owned.clear()


class StoreMachine(RuleBasedStateMachine):
    """Runs a store beside the model; between two rules all comes to rest."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.directory = tempfile.TemporaryDirectory()
        self.clock = VirtualClock()
        self.model = Model(self.clock.now())
        self.claims: list[Claim] = []
        self.stale: list[Claim] = []
        self.waiting: dict[str, asyncio.Future[list[Claim]]] = {}
        (Path(self.directory.name) / "0").mkdir()
        self.site = SqliteSite(Path(self.directory.name), self.clock, "NORMAL")
        self.run(self.site.open())

    def teardown(self) -> None:
        self.run(self.site.close())
        self.runner.close()
        self.directory.cleanup()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def check_claims(self, queue: str, claims: list[Claim], limit: int) -> None:
        due = self.model.due(queue)
        assert len(claims) == min(limit, len(due))
        for claim in claims:
            task = due.pop(claim.job.key)
            self.model.claimed(task)
            job = claim.job
            assert (claim.queue, job.lane, job.body) == (queue, task.lane, task.body)
            assert (job.attempts, job.crashes) == (task.attempts, task.crashes)
            assert job.first_tried == task.first_tried
        self.claims += claims

    @rule(name=names, queue=queues, lane=lanes, wait=seconds)
    def accept(self, name: int, queue: str, lane: str, wait: float) -> None:
        key = f"e{name}"
        job = NewJob(f"{queue}:{key}", queue, lane, f"{lane}{wait}", self._at(wait))

        async def accept() -> bool:
            return (await self.site.store.accept(Arrival(event(key), (job,)))).duplicate

        assert self.run(accept()) == (key in self.model.events)
        if key not in self.model.events:
            self.model.events.add(key)
            self.model.add(job)

    @rule(name=names, queue=queues, lane=lanes, wait=seconds)
    def add(self, name: int, queue: str, lane: str, wait: float) -> None:
        job = NewJob(f"j{name}", queue, lane, f"{lane}{wait}", self._at(wait))

        async def add() -> State:
            return (await self.site.store.add(job)).state

        self.model.add(job)
        assert self.run(add()) == self.model.tasks[job.key].state

    @rule(queue=queues, limit=st.integers(1, 3))
    def claim(self, queue: str, limit: int) -> None:
        self.check_claims(queue, self.run(take(self.site, queue, limit)), limit)

    @rule(queue=queues)
    def wait(self, queue: str) -> None:
        async def wait() -> None:
            self.waiting[queue] = self.site.store.claim(queue, 2)

        if queue not in self.waiting:
            self.run(wait())

    @rule(queue=queues, limit=st.integers(1, 3), end=endings)
    def work(self, queue: str, limit: int, end: End) -> None:
        """What a worker does: claim, and end it."""
        self.claim(queue, limit)
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
        self.model.owned.clear()
        self.run(self.site.crash() if killed else self.site.restart())

    @invariant()
    def what_waits_is_woken_when_something_is_due(self) -> None:
        self.run(self.clock.settle())
        for queue, claims in list(self.waiting.items()):
            if self.model.due(queue):
                assert claims.done(), f"{queue} sleeps beside {[*self.model.due(queue)]}"
                del self.waiting[queue]
                self.check_claims(queue, claims.result(), 2)
            assert queue not in self.waiting or not claims.done()

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
