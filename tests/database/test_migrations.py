"""A file that was upgraded step by step has the schema of a fresh one; no step is half done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from larkgate import bot, queue
from larkgate.database import Migrations
from larkgate.database.migrations import migrate
from larkgate.errors import StoreError

FIRST = "create table a (x integer); insert into a values (1)"
SECOND = "alter table a add column y text default 'new'"
THIRD = "create index a_y on a (y)"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "file.db", isolation_level=None)) as connection:
        yield connection


def schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Every table and index, down to its last column."""
    rows = connection.execute("select name, sql from sqlite_master order by name")
    return [(name, sql) for name, sql in rows.fetchall()]


def columns(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    names = [name for name, _ in schema(connection)]
    return {n: connection.execute(f"pragma table_xinfo({n})").fetchall() for n in names}


def versions(connection: sqlite3.Connection) -> dict[str, int]:
    return dict(connection.execute("select room, version from schema_version").fetchall())


@pytest.mark.parametrize("room", [queue.SCHEMA, bot.SCHEMA, Migrations("x", (FIRST, SECOND))])
def test_fresh_is_as_upgraded(connection: sqlite3.Connection, room: Migrations) -> None:
    for known in range(len(room.sqlite) + 1):
        migrate(connection, [Migrations(room.room, room.sqlite[:known])])
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh, [room])
        assert columns(fresh) == columns(connection)
        assert versions(fresh) == versions(connection) == {room.room: len(room.sqlite)}


def test_an_upgrade_keeps_what_was_there(connection: sqlite3.Connection) -> None:
    migrate(connection, [Migrations("r", (FIRST,))])
    migrate(connection, [Migrations("r", (FIRST, SECOND, THIRD))])
    assert connection.execute("select x, y from a").fetchall() == [(1, "new")]


def test_nothing_is_done_twice(connection: sqlite3.Connection) -> None:
    rooms = [Migrations("r", (FIRST,)), queue.SCHEMA]
    migrate(connection, rooms)
    migrate(connection, rooms)
    assert connection.execute("select count(*) from a").fetchone() == (1,)


def test_each_room_has_its_own_version(connection: sqlite3.Connection) -> None:
    migrate(connection, [Migrations("r", (FIRST, SECOND))])
    migrate(connection, [Migrations("s", ("create table s (x)",))])
    assert versions(connection) == {"r": 2, "s": 1}


def test_a_newer_file_is_refused_and_left_as_it_is(connection: sqlite3.Connection) -> None:
    migrate(connection, [Migrations("r", (FIRST, SECOND, THIRD))])
    before = schema(connection)
    with pytest.raises(StoreError, match=r"newer Larkgate \(r: version 3, this program knows 2\)"):
        migrate(connection, [Migrations("r", (FIRST, SECOND))])
    assert schema(connection) == before
    assert versions(connection) == {"r": 3}


def test_a_step_that_fails_leaves_the_one_before(connection: sqlite3.Connection) -> None:
    broken = "create table b (x); insert into missing values (1)"
    with pytest.raises(sqlite3.OperationalError, match="missing"):
        migrate(connection, [Migrations("r", (FIRST, broken))])
    connection.rollback()
    assert versions(connection) == {"r": 1}
    assert [name for name, _ in schema(connection) if name == "b"] == []
    migrate(connection, [Migrations("r", (FIRST, "create table b (x)"))])
    assert versions(connection) == {"r": 2}
