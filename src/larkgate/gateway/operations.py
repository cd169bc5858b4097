"""What a person may look at and order, and the way to the store: on PostgreSQL straight; on SQLite
a look reads the file, and an order goes through the gateway that runs, or without one opens the
store itself.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Protocol, TypeVar

import msgspec

from larkgate import logs, texts
from larkgate.bot import MovedSessions
from larkgate.clock import Clock, SystemClock
from larkgate.config import Config
from larkgate.database import DirectoryLock, open_directory, open_read_only
from larkgate.errors import NotRunning, StoreError
from larkgate.gateway.control import Action, ask
from larkgate.gateway.stores import Stores, open_postgres, open_stores
from larkgate.queue import (
    JobRow,
    NodeRow,
    Operations,
    QueueRow,
    Retention,
    Selection,
    Sizes,
    Store,
    Trace,
    replay_job,
)
from larkgate.queue.sqlite_reading import (
    look_at_queues,
    look_at_sizes,
    select_jobs,
    trace_key,
)

__all__ = [
    "SHORTEST_RETENTION",
    "Desk",
    "Discard",
    "Move",
    "Order",
    "Pause",
    "Prune",
    "Reads",
    "Replay",
    "Resume",
    "Retry",
    "action",
    "open_operations",
]

_PATIENCE = 120.0  # seconds: ten thousand jobs are changed in one commit
T = TypeVar("T")

SHORTEST_RETENTION = 8 * 3600.0
"""Seconds for which the platform may push an event again, and then some."""

Age = Annotated[float, msgspec.Meta(ge=SHORTEST_RETENTION)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Reason = Annotated[str, msgspec.Meta(max_length=2000)]
Ids = Annotated[tuple[int, ...], msgspec.Meta(max_length=10_000)]


class _Order(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag=str.lower
):
    """Something a person wants done; as JSON it is what the control door takes.

    `carry_out` returns what became of it, as the door answers it.
    """


class Retry(_Order, frozen=True):
    ids: Ids

    async def carry_out(self, operations: Operations, store: Store) -> dict[str, Any]:
        return {"keys": list(await operations.retry(self.ids))}


class Discard(_Order, frozen=True):
    ids: Ids
    reason: Reason

    async def carry_out(self, operations: Operations, store: Store) -> dict[str, Any]:
        return {"keys": list(await operations.discard(self.ids, self.reason))}


class Replay(_Order, frozen=True):
    """Feed deliveries in again, `rate` of them each second, once for each `generation`."""

    ids: Ids
    rate: Annotated[float, msgspec.Meta(gt=0, le=1000)]
    generation: Name

    async def carry_out(self, operations: Operations, store: Store) -> dict[str, Any]:
        job = replay_job(self.ids, self.rate, self.generation)
        await store.add(job)
        return {"job": job.key, "deliveries": len(self.ids)}


class Pause(_Order, frozen=True):
    queue: Name
    reason: Reason

    async def carry_out(self, operations: Operations, store: Store) -> dict[str, Any]:
        await operations.pause(self.queue, self.reason)
        return {"queue": self.queue, "paused": self.reason}


class Resume(_Order, frozen=True):
    queue: Name

    async def carry_out(self, operations: Operations, store: Store) -> dict[str, Any]:
        await operations.resume(self.queue)
        return {"queue": self.queue, "paused": ""}


class Move(_Order, frozen=True):
    """Give what waits for app `old`, and what it remembers, to app `new`."""

    old: Name
    new: Name

    async def carry_out(self, operations: Operations, store: Store) -> dict[str, Any]:
        old, new = f"app:{self.old}", f"app:{self.new}"
        return {"moved": await operations.move(old, new, [MovedSessions(old, new)])}


class Prune(_Order, frozen=True):
    """Delete one batch of what is older than this, in seconds."""

    done: Age
    dead: Age

    async def carry_out(self, operations: Operations, store: Store) -> dict[str, Any]:
        pruned = await operations.prune(Retention(self.done, self.dead))
        return dict(msgspec.structs.asdict(pruned))


Order = Retry | Discard | Replay | Pause | Resume | Move | Prune
_orders: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)


def action(operations: Operations, store: Store) -> Action:
    """What the control door does with an order."""

    async def act(body: bytes) -> dict[str, Any]:
        return await _orders.decode(body).carry_out(operations, store)

    return act


class Reads(Protocol):
    """The half of `Operations` that changes nothing."""

    async def queues(self) -> Sequence[QueueRow]: ...

    async def nodes(self) -> Sequence[NodeRow]: ...

    async def sizes(self) -> Sizes: ...

    async def select(self, selection: Selection) -> Sequence[JobRow]: ...

    async def trace(self, key: str) -> Sequence[Trace]: ...


class Desk(Protocol):
    """Where a person's commands are served.

    Attributes:
        served: whether somebody runs who works on what an order brings; known after the order.
    """

    served: bool

    @property
    def reads(self) -> Reads: ...

    async def do(self, order: Order) -> dict[str, Any]:
        """Have an order carried out; what became of it.

        Raises:
            LarkgateError: it was refused, or the store cannot be opened.
        """


@asynccontextmanager
async def open_operations(config: Config, clock: Clock | None = None) -> AsyncIterator[Desk]:
    """The way to the store that the settings name.

    Raises:
        SettingsError, StoreError: it cannot be opened.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as opened:
        if config.store.postgres:
            stores = await opened.enter_async_context(open_postgres(config, clock))
            yield _DatabaseDesk(stores, clock)
        else:
            yield _FileDesk(config, clock, opened)


