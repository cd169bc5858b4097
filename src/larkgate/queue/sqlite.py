"""The store on one SQLite file, for one process.

The lock on the data directory is the lease: while the process lives nobody else can take a lane,
so there is nothing to renew, and lanes that are owned when the file is opened belonged to a
process that died.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import msgspec

from larkgate.clock import Clock, Timer
from larkgate.database import PARKED, Database, Migrations, insert, json_rows
from larkgate.queue.jobs import (
    Accepted,
    Arrival,
    Claim,
    Event,
    Job,
    NewJob,
    QueueCount,
    Settlement,
    State,
    Stored,
)
from larkgate.queue.sql import statements

__all__ = ["SCHEMA", "SqliteStore", "count_jobs"]

_SQL = statements("sqlite")
SCHEMA = Migrations("queue", (_SQL["schema"],))

_OWNER = "me"
# Claims in a commit with more than so many arrivals: the platform gives up an acknowledgement
# after 3 s, while a delivery that is kept can wait for the burst to pass.
_FEW = 8
_BURST = 32
T = TypeVar("T")

_keys: msgspec.json.Decoder[list[str]] = msgspec.json.Decoder(list[str])
_indexes: msgspec.json.Decoder[list[int]] = msgspec.json.Decoder(list[int])
_jobs = msgspec.json.Decoder(list[Job])
_known = msgspec.json.Decoder(list[tuple[str, State, str | None]])


class _Addition(NamedTuple):
    job: NewJob
    parent: int | None


class _Wish(NamedTuple):
    queue: str
    limit: int


class SqliteStore:
    """`Store` on a `Database` that was opened with `SCHEMA`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._holds: dict[str, tuple[float, str]] = {}
        self._arrived = 0
        self._alarm: tuple[float, Timer] | None = None
        self._closed = False

    async def open(self) -> None:
        """Take back what a process that died was working on, and remember which queues pause."""
        await self._database.write(self._recover, None)

    async def close(self) -> None:
        """Let go of every lane: what was claimed and not run is charged nothing."""
        await self._database.write(self._release_all, None)
        if self._alarm:
            self._alarm[1].cancel()
            self._alarm = None

    def accept(self, arrival: Arrival) -> asyncio.Future[Accepted]:
        return self._database.write(self._accept, arrival)

    def add(self, job: NewJob, parent: int | None = None) -> asyncio.Future[Stored]:
        return self._database.write(self._add, _Addition(job, parent))

    def claim(self, queue: str, limit: int) -> asyncio.Future[list[Claim]]:
        return self._database.write(self._claim, _Wish(queue, limit), last=True)

    def begin(self, claim: Claim) -> asyncio.Future[bool]:
        return self._database.write(self._begin, claim)

    def settle(self, settlement: Settlement) -> asyncio.Future[bool]:
        return self._database.write(self._settle, settlement)

    def resume(self, queue: str) -> asyncio.Future[None]:
        return self._database.write(self._resume, queue)

    async def find(self, key: str) -> Stored | None:
        def look(connection: sqlite3.Connection) -> Stored | None:
            rows = _ask(connection, "known_jobs", _known, json_rows([key]))
            return Stored(*rows[0]) if rows else None

        return await self._database.read(look)

    async def counts(self) -> Sequence[QueueCount]:
        return await self._database.read(count_jobs, long=True)

    async def holds(self) -> dict[str, tuple[float, str]]:
        now = self._clock.now()
        return {name: hold for name, hold in self._holds.items() if hold[0] > now}

    # Everything below runs in the writer thread, except where it says otherwise.

    def _recover(self, connection: sqlite3.Connection, items: list[None]) -> list[None]:
        connection.execute(_SQL["recover"])
        connection.execute(_SQL["release_all"])
        rows = connection.execute(_SQL["holds"], (self._clock.now(),)).fetchall()
        self._holds = {name: (until, reason) for name, until, reason in rows}
        return items

    def _release_all(self, connection: sqlite3.Connection, items: list[None]) -> list[None]:
        self._closed = True  # claims that still wait must not take what is let go here
        connection.execute(_SQL["release_all"])
        return items

    def _accept(self, connection: sqlite3.Connection, arrivals: list[Arrival]) -> list[Accepted]:
        keys = [arrival.event.key for arrival in arrivals]
        known = {*_ask(connection, "known_events", _keys, json_rows(keys))}
        answers: list[Accepted] = []
        new: list[Arrival] = []
        for arrival in arrivals:
            duplicate = arrival.event.key in known
            answers.append(Accepted(duplicate))
            if not duplicate:
                known.add(arrival.event.key)
                new.append(arrival)
        if new:
            self._keep(connection, new)
        self._arrived = len(arrivals)
        return answers

    def _keep(self, connection: sqlite3.Connection, arrivals: list[Arrival]) -> None:
        last_event, last_job = connection.execute(_SQL["last_ids"]).fetchone()
        events: list[tuple[int, *tuple[object, ...]]] = []
        jobs: list[tuple[NewJob, int | None, int | None]] = []
        for number, (event, deliveries) in enumerate(arrivals, start=last_event + 1):
            events.append((number, *event))
            jobs += [(job, number, None) for job in deliveries]
        columns = ", ".join(("id", *Event._fields))
        insert(connection, f"insert into event ({columns})", events)
        self._enqueue(connection, last_job, jobs)

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
            self._enqueue(connection, last_job, new)
        return [known[key] for key in keys]

    def _enqueue(
        self,
        connection: sqlite3.Connection,
        last: int,
        jobs: list[tuple[NewJob, int | None, int | None]],
    ) -> None:
        now = self._clock.now()
        lanes: dict[str, tuple[str, str, float]] = {}
        rows: list[tuple[object, ...]] = []
        for number, (job, event, parent) in enumerate(jobs, start=last + 1):
            name = job.lane_name
            rows.append((number, name, job.key, event, parent, job.body, job.run_at))
            lanes.setdefault(name, (name, job.queue, job.run_at or now))
        insert(connection, "insert into job (id, lane, key, event, parent, body, run_at)", rows)
        insert(
            connection,
            "insert into lane (name, queue, next_at)",
            list(lanes.values()),
            "on conflict (name) do update set next_at = excluded.next_at "
            "where next_at is null and owner is null",
        )

    def _claim(self, connection: sqlite3.Connection, wishes: list[_Wish]) -> list[list[Claim]]:
        claims = [self._claim_one(connection, wish) for wish in wishes]
        self._arrived = 0
        return claims

    def _claim_one(self, connection: sqlite3.Connection, wish: _Wish) -> list[Claim]:
        if self._closed:
            return self._wait_for(None)
        now = self._clock.now()
        paused_until, _ = self._holds.get(wish.queue, (0.0, ""))
        if now < paused_until:
            return self._wait_for(paused_until)
        limit = min(wish.limit, _FEW) if self._arrived > _BURST else wish.limit
        found = connection.execute(_SQL["due_lanes"], (wish.queue, now, limit)).fetchone()[0]
        if found == "[]":
            return self._wait_for(connection.execute(_SQL["next_due"], (wish.queue,)).fetchone()[0])
        connection.execute(_SQL["take"], (found, _OWNER))
        jobs = _ask(connection, "heads", _jobs, found)
        return [Claim(wish.queue, job, now) for job in jobs]

    def _wait_for(self, due: float | None) -> list[Claim]:
        alarm = self._alarm  # read once: the loop changes it meanwhile
        if due is not None and (alarm is None or due < alarm[0]):
            self._database.call(self._set_alarm, due)
        parked: list[Claim] = PARKED
        return parked

    def _set_alarm(self, due: float) -> None:
        """Runs on the loop: an empty write at `due` makes the parked claims look again."""
        if self._alarm is not None:
            if self._alarm[0] <= due:
                return
            self._alarm[1].cancel()
        wait = max(0.0, due - self._clock.now())
        self._alarm = (due, self._clock.call_later(wait, self._ring))

    def _ring(self) -> None:
        self._alarm = None
        rung = self._database.write(_nothing, None)
        # Where it cannot be written, those who wait for the alarm are told.
        rung.add_done_callback(lambda rung: rung.cancelled() or rung.exception())

    def _begin(self, connection: sqlite3.Connection, claims: list[Claim]) -> list[bool]:
        fresh = _fresh(connection, claims)
        ids = [claim.job.id for claim, ours in zip(claims, fresh, strict=True) if ours]
        connection.execute(_SQL["begin"], (json_rows(ids), self._clock.now()))
        return fresh

    def _settle(self, connection: sqlite3.Connection, settlements: list[Settlement]) -> list[bool]:
        fresh = _fresh(connection, [settlement.claim for settlement in settlements])
        ours = [each for each, own in zip(settlements, fresh, strict=True) if own]
        if ours:
            self._finish(connection, ours)
        return fresh

    def _finish(self, connection: sqlite3.Connection, settlements: list[Settlement]) -> None:
        now = self._clock.now()
        connection.execute(_SQL["finish"], (json_rows(map(_end, settlements)),))
        runs = json_rows((s.claim.job.id, s.claim.started, now, s.error) for s in settlements)
        connection.execute(_SQL["record"], (runs,))
        effects = [_Addition(job, s.claim.job.id) for s in settlements for job in s.jobs]
        if effects:
            self._add(connection, effects)
        for settlement in settlements:
            for batch, item in settlement.writes:
                batch(connection, [item])
            if settlement.hold:
                self._pause(connection, settlement.claim.queue, *settlement.hold)
        lanes = json_rows(s.claim.job.lane for s in settlements)
        connection.execute(_SQL["let_go"], (lanes, now))

    def _pause(self, connection: sqlite3.Connection, queue: str, until: float, reason: str) -> None:
        connection.execute(_SQL["hold"], (queue, until, reason))
        self._holds[queue] = (until, reason)

    def _resume(self, connection: sqlite3.Connection, queues: list[str]) -> list[None]:
        connection.execute(_SQL["resume"], (json_rows(queues),))
        for queue in queues:
            self._holds.pop(queue, None)
        return [None] * len(queues)


def count_jobs(connection: sqlite3.Connection) -> list[QueueCount]:
    """How many jobs each queue has in each state."""
    return [QueueCount(*row) for row in connection.execute(_SQL["counts"])]


def _end(settlement: Settlement) -> tuple[object, ...]:
    job = settlement.claim.job
    charge = int(settlement.charge)
    outcome = (settlement.state, charge, settlement.run_at, settlement.result)
    return job.id, *outcome, settlement.undone, job.first_tried


def _fresh(connection: sqlite3.Connection, claims: list[Claim]) -> list[bool]:
    """Which of the claims still own their lane."""
    pairs = json_rows((claim.job.lane, claim.job.epoch) for claim in claims)
    fresh = {*_ask(connection, "fresh", _indexes, pairs)}
    return [number in fresh for number in range(len(claims))]


def _ask(
    connection: sqlite3.Connection, name: str, decoder: msgspec.json.Decoder[T], *values: object
) -> T:
    return decoder.decode(connection.execute(_SQL[name], values).fetchone()[0])


def _nothing(connection: sqlite3.Connection, items: list[None]) -> list[None]:
    return items
