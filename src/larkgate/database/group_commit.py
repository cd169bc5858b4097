"""Many writes in each transaction on PostgreSQL: while one runs, the next batch gathers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from larkgate.clock import Clock
from larkgate.errors import StoreError

if TYPE_CHECKING:
    from larkgate.database.postgres import PostgresDatabase

__all__ = ["AsyncBatch", "Commit", "GroupCommit"]

Item = TypeVar("Item")
Result = TypeVar("Result")

_MOST_IN_ONE_COMMIT = 512


class Commit:
    """A transaction under way.

    Attributes:
        connection: of asyncpg.
        kept: called once it is committed, before anybody is told.
        undone: called when it was not, or nobody can tell.
    """

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.kept: list[Callable[[], object]] = []
        self.undone: list[Callable[[], object]] = []


AsyncBatch = Callable[[Commit, list[Item]], Awaitable["Sequence[Result | StoreError]"]]
"""Writes items and gives a result for each; a StoreError fails that item only.

It may be run again with the same items, also where the first run was committed unnoticed.
"""


class _Write(NamedTuple):
    batch: AsyncBatch[Any, Any]
    item: Any
    last: bool
    done: asyncio.Future[Any]


class GroupCommit:
    """One transaction after the other, each with the items of one batch.

    A batch locks rows in one sorted pass. Two passes in one transaction would lock out of order,
    and deadlock with another node's; what is `last` waits for no lock.
    """

    def __init__(self, database: PostgresDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: list[_Write] = []
        self._running: asyncio.Task[None] | None = None
        self._closed = False

    async def close(self) -> None:
        """Commit what was given so far."""
        self._closed = True
        if self._running:
            await self._running

    def write(
        self, batch: AsyncBatch[Item, Result], item: Item, *, last: bool = False
    ) -> asyncio.Future[Result]:
        """Hand `item` to `batch` in the next transaction; the future is done once it is committed.

        Args:
            last: after all others of its transaction, so that it sees what they bring.

        The future fails with StoreError when it could not be kept, as after `close`.
        """
        done: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        if self._closed:
            done.set_exception(StoreError("postgres.closed", place=self._database.place))
            return done
        self._waiting.append(_Write(batch, item, last, done))
        if self._running is None:
            self._clock.hold()
            self._running = asyncio.create_task(self._run(), name="larkgate-commits")
        return done

    async def _run(self) -> None:
        try:
            while self._waiting:
                writes = self._waiting[:_MOST_IN_ONE_COMMIT]
                del self._waiting[:_MOST_IN_ONE_COMMIT]
                for group in _groups(writes):
                    await self._commit(group)
        finally:
            self._running = None
            self._clock.release()

    async def _commit(self, writes: list[_Write]) -> None:
        try:
            results = await self._transact(writes)
        except Exception as error:
            if len(writes) > 1 and not isinstance(error, StoreError):
                # One item must not spoil its neighbours' commit: try each alone.
                for write in writes:
                    await self._commit([write])
                return
            results = [(write, error) for write in writes]
        for write, result in results:
            if not write.done.done():
                _end(write.done, result)

    async def _transact(self, writes: list[_Write]) -> list[tuple[_Write, Any]]:
        batches: dict[AsyncBatch[Any, Any], list[_Write]] = {}
        for write in writes:
            batches.setdefault(write.batch, []).append(write)
        commit: Commit | None = None

        async def work(connection: Any) -> list[tuple[_Write, Any]]:
            nonlocal commit
            if commit:
                _call(commit.undone)
            commit = Commit(connection)
            return await _write(commit, batches)

        try:
            results = await self._database.transact(work, planned=True)
        except BaseException:
            if commit:
                _call(commit.undone)
            raise
        if commit:
            _call(commit.kept)
        return results


def _groups(writes: list[_Write]) -> list[list[_Write]]:
    """The writes of each batch; those that are `last` go with the last of the others."""
    batches: dict[AsyncBatch[Any, Any], list[_Write]] = {}
    for write in writes:
        if not write.last:
            batches.setdefault(write.batch, []).append(write)
    groups = list(batches.values()) or [[]]
    groups[-1].extend(write for write in writes if write.last)
    return groups


async def _write(
    commit: Commit, batches: dict[AsyncBatch[Any, Any], list[_Write]]
) -> list[tuple[_Write, Any]]:
    results: list[tuple[_Write, Any]] = []
    for batch, members in batches.items():
        answers = await batch(commit, [write.item for write in members])
        results += zip(members, answers, strict=True)
    return results


def _call(callbacks: list[Callable[[], object]]) -> None:
    for callback in callbacks:
        callback()


def _end(done: asyncio.Future[Any], result: Any) -> None:
    if isinstance(result, Exception):
        done.set_exception(result)
    else:
        done.set_result(result)