class _DatabaseDesk:
    """On a database that several share."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self.reads = stores.operations
        self.served = False
        self._stores = stores
        self._clock = clock

    async def do(self, order: Order) -> dict[str, Any]:
        now = self._clock.now()
        self.served = any(node.lease_until > now for node in await self.reads.nodes())
        return await order.carry_out(self._stores.operations, self._stores.store)


class _FileDesk:
    """Beside a gateway that may run on the file; what it opens instead stays open."""

    def __init__(self, config: Config, clock: Clock, opened: AsyncExitStack) -> None:
        self.reads = _FileReads(config.store.path, clock)
        self.served = False
        self._config = config
        self._clock = clock
        self._opened = opened
        self._stores: Stores | None = None

    async def do(self, order: Order) -> dict[str, Any]:
        if self._stores is None:
            try:
                values = msgspec.to_builtins(order)
                answer = await ask(self._config.gateway.data, "queue", _PATIENCE, **values)
            except NotRunning:
                self._stores = await self._opened.enter_async_context(self._alone())
            else:
                self.served = True
                return answer
        return await order.carry_out(self._stores.operations, self._stores.store)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Stores]:
        with _quiet_log(self._config), DirectoryLock(open_directory(self._config.gateway.data)):
            async with open_stores(self._config, self._clock) as stores:
                yield stores


@contextmanager
def _quiet_log(config: Config) -> Iterator[None]:
    """The log goes to its file: what a person must know is the answer, or the error."""
    with (
        Path(os.devnull).open("w") as nowhere,
        logs.setup(config.log, texts.language(), secrets=config.secrets, console=nowhere),
    ):
        yield


class _FileReads:
    """Looks at the file itself, and takes no lock."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    async def queues(self) -> Sequence[QueueRow]:
        return self._look(partial(look_at_queues, now=self._clock.now()), ())

    async def nodes(self) -> Sequence[NodeRow]:
        return ()

    async def sizes(self) -> Sizes:
        return self._look(partial(look_at_sizes, path=self._path), Sizes(0, {}, None))

    async def select(self, selection: Selection) -> Sequence[JobRow]:
        return self._look(partial(select_jobs, selection=selection), ())

    async def trace(self, key: str) -> Sequence[Trace]:
        return self._look(partial(trace_key, key=key), ())

    def _look(self, work: Callable[[sqlite3.Connection], T], nothing: T) -> T:
        """What is found; `nothing` where nobody has run yet."""
        if not self._path.exists():
            return nothing
        try:
            with closing(open_read_only(self._path)) as connection:
                return work(connection)
        except sqlite3.Error as error:
            raise StoreError("cli.queue.store_unreadable", path=self._path, cause=error) from error
