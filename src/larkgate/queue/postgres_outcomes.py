"""What became of claims is written to PostgreSQL, many in each transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from larkgate.database.group_commit import Commit
from larkgate.queue.endings import Endings
from larkgate.queue.jobs import Claim, Extra, Job, Settlement, Stored
from larkgate.queue.postgres_claims import Claims
from larkgate.queue.postgres_intake import Addition, Backlog, insert_jobs, lock_lanes
from larkgate.queue.postgres_nodes import Membership
from larkgate.queue.sql import statements

__all__ = ["Outcomes"]

_SQL = statements("postgres")
_MOST_KEPT = 2_000  # characters of a reason


class Outcomes:
    """The batches of `begin` and `settle`."""

    def __init__(
        self, membership: Membership, claims: Claims, endings: Endings, backlog: Backlog
    ) -> None:
        self._membership = membership
        self._claims = claims
        self._endings = endings
        self._backlog = backlog
        # Runs that somebody tried to settle in a transaction that may or may not have been kept.
        self._unsure: set[tuple[int, int]] = set()

    async def begin(self, commit: Commit, claims: list[Claim]) -> Sequence[bool]:
        fresh = await _fresh(commit, claims)
        owned = [claim for claim, ours in zip(claims, fresh, strict=True) if ours]
        ids = [job.id for claim in owned for job in _jobs(claim)]
        await commit.connection.execute(_SQL["begin"], ids)
        return fresh

    async def settle(self, commit: Commit, settlements: list[Settlement]) -> Sequence[bool]:
        first = _firsts(settlements)
        runs = [(s.claim.job.id, s.claim.job.epoch) for s in first]
        commit.undone.append(partial(self._unsure.update, runs))
        commit.kept.append(partial(self._unsure.difference_update, runs))
        effects = [Addition(job, s.claim.job.id) for s in first for job in s.jobs]
        if effects:
            lanes = [settlement.claim.job.lane for settlement in first]
            await lock_lanes(commit, effects, lanes, self._membership.notice())
        columns = _columns([end for s in first for end in _ends(s)], 12)
        ended = await commit.connection.fetch(_SQL["settle"], *columns)
        done = {row["id"] for row in ended}
        ours = [settlement for settlement in first if settlement.claim.job.id in done]
        if ours:
            await self._finish(commit, ours, [row["key"] for row in ended if row["asked"]])
        gone = [s.claim for s in first if s.claim.job.id not in done]
        commit.kept.append(lambda: self._claims.forget(gone))
        told = done | await self._settled_unnoticed(commit, gone)
        firsts = {id(settlement) for settlement in first}
        return [id(each) in firsts and each.claim.job.id in told for each in settlements]

    async def _settled_unnoticed(self, commit: Commit, claims: Iterable[Claim]) -> set[int]:
        """The jobs of runs that an earlier try has settled, before its connection broke."""
        runs = [(c.job.id, c.started) for c in claims if (c.job.id, c.job.epoch) in self._unsure]
        if not runs:
            return set()
        rows = await commit.connection.fetch(_SQL["were_settled"], *_columns(runs, 2))
        return {row["job"] for row in rows}

    async def _finish(
        self, commit: Commit, settlements: list[Settlement], asked: list[str]
    ) -> None:
        connection = commit.connection
        await _record_held(connection, settlements)
        effects = [Addition(job, s.claim.job.id) for s in settlements for job in s.jobs]
        await insert_jobs(commit, effects)
        await _write_extras(connection, [extra for s in settlements for extra in s.writes])
        await _hold(connection, settlements)
        lanes = [settlement.claim.job.lane for settlement in settlements]
        freed = await connection.fetch(_SQL["let_go"], lanes)
        await self._announce(commit, freed, asked)
        closed = sum(s.state != "open" for s in settlements for _ in _jobs(s.claim))
        commit.kept.append(lambda: self._backlog.add(len(effects) - closed))
        commit.kept.append(lambda: self._claims.released(freed, effects))
        commit.kept += [partial(self._endings.tell, stored) for stored in _stored(settlements)]

    async def _announce(self, commit: Commit, freed: Iterable[Any], keys: list[str]) -> None:
        """Tell other nodes of work that this one does not wait for, and of ends they wait for."""
        due = self._membership.now()
        queues = {row["queue"] for row in freed if (row["next_at"] or due + 1) <= due}
        queues -= self._claims.waiting()
        if (queues or keys) and (notice := self._membership.notice(queues, keys)):
            await commit.connection.execute(_SQL["notify"], notice)


def _jobs(claim: Claim) -> tuple[Job, ...]:
    return (claim.job, *claim.others)


def _firsts(settlements: Iterable[Settlement]) -> list[Settlement]:
    """A run ends once, also if it is told twice in one transaction."""
    lanes: dict[str, Settlement] = {}
    for settlement in settlements:
        lanes.setdefault(settlement.claim.job.lane, settlement)
    return [*lanes.values()]


async def _fresh(commit: Commit, claims: Iterable[Claim]) -> list[bool]:
    """Which of the claims still own their lane; it stays locked."""
    lanes = sorted({claim.job.lane for claim in claims})
    rows = await commit.connection.fetch(_SQL["fresh"], lanes)
    epochs = {row["name"]: row["epoch"] for row in rows}
    return [epochs.get(claim.job.lane) == claim.job.epoch for claim in claims]


def _ends(settlement: Settlement) -> list[tuple[object, ...]]:
    """What `settle` is told of each job of a run; held runs are recorded apart."""
    claim, state, error, charge, run_at, _, _, _, _, undone = settlement
    return [
        (
            *(job.id, job.lane, job.epoch, state, int(charge), run_at, _result(settlement)),
            *(undone, job.first_tried, claim.started, _cut(error), not undone),
        )
        for job in _jobs(claim)
    ]


async def _record_held(connection: Any, settlements: Iterable[Settlement]) -> None:
    held = {job.id: s for s in settlements if s.undone for job in _jobs(s.claim)}
    if not held:
        return
    errors = [_cut(s.error) or "" for s in held.values()]
    rows = await connection.fetch(_SQL["held_again"], [*held], errors)
    again = {row["job"] for row in rows}
    runs = [
        (number, s.claim.started, _cut(s.error) or "", True)
        for number, s in held.items()
        if number not in again
    ]
    if runs:
        await connection.execute(_SQL["record"], *_columns(runs, 4))


async def _hold(connection: Any, settlements: Iterable[Settlement]) -> None:
    holds = {s.claim.queue: (s.claim.queue, *s.hold) for s in settlements if s.hold}
    if holds:
        columns = _columns([holds[queue] for queue in sorted(holds)], 3)
        await connection.execute(_SQL["hold"], *columns)


async def _write_extras(connection: Any, extras: Iterable[Extra]) -> None:
    kinds: dict[type[Extra], list[Extra]] = {}
    for extra in extras:
        kinds.setdefault(type(extra), []).append(extra)
    for kind, items in kinds.items():
        await kind.write_postgres(connection, items)


def _stored(settlements: Iterable[Settlement]) -> list[Stored]:
    return [Stored(job.key, s.state, _result(s)) for s in settlements for job in _jobs(s.claim)]


def _result(settlement: Settlement) -> str | None:
    """Cut if it is a reason, while what is done may leave an answer."""
    return settlement.result if settlement.state == "done" else _cut(settlement.result)


def _cut(text: str | None) -> str | None:
    return text if text is None else text[:_MOST_KEPT]


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [[row[column] for row in rows] for column in range(width)]
