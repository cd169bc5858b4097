"""Events and jobs come into PostgreSQL, many in each transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from larkgate.database.group_commit import Commit
from larkgate.errors import BacklogFull, StoreError
from larkgate.queue.endings import Endings
from larkgate.queue.jobs import Accepted, Arrival, Event, Job, NewJob, Stored
from larkgate.queue.postgres_nodes import Membership
from larkgate.queue.sql import statements
from larkgate.texts import say

__all__ = ["Addition", "Backlog", "Intake", "insert_jobs", "lock_lanes"]

_SQL = statements("postgres")


class Addition(NamedTuple):
    """A job to be kept: of an event, of another job, or of its own.

    With `run` only if that run of the parent is still the one that counts.
    """

    job: NewJob
    parent: int | None = None
    run: Job | None = None
    event: int | None = None
    event_key: str | None = None


class Backlog:
    """How many jobs are open: counted now and then, and kept up between."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.open = 0

    def room(self) -> float:
        return self.limit - self.open if self.limit else float("inf")

    def add(self, jobs: int) -> None:
        self.open += jobs


class Intake:
    """The batches of `accept`, `add` and `ended`.

    Args:
        woken: told which queues have new work, once it is committed.
    """

    def __init__(
        self,
        membership: Membership,
        endings: Endings,
        backlog: Backlog,
        woken: Callable[[Iterable[str]], None],
    ) -> None:
        self._membership = membership
        self._endings = endings
        self._backlog = backlog
        self._woken = woken

    async def accept(
        self, commit: Commit, arrivals: list[Arrival]
    ) -> Sequence[Accepted | BacklogFull]:
        refused = await self._refused(commit, arrivals)
        kept = [arrival for arrival in arrivals if arrival.event.key not in refused]
        new = await _keep_events(commit, kept)
        withdrawn: set[str] = set()
        additions: list[Addition] = []
        answers: list[Accepted | BacklogFull] = []
        for arrival in arrivals:
            key = arrival.event.key
            number = new.pop(key, None)
            if number is not None:
                withdrawn.update(_withdraws(arrival))
                additions += [Addition(job, event=number, event_key=key) for job in arrival.jobs]
            answers.append(self._full() if key in refused else Accepted(number is None))
        lanes = await _withdraw_events(commit, withdrawn) if withdrawn else []
        await self._enqueue(commit, additions, lanes)
        if lanes:
            await self._withdraw(commit, withdrawn, lanes)
        return answers

    async def add(self, commit: Commit, additions: list[Addition]) -> Sequence[Stored | StoreError]:
        keys = [addition.job.key for addition in additions]
        known: dict[str, Stored | StoreError] = {
            stored.key: stored for stored in await self._find(commit, keys)
        }
        unknown = [addition for addition in additions if addition.job.key not in known]
        runs = {addition.run.id: addition.run for addition in unknown if addition.run}
        await self._lock(commit, unknown, {run.lane for run in runs.values()})
        fenced = await self._fenced(commit, runs)
        new: list[Addition] = []
        for addition in unknown:
            key = addition.job.key
            if addition.run and addition.run.id in fenced:
                known.setdefault(key, StoreError("queue.run_is_over", job=addition.run.key))
            elif key not in known:
                known[key] = Stored(key, "open", None)
                new.append(addition)
        await self._insert(commit, new)
        return [known[key] for key in keys]

    @staticmethod
    async def _fenced(commit: Commit, runs: dict[int, Job]) -> set[int]:
        """Of jobs whose lanes are locked those that other runs count for."""
        if not runs:
            return set()
        columns = _columns([(run.id, run.lane, run.epoch) for run in runs.values()], 3)
        return {row["id"] for row in await commit.connection.fetch(_SQL["fenced"], *columns)}

    async def ask(self, commit: Commit, keys: list[str]) -> Sequence[None]:
        """Tell those who wait for these jobs if they are over, else mark that somebody waits."""
        await commit.connection.execute(_SQL["ask"], [*{*keys}])
        # A new statement: the first may have waited for the settle it would not have seen.
        found = await self._find(commit, [*{*keys}])
        commit.kept += [partial(self._endings.tell, stored) for stored in found]
        return [None] * len(keys)

    async def _find(self, commit: Commit, keys: list[str]) -> list[Stored]:
        return [Stored(*row) for row in await commit.connection.fetch(_SQL["find"], keys)]

    async def _refused(self, commit: Commit, arrivals: list[Arrival]) -> set[str]:
        room = self._backlog.room()
        if sum(len(arrival.jobs) for arrival in arrivals) <= room:
            return set()
        keys = [arrival.event.key for arrival in arrivals]
        seen = {row["key"] for row in await commit.connection.fetch(_SQL["known_events"], keys)}
        refused: set[str] = set()
        for arrival in arrivals:
            if arrival.event.key not in seen and len(arrival.jobs) > room:
                refused.add(arrival.event.key)
            elif arrival.event.key not in seen:
                seen.add(arrival.event.key)
                room -= len(arrival.jobs)
        return refused

    def _full(self) -> BacklogFull:
        return BacklogFull("queue.backlog_full", limit=self._backlog.limit)

    async def _enqueue(
        self, commit: Commit, additions: list[Addition], lanes: Iterable[str] = ()
    ) -> None:
        await self._lock(commit, additions, lanes)
        await self._insert(commit, additions)

    async def _lock(
        self, commit: Commit, additions: Iterable[Addition], lanes: Iterable[str]
    ) -> None:
        await lock_lanes(commit, additions, lanes, self._membership.notice())

    async def _insert(self, commit: Commit, additions: list[Addition]) -> None:
        await insert_jobs(commit, additions)
        commit.kept.append(lambda: self._backlog.add(len(additions)))
        commit.kept.append(lambda: self._woken({addition.job.queue for addition in additions}))

    async def _withdraw(self, commit: Commit, events: Iterable[str], lanes: list[str]) -> None:
        reason = say("queue.withdrawn")
        rows = await commit.connection.fetch(_SQL["withdraw"], [*events], reason, lanes)
        freed = await commit.connection.fetch(_SQL["reschedule"], lanes)
        commit.kept.append(partial(self._woken, {row["queue"] for row in freed}))
        commit.kept.append(lambda: self._backlog.add(-len(rows)))
        for key, state, result, _ in rows:
            commit.kept.append(partial(self._endings.tell, Stored(key, state, result)))
        asked = [row["key"] for row in rows if row["asked"]]
        if asked and (notice := self._membership.notice(keys=asked)):
            await commit.connection.execute(_SQL["notify"], notice)


