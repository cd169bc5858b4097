"""How work is handed out on SQLite, and what is in flight. All of it runs in the writer thread."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from larkgate.database import Database, json_rows
from larkgate.queue.jobs import Claim, Event, Job
from larkgate.queue.sql import statements
from larkgate.queue.sqlite_events import FreshEvents
from larkgate.queue.suspects import Suspects, is_bystander, is_guilty
from larkgate.texts import say, tell

__all__ = ["Claims", "Wish"]

log = logging.getLogger(__name__)

_SQL = statements("sqlite")
_OWNER = "me"
_WHOLE_BURST = 1_000


class Wish(NamedTuple):
    queue: str
    limit: int
    burst: int


class _Head(NamedTuple):
    together: str | None
    burst: int | None
    job: Job


class _Row(NamedTuple):
    together: str | None
    burst: int | None
    event: int | None
    job: tuple[int, str, int, str, str, int, int, float | None, int | None]


class _Casualty(NamedTuple):
    """A head that was in flight when its process died."""

    lane: str
    queue: str
    claimed_at: float | None
    id: int
    key: str
    crashes: int


_names = msgspec.json.Decoder(list[str])
_levels = msgspec.json.Decoder(list[tuple[str, int]])
_rows = msgspec.json.Decoder(list[_Row])
_NO_EVENT = (None,) * len(Event._fields)


class Claims:
    """Which lanes are in flight, and which may join them."""

    def __init__(self, database: Database, events: FreshEvents) -> None:
        self._database = database
        self._events = events
        self._flying: dict[str, Claim] = {}
        self._suspects = Suspects()
        self._suspected = True

    def owns(self, claim: Claim) -> bool:
        """Whether its lane has not been let go since."""
        flying = self._flying.get(claim.job.lane)
        return flying is not None and flying.job.epoch == claim.job.epoch

    def is_idle(self, lane: str) -> bool:
        return lane not in self._flying

    def is_run(self, lane: str, job: int) -> bool:
        """Whether somebody works on this job now."""
        claim = self._flying.get(lane)
        return claim is not None and job in {each.id for each in (claim.job, *claim.others)}

    def look_again(self) -> None:
        """There may be new suspects."""
        self._suspected = True

    def recover(self, connection: sqlite3.Connection, now: float) -> None:
        """Charge what was in flight when the process before died, and let go of it."""
        rows = connection.execute(_SQL["in_flight"]).fetchall()
        dead = [_Casualty(*row) for row in rows]
        connection.execute(_SQL["charge"], (json_rows(each.id for each in dead),))
        in_flight = [each for each in dead if not is_bystander(each.queue, each.crashes)]
        for each in in_flight:
            if is_guilty(each.crashes + 1, len(in_flight)):
                _bury(connection, each, now)
        self.release_all(connection, now)

    def release_all(self, connection: sqlite3.Connection, now: float) -> None:
        connection.execute(_SQL["release_all"], (now,))
        self._flying.clear()
        self._suspects.clear()

    def release(self, connection: sqlite3.Connection, claims: Sequence[Claim], now: float) -> None:
        connection.execute(_SQL["let_go"], (json_rows(claim.job.lane for claim in claims), now))
        self._landed(claims)
        self._database.on_rollback(partial(self._took_off, claims))

    def take(
        self, connection: sqlite3.Connection, wishes: Sequence[Wish], most: int, now: float
    ) -> list[list[Claim]]:
        """What each of the wishes gets, at most so much; it may be nothing."""
        self._suspects.look_again()
        bounded = [wish._replace(limit=min(wish.limit, most)) for wish in wishes]
        suspects = [self._take_suspects(connection, wish, now) for wish in bounded]
        return [
            found or self._take_due(connection, wish, now)
            for wish, found in zip(bounded, suspects, strict=True)
        ]

    def _take_suspects(self, connection: sqlite3.Connection, wish: Wish, now: float) -> list[Claim]:
        """Those with most crashes first, and only those with as many."""
        if not self._suspected:
            return []
        due = (wish.queue, now, wish.limit)
        found = connection.execute(_SQL["due_suspects"], due).fetchone()[0]
        for crashes, lanes in groupby(_levels.decode(found), key=lambda lane: lane[1]):
            room = self._suspects.room(wish.queue, crashes)
            if room:
                return self._claim(connection, wish, [name for name, _ in lanes][:room], now)
        return []

    def _take_due(self, connection: sqlite3.Connection, wish: Wish, now: float) -> list[Claim]:
        if not self._suspects.room(wish.queue, 0):
            return []
        statement = _SQL["due_innocents" if self._suspected else "due_lanes"]
        due = (wish.queue, now, wish.limit)
        found, suspected = connection.execute(statement, due).fetchone()
        if suspected and not self._suspected:
            self._suspected = True
            return self._take_suspects(connection, wish, now) or self._take_due(
                connection, wish, now
            )
        self._suspected = bool(suspected)
        return self._claim(connection, wish, _names.decode(found), now) if found != "[]" else []

    def _claim(
        self, connection: sqlite3.Connection, wish: Wish, lanes: Sequence[str], now: float
    ) -> list[Claim]:
        names = json_rows(lanes)
        connection.execute(_SQL["take"], (names, _OWNER, now))
        heads = self._read(connection, "heads", names)
        if len(heads) < len(lanes):
            empty = {*lanes} - {head.job.lane for head in heads}
            connection.execute(_SQL["let_go"], (json_rows(empty), now))
        claims = [
            Claim(wish.queue, head.job, now, self._bind(connection, head, wish.burst, now))
            for head in heads
        ]
        self._took_off(claims)
        self._database.on_rollback(partial(self._landed, claims))
        return claims

    def _bind(
        self, connection: sqlite3.Connection, head: _Head, most: int, now: float
    ) -> tuple[Job, ...]:
        """The rest of a head's burst."""
        job, burst = head.job, head.burst
        if burst is None:
            if most == 1 or head.together is None:
                return ()
            burst = job.id
            near = (job.lane, job.id, head.together, now, most)
            if connection.execute(_SQL["bind"], near).rowcount == 1:
                return ()
        bound = (job.lane, job.id, burst, _WHOLE_BURST)
        return tuple(member.job for member in self._read(connection, "bound", *bound))

    def _read(self, connection: sqlite3.Connection, statement: str, *values: object) -> list[_Head]:
        rows = _rows.decode(connection.execute(_SQL[statement], values).fetchone()[0])
        events = self._events.find(connection, (row.event for row in rows if row.event is not None))
        return [
            _Head(together, burst, Job(*job, *events.get(event or 0, _NO_EVENT)))
            for together, burst, event, job in rows
        ]

    def _took_off(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            self._flying[claim.job.lane] = claim
            self._suspects.claimed(claim.job.lane, claim.queue, claim.job.crashes)

    def _landed(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            self._flying.pop(claim.job.lane, None)
            self._suspects.let_go(claim.job.lane)


def _bury(connection: sqlite3.Connection, dead: _Casualty, now: float) -> None:
    """It has killed its process alone: nobody runs it again unless a person says so."""
    reason = say("queue.killed_process", crashes=dead.crashes + 1)
    ids = connection.execute(_SQL["bury"], (dead.id, reason)).fetchall()
    runs: list[tuple[Any, ...]] = [(id, dead.claimed_at or now, now, reason, 0) for (id,) in ids]
    connection.execute(_SQL["record"], (json_rows(runs),))
    tell(log, logging.ERROR, "queue.dead", job=dead.key, reason=reason)
