"""One SQLite file behind one writer thread.

Writes are functions over a batch of items. While one commit runs, the next batch gathers: all
items that wait for the same function are handed to it together, and all functions share one
transaction and one fsync. Every statement is made to finish in a single step, because each step
gives up the GIL and may wait for a whole switch interval to get it back.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from operator import attrgetter
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec

from larkgate.clock import Clock
from larkgate.database.disk_guard import DiskGuard
from larkgate.database.migrations import Migrations, migrate
from larkgate.errors import SettingsError, StoreError, StoreFull

__all__ = ["PARKED", "Batch", "Database", "insert", "json_rows", "open_read_only"]

Item = TypeVar("Item")
Result = TypeVar("Result")
T = TypeVar("T")

Batch = Callable[[sqlite3.Connection, list[Item]], "list[Result] | list[Result | StoreError]"]
"""Writes items and answers each; an answer that is a StoreError fails its item and no other."""

PARKED: Any = object()
"""Returned for an item that found nothing yet: it is tried again with the next commit."""

_MOST_IN_ONE_COMMIT = 512
# After a commit of so many the next waits until nothing more comes for so many seconds, as by
# PostgreSQL's commit_siblings and commit_delay: fewer commits, and the loop goes on meanwhile.
_MANY = 16
_LULL = 0.0002
_CHUNKS = (256, 128, 64, 32, 16, 8, 4, 2, 1)
# The second: no room for the index of the write-ahead log.
_NO_SPACE = {"SQLITE_FULL", "SQLITE_IOERR_SHMSIZE"}
_WRONG_ITEM = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)


class _Write(NamedTuple):
    batch: Batch[Any, Any]
    item: Any
    last: bool
    done: asyncio.Future[Any]


class Database:
    """A SQLite file, opened with the schemas of the rooms that use it.

    Args:
        path: the file; its directory exists.
        synchronous: FULL keeps every commit through a power cut; NORMAL through a crash of the
            process only.
        min_free: bytes that should stay free beside the file (see `nearly_full`); 0: no bound.
    """

    def __init__(
        self,
        path: Path,
        clock: Clock,
        rooms: Sequence[Migrations],
        *,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        min_free: int = 0,
    ) -> None:
        self.path = path
        self._guard = DiskGuard(path.parent, min_free, clock)
        self._clock = clock
        self._rooms = rooms
        self._synchronous = synchronous
        self._inbox: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._parked: list[_Write] = []
        self._many = False
        self._lull = threading.Event()  # never set: to wait for nothing but time
        self._undo: list[Callable[[], object]] = []
        self._reader = _Reader(path, "larkgate-reader")
        self._surveyor = _Reader(path, "larkgate-surveyor")
        self._closed = False

    async def __aenter__(self) -> Database:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Open the file and bring its schema up to date.

        Raises:
            SettingsError: the file is no SQLite file.
            StoreError: it cannot be opened, or a newer version wrote it.
        """
        self._loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = self._loop.create_future()
        self._thread = threading.Thread(
            target=self._run, args=(opened,), name="larkgate-writer", daemon=True
        )
        with self._clock.busy():
            self._thread.start()
            await opened

    async def close(self) -> None:
        """Commit what was given so far, then close. Parked items are cancelled."""
        self._closed = True
        # The writer goes last: only the last connection may clear away the log beside the file.
        await self._reader.close()
        await self._surveyor.close()
        self._inbox.put(None)
        await asyncio.to_thread(self._thread.join)
        for write in self._parked:
            write.done.cancel()

    def write(
        self, batch: Batch[Item, Result], item: Item, *, last: bool = False
    ) -> asyncio.Future[Result]:
        """Hand `item` to `batch` in the next commit; the future is done once it is on disk.

        Args:
            last: after all others of its commit, so that it sees what they bring: for what may
                return PARKED.

        The future fails with StoreError when it could not be kept, as after `close`.
        """
        done: asyncio.Future[Result] = self._loop.create_future()
        if self._closed:
            done.set_exception(StoreError("database.closed", path=self.path))
            return done
        self._clock.hold()
        self._inbox.put(_Write(batch, item, last, done))
        return done

    async def read(self, work: Callable[[sqlite3.Connection], T], *, long: bool = False) -> T:
        """Run `work` on a read-only connection in another thread; it delays no write.

        Args:
            long: it reads whole tables: such work has a thread of its own, and delays no other.

        Raises:
            StoreError: the database is closed.
        """
        if self._closed:
            raise StoreError("database.closed", path=self.path)
        with self._clock.busy():
            return await (self._surveyor if long else self._reader).run(work)

    # Everything below runs in the writer thread.

    def _run(self, opened: asyncio.Future[None]) -> None:
        try:
            connection = self._connect()
        except Exception as error:
            self.call(_fail, opened, error)
            return
        self.call(_resolve, [(opened, None)])
        with contextlib.closing(connection):
            while (writes := self._gather()) is not None:
                self._commit(connection, writes)
                for _ in writes:
                    self._clock.release()

    def _connect(self) -> sqlite3.Connection:
        with contextlib.suppress(OSError):  # SQLite says why; some file systems have no modes
            # Before anything is in it: SQLite gives the files beside it the same mode.
            self.path.touch()
            self.path.chmod(0o600)
        try:
            connection = sqlite3.connect(self.path, isolation_level=None, cached_statements=256)
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
        except sqlite3.Error as error:
            if isinstance(error, sqlite3.NotSupportedError) or "not a database" in str(error):
                raise SettingsError("database.not_ours", path=self.path, cause=error) from error
            raise self._translate(error) from error
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.execute("pragma journal_mode = wal")
        connection.execute(f"pragma synchronous = {self._synchronous}")
        # On macOS a plain fsync leaves the data in the drive's cache.
        connection.execute("pragma fullfsync = on")
        connection.execute("pragma wal_autocheckpoint = 4000")
        connection.execute("pragma busy_timeout = 5000")
        migrate(connection, self._rooms)

    def _gather(self) -> list[_Write] | None:
        first = self._inbox.get()
        if first is None:
            return None
        writes = [first]
        self._take_all(writes)
        # Not by a time-out of the inbox: in CPython 3.11 a SimpleQueue that is asked with one may
        # wait for ever (when the thread loses the CPU at the wrong moment, the rest of it is -1).
        while self._many and not self._lull.wait(_LULL) and self._take_all(writes):
            pass
        self._many = len(writes) >= _MANY
        return writes

    def _take_all(self, writes: list[_Write]) -> int:
        """Add what waits, as far as there is room; how many that were."""
        before = len(writes)
        with contextlib.suppress(queue.Empty):
            while len(writes) < _MOST_IN_ONE_COMMIT:
                write = self._inbox.get_nowait()
                if write is None:
                    self._inbox.put(None)
                    break
                writes.append(write)
        return len(writes) - before

    def _commit(self, connection: sqlite3.Connection, writes: list[_Write]) -> None:
        parked = [write for write in self._parked if not write.done.done()]
        self._parked = []
        ordered = sorted([*parked, *writes], key=attrgetter("last"))
        try:
            results = self._transact(connection, ordered)
        except Exception as error:
            self._commit_each(connection, ordered, error)
        else:
            self._publish(results)

    def _commit_each(
        self, connection: sqlite3.Connection, writes: list[_Write], error: Exception
    ) -> None:
        """One item must not spoil its neighbours' commit: try each alone."""
        if len(writes) == 1:
            self.call(_fail, writes[0].done, self._translate(error))
            return
        for write in writes:
            try:
                results = self._transact(connection, [write])
            except Exception as own:
                self.call(_fail, write.done, self._translate(own))
            else:
                self._publish(results)

    def _transact(
        self, connection: sqlite3.Connection, writes: list[_Write]
    ) -> list[tuple[_Write, Any]]:
        batches: dict[Batch[Any, Any], list[_Write]] = {}
        for write in writes:
            batches.setdefault(write.batch, []).append(write)
        results: list[tuple[_Write, Any]] = []
        connection.execute("begin immediate")
        try:
            for batch, members in batches.items():
                answers = batch(connection, [write.item for write in members])
                results.extend(zip(members, answers, strict=True))
            connection.execute("commit")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("rollback")
            while self._undo:
                self._undo.pop()()
            raise
        self._undo.clear()
        return results

    def _publish(self, results: list[tuple[_Write, Any]]) -> None:
        self._parked += [write for write, result in results if result is PARKED]
        done = [(write.done, result) for write, result in results if result is not PARKED]
        if done:
            self.call(_resolve, done)

    def on_rollback(self, undo: Callable[[], object]) -> None:
        """From inside a batch: call `undo` if nothing of this commit is kept, last given first."""
        self._undo.append(undo)

    def nearly_full(self) -> StoreFull | None:
        """From inside a batch: why nothing should be kept that can as well come again."""
        return self._guard.refusal()

    def call(self, function: Callable[..., None], *args: Any) -> None:
        """From inside a batch: call `function` on the event loop."""
        # The loop is closed only when the process ends; then nobody waits for the answer.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)

    def _translate(self, error: Exception) -> Exception:
        """What is wrong with the file is a StoreError; what is wrong with the item stays as it is:
        who waits until the store is well again would try that for ever."""
        if not isinstance(error, sqlite3.Error) or isinstance(error, _WRONG_ITEM):
            return error
        if getattr(error, "sqlite_errorname", "") in _NO_SPACE:
            return StoreFull("database.full", path=self.path)
        return StoreError("database.failed", path=self.path, cause=error)


