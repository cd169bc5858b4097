"""What a person may ask of a store and do to it; the same contract suite runs against each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

from larkgate.queue.jobs import Extra, State

__all__ = [
    "MOST_SELECTED",
    "AttemptRow",
    "JobRow",
    "NodeRow",
    "Operations",
    "Pruned",
    "QueueRow",
    "Retention",
    "Selection",
    "Sizes",
    "Trace",
]

MOST_SELECTED = 10_000


class Selection(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which jobs are meant; what is empty or None does not restrict.

    Attributes:
        keys: of jobs, or of events for all their deliveries; `#12` is the job of that id.
        queue: a queue's name; `app:` and `send:` (ending in a colon) mean all of that kind.
        lane: a part of the lane's name, such as a chat or a person.
        type: the event's type.
        since, until: seconds of `Store.now`; when the job was stored.
        limit: at most so many, newest first; at most MOST_SELECTED.
    """

    keys: tuple[str, ...] = ()
    queue: str = ""
    lane: str = ""
    states: tuple[State, ...] = ()
    type: str = ""
    since: float | None = None
    until: float | None = None
    limit: int = 50


class JobRow(msgspec.Struct, frozen=True):
    """A job in a list.

    Attributes:
        lane: its name inside the queue.
        running: whether a node works on it now.
        due: when it runs (again), None if it is over, running, or waits behind others.
        reason: the last error, or the result of what is over.
        tried: an act of it has left at least once, so a further try may be seen twice.
    """

    id: int
    key: str
    queue: str
    lane: str
    state: State
    running: bool
    attempts: int
    crashes: int
    created_at: float
    due: float | None
    type: str | None
    reason: str | None
    tried: bool


class AttemptRow(msgspec.Struct, frozen=True):
    n: int
    started: float
    ended: float
    error: str | None


class Trace(msgspec.Struct, frozen=True):
    """One job's whole life, and that of the effects it made.

    Attributes:
        received_at: when its event came in (it was stored at `job.created_at`).
        claimed_at, node: since when and (of several) on which node it runs, if it runs.
        body: of an effect what it does; empty for a delivery.
    """

    job: JobRow
    event_key: str | None
    account: str | None
    received_at: float | None
    claimed_at: float | None
    node: str | None
    body: str
    result: str | None
    attempts: tuple[AttemptRow, ...]
    effects: tuple[Trace, ...]


class QueueRow(msgspec.Struct, frozen=True):
    """How a queue stands.

    Attributes:
        waiting: open jobs that nobody works on; running: those somebody works on.
        oldest: since when the longest due lane waits, None when none is due.
        suspects: lanes whose head was in flight when a process died, twice or more.
        paused: why it hands out no work; "" when it does.
        until: when that ends by itself.
        owner: the node that holds it, if it is exclusive and held.
    """

    name: str
    waiting: int
    running: int
    done: int
    dead: int
    withdrawn: int
    oldest: float | None
    suspects: int
    paused: str
    until: float | None
    owner: str | None


class NodeRow(msgspec.Struct, frozen=True):
    """A process that works on this store. `routers` differs where other handlers were loaded."""

    id: str
    host: str
    pid: int
    role: str
    version: str
    routers: str
    started: float
    lease_until: float


class Sizes(msgspec.Struct, frozen=True):
    """Bytes of the store in all, of each table with its indexes, and free beside it (if known)."""

    total: int
    tables: dict[str, int]
    free: int | None


class Retention(msgspec.Struct, frozen=True):
    """How long, in seconds, what is over is kept: events with their done jobs, dead letters."""

    done: float
    dead: float


class Pruned(msgspec.Struct, frozen=True):
    """What one batch has deleted; `more` is True when another batch would find something."""

    events: int
    jobs: int
    more: bool


class Operations(Protocol):
    """Looks at a store and changes it by hand.

    `select` and all that take ids look again at what they change: a job that has moved on in the
    meantime is left alone.
    """

    async def queues(self) -> Sequence[QueueRow]: ...

    async def nodes(self) -> Sequence[NodeRow]: ...

    async def sizes(self) -> Sizes: ...

    async def select(self, selection: Selection) -> Sequence[JobRow]: ...

    async def trace(self, key: str) -> Sequence[Trace]:
        """The jobs of this key, as in a `Selection`; maybe none."""

    async def retry(self, ids: Sequence[int]) -> Sequence[str]:
        """Open dead, withdrawn and waiting jobs again, due now, as if never tried; their keys.

        Effects that a delivery has stored stay as they are.
        """

    async def discard(self, ids: Sequence[int], reason: str) -> Sequence[str]:
        """Withdraw open jobs that nobody works on, and dead ones, with a reason; their keys."""

    async def replay(self, ids: Sequence[int], generation: str) -> Sequence[str]:
        """Make a new delivery of each delivery's event, once for each generation; their keys.

        New keys make new effects: all that was visible happens again.
        """

    async def pause(self, queue: str, reason: str) -> None:
        """Hand out no more jobs of a queue until `resume`; what runs goes on."""

    async def resume(self, queue: str) -> None:
        """End the pause of a queue, a person's or a hold, if it pauses."""

    async def move(self, old: str, new: str, writes: Sequence[Extra] = ()) -> int:
        """Give what waits in queue `old` to queue `new`, in order; how many jobs.

        Raises:
            LarkgateError: somebody works on jobs of `old`.
        """

    async def prune(self, retention: Retention, batch: int = 500) -> Pruned:
        """Delete one batch of what is older than its retention. Open jobs are never deleted."""
