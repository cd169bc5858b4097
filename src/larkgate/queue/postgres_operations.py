"""The operators' half on PostgreSQL, for any process that reaches the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeVar

from larkgate.database.postgres import PostgresDatabase
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
from larkgate.queue.postgres import PostgresStore
from larkgate.queue.postgres_nodes import Notice
from larkgate.queue.retention import Cutoffs, Doomed, Leaf, Sweep, doomed, older
from larkgate.queue.selecting import Dialect, chosen_ids
from larkgate.queue.sql import statements
from larkgate.queue.suspects import SUSPECT
from larkgate.queue.traces import assemble

__all__ = ["PostgresOperations"]

_SQL = statements("postgres_operations")
_DIALECT = Dialect(
    schema="larkgate.",
    mark=lambda n: f"${n}",
    find="strpos",
    among="job.id = any({}::bigint[])",
    open_jobs="",
)
_MOST_WITHDRAWALS = 5_000
T = TypeVar("T")


class _Rest(NamedTuple):
    """A job that is not done, and that nobody works on."""

    id: int
    key: str
    lane: str
    state: str
    burst: int | None


class PostgresOperations:
    """`Operations` on a `PostgresDatabase`. All nodes are told of what changes.

    Args:
        store: the one of this process, if it is a node; it is told at once.
    """

    def __init__(self, database: PostgresDatabase, store: PostgresStore | None = None) -> None:
        self._database = database
        self._store = store
        self._sweep = Sweep()

    async def queues(self) -> Sequence[QueueRow]:
        return [QueueRow(*row) for row in await self._database.read(_SQL["queues"])]

    async def nodes(self) -> Sequence[NodeRow]:
        return [NodeRow(*row) for row in await self._database.read(_SQL["nodes"])]

    async def sizes(self) -> Sizes:
        """Without what is free: that is known to the server's machine."""
        tables = dict(await self._database.read(_SQL["sizes"]))
        return Sizes(sum(tables.values()), tables, None)

    async def select(self, selection: Selection) -> Sequence[JobRow]:
        return await self._database.transact(partial(_select, selection=selection))

    async def trace(self, key: str) -> Sequence[Trace]:
        return await self._database.transact(partial(_trace, key=key), planned=True)

    async def retry(self, ids: Sequence[int]) -> Sequence[str]:
        return await self._change(partial(_retry, ids=ids))

    async def discard(self, ids: Sequence[int], reason: str) -> Sequence[str]:
        return await self._change(partial(_discard, ids=ids, reason=reason))

    async def replay(self, ids: Sequence[int], generation: str) -> Sequence[str]:
        return await self._change(partial(_replay, ids=ids, generation=generation))

    async def pause(self, queue: str, reason: str) -> None:
        await self._change(partial(_pause, queue=queue, reason=reason))

    async def resume(self, queue: str) -> None:
        await self._change(partial(_resume, queue=queue))

    async def move(self, old: str, new: str, writes: Sequence[Extra] = ()) -> int:
        return await self._change(partial(_move, old=old, new=new, writes=writes))

    async def prune(self, retention: Retention, batch: int = 500) -> Pruned:
        """While another node does it there is nothing to do."""
        work = partial(_prune, retention=retention, batch=batch, sweep=self._sweep)
        pruned, self._sweep = await self._database.transact(work, planned=True)
        return pruned

    async def _change(self, work: Callable[[Any], Awaitable[T]]) -> T:
        result = await self._database.transact(work, planned=True)
        if self._store:
            self._store.changed()
        return result


async def _select(connection: Any, selection: Selection) -> list[JobRow]:
    await connection.execute(_SQL["no_jit"])
    known = _firsts(await connection.fetch(_SQL["known"], selection.keys))
    query, values = chosen_ids(_DIALECT, selection, known)
    return await _rows(connection, _firsts(await connection.fetch(query, *values)))


async def _trace(connection: Any, key: str) -> list[Trace]:
    jobs = _firsts(await connection.fetch(_SQL["known"], [key]))
    made = [(job, effect) for job, effect in await connection.fetch(_SQL["effects"], jobs)]
    ids = [*jobs, *(effect for _, effect in made)]
    rows = await _rows(connection, ids)
    details = await connection.fetch(_SQL["details"], ids)
    attempts = await connection.fetch(_SQL["attempts"], ids)
    return assemble(jobs, made, rows, details, attempts)


async def _rows(connection: Any, ids: list[int]) -> list[JobRow]:
    return [JobRow(*row) for row in await connection.fetch(_SQL["rows"], ids)]


async def _retry(connection: Any, ids: Sequence[int]) -> list[str]:
    jobs = await _at_rest(connection, ids)
    lanes = {job.lane for job in jobs}
    bursts = {job.burst for job in jobs} - {None}
    await connection.execute(_SQL["reopen"], [job.id for job in jobs])
    await connection.execute(_SQL["part"], [*lanes], [*bursts])
    await _reschedule(connection, lanes)
    return [job.key for job in jobs]


async def _discard(connection: Any, ids: Sequence[int], reason: str) -> list[str]:
    jobs = [job for job in await _at_rest(connection, ids) if job.state != "withdrawn"]
    changed = [job.id for job in jobs]
    await connection.execute(_SQL["withdraw"], changed, reason)
    await connection.execute(_SQL["record"], changed, reason)
    keys = [job.key for job in jobs]
    await _reschedule(connection, {job.lane for job in jobs if job.state == "open"}, keys)
    return keys


