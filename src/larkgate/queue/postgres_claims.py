"""Who waits for work on this node, and how it is taken from PostgreSQL."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from larkgate.clock import Clock, Timer
from larkgate.database.group_commit import Commit, GroupCommit
from larkgate.queue.jobs import Claim
from larkgate.queue.postgres_bursts import as_job, bind_bursts
from larkgate.queue.postgres_nodes import Membership
from larkgate.queue.sql import statements
from larkgate.queue.suspects import Suspects

__all__ = ["Claims"]

_SQL = statements("postgres")
_MOST_AT_ONCE = 256
# Seconds after which a lane that somebody had locked is looked for again.
_SOON = 0.01


class _Wish(NamedTuple):
    queue: str
    limit: int
    burst: int
    exclusive: bool
    done: asyncio.Future[list[Claim]]


class _Taken(NamedTuple):
    """A lane that is ours now, before its head is known."""

    name: str
    epoch: int
    queue: str
    claimed_at: float


class Claims:
    """Fills the wishes for work; `look` whenever there may be some.

    Looking runs last in a transaction of `commits`, after what is settled in it: so a lane goes on
    without another commit.
    """

    def __init__(self, commits: GroupCommit, membership: Membership, clock: Clock) -> None:
        self._commits = commits
        self._membership = membership
        self._clock = clock
        self._wishes: dict[str, list[_Wish]] = {}
        self._to_look: set[str] = set()
        # Where nothing is due, as far as anybody has told; an alarm is set for what comes by time.
        self._quiet: set[str] = set()
        self._looking = False
        self._held: dict[str, Claim] = {}
        self._ours: set[str] = set()
        self._suspects = Suspects()
        self._suspected: set[str] = set()
        self._strays = False
        self._alarms: dict[str, tuple[float, Timer]] = {}
        self._closed = False

    def held(self) -> dict[str, int]:
        """The lanes in flight here, and the ids of their heads."""
        return {lane: claim.job.id for lane, claim in self._held.items()}

    def waiting(self) -> set[str]:
        """The queues somebody waits for."""
        return {queue for queue, wishes in self._wishes.items() if wishes}

    def wait(
        self, queue: str, limit: int, burst: int, exclusive: bool
    ) -> asyncio.Future[list[Claim]]:
        done: asyncio.Future[list[Claim]] = asyncio.get_running_loop().create_future()
        wish = _Wish(queue, limit, burst, exclusive, done)
        self._wishes.setdefault(queue, []).append(wish)
        done.add_done_callback(lambda _: self._wishes[queue].remove(wish))
        if queue not in self._quiet:
            self.look([queue])
        return done

    def look(self, queues: Iterable[str] | None = None) -> None:
        """There may be work in these queues (or any): see, if somebody waits for it."""
        waiting = self.waiting()
        self._quiet = set() if queues is None else self._quiet.difference(queues)
        self._to_look |= waiting if queues is None else waiting.intersection(queues)
        if self._to_look and not self._looking and not self._closed:
            self._looking = True
            self._commits.write(self._look, None, last=True).add_done_callback(self._looked)

    def released(self, lanes: Iterable[Any], others: Iterable[Any] = ()) -> None:
        """Lanes that are no longer in flight here (as `let_go` returns them)."""
        for row in lanes:
            self._held.pop(row["name"], None)
            self._suspects.let_go(row["name"])
            if row["suspect"]:
                self._suspected.add(row["queue"])
        queues = {row["queue"] for row in lanes if row["next_at"] is not None}
        queues |= {addition.job.queue for addition in others}
        self.look(None if self._suspected else queues)

    def forget(self, claims: Iterable[Claim]) -> None:
        """Of these the lane has gone to somebody else."""
        for claim in claims:
            if self._held.get(claim.job.lane) is claim:
                del self._held[claim.job.lane]
                self._suspects.let_go(claim.job.lane)

    def suspect(self, queues: Iterable[str]) -> None:
        """The queues in which somebody is under suspicion."""
        self._suspected = {*queues}

    def lost(self) -> None:
        """Nothing is in flight here any more, and no queue is ours."""
        self._held.clear()
        self._ours.clear()
        self._suspects.clear()

    def close(self) -> None:
        self._closed = True
        for _, timer in self._alarms.values():
            timer.cancel()
        for wishes in self._wishes.values():
            for wish in [*wishes]:
                wish.done.cancel()

    def fail(self, error: BaseException) -> None:
        for wishes in self._wishes.values():
            for wish in [*wishes]:
                if not wish.done.done():
                    wish.done.set_exception(error)

    def _looked(self, looked: asyncio.Future[None]) -> None:
        self._looking = False
        if looked.cancelled() or self._closed:
            return
        if error := looked.exception():
            self.fail(error)
        self.look([])

    async def _look(self, commit: Commit, items: list[None]) -> Sequence[None]:
        if not self._closed:
            queues, self._to_look = self._to_look, set()
            commit.undone.append(partial(self._look_again, queues))
            await self._fill(commit, queues)
        return items

    def _look_again(self, queues: set[str]) -> None:
        """Whether that was committed nobody knows: what may be ours now must not stay so."""
        self._strays = True
        self._quiet -= queues
        self._to_look |= queues

    async def _fill(self, commit: Commit, queues: Iterable[str]) -> None:
        if self._strays:
            await self._free_strays(commit)
        if self._suspected:
            self._suspects.look_again()
            queues = self.waiting()
        wishes = {queue: [w for w in self._wishes[queue] if not w.done.done()] for queue in queues}
        wishes = {queue: found for queue, found in wishes.items() if found}
        wishes = await self._permitted(commit, wishes)
        if not wishes:
            return
        self._quiet.update(wishes)  # until somebody tells otherwise, even while this runs
        taken = await self._take(commit, wishes)
        granted = await self._grant(commit, wishes, taken) if taken else []
        commit.kept.append(partial(self._deliver, granted))
        found = Counter(lane.queue for lane in taken)
        drained = [queue for queue in wishes if found[queue] < _room(wishes[queue])]
        if self._suspected:
            drained = []  # perhaps they were only kept apart
        self._quiet -= wishes.keys() - drained
        await self._set_alarms(commit, [queue for queue in wishes if not found[queue]] + drained)

    async def _free_strays(self, commit: Commit) -> None:
        """Lanes of ours that nobody here knows of."""
        rows = await commit.connection.fetch(_SQL["lanes_of"], [self._membership.id])
        lanes = [row["name"] for row in rows if row["name"] not in self._held]
        if lanes:
            await commit.connection.fetch(_SQL["let_go"], lanes)
        commit.kept.append(self._no_strays)

    def _no_strays(self) -> None:
        self._strays = False

    async def _permitted(
        self, commit: Commit, wishes: dict[str, list[_Wish]]
    ) -> dict[str, list[_Wish]]:
        """Without those for exclusive queues that another node holds."""
        for queue in [queue for queue in wishes if any(w.exclusive for w in wishes[queue])]:
            if queue not in self._ours:
                owned = await commit.connection.fetch(_SQL["own_queue"], queue, self._membership.id)
                if not owned:
                    del wishes[queue]
                else:
                    commit.kept.append(partial(self._ours.add, queue))
        return wishes

    async def _take(self, commit: Commit, wishes: dict[str, list[_Wish]]) -> list[_Taken]:
        taken: list[_Taken] = []
        rooms: dict[str, int] = {}
        for queue, found in wishes.items():
            rooms[queue] = _room(found)
            if queue in self._suspected:
                suspects = await self._take_suspects(commit, queue, rooms[queue])
                rooms[queue] -= len(suspects)
                taken += suspects
        for queue in rooms:
            rooms[queue] = min(rooms[queue], self._suspects.room(queue, 0))
        rooms = {queue: room for queue, room in rooms.items() if room > 0}
        if rooms:
            rows = await commit.connection.fetch(
                _SQL["take"], [*rooms], [*rooms.values()], self._membership.id
            )
            due = [_Taken(*row) for row in rows]
            for lane in due:
                self._claimed(commit, lane.name, lane.queue, 0)
            taken += due
        return taken

    async def _take_suspects(self, commit: Commit, queue: str, limit: int) -> list[_Taken]:
        """Those with most crashes first, as many as may run beside what runs."""
        rows = await commit.connection.fetch(_SQL["due_suspects"], queue, limit)
        chosen: list[str] = []
        for row in rows:
            if self._suspects.room(queue, row["suspect"]) > 0:
                chosen.append(row["name"])
                self._claimed(commit, row["name"], queue, row["suspect"])
        if not chosen:
            return []
        rows = await commit.connection.fetch(_SQL["take_these"], chosen, self._membership.id)
        return [_Taken(*row) for row in rows]

    def _claimed(self, commit: Commit, lane: str, queue: str, crashes: int) -> None:
        self._suspects.claimed(lane, queue, crashes)
        commit.undone.append(partial(self._suspects.let_go, lane))

    async def _grant(
        self, commit: Commit, wishes: dict[str, list[_Wish]], taken: list[_Taken]
    ) -> list[tuple[_Wish, list[Claim]]]:
        lanes = {lane.name: lane for lane in taken}
        rows = await commit.connection.fetch(
            _SQL["heads"], [*lanes], [lane.epoch for lane in taken]
        )
        heads = {row["lane"]: row for row in rows}
        empty = [name for name in lanes if name not in heads]
        if empty:
            freed = await commit.connection.fetch(_SQL["let_go"], empty)
            commit.kept.append(partial(self.released, freed))
        shares = _share(wishes, [lane for lane in taken if lane.name in heads])
        sizes = {lane.name: wish.burst for wish, mine in shares for lane in mine}
        bursts = await bind_bursts(commit, sizes, heads)
        return [
            (
                wish,
                [
                    Claim(wish.queue, as_job(heads[lane.name]), lane.claimed_at, bursts[lane.name])
                    for lane in mine
                ],
            )
            for wish, mine in shares
        ]

    def _deliver(self, granted: list[tuple[_Wish, list[Claim]]]) -> None:
        for wish, claims in granted:
            self._held.update((claim.job.lane, claim) for claim in claims)
            if wish.done.done():  # whoever asked has gone meanwhile
                self._commits.write(self._give_back, claims).add_done_callback(self._given_back)
            else:
                wish.done.set_result(claims)

    def _given_back(self, given: asyncio.Future[None]) -> None:
        if given.cancelled() or given.exception():
            self._strays = True

    async def _give_back(self, commit: Commit, items: list[list[Claim]]) -> Sequence[None]:
        lanes = sorted(claim.job.lane for claims in items for claim in claims)
        rows = await commit.connection.fetch(_SQL["fresh"], lanes)
        epochs = {row["name"]: row["epoch"] for row in rows}
        ours = [
            claim.job.lane
            for claims in items
            for claim in claims
            if epochs.get(claim.job.lane) == claim.job.epoch
        ]
        freed = await commit.connection.fetch(_SQL["let_go"], ours)
        commit.kept.append(partial(self.released, freed))
        return [None] * len(items)

    async def _set_alarms(self, commit: Commit, queues: list[str]) -> None:
        if not queues:
            return
        for row in await commit.connection.fetch(_SQL["next_due"], [*{*queues}]):
            queue, due, now = row["queue"], row["due"], row["now"]
            if due is None or row["paused"] is not None:
                continue
            due = max(due, row["paused_until"] or due)
            if due > now:
                commit.kept.append(partial(self._set_alarm, queue, due))
            elif self._suspects.room(queue, 0) > 0:
                # Somebody has just locked it, perhaps only to add to it.
                commit.kept.append(partial(self._set_alarm, queue, now + _SOON))

    def _set_alarm(self, queue: str, due: float) -> None:
        if alarm := self._alarms.get(queue):
            if alarm[0] <= due:
                return
            alarm[1].cancel()
        wait = max(0.0, due - self._membership.now())
        self._alarms[queue] = due, self._clock.call_later(wait, self._ring, queue)

    def _ring(self, queue: str) -> None:
        self._alarms.pop(queue, None)
        self.look([queue])


def _room(wishes: Iterable[_Wish]) -> int:
    return min(sum(wish.limit for wish in wishes), _MOST_AT_ONCE)


def _share(
    wishes: dict[str, list[_Wish]], taken: Iterable[_Taken]
) -> list[tuple[_Wish, list[_Taken]]]:
    """Fill one wish after the other."""
    lanes: dict[str, list[_Taken]] = defaultdict(list)
    for lane in taken:
        lanes[lane.queue].append(lane)
    shares: list[tuple[_Wish, list[_Taken]]] = []
    for queue, found in wishes.items():
        for wish in found:
            mine, lanes[queue] = lanes[queue][: wish.limit], lanes[queue][wish.limit :]
            if mine:
                shares.append((wish, mine))
    return shares
