"""What every store promises; the same contract suite runs against each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from larkgate.queue.jobs import (
    Accepted,
    Arrival,
    Claim,
    NewJob,
    QueueCount,
    Settlement,
    Stored,
)

__all__ = ["Store"]


class Store(Protocol):
    """Keeps events and jobs. A future is done only when its write is on disk."""

    def accept(self, arrival: Arrival) -> asyncio.Future[Accepted]:
        """Keep an event and its deliveries, once per event key."""

    def add(self, job: NewJob, parent: int | None = None) -> asyncio.Future[Stored]:
        """Keep a job, once per key; `parent` is the id of the job that made it."""

    def claim(self, queue: str, limit: int) -> asyncio.Future[list[Claim]]:
        """Take the heads of up to `limit` due lanes; waits until there is at least one."""

    def begin(self, claim: Claim) -> asyncio.Future[bool]:
        """Write down that the job's act leaves now; False if the lane has a new owner.

        Only what has begun can have been done: an act whose repetition could be seen twice is
        begun in a commit of its own.
        """

    def settle(self, settlement: Settlement) -> asyncio.Future[bool]:
        """Write how a run ended and let go of its lane; False if the lane has a new owner."""

    def resume(self, queue: str) -> asyncio.Future[None]:
        """End the pause of a queue, if it pauses."""

    async def find(self, key: str) -> Stored | None:
        """How the job of this key stands."""

    async def counts(self) -> Sequence[QueueCount]:
        """How many jobs each queue has in each state."""

    async def holds(self) -> dict[str, tuple[float, str]]:
        """The queues that pause: until when, and why."""
