"""The values that go into a store and come out of it. Times are seconds of `Store.now`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

__all__ = [
    "Accepted",
    "Arrival",
    "Claim",
    "Event",
    "Extra",
    "Job",
    "NewJob",
    "Pause",
    "QueueCount",
    "Settlement",
    "State",
    "Stored",
]

State = Literal["open", "done", "dead", "withdrawn"]


class Event(NamedTuple):
    """What is kept of a push, once per `key`."""

    key: str
    account: str
    type: str
    received_at: float
    payload: str


class NewJob(NamedTuple):
    """Work for a queue, once per `key`. Jobs of one lane run one after the other, in order.

    `lane` names the lane inside its queue; `run_at` delays the job (and all behind it). Neighbours
    in a lane that name the same `together` may be claimed as one burst.
    """

    key: str
    queue: str
    lane: str
    body: str = ""
    run_at: float | None = None
    together: str | None = None

    @property
    def lane_name(self) -> str:
        return f"{self.queue}/{self.lane}"


class Arrival(NamedTuple):
    """An event and the deliveries it makes, kept in one commit.

    `withdraws` is the key of another event, whose deliveries nobody runs any more unless they are
    running already: also those of an event that comes later.
    """

    event: Event
    jobs: tuple[NewJob, ...]
    withdraws: str | None = None


class Accepted(NamedTuple):
    duplicate: bool


class Stored(NamedTuple):
    """How a job stands; of several added under one key the first wins.

    `result` is what the job left when done, or why it is dead or withdrawn.
    """

    key: str
    state: State
    result: str | None


class Job(msgspec.Struct, frozen=True, array_like=True):
    """A claimed job, with its event if it is a delivery.

    `first_tried` is when its act first left (`Store.begin`), None if it never did.
    """

    id: int
    lane: str
    epoch: int
    key: str
    body: str
    attempts: int
    crashes: int
    first_tried: float | None
    parent: int | None
    event_key: str | None
    account: str | None
    type: str | None
    received_at: float | None
    payload: str | None


class Claim(NamedTuple):
    """The right to run a job, until its lane's epoch moves on.

    `others` are the rest of its burst, in order; they end as the job does.
    """

    queue: str
    job: Job
    started: float
    others: tuple[Job, ...] = ()


class Extra(Protocol):
    """Something of another room that is written in the commit of a settlement."""

    @classmethod
    def write_sqlite(cls, connection: sqlite3.Connection, items: Sequence[Any]) -> None:
        """Write items of this class; raising undoes the settlements they came with."""

    @classmethod
    async def write_postgres(cls, connection: Any, items: Sequence[Any]) -> None:
        """As `write_sqlite`, inside a transaction of an asyncpg connection."""


class Settlement(NamedTuple):
    """How one run of a job, or of a burst, ended.

    Attributes:
        state: `open` means it runs again, at `run_at`.
        charge: whether this run counts as an attempt.
        jobs: effects to store in the same commit.
        writes: further rows for the same commit.
        hold: (until, reason) pauses the whole queue.
        undone: this run had no effect: `first_tried` is again what it was when it was claimed.
    """

    claim: Claim
    state: State
    error: str | None = None
    charge: bool = True
    run_at: float | None = None
    result: str | None = None
    jobs: tuple[NewJob, ...] = ()
    writes: tuple[Extra, ...] = ()
    hold: tuple[float, str] | None = None
    undone: bool = False


class Pause(NamedTuple):
    """Why a queue hands out no work: until a time, or (None) until a person resumes it."""

    until: float | None
    reason: str


class QueueCount(NamedTuple):
    """How many jobs of one queue are in one state."""

    queue: str
    state: State
    jobs: int