async def _replay(connection: Any, ids: Sequence[int], generation: str) -> list[str]:
    found = await connection.fetch(_SQL["deliveries"], ids)
    new = {f"{key.partition('~')[0]}~{generation}": (key, *rest) for key, *rest in found}
    lanes = {lane for _, _, lane, *_ in new.values()}
    await connection.execute(_SQL["lock_lanes"], sorted(lanes))
    columns = zip(*((key, *rest) for key, (_, *rest) in new.items()), strict=True)
    made = await connection.fetch(_SQL["deliver"], *columns) if new else []
    await _reschedule(connection, lanes)
    return [row["key"] for row in sorted(made)]


async def _move(connection: Any, old: str, new: str, writes: Sequence[Extra]) -> int:
    names = _firsts(await connection.fetch(_SQL["lanes"], old))
    renamed = [new + name.removeprefix(old) for name in names]
    await connection.execute(_SQL["lock_lanes"], sorted({*names, *renamed}))
    if await connection.fetchval(_SQL["owned"], names):
        raise LarkgateError("queue.still_worked_on", queue=old)
    answer = await connection.execute(_SQL["rename"], old, new, names)
    await connection.execute(_SQL["forget_lanes"], names)
    for kind in {type(extra) for extra in writes}:
        await kind.write_postgres(connection, [each for each in writes if type(each) is kind])
    await _reschedule(connection, renamed)
    return int(answer.split()[-1])


async def _pause(connection: Any, queue: str, reason: str) -> None:
    await connection.execute(_SQL["pause"], queue, reason)
    await _notify(connection)


async def _resume(connection: Any, queue: str) -> None:
    await connection.execute(_SQL["resume"], queue)
    await _notify(connection)


async def _at_rest(connection: Any, ids: Sequence[int]) -> list[_Rest]:
    lanes = _firsts(await connection.fetch(_SQL["lanes_of"], ids))
    await connection.execute(_SQL["lock_lanes"], sorted(lanes))
    return [_Rest(*row) for row in await connection.fetch(_SQL["at_rest"], ids)]


async def _reschedule(connection: Any, lanes: Iterable[str], ended: Sequence[str] = ()) -> None:
    """Look again at the heads of lanes, which may be new, and tell all nodes."""
    names = sorted(lanes)
    await connection.execute(_SQL["reschedule"], names, SUSPECT)
    await _notify(connection, {name.partition("/")[0] for name in names}, ended)


async def _notify(connection: Any, queues: Iterable[str] = (), ended: Sequence[str] = ()) -> None:
    notice = Notice(tuple(queues), tuple(ended))
    await connection.execute("select pg_notify('larkgate', $1)", notice.encode("operator"))


async def _prune(
    connection: Any, retention: Retention, batch: int, sweep: Sweep
) -> tuple[Pruned, Sweep]:
    if not await connection.fetchval(_SQL["keep_alone"]):
        return Pruned(0, 0, more=False), sweep
    now = await connection.fetchval(_SQL["now"])
    cutoffs = Cutoffs.at(now, retention)
    events = await connection.fetch(_SQL["next_events"], sweep.event, batch)
    if old := older(events, cutoffs.done):
        gone = await _forget_events(connection, [id for id, _ in old], cutoffs)
        after = sweep._replace(event=gone.reached(old[-1][0]))
        if gone.trees or after != sweep:
            return Pruned(len(gone.trees), len(gone.jobs), more=True), after
    jobs = await connection.fetch(_SQL["next_jobs"], sweep.job, batch)
    if old := older(jobs, cutoffs.done):
        gone = await _forget_jobs(connection, [id for id, _, root in old if root], cutoffs)
        after = sweep._replace(job=gone.reached(old[-1][0]))
        if gone.trees or after != sweep:
            return Pruned(0, len(gone.jobs), more=True), after
    await connection.execute(_SQL["forget_withdrawals"], cutoffs.done, _MOST_WITHDRAWALS)
    return Pruned(0, 0, more=False), sweep.ended(now)


async def _forget_events(connection: Any, ids: list[int], cutoffs: Cutoffs) -> Doomed:
    events = _firsts(await connection.fetch(_SQL["lock_events"], ids))
    roots = await connection.fetch(_SQL["deliveries_of"], events)
    gone = doomed(events, await _leaves(connection, roots), cutoffs)
    await _forget(connection, gone)
    await connection.execute(_SQL["forget_events"], gone.trees)
    return gone


async def _forget_jobs(connection: Any, ids: list[int], cutoffs: Cutoffs) -> Doomed:
    gone = doomed(ids, await _leaves(connection, [(id, id) for id in ids]), cutoffs)
    await _forget(connection, gone)
    return gone


async def _leaves(connection: Any, roots: Sequence[Sequence[int]]) -> list[Leaf]:
    """All jobs of these pairs (tree, job); one that somebody changes now counts as open."""
    trees, jobs = [tree for tree, _ in roots], [job for _, job in roots]
    pairs = await connection.fetch(_SQL["trees"], trees, jobs)
    rows = await connection.fetch(_SQL["leaves"], [job for _, job in pairs])
    known = {id: rest for id, *rest in rows}
    return [Leaf(tree, job, *known.get(job, ("", None, False))) for tree, job in pairs]


async def _forget(connection: Any, gone: Doomed) -> None:
    await connection.execute(_SQL["forget_attempts"], gone.jobs)
    await connection.execute(_SQL["forget_jobs"], gone.jobs)
    await connection.execute(_SQL["forget_idle"], gone.lanes)


def _firsts(rows: Iterable[Any]) -> list[Any]:
    return [row[0] for row in rows]
