"""The store on PostgreSQL, shared by any number of nodes.

Each node holds a lease, one row; its lanes are its own while that row is there, and every write of
an outcome is refused once another node has them (the lane's epoch). Accepting and adding run in
one row of transactions, beginning, settling and claiming in another; in each the next batch
gathers while one runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence

from larkgate.clock import Clock
from larkgate.database.group_commit import GroupCommit
from larkgate.database.postgres import PostgresDatabase
from larkgate.errors import StoreError
from larkgate.queue.endings import Endings
from larkgate.queue.jobs import (
    Accepted,
    Arrival,
    Claim,
    Job,
    NewJob,
    Pause,
    QueueCount,
    Settlement,
    Stored,
)
from larkgate.queue.postgres_claims import Claims
from larkgate.queue.postgres_intake import Addition, Backlog, Intake
from larkgate.queue.postgres_nodes import Membership, NodeInfo, Notice
from larkgate.queue.postgres_outcomes import Outcomes
from larkgate.queue.sql import statements
from larkgate.texts import tell

__all__ = ["PostgresStore"]

log = logging.getLogger(__name__)

_SQL = statements("postgres")
_POLL = 1.0
_PATIENCE = 2.0
_POLL_ALONE = 0.1  # without notifications


class PostgresStore:
    """`Store` on a `PostgresDatabase` that was opened with `SCHEMA`.

    Until it is itself opened it takes no part as a node: it can keep jobs, and look at them.

    Args:
        node: what others see of this process.
        lease: seconds after which a node that does not renew is taken for dead.
        backlog: the most open jobs beyond which nothing is accepted; 0 is no limit.
    """

    def __init__(
        self,
        database: PostgresDatabase,
        clock: Clock,
        node: NodeInfo,
        *,
        lease: float = 30.0,
        backlog: int = 0,
    ) -> None:
        self._database = database
        self._clock = clock
        self._poll = min(_POLL, lease / 4)
        self._patience = max(_PATIENCE, lease / 3)
        self._incoming = GroupCommit(database, clock)
        self._outgoing = GroupCommit(database, clock)
        self._endings = Endings()
        self._backlog = Backlog(backlog)
        self._lost: list[Callable[[], None]] = []
        self._away = False
        self._membership = Membership(database, clock, node, lease)
        self._claims = Claims(self._outgoing, self._membership, clock)
        self._intake = Intake(self._membership, self._endings, self._backlog, self._claims.look)
        self._outcomes = Outcomes(self._membership, self._claims, self._endings, self._backlog)
        self._task: asyncio.Task[None] | None = None
        database.on_notice(self._hear)

    @property
    def node(self) -> str:
        """This node's name, new each time it starts or was taken for dead."""
        return self._membership.id

    async def open(self) -> None:
        """Register this node, and free what nodes that died were working on.

        Raises:
            StoreError: the database does not answer.
        """
        if not self._database.listens:
            self._poll = min(self._poll, _POLL_ALONE)
            place = self._database.place
            tell(log, logging.WARNING, "postgres.polling", place=place, seconds=self._poll)
        await self._membership.join()
        await self._tick()
        self._task = asyncio.create_task(self._watch(), name="larkgate-node")

    async def close(self) -> None:
        """Hand over at once: what was claimed and not run is charged nothing."""
        await self._stop_watching()
        self._claims.close()
        await self._incoming.close()
        await self._outgoing.close()
        with contextlib.suppress(StoreError):  # then others wait for the lease to run out
            await self._membership.leave()
        self._endings.cancel()

    @property
    def away(self) -> bool:
        return self._away

    def now(self) -> float:
        return self._membership.now()

    def accept(self, arrival: Arrival) -> asyncio.Future[Accepted]:
        return self._incoming.write(self._intake.accept, arrival)

    def add(self, job: NewJob, parent: Job | None = None) -> asyncio.Future[Stored]:
        addition = Addition(job, parent.id if parent else None, parent)
        return self._incoming.write(self._intake.add, addition)

    def claim(
        self, queue: str, limit: int, *, burst: int = 1, exclusive: bool = False
    ) -> asyncio.Future[list[Claim]]:
        return self._claims.wait(queue, limit, burst, exclusive)

    def begin(self, claim: Claim) -> asyncio.Future[bool]:
        return self._outgoing.write(self._outcomes.begin, claim)

    def settle(self, settlement: Settlement) -> asyncio.Future[bool]:
        return self._outgoing.write(self._outcomes.settle, settlement)

    def ended(self, key: str) -> asyncio.Future[Stored]:
        ended = self._endings.wait(key)
        self._ask([key])
        return ended

    def on_lost(self, callback: Callable[[], None]) -> None:
        self._lost.append(callback)

    async def find(self, key: str) -> Stored | None:
        rows = await self._database.read(_SQL["find"], [key])
        return Stored(*rows[0]) if rows else None

    async def counts(self) -> Sequence[QueueCount]:
        return [QueueCount(*row) for row in await self._database.read(_SQL["counts"])]

    async def pauses(self) -> dict[str, Pause]:
        rows = await self._database.read(_SQL["pauses"])
        return {
            name: Pause(until, reason) if paused is None else Pause(None, paused)
            for name, until, reason, paused in rows
        }

    def changed(self) -> None:
        """Something was changed by hand: look at all of it."""
        self._claims.look()
        self._ask([*self._endings.keys])

    def _ask(self, keys: Sequence[str]) -> None:
        for key in keys:
            if key in self._endings.keys:
                asked = self._incoming.write(self._intake.ask, key)
                # The next poll asks again.
                asked.add_done_callback(lambda asked: asked.cancelled() or asked.exception())

    def _hear(self, payload: str) -> None:
        node, notice = Notice.decode(payload)
        if node == self._membership.id:
            return
        self._membership.others = True
        if not notice.queues and not notice.keys:
            self.changed()
        else:
            self._claims.look(notice.queues)
            self._ask(notice.keys)

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(self._poll)
            try:
                async with self._clock.timeout(self._patience):
                    await self._tick()
            except Exception as error:  # whatever it is: who renews no more is taken for dead
                self._missed(error)
            else:
                self._answered()

    async def _tick(self) -> None:
        if self._membership.is_given_up:
            await self._come_back()
        glance, alive = await self._membership.look_around(self._backlog.limit)
        if not alive:
            self._give_up()
            await self._come_back()
        self._claims.suspect(glance.suspected)
        self._backlog.open = glance.open or 0
        self.changed()

    def _missed(self, error: Exception) -> None:
        if not self._away:
            self._away = True
            tell(log, logging.WARNING, "postgres.away", cause=error)
        if self._membership.is_overdue():
            self._give_up()

    def _answered(self) -> None:
        if self._away:
            self._away = False
            tell(log, logging.INFO, "postgres.back", place=self._database.place)

    def _give_up(self) -> None:
        """Others do now, or soon, what was claimed here."""
        self._membership.give_up()
        for callback in self._lost:
            callback()

    async def _come_back(self) -> None:
        held = self._claims.held()
        self._claims.lost()
        await self._membership.come_back(held)

    async def _stop_watching(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
