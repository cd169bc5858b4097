"""What every store promises; the same contract suite runs against each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

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

__all__ = ["Store"]


class Store(Protocol):
    """Keeps events and jobs. A future is done only when its write is on disk.

    A job that was in flight when its process died is charged a crash. From the second on it is a
    suspect, and suspects run in small groups (`queue.suspects`); who kills a process alone is dead.
    """

    @property
    def away(self) -> bool:
        """Whether the database has not answered when it was last asked."""

    def now(self) -> float:
        """The store's time in seconds since 1970: it never goes back, whatever the clock does."""

    def accept(self, arrival: Arrival) -> asyncio.Future[Accepted]:
        """Keep an event and its deliveries, once per event key.

        Fails with BacklogFull when too much waits already; StoreFull when the disk is nearly full.
        """

    def add(self, job: NewJob, parent: Job | None = None) -> asyncio.Future[Stored]:
        """Keep a job, once per key; `parent` is the job whose run makes it.

        Fails with StoreError where that run is not the one that counts any more: its node was
        taken for dead, and another runs the parent, or has.
        """

    def claim(
        self, queue: str, limit: int, *, burst: int = 1, exclusive: bool = False
    ) -> asyncio.Future[list[Claim]]:
        """Take the heads of up to `limit` due lanes; waits until there is at least one.

        Args:
            burst: with each head, so many (itself included) of the waiting jobs behind it that
                name the same `together`. What was claimed together once stays together.
            exclusive: only one node at a time is given jobs of this queue.
        """

    def begin(self, claim: Claim) -> asyncio.Future[bool]:
        """Write down that the job's act leaves now; False if the lane has a new owner.

        Only what has begun can have been done: an act whose repetition could be seen twice is
        begun in a commit of its own.
        """

    def settle(self, settlement: Settlement) -> asyncio.Future[bool]:
        """Write how a run ended and let go of its lane; False if the lane has a new owner."""

    def ended(self, key: str) -> asyncio.Future[Stored]:
        """Done once the job of this key is no longer open, whichever node ran it.

        Cancel it when nobody waits any more.
        """

    def on_lost(self, callback: Callable[[], None]) -> None:
        """Have `callback` called when this node has lost all it had claimed: it was taken for dead,
        and others do that work now. On a store of one process that never happens.
        """

    async def find(self, key: str) -> Stored | None:
        """How the job of this key stands."""

    async def counts(self) -> Sequence[QueueCount]:
        """How many jobs each queue has in each state."""

    async def pauses(self) -> dict[str, Pause]:
        """The queues that hand out no work, and why."""