def _withdraws(arrival: Arrival) -> list[str]:
    return [] if arrival.withdraws is None else [arrival.withdraws]


async def _keep_events(commit: Commit, arrivals: list[Arrival]) -> dict[str, int]:
    """The ids of those that are new.

    An event that is withdrawn before it comes gets a row for a moment: whoever brings it at the
    same time waits for that row's end, and then sees the withdrawal.
    """
    events: dict[str, Event] = {}
    for arrival in arrivals:
        events.setdefault(arrival.event.key, arrival.event)
    absent = {key for arrival in arrivals for key in _withdraws(arrival)} - events.keys()
    rows = [*events.values(), *(Event(key, "", "", 0.0, "") for key in absent)]
    columns = _columns(sorted(rows), 5)
    found = await commit.connection.fetch(_SQL["keep_events"], *columns)
    ids: dict[str, int] = {row["key"]: row["id"] for row in found}
    if forgotten := [ids.pop(key) for key in absent if key in ids]:
        await commit.connection.execute(_SQL["forget_events"], forgotten)
    return ids


async def _withdraw_events(commit: Commit, keys: Iterable[str]) -> list[str]:
    """Remember it for those that come later; the lanes of those that are there."""
    await commit.connection.execute(_SQL["keep_withdrawals"], sorted(keys))
    rows = await commit.connection.fetch(_SQL["lanes_of_events"], [*keys])
    return [row["lane"] for row in rows]


async def lock_lanes(
    commit: Commit, additions: Iterable[Addition], others: Iterable[str], notice: str
) -> None:
    """Lock the lanes that get new jobs, and others, in one sorted pass."""
    lanes: dict[str, tuple[str, str, float | None, bool]] = {}
    for job, *_ in additions:
        lanes.setdefault(job.lane_name, (job.lane_name, job.queue, job.run_at, True))
    for name in others:
        lanes.setdefault(name, (name, "", None, False))
    if lanes:
        columns = _columns([lanes[name] for name in sorted(lanes)], 4)
        await commit.connection.execute(_SQL["lock_lanes"], *columns, notice)


async def insert_jobs(commit: Commit, additions: Sequence[Addition]) -> None:
    """Insert jobs whose lanes are locked; of one key the first is kept."""
    rows = [
        (job.lane_name, job.key, event, parent, job.body, job.run_at, job.together, event_key)
        for job, parent, _, event, event_key in additions
    ]
    if rows:
        reason = say("queue.withdrawn")
        await commit.connection.execute(_SQL["add_jobs"], *_columns(rows, 8), reason)


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [[row[column] for row in rows] for column in range(width)]
