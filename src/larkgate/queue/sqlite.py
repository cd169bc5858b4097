"""The store on one SQLite file, for one process.

The lock on the data directory is the lease: while the process lives nobody else can take a lane,
so there is nothing to renew, and lanes that are owned when the file is opened belonged to a
process that died.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import msgspec

from larkgate.clock import Clock
from larkgate.database import PARKED, Database, insert, json_rows
from larkgate.errors import BacklogFull, StoreError
from larkgate.queue.alarm import Alarm
from larkgate.queue.endings import Endings
from larkgate.queue.jobs import (
    Accepted,
    Arrival,
    Claim,
    Event,
    Extra,
    Job,
    NewJob,
    Pause,
    QueueCount,
    Settlement,
    State,
    Stored,
)
from larkgate.queue.ledger_time import LedgerTime
from larkgate.queue.pauses import Pauses
from larkgate.queue.sql import statements
from larkgate.queue.sqlite_claims import Claims, Wish
from larkgate.queue.sqlite_events import FreshEvents
from larkgate.texts import say

__all__ = ["SqliteStore", "count_jobs", "write_extras"]

_SQL = statements("sqlite")

# Claims in a commit with more than so many arrivals: the platform gives up an acknowledgement
# after 3 s, while a delivery that is kept can wait for the burst to pass.
_FEW = 8
_BURST = 32
_TIME_RECORDED_EVERY = 1.0
_LONGEST_REASON = 2_000
T = TypeVar("T")

_keys = msgspec.json.Decoder(list[str])
_deliveries = msgspec.json.Decoder(list[tuple[int, str]])
_known = msgspec.json.Decoder(list[tuple[str, State, str | None]])


class _Addition(NamedTuple):
    job: NewJob
    parent: int | None


class SqliteStore:
    """`Store` on a `Database` that was opened with `SCHEMA`.

    Args:
        backlog: open jobs beyond which nothing more is accepted; 0: no bound.
    """

    def __init__(self, database: Database, clock: Clock, *, backlog: int = 0) -> None:
        self._database = database
        self._clock = clock
        self._backlog = backlog
        self._open_jobs = 0
        self._time = LedgerTime(clock, 0.0)
        self._time_recorded = 0.0
        self._pauses = Pauses()
        self._events = FreshEvents()
        self._claims = Claims(database, self._events)
        self._endings = Endings()
        self._alarm = Alarm(clock, self.now, self._ring)
        self._arrived = 0
        self._closed = False

    async def open(self) -> None:
        """Take back what a process that died was working on, and remember which queues pause."""
        await self._database.write(self._recover, None)

    async def close(self) -> None:
        """Let go of every lane: what was claimed and not run is charged nothing."""
        await self._database.write(self._release_all, None)
        self._endings.cancel()
        self._alarm.cancel()

    @property
    def away(self) -> bool:
        """Never: it is a file of ours."""
        return False

    def now(self) -> float:
        return self._time.now()

    def accept(self, arrival: Arrival) -> asyncio.Future[Accepted]:
        return self._database.write(self._accept, arrival)

    def add(self, job: NewJob, parent: Job | None = None) -> asyncio.Future[Stored]:
        return self._database.write(self._add, _Addition(job, parent.id if parent else None))

    def claim(
        self, queue: str, limit: int, *, burst: int = 1, exclusive: bool = False
    ) -> asyncio.Future[list[Claim]]:
        return self._database.write(self._claim, Wish(queue, limit, burst), last=True)

    def begin(self, claim: Claim) -> asyncio.Future[bool]:
        return self._database.write(self._begin, claim)

    def settle(self, settlement: Settlement) -> asyncio.Future[bool]:
        settled = self._database.write(self._settle, settlement)
        if self._endings.keys:
            ended = [job.key for job in _jobs_of(settlement.claim)]
            settled.add_done_callback(lambda _: self._look_for_endings(ended))
        return settled

    def ended(self, key: str) -> asyncio.Future[Stored]:
        ended = self._endings.wait(key)
        self._look_for_endings([key])
        return ended

    def on_lost(self, callback: Callable[[], None]) -> None:
        """Never called: who holds the data directory cannot be taken for dead."""

    async def find(self, key: str) -> Stored | None:
        return await self._database.read(lambda connection: _find(connection, [key])[0])

    async def counts(self) -> Sequence[QueueCount]:
        return await self._database.read(count_jobs, long=True)

    async def pauses(self) -> dict[str, Pause]:
        return self._pauses.all(self.now())

    def _look_for_endings(self, keys: Iterable[str]) -> None:
        for key in keys:
            if key in self._endings.keys:
                looked = self._database.write(_find, key, last=True)
                looked.add_done_callback(self._tell_endings)

    def _look_for_all_endings(self) -> None:
        self._look_for_endings([*self._endings.keys])

    def _tell_endings(self, looked: asyncio.Future[Stored | None]) -> None:
        if looked.cancelled():
            return
        if error := looked.exception():
            self._endings.fail(error)
        elif found := looked.result():
            self._endings.tell(found)

    def _ring(self) -> None:
        """An empty write makes the parked claims look again."""
        rung = self._database.write(_nothing, None)
        # Where it cannot be written, those who wait for the alarm are told.
        rung.add_done_callback(lambda rung: rung.cancelled() or rung.exception())

    # Everything below runs in the writer thread.

    def changed(self, connection: sqlite3.Connection) -> None:
        """For who changes queues or jobs by hand, inside the same batch."""
        self._claims.look_again()
        self._load(connection)
        self._database.call(self._look_for_all_endings)

    def _load(self, connection: sqlite3.Connection) -> None:
        self._restore_if_undone("_pauses", "_open_jobs")
        self._pauses = Pauses(connection.execute(_SQL["pauses"]).fetchall())
        if self._backlog:
            self._open_jobs = connection.execute(_SQL["open_jobs"]).fetchone()[0]

    def _restore_if_undone(self, *names: str) -> None:
        for name in names:
            self._database.on_rollback(partial(setattr, self, name, getattr(self, name)))

    def _recover(self, connection: sqlite3.Connection, items: list[None]) -> list[None]:
        recorded = connection.execute(_SQL["time"]).fetchone()[0]
        self._time = LedgerTime(self._clock, recorded)
        self._claims.recover(connection, self.now())
        self._load(connection)
        return items

    def _release_all(self, connection: sqlite3.Connection, items: list[None]) -> list[None]:
        self._closed = True  # claims that still wait must not take what is let go here
        now = self.now()
        self._claims.release_all(connection, now)
        connection.execute(_SQL["record_time"], (now,))
        return items

    def _at(self, connection: sqlite3.Connection) -> float:
        """Now, for what is about to be written."""
        now = self.now()
        if now - self._time_recorded >= _TIME_RECORDED_EVERY:
            connection.execute(_SQL["record_time"], (now,))
            self._time_recorded = now
        return now

    def _accept(
        self, connection: sqlite3.Connection, arrivals: list[Arrival]
    ) -> list[Accepted | StoreError]:
        self._arrived = len(arrivals)
        keys = json_rows(arrival.event.key for arrival in arrivals)
        found, found_withdrawn = connection.execute(_SQL["known_events"], (keys,)).fetchone()
        known = {*_keys.decode(found)}
        new: list[Arrival] = []
        answers = [self._answer(arrival, known, new) for arrival in arrivals]
        if new:
            now = self._at(connection)
            self._keep(connection, new, now)
            withdrawn = {*_keys.decode(found_withdrawn)} | {a.withdraws for a in new if a.withdraws}
            if withdrawn:
                self._withdraw(connection, withdrawn, now)
        return answers

    def _answer(
        self, arrival: Arrival, known: set[str], new: list[Arrival]
    ) -> Accepted | StoreError:
        if arrival.event.key in known:
            return Accepted(duplicate=True)
        if refusal := self._refusal(arrival, len(new)):
            return refusal
        known.add(arrival.event.key)
        new.append(arrival)
        return Accepted(duplicate=False)

    def _refusal(self, arrival: Arrival, ahead: int) -> StoreError | None:
        """What is refused is pushed again; what only ends work is never too much."""
        if self._backlog and arrival.jobs and self._open_jobs + ahead >= self._backlog:
            return BacklogFull("queue.backlog_full", limit=self._backlog)
        return self._database.nearly_full()

    def _keep(self, connection: sqlite3.Connection, arrivals: list[Arrival], now: float) -> None:
        last_event, last_job = connection.execute(_SQL["last_ids"]).fetchone()
        events: list[tuple[int, *tuple[object, ...]]] = []
        jobs: list[tuple[NewJob, int | None, int | None]] = []
        for number, (event, deliveries, _) in enumerate(arrivals, start=last_event + 1):
            events.append((number, *event))
            self._events.remember(number, event)
            jobs += [(job, number, None) for job in deliveries]
        columns = ", ".join(("id", *Event._fields))
        insert(connection, f"insert into event ({columns})", events)
        self._enqueue(connection, last_job, jobs, now)

    def _withdraw(self, connection: sqlite3.Connection, events: Iterable[str], now: float) -> None:
        """End the deliveries of these events that nobody works on, also those still to come."""
        keys = json_rows(events)
        connection.execute(_SQL["remember_withdrawn"], (keys, now))
        found = _ask(connection, "open_deliveries", _deliveries, keys)
        ended = [(id, lane) for id, lane in found if not self._claims.is_run(lane, id)]
        ids = json_rows(id for id, _ in ended)
        connection.execute(_SQL["withdraw"], (ids, say("queue.withdrawn")))
        lanes = {lane for _, lane in ended if self._claims.is_idle(lane)}
        connection.execute(_SQL["let_go"], (json_rows(lanes), now))
        self._count(-len(ended))
        self._database.call(self._look_for_all_endings)

    def _add(self, connection: sqlite3.Connection, additions: list[_Addition]) -> list[Stored]:
        keys = [addition.job.key for addition in additions]
        rows = _ask(connection, "known_jobs", _known, json_rows(keys))
        known = {row[0]: Stored(*row) for row in rows}
        new: list[tuple[NewJob, int | None, int | None]] = []
        for job, parent in additions:
            if job.key not in known:
                known[job.key] = Stored(job.key, "open", None)
                new.append((job, None, parent))
        if new:
            _, last_job = connection.execute(_SQL["last_ids"]).fetchone()
            self._enqueue(connection, last_job, new, self._at(connection))
        return [known[key] for key in keys]

    def _enqueue(
        self,
        connection: sqlite3.Connection,
        last: int,
        jobs: list[tuple[NewJob, int | None, int | None]],
        now: float,
    ) -> None:
        lanes: dict[str, tuple[str, str, float]] = {}
        rows: list[tuple[object, ...]] = []
        for number, (job, event, parent) in enumerate(jobs, start=last + 1):
            name = job.lane_name
            row = (number, name, job.key, event, parent, job.body, job.run_at, job.together, now)
            rows.append(row)
            lanes.setdefault(name, (name, job.queue, job.run_at or now))
        columns = "id, lane, key, event, parent, body, run_at, together, created_at"
        insert(connection, f"insert into job ({columns})", rows)
        insert(
            connection,
            "insert into lane (name, queue, next_at)",
            list(lanes.values()),
            "on conflict (name) do update set next_at = excluded.next_at "
            "where next_at is null and owner is null",
        )
        self._count(len(rows))

    def _count(self, more: int) -> None:
        self._restore_if_undone("_open_jobs")
        self._open_jobs += more

    def _claim(self, connection: sqlite3.Connection, wishes: list[Wish]) -> list[list[Claim]]:
        if self._closed:
            return [self._wait_for(None) for _ in wishes]
        now = self._at(connection)
        pauses = {wish.queue: self._pauses.of(wish.queue, now) for wish in wishes}
        served = [wish for wish in wishes if not pauses[wish.queue]]
        most = _FEW if self._arrived > _BURST else max(wish.limit for wish in wishes)
        self._arrived = 0
        claims = iter(self._claims.take(connection, served, most, now))
        return [
            self._wait_for(pause.until)
            if (pause := pauses[wish.queue])
            else next(claims) or self._wait_for_due(connection, wish.queue, now)
            for wish in wishes
        ]

    def _wait_for_due(self, connection: sqlite3.Connection, queue: str, now: float) -> list[Claim]:
        return self._wait_for(connection.execute(_SQL["next_due"], (queue, now)).fetchone()[0])

    def _wait_for(self, due: float | None) -> list[Claim]:
        if due is not None and not self._alarm.rings_by(due):
            self._database.call(self._alarm.set, due)
        parked: list[Claim] = PARKED
        return parked

    def _begin(self, connection: sqlite3.Connection, claims: list[Claim]) -> list[bool]:
        ours = [self._claims.owns(claim) for claim in claims]
        begun = [claim for claim, own in zip(claims, ours, strict=True) if own]
        ids = json_rows(job.id for claim in begun for job in _jobs_of(claim))
        connection.execute(_SQL["begin"], (ids, self._at(connection)))
        return ours

    def _settle(self, connection: sqlite3.Connection, settlements: list[Settlement]) -> list[bool]:
        settled: dict[str, Settlement] = {}
        answers: list[bool] = []
        for settlement in settlements:
            lane = settlement.claim.job.lane
            ours = lane not in settled and self._claims.owns(settlement.claim)
            answers.append(ours)
            if ours:
                settled[lane] = settlement
        if settled:
            self._finish(connection, [*settled.values()])
        return answers

    def _finish(self, connection: sqlite3.Connection, settlements: list[Settlement]) -> None:
        now = self._at(connection)
        runs = [(s, job) for s in settlements for job in _jobs_of(s.claim)]
        connection.execute(_SQL["finish"], (json_rows(_end(*run) for run in runs),))
        connection.execute(_SQL["record"], (json_rows(_record(*run, now) for run in runs),))
        effects = [_Addition(job, s.claim.job.id) for s in settlements for job in s.jobs]
        if effects:
            self._add(connection, effects)
        write_extras(connection, [extra for s in settlements for extra in s.writes])
        self._hold(connection, [s for s in settlements if s.hold])
        self._claims.release(connection, [s.claim for s in settlements], now)
        self._count(-sum(s.state != "open" for s, _ in runs))

    def _hold(self, connection: sqlite3.Connection, settlements: list[Settlement]) -> None:
        for settlement in settlements:
            if settlement.hold:
                until, reason = settlement.hold
                hold = (settlement.claim.queue, until, _cut(reason))
                connection.execute(_SQL["hold"], hold)
        if settlements:
            self._restore_if_undone("_pauses")
            self._pauses = Pauses(connection.execute(_SQL["pauses"]).fetchall())


def count_jobs(connection: sqlite3.Connection) -> list[QueueCount]:
    """How many jobs each queue has in each state."""
    return [QueueCount(*row) for row in connection.execute(_SQL["counts"])]


def write_extras(connection: sqlite3.Connection, extras: Sequence[Extra]) -> None:
    """Write what other rooms leave in this commit, class by class."""
    kinds: dict[type[Extra], list[Extra]] = {}
    for extra in extras:
        kinds.setdefault(type(extra), []).append(extra)
    for kind, items in kinds.items():
        kind.write_sqlite(connection, items)


def _jobs_of(claim: Claim) -> tuple[Job, ...]:
    return (claim.job, *claim.others)


def _end(settlement: Settlement, job: Job) -> tuple[object, ...]:
    state, charge, result = settlement.state, int(settlement.charge), settlement.result
    if state != "done":  # a reason, while what is done may leave an answer
        result = _cut(result)
    return job.id, state, charge, settlement.run_at, result, settlement.undone, job.first_tried


def _record(settlement: Settlement, job: Job, now: float) -> tuple[object, ...]:
    error, held = _cut(settlement.error), int(settlement.undone)
    return job.id, settlement.claim.started, now, error, held


def _cut(reason: str | None) -> str | None:
    return reason[:_LONGEST_REASON] if reason else reason


def _find(connection: sqlite3.Connection, keys: list[str]) -> list[Stored | None]:
    rows = _ask(connection, "known_jobs", _known, json_rows(keys))
    known = {row[0]: Stored(*row) for row in rows}
    return [known.get(key) for key in keys]


def _ask(
    connection: sqlite3.Connection, name: str, decoder: msgspec.json.Decoder[T], *values: object
) -> T:
    return decoder.decode(connection.execute(_SQL[name], values).fetchone()[0])


def _nothing(connection: sqlite3.Connection, items: list[None]) -> list[None]:
    return items
