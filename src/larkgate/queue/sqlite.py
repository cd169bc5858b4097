"""The store on one SQLite file, for one process.

The lock on the data directory is the lease: while the process lives nobody else can take a lane,
so there is nothing to renew, and lanes that are owned when the file is opened belonged to a
process that died.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import msgspec

from larkgate.clock import Clock, Timer
from larkgate.database import PARKED, Database, insert, json_rows
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
from larkgate.queue.sql import statements

__all__ = ["SqliteStore", "count_jobs", "write_extras"]

_SQL = statements("sqlite")

_OWNER = "me"
# Claims in a commit with more than so many arrivals: the platform gives up an acknowledgement
# after 3 s, while a delivery that is kept can wait for the burst to pass.
_FEW = 8
_BURST = 32
_TIME_RECORDED_EVERY = 1.0
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
        self._time = LedgerTime(clock, 0.0)
        self._time_recorded = 0.0
        self._holds: dict[str, Pause] = {}
        self._paused: dict[str, Pause] = {}
        self._endings = Endings()
        self._arrived = 0
        self._alarm: tuple[float, Timer] | None = None
        self._closed = False

    async def open(self) -> None:
        """Take back what a process that died was working on, and remember which queues pause."""
        await self._database.write(self._recover, None)

    async def close(self) -> None:
        """Let go of every lane: what was claimed and not run is charged nothing."""
        await self._database.write(self._release_all, None)
        self._endings.cancel()
        if self._alarm:
            self._alarm[1].cancel()
            self._alarm = None

    def now(self) -> float:
        return self._time.now()

    def accept(self, arrival: Arrival) -> asyncio.Future[Accepted]:
        return self._database.write(self._accept, arrival)

    def add(self, job: NewJob, parent: int | None = None) -> asyncio.Future[Stored]:
        return self._database.write(self._add, _Addition(job, parent))

    def claim(
        self, queue: str, limit: int, *, burst: int = 1, exclusive: bool = False
    ) -> asyncio.Future[list[Claim]]:
        return self._database.write(self._claim, _Wish(queue, limit), last=True)

    def begin(self, claim: Claim) -> asyncio.Future[bool]:
        return self._database.write(self._begin, claim)

    def settle(self, settlement: Settlement) -> asyncio.Future[bool]:
        settled = self._database.write(self._settle, settlement)
        if self._endings.keys:
            settled.add_done_callback(lambda _: self._look_for_endings([settlement.claim.job.key]))
        return settled

    def ended(self, key: str) -> asyncio.Future[Stored]:
        ended = self._endings.wait(key)
        self._look_for_endings([key])
        return ended

    def on_lost(self, callback: Callable[[], None]) -> None:
        """Never called: who holds the data directory cannot be taken for dead."""

    async def find(self, key: str) -> Stored | None:
        def look(connection: sqlite3.Connection) -> Stored | None:
            rows = _ask(connection, "known_jobs", _known, json_rows([key]))
            return Stored(*rows[0]) if rows else None

        return await self._database.read(look)

    async def counts(self) -> Sequence[QueueCount]:
        return await self._database.read(count_jobs, long=True)

    async def pauses(self) -> dict[str, Pause]:
        now = self.now()
        holds = {name: hold for name, hold in self._holds.items() if (hold.until or 0) > now}
        return holds | self._paused

    def _look_for_endings(self, keys: Iterable[str]) -> None:
        for key in keys:
            if key in self._endings.keys:
                looked = self._database.write(self._find, key, last=True)
                looked.add_done_callback(self._tell_endings)

    def _tell_endings(self, looked: asyncio.Future[Stored | None]) -> None:
        if looked.cancelled():
            return
        if error := looked.exception():
            self._endings.fail(error)
        elif found := looked.result():
            self._endings.tell(found)

    # Everything below runs in the writer thread, except where it says otherwise.

    def _recover(self, connection: sqlite3.Connection, items: list[None]) -> list[None]:
        connection.execute(_SQL["recover"])
        connection.execute(_SQL["release_all"])
        recorded = connection.execute("select at from ledger_time").fetchone()[0]
        self._time = LedgerTime(self._clock, recorded)
        self.changed(connection)
        return items

    def changed(self, connection: sqlite3.Connection) -> None:
        """For who changes queues or jobs by hand, inside the same batch."""
        rows = connection.execute(_SQL["pauses"]).fetchall()
        self._holds = {name: Pause(until, reason) for name, until, reason, _ in rows if until}
        self._paused = {name: Pause(None, paused) for name, _, _, paused in rows if paused}
        self._database.call(self._look_at_all_endings)

    def _look_at_all_endings(self) -> None:
        """Runs on the loop."""
        self._look_for_endings([*self._endings.keys])

    def _find(self, connection: sqlite3.Connection, keys: list[str]) -> list[Stored | None]:
        rows = _ask(connection, "known_jobs", _known, json_rows(keys))
        known = {row[0]: Stored(*row) for row in rows}
        return [known.get(key) for key in keys]

    def _record_time(self, connection: sqlite3.Connection, now: float) -> None:
        if now - self._time_recorded >= _TIME_RECORDED_EVERY:
            connection.execute("update ledger_time set at = ?", (now,))
            self._time_recorded = now

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
        for number, (event, deliveries, _) in enumerate(arrivals, start=last_event + 1):
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
        now = self.now()
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

    def _claim(self, connection: sqlite3.Connection, wishes: list[_Wish]) -> list[list[Claim]]:
        claims = [self._claim_one(connection, wish) for wish in wishes]
        self._arrived = 0
        return claims

    def _claim_one(self, connection: sqlite3.Connection, wish: _Wish) -> list[Claim]:
        if self._closed:
            return self._wait_for(None)
        now = self.now()
        if wish.queue in self._paused:
            return self._wait_for(None)
        hold = self._holds.get(wish.queue)
        if hold and hold.until and now < hold.until:
            return self._wait_for(hold.until)
        limit = min(wish.limit, _FEW) if self._arrived > _BURST else wish.limit
        found = connection.execute(_SQL["due_lanes"], (wish.queue, now, limit)).fetchone()[0]
        if found == "[]":
            return self._wait_for(connection.execute(_SQL["next_due"], (wish.queue,)).fetchone()[0])
        connection.execute(_SQL["take"], (found, _OWNER, now))
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
        wait = max(0.0, due - self.now())
        self._alarm = (due, self._clock.call_later(wait, self._ring))

    def _ring(self) -> None:
        self._alarm = None
        rung = self._database.write(_nothing, None)
        # Where it cannot be written, those who wait for the alarm are told.
        rung.add_done_callback(lambda rung: rung.cancelled() or rung.exception())

    def _begin(self, connection: sqlite3.Connection, claims: list[Claim]) -> list[bool]:
        fresh = _fresh(connection, claims)
        ids = [claim.job.id for claim, ours in zip(claims, fresh, strict=True) if ours]
        connection.execute(_SQL["begin"], (json_rows(ids), self.now()))
        return fresh

    def _settle(self, connection: sqlite3.Connection, settlements: list[Settlement]) -> list[bool]:
        fresh = _fresh(connection, [settlement.claim for settlement in settlements])
        ours = [each for each, own in zip(settlements, fresh, strict=True) if own]
        if ours:
            self._finish(connection, ours)
        return fresh

    def _finish(self, connection: sqlite3.Connection, settlements: list[Settlement]) -> None:
        now = self.now()
        connection.execute(_SQL["finish"], (json_rows(map(_end, settlements)),))
        runs = json_rows((s.claim.job.id, s.claim.started, now, s.error) for s in settlements)
        connection.execute(_SQL["record"], (runs,))
        effects = [_Addition(job, s.claim.job.id) for s in settlements for job in s.jobs]
        if effects:
            self._add(connection, effects)
        write_extras(connection, [extra for s in settlements for extra in s.writes])
        for settlement in settlements:
            if settlement.hold:
                self._hold(connection, settlement.claim.queue, *settlement.hold)
        lanes = json_rows(s.claim.job.lane for s in settlements)
        connection.execute(_SQL["let_go"], (lanes, now))

    def _hold(self, connection: sqlite3.Connection, queue: str, until: float, reason: str) -> None:
        connection.execute(_SQL["hold"], (queue, until, reason))
        self._holds[queue] = Pause(until, reason)


def count_jobs(connection: sqlite3.Connection) -> list[QueueCount]:
    """How many jobs each queue has in each state."""
    return [QueueCount(*row) for row in connection.execute(_SQL["counts"])]


def write_extras(connection: sqlite3.Connection, extras: Iterable[Extra]) -> None:
    """Write what other rooms put into a commit, each kind of it at once."""
    kinds: dict[type[Extra], list[Extra]] = {}
    for extra in extras:
        kinds.setdefault(type(extra), []).append(extra)
    for kind, items in kinds.items():
        kind.write_sqlite(connection, items)


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
