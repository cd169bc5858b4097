"""Many writes, one commit; nobody's failure is another's; nothing said to be kept is lost."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path
from typing import Literal

import pytest

from larkgate.clock import VirtualClock
from larkgate.database import PARKED, Database, Migrations, insert, json_rows, open_read_only
from larkgate.database.disk_guard import DiskGuard
from larkgate.errors import SettingsError, StoreError
from sqlite_log import commits

SCHEMA = Migrations("notes", ("create table note (text text not null unique) strict",))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "larkgate.db"


@pytest.fixture
async def database(path: Path, clock: VirtualClock) -> AsyncIterator[Database]:
    async with Database(path, clock, [SCHEMA]) as database:
        yield database


def keep(connection: sqlite3.Connection, texts: list[str]) -> list[str]:
    insert(connection, "insert into note", [(text,) for text in texts])
    return [text.upper() for text in texts]


def keep_unless_bad(connection: sqlite3.Connection, texts: list[str]) -> list[str]:
    kept = keep(connection, texts)
    if "bad" in texts:
        raise ValueError("bad")
    return kept


def keep_unless_refused(connection: sqlite3.Connection, texts: list[str]) -> list[str | StoreError]:
    wanted = [text for text in texts if text != "no"]
    keep(connection, wanted)
    return [StoreError("database.closed", path="-") if t == "no" else t.upper() for t in texts]


def count(connection: sqlite3.Connection, items: list[None]) -> list[int]:
    found = connection.execute("select count(*) from note").fetchone()[0]
    return [found] * len(items)


def look_for(connection: sqlite3.Connection, texts: list[str]) -> list[str]:
    """Parks each text until it is there."""
    return [text if text in notes(connection) else PARKED for text in texts]


def notes(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("select text from note")}


def on_disk(path: Path) -> set[str]:
    with closing(open_read_only(path)) as connection:
        return notes(connection)


def contents(path: Path) -> str:
    return path.read_text()


class Gate:
    """A write that keeps the writer busy until it is opened, so that others gather behind it."""

    def __init__(self, database: Database) -> None:
        self._may_pass = threading.Event()
        self._reached = threading.Event()
        self.done = database.write(self._pass, None)

    def _pass(self, connection: sqlite3.Connection, items: list[None]) -> list[None]:
        self._reached.set()
        self._may_pass.wait(10)
        return items

    async def reached(self) -> None:
        await asyncio.to_thread(self._reached.wait, 10)

    def open(self) -> None:
        self._may_pass.set()


async def behind_a_gate(database: Database, writes: Callable[[], list[asyncio.Future[str]]]) -> int:
    """Hand over writes while a commit runs; how many commits they took."""
    gate = Gate(database)
    await gate.reached()
    before = commits(database.path)
    waiting = writes()
    gate.open()
    await asyncio.wait(waiting)
    return commits(database.path) - before


async def test_writes_that_wait_share_one_commit(database: Database) -> None:
    futures: list[asyncio.Future[str]] = []

    def writes() -> list[asyncio.Future[str]]:
        futures.extend(database.write(keep, f"n{number}") for number in range(400))
        return futures

    assert await behind_a_gate(database, writes) == 1
    assert [future.result() for future in futures] == [f"N{number}" for number in range(400)]
    assert on_disk(database.path) == {f"n{number}" for number in range(400)}


async def test_a_commit_has_a_bound(database: Database) -> None:
    def writes() -> list[asyncio.Future[str]]:
        return [database.write(keep, f"n{number}") for number in range(1200)]

    assert await behind_a_gate(database, writes) == 3
    assert len(on_disk(database.path)) == 1200


async def test_one_write_alone_does_not_wait_for_company(database: Database) -> None:
    assert await database.write(keep, "alone") == "ALONE"
    assert on_disk(database.path) == {"alone"}


@pytest.mark.parametrize(("synchronous", "level"), [("FULL", 2), ("NORMAL", 1)])
async def test_how_durable_a_commit_is(
    path: Path, clock: VirtualClock, synchronous: Literal["FULL", "NORMAL"], level: int
) -> None:
    def ask(connection: sqlite3.Connection, items: list[None]) -> list[tuple[object, ...]]:
        return [
            tuple(
                connection.execute(f"pragma {name}").fetchone()[0]
                for name in ("synchronous", "fullfsync", "journal_mode")
            )
        ]

    async with Database(path, clock, [SCHEMA], synchronous=synchronous) as database:
        assert await database.write(ask, None) == (level, 1, "wal")


async def test_one_bad_item_does_not_spoil_its_neighbours(database: Database) -> None:
    texts = ["a", "bad", "b", "c"]
    futures: list[asyncio.Future[str]] = []

    def writes() -> list[asyncio.Future[str]]:
        futures.extend(database.write(keep_unless_bad, text) for text in texts)
        futures.append(database.write(keep, "other"))
        return futures

    await behind_a_gate(database, writes)
    endings = [str(future.exception() or future.result()) for future in futures]
    assert endings == ["A", "bad", "B", "C", "OTHER"]
    assert isinstance(futures[1].exception(), ValueError)
    assert on_disk(database.path) == {"a", "b", "c", "other"}


async def test_an_item_may_be_refused_and_the_others_kept(database: Database) -> None:
    before = commits(database.path)
    futures: list[asyncio.Future[str]] = []

    def writes() -> list[asyncio.Future[str]]:
        futures.extend(database.write(keep_unless_refused, text) for text in ("a", "no", "b"))
        return futures

    await behind_a_gate(database, writes)
    assert [str(future.exception() or future.result()) for future in futures][::2] == ["A", "B"]
    assert isinstance(futures[1].exception(), StoreError)
    assert on_disk(database.path) == {"a", "b"}
    assert commits(database.path) == before + 1


async def test_what_is_remembered_beside_the_file_is_undone_with_it(database: Database) -> None:
    remembered: list[str] = []

    def remember(connection: sqlite3.Connection, texts: list[str]) -> list[str]:
        for text in texts:
            remembered.append(text)
            database.on_rollback(remembered.pop)
        return keep_unless_bad(connection, texts)

    assert await database.write(remember, "a") == "A"
    with pytest.raises(ValueError, match="bad"):
        await database.write(remember, "bad")
    assert remembered == ["a"]
    await behind_a_gate(database, lambda: [database.write(remember, t) for t in ("b", "bad", "c")])
    assert remembered == ["a", "b", "c"]
    assert on_disk(database.path) == {"a", "b", "c"}


class Disk:
    def __init__(self, free: int) -> None:
        self.total = 1000
        self.free = free

    def usage(self, directory: Path) -> Disk:
        return self


class TestNearlyFull:
    async def test_there_is_no_bound_unless_asked_for(
        self, path: Path, clock: VirtualClock
    ) -> None:
        assert DiskGuard(path.parent, 0, clock, Disk(0).usage).refusal() is None

    @pytest.mark.parametrize(("free", "refused"), [(9, True), (10, False), (11, False)])
    async def test_below_the_bound_there_is_a_reason(
        self, path: Path, clock: VirtualClock, free: int, refused: bool
    ) -> None:
        refusal = DiskGuard(path.parent, 10, clock, Disk(free).usage).refusal()
        assert (refusal is not None) is refused
        assert not refusal or "nearly full" in str(refusal)

    async def test_of_a_small_disk_a_twentieth_is_enough(
        self, path: Path, clock: VirtualClock
    ) -> None:
        assert DiskGuard(path.parent, 900, clock, Disk(50).usage).refusal() is None
        assert DiskGuard(path.parent, 900, clock, Disk(49).usage).refusal()

    async def test_it_is_looked_at_once_a_second(self, path: Path, clock: VirtualClock) -> None:
        disk = Disk(0)
        guard = DiskGuard(path.parent, 10, clock, disk.usage)
        assert guard.refusal()
        disk.free = 500
        assert guard.refusal()
        await clock.advance(1)
        assert guard.refusal() is None


async def test_what_is_wrong_with_an_item_is_not_blamed_on_the_store(database: Database) -> None:
    """Who waits until the store is well again would wait for ever."""
    await database.write(keep, "same")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        await database.write(keep, "same")
    assert await database.write(keep, "next") == "NEXT"


async def test_what_is_wrong_with_the_file_is_a_sentence(database: Database) -> None:
    def hurry(connection: sqlite3.Connection, items: list[None]) -> list[None]:
        connection.execute("pragma busy_timeout = 0")
        return items

    await database.write(hurry, None)
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(StoreError, match=r"not be written \(database is locked\): check the"):
            await database.write(keep, "x")
    assert await database.write(keep, "x") == "X"


async def test_an_item_is_parked_until_a_commit_brings_what_it_waits_for(
    database: Database, clock: VirtualClock
) -> None:
    waiting = database.write(look_for, "x", last=True)
    await database.write(keep, "y")
    assert not waiting.done()
    before = commits(database.path)
    await database.write(keep, "x")
    await clock.settle()
    assert waiting.result() == "x"
    assert commits(database.path) == before + 1


async def test_an_item_sees_what_was_handed_over_behind_it(
    database: Database, clock: VirtualClock
) -> None:
    """Both are in one commit, and no further commit may be needed to find out."""
    found: list[asyncio.Future[str]] = []

    def writes() -> list[asyncio.Future[str]]:
        found.append(database.write(look_for, "x", last=True))
        return [database.write(keep, "x")]

    await behind_a_gate(database, writes)
    await clock.settle()
    assert found[0].result() == "x"


async def test_a_bad_neighbour_leaves_parked_items_waiting(
    database: Database, clock: VirtualClock
) -> None:
    waiting = database.write(look_for, "x", last=True)
    with pytest.raises(ValueError, match="bad"):
        await database.write(keep_unless_bad, "bad")
    assert not waiting.done()
    await database.write(keep, "x")
    await clock.settle()
    assert waiting.result() == "x"


async def test_a_parked_item_that_nobody_waits_for_is_dropped(database: Database) -> None:
    tried: list[str] = []

    def park(connection: sqlite3.Connection, items: list[str]) -> list[str]:
        tried.extend(items)
        return [PARKED for _ in items]

    waiting = database.write(park, "x", last=True)
    await database.write(keep, "a")
    waiting.cancel()
    seen = len(tried)
    await database.write(keep, "b")
    assert len(tried) == seen


async def test_closing_keeps_what_was_given_and_cancels_what_waits(
    path: Path, clock: VirtualClock
) -> None:
    async with Database(path, clock, [SCHEMA]) as database:
        parked = database.write(look_for, "never", last=True)
        given = [database.write(keep, f"n{number}") for number in range(1000)]
    assert [future.result() for future in given] == [f"N{number}" for number in range(1000)]
    assert parked.cancelled()
    assert len(on_disk(path)) == 1000


async def test_after_closing_nothing_waits_for_ever(path: Path, clock: VirtualClock) -> None:
    async with Database(path, clock, [SCHEMA]) as database:
        pass
    with pytest.raises(StoreError, match="is closed"):
        await database.write(keep, "late")
    with pytest.raises(StoreError, match="is closed"):
        await database.read(notes)


async def test_reading_beside_a_write_neither_waits_nor_sees_it(database: Database) -> None:
    await database.write(keep, "committed")
    gate = Gate(database)
    await gate.reached()
    pending = database.write(keep, "pending")
    assert await database.read(notes) == {"committed"}
    gate.open()
    await pending
    assert await database.read(notes) == {"committed", "pending"}


async def test_long_reading_delays_no_other(database: Database) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def count_everything(connection: sqlite3.Connection) -> bool:
        begun.set()
        return may_end.wait(10)

    long = asyncio.ensure_future(database.read(count_everything, long=True))
    await asyncio.to_thread(begun.wait, 5)
    async with asyncio.timeout(5):
        assert await database.read(notes) == set()
    may_end.set()
    assert await long


async def test_reading_changes_nothing(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await database.read(lambda connection: connection.execute("delete from note"))


async def test_a_batch_may_call_back_on_the_loop(database: Database) -> None:
    called = asyncio.Event()

    def ring(connection: sqlite3.Connection, items: list[None]) -> list[None]:
        database.call(called.set)
        return items

    await database.write(ring, None)
    async with asyncio.timeout(5):
        await called.wait()


async def test_time_stands_still_while_the_file_is_worked_on(
    database: Database, clock: VirtualClock
) -> None:
    """A deadline does not overtake a write or a read, however slow the disk."""
    told: list[str] = []

    def slow_read(connection: sqlite3.Connection) -> None:
        threading.Event().wait(0.05)

    async def read() -> None:
        await database.read(slow_read)
        told.append("read")

    gate = Gate(database)
    gate.done.add_done_callback(lambda _: told.append("written"))
    async with asyncio.TaskGroup() as group:
        group.create_task(read())
        clock.call_later(1, told.append, "deadline")
        threading.Timer(0.1, gate.open).start()
        await clock.advance(1)
    assert told == ["read", "written", "deadline"]


async def test_the_file_is_private(database: Database) -> None:
    files = list(database.path.parent.glob(f"{database.path.name}*"))
    assert len(files) == 3, "the file, its write-ahead log, and the index of that"
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


@pytest.fixture
def diary(path: Path) -> Path:
    path.write_text("小明的日记\n" * 500)
    return path


async def test_a_file_that_is_no_database_is_left_alone(diary: Path, clock: VirtualClock) -> None:
    with pytest.raises(SettingsError, match="is not a data file of Larkgate"):
        await Database(diary, clock, [SCHEMA]).open()
    assert contents(diary) == "小明的日记\n" * 500


async def test_a_file_of_a_newer_version_is_left_alone(path: Path, clock: VirtualClock) -> None:
    newer = Migrations("notes", (*SCHEMA.sqlite, "create table more (x)"))
    async with Database(path, clock, [newer]) as database:
        await database.write(keep, "kept")
    with pytest.raises(StoreError, match="upgrade Larkgate"):
        await Database(path, clock, [SCHEMA]).open()
    async with Database(path, clock, [newer]) as database:
        assert await database.read(notes) == {"kept"}


@pytest.mark.parametrize("place", [".", "missing/larkgate.db"])
async def test_a_file_that_cannot_be_opened(
    tmp_path: Path, clock: VirtualClock, place: str
) -> None:
    with pytest.raises(StoreError, match="unable to open database file"):
        await Database(tmp_path / place, clock, [SCHEMA]).open()
    await clock.advance(1)


@pytest.mark.parametrize("rows", [0, 1, 3, 17, 64, 149])
def test_insert_in_few_steps_keeps_every_row_in_order(rows: int) -> None:
    expected = [(number, str(number)) for number in range(rows)]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table t (a integer, b text)")
        insert(connection, "insert into t (a, b)", expected)
        assert connection.execute("select a, b from t order by rowid").fetchall() == expected


def test_insert_takes_a_conflict_clause() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("create table t (a integer primary key, b text)")
        rows = [(1, "first"), (1, "second")]
        insert(connection, "insert into t", rows, "on conflict (a) do update set b = excluded.b")
        assert connection.execute("select a, b from t").fetchall() == [(1, "second")]


def test_rows_as_one_parameter() -> None:
    rows = [("键", 1, None), ('"', 2.5, True)]
    with closing(sqlite3.connect(":memory:")) as connection:
        found = connection.execute(
            "select value ->> 0, value ->> 1, value ->> 2 from json_each(?)", (json_rows(rows),)
        ).fetchall()
    assert found == [("键", 1, None), ('"', 2.5, 1)]