class _Reader:
    """A read-only connection in a thread of its own, opened when it is first needed."""

    def __init__(self, path: Path, name: str) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, work)

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._close)
        self._thread.shutdown()

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._connection is None:
            self._connection = open_read_only(self._path)
        return work(self._connection)

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()


def open_read_only(path: Path) -> sqlite3.Connection:
    """A connection that cannot change the file, also beside a running gateway."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)


def insert(
    connection: sqlite3.Connection, into: str, rows: Sequence[Sequence[object]], after: str = ""
) -> None:
    """Insert rows in few steps: `into` ends before VALUES, `after` is an ON CONFLICT clause."""
    start = 0
    for size in _CHUNKS:
        while len(rows) - start >= size:
            chunk = rows[start : start + size]
            marks = "(" + ",".join("?" * len(chunk[0])) + ")"
            statement = f"{into} values {','.join([marks] * size)} {after}"
            connection.execute(statement, [value for row in chunk for value in row])
            start += size


def json_rows(rows: Iterable[object]) -> str:
    """Rows as one parameter for `json_each(?)`."""
    return msgspec.json.encode(list(rows)).decode()


def _resolve(results: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, result in results:
        if future.done():
            continue
        if isinstance(result, StoreError):
            future.set_exception(result)
        else:
            future.set_result(result)


def _fail(future: asyncio.Future[Any], error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
