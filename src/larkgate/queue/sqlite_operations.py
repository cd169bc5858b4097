"""The operators' half on one SQLite file, beside the store that works on it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

import msgspec

from larkgate.database import Database, insert, json_rows
from larkgate.errors import LarkgateError
from larkgate.queue.jobs import Extra
from larkgate.queue.operations import (
    JobRow,
    NodeRow,
    Pruned,
    QueueRow,
    Retention,
    Selection,
    Sizes,
    Trace,
)
from larkgate.queue.retention import Cutoffs, Doomed, Leaf, Sweep, doomed, older
from larkgate.queue.sql import statements
from larkgate.queue.sqlite import SqliteStore, write_extras
from larkgate.queue.sqlite_reading import look_at_queues, look_at_sizes, select_jobs, trace_key
from larkgate.queue.suspects import SUSPECT

__all__ = ["SqliteOperations"]

_SQL = statements("sqlite_operations")
_MOST_WITHDRAWALS = 5_000
T = TypeVar("T")


class _Order(NamedTuple):
    """What is to become of which jobs; `word` is a reason, or the name of a generation."""

    ids: Sequence[int]
    word: str = ""


class _Move(NamedTuple):
    old: str
    new: str
    writes: Sequence[Extra]


class _Prune(NamedTuple):
    retention: Retention
    batch: int
    sweep: Sweep


class _Rest(NamedTuple):
    """A job that is not done, and that nobody works on."""

    id: int
    key: str
    lane: str
    state: str
    burst: int | None


_rows: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(list[Any])
_rests = msgspec.json.Decoder(list[_Rest])
_leaves: msgspec.json.Decoder[Sequence[Leaf]] = msgspec.json.Decoder(list[Leaf])


class SqliteOperations:
    """`Operations` beside the `SqliteStore` on the same `Database`."""

    def __init__(self, database: Database, store: SqliteStore) -> None:
        self._database = database
        self._store = store
        self._sweep = Sweep()

    async def queues(self) -> Sequence[QueueRow]:
        return await self._look(partial(look_at_queues, now=self._store.now()))

    async def nodes(self) -> Sequence[NodeRow]:
        """None: a file has one process, known by its lock."""
        return ()

    async def sizes(self) -> Sizes:
        return await self._look(partial(look_at_sizes, path=self._database.path))

    async def select(self, selection: Selection) -> Sequence[JobRow]:
        return await self._look(partial(select_jobs, selection=selection))

    async def trace(self, key: str) -> Sequence[Trace]:
        return await self._look(partial(trace_key, key=key))

    async def retry(self, ids: Sequence[int]) -> Sequence[str]:
        return await self._database.write(self._retry, _Order(ids))

    async def discard(self, ids: Sequence[int], reason: str) -> Sequence[str]:
        return await self._database.write(self._discard, _Order(ids, reason))

    async def replay(self, ids: Sequence[int], generation: str) -> Sequence[str]:
        return await self._database.write(self._replay, _Order(ids, generation))

    async def pause(self, queue: str, reason: str) -> None:
        await self._database.write(self._pause, (queue, reason))

    async def resume(self, queue: str) -> None:
        await self._database.write(self._resume, queue)

    async def move(self, old: str, new: str, writes: Sequence[Extra] = ()) -> int:
        moved = await self._database.write(self._move, _Move(old, new, writes))
        if moved is None:
            raise LarkgateError("queue.still_worked_on", queue=old)
        return moved

    async def prune(self, retention: Retention, batch: int = 500) -> Pruned:
        prune = _Prune(retention, batch, self._sweep)
        pruned, self._sweep = await self._database.write(self._prune, prune)
        return pruned

    async def _look(self, look: Callable[[sqlite3.Connection], T]) -> T:
        return await self._database.read(look, long=True)

    # Everything below runs in the writer thread.

    def _retry(self, connection: sqlite3.Connection, orders: list[_Order]) -> list[list[str]]:
        return [self._retry_one(connection, order) for order in orders]

    def _retry_one(self, connection: sqlite3.Connection, order: _Order) -> list[str]:
        jobs = _at_rest(connection, order.ids)
        _run(connection, "reopen", json_rows(job.id for job in jobs), self._store.now())
        lanes = {job.lane for job in jobs}
        bursts = {job.burst for job in jobs} - {None}
        _run(connection, "part", json_rows(lanes), json_rows(bursts))
        self._reschedule(connection, lanes)
        return [job.key for job in jobs]

    def _discard(self, connection: sqlite3.Connection, orders: list[_Order]) -> list[list[str]]:
        return [self._discard_one(connection, order) for order in orders]

    def _discard_one(self, connection: sqlite3.Connection, order: _Order) -> list[str]:
        jobs = [job for job in _at_rest(connection, order.ids) if job.state != "withdrawn"]
        ids = json_rows(job.id for job in jobs)
        _run(connection, "withdraw", ids, order.word)
        _run(connection, "record", ids, self._store.now(), order.word)
        self._reschedule(connection, {job.lane for job in jobs if job.state == "open"})
        return [job.key for job in jobs]

    def _replay(self, connection: sqlite3.Connection, orders: list[_Order]) -> list[list[str]]:
        return [self._replay_one(connection, order) for order in orders]

    def _replay_one(self, connection: sqlite3.Connection, order: _Order) -> list[str]:
        found = _ask(connection, "deliveries", _rows, json_rows(order.ids))
        new = {f"{key.partition('~')[0]}~{order.word}": rest for key, *rest in found}
        for known in _ask(connection, "known_keys", _rows, json_rows(new)):
            del new[known]
        now, last = self._store.now(), connection.execute(_SQL["last_job"]).fetchone()[0]
        rows = [(last + n, key, *rest, now) for n, (key, rest) in enumerate(new.items(), start=1)]
        columns = "id, key, event, lane, body, together, created_at"
        insert(connection, f"insert into job ({columns})", rows)
        self._reschedule(connection, {lane for _, lane, *_ in new.values()})
        return [*new]

    def _pause(self, connection: sqlite3.Connection, pauses: list[tuple[str, str]]) -> list[None]:
        for pause in pauses:
            _run(connection, "pause", *pause)
        self._store.changed(connection)
        return [None] * len(pauses)

    def _resume(self, connection: sqlite3.Connection, queues: list[str]) -> list[None]:
        for queue in queues:
            _run(connection, "resume", queue)
        self._store.changed(connection)
        return [None] * len(queues)

    def _move(self, connection: sqlite3.Connection, moves: list[_Move]) -> list[int | None]:
        return [self._move_one(connection, move) for move in moves]

    def _move_one(self, connection: sqlite3.Connection, move: _Move) -> int | None:
        names = (move.old, move.new)
        lanes, owned = connection.execute(_SQL["lanes"], names).fetchone()
        if owned:
            return None
        moved = connection.execute(_SQL["rename"], (*names, self._store.now())).rowcount
        _run(connection, "forget_lanes", move.old)
        write_extras(connection, move.writes)
        self._reschedule(connection, _rows.decode(lanes))
        return moved

    def _reschedule(self, connection: sqlite3.Connection, lanes: Iterable[str]) -> None:
        """Look again at the heads of lanes, which may be new, or forgotten meanwhile."""
        rows = [(lane, lane.partition("/")[0]) for lane in sorted(lanes)]
        insert(connection, "insert into lane (name, queue)", rows, "on conflict do nothing")
        names = json_rows(name for name, _ in rows)
        _run(connection, "reschedule", names, self._store.now(), SUSPECT)
        self._store.changed(connection)

    def _prune(
        self, connection: sqlite3.Connection, prunes: list[_Prune]
    ) -> list[tuple[Pruned, Sweep]]:
        return [self._prune_one(connection, prune) for prune in prunes]

    def _prune_one(self, connection: sqlite3.Connection, prune: _Prune) -> tuple[Pruned, Sweep]:
        now = self._store.now()
        cutoffs, sweep = Cutoffs.at(now, prune.retention), prune.sweep
        events = _ask(connection, "next_events", _rows, sweep.event, prune.batch)
        if old := older(events, cutoffs.done):
            gone = _forget_events(connection, [id for id, _ in old], cutoffs)
            after = sweep._replace(event=gone.reached(old[-1][0]))
            if gone.trees or after != sweep:
                return Pruned(len(gone.trees), len(gone.jobs), more=True), after
        jobs = _ask(connection, "next_jobs", _rows, sweep.job, prune.batch)
        if old := older(jobs, cutoffs.done):
            gone = _forget_jobs(connection, [id for id, _, root in old if root], cutoffs)
            after = sweep._replace(job=gone.reached(old[-1][0]))
            if gone.trees or after != sweep:
                return Pruned(0, len(gone.jobs), more=True), after
        _run(connection, "forget_withdrawals", cutoffs.done, _MOST_WITHDRAWALS)
        return Pruned(0, 0, more=False), sweep.ended(now)


def _forget_events(connection: sqlite3.Connection, events: list[int], cutoffs: Cutoffs) -> Doomed:
    roots = _ask(connection, "deliveries_of", _rows, json_rows(events))
    gone = doomed(events, _ask(connection, "trees", _leaves, json_rows(roots)), cutoffs)
    _forget(connection, gone)
    _run(connection, "forget_events", json_rows(gone.trees))
    return gone


def _forget_jobs(connection: sqlite3.Connection, jobs: list[int], cutoffs: Cutoffs) -> Doomed:
    roots = json_rows((id, id) for id in jobs)
    gone = doomed(jobs, _ask(connection, "trees", _leaves, roots), cutoffs)
    _forget(connection, gone)
    return gone


def _forget(connection: sqlite3.Connection, gone: Doomed) -> None:
    jobs = json_rows(gone.jobs)
    _run(connection, "forget_attempts", jobs)
    _run(connection, "forget_jobs", jobs)
    _run(connection, "forget_idle", json_rows(gone.lanes))


def _at_rest(connection: sqlite3.Connection, ids: Sequence[int]) -> list[_Rest]:
    return _ask(connection, "at_rest", _rests, json_rows(ids))


def _ask(
    connection: sqlite3.Connection, name: str, decoder: msgspec.json.Decoder[T], *values: object
) -> T:
    return decoder.decode(connection.execute(_SQL[name], values).fetchone()[0])


def _run(connection: sqlite3.Connection, name: str, *values: object) -> None:
    connection.execute(_SQL[name], values)
