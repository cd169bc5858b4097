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


# As the first version left a file: a delivery that is done, with its effect; one that was in
# flight twice when its process died; a hold.
FIRST_VERSION = """
insert into event values (1, 'e1', 'cli_1', 'im.message.receive_v1', 1.5, '{}');
insert into event values (2, 'e2', 'cli_1', 'im.message.receive_v1', 2.5, '{}');
insert into lane values ('q/a', 'q', null, 3, null), ('q/b', 'q', null, 5, 7.5),
    ('send/x', 'send', null, 1, 8.5), ('send/y', 'send', null, 1, 8.5);
insert into job (id, lane, key, event, parent, body, state, attempts, crashes, result) values
    (1, 'q/a', 'd1', 1, null, '', 'done', 1, 0, 'answer'),
    (2, 'q/b', 'd2', 2, null, '', 'open', 0, 2, null),
    (3, 'send/x', 's1', null, 1, 'text', 'open', 0, 0, null),
    (4, 'send/y', 's2', null, null, 'text', 'open', 0, 0, null);
insert into attempt values (1, 1, 1.6, 1.7, null);
insert into queue (name, paused_until, reason) values ('send', 9.5, 'down');
"""


def test_a_file_of_the_first_version_is_kept(connection: sqlite3.Connection) -> None:
    migrate(connection, [Migrations("queue", queue.SCHEMA.sqlite[:1])])
    connection.executescript(FIRST_VERSION)
    migrate(connection, [queue.SCHEMA])

    def ask(statement: str) -> list[tuple[object, ...]]:
        return connection.execute(statement).fetchall()

    assert ask("select key, state, attempts, crashes, body, result from job order by id") == [
        ("d1", "done", 1, 0, "", "answer"),
        ("d2", "open", 0, 2, "", None),
        ("s1", "open", 0, 0, "text", None),
        ("s2", "open", 0, 0, "text", None),
    ]
    assert ask("select created_at from job order by id") == [(1.5,), (2.5,), (1.5,), (2.5,)]
    assert ask("select name, epoch, next_at, suspect from lane order by name") == [
        ("q/a", 3, None, 0),
        ("q/b", 5, 7.5, 2),
        ("send/x", 1, 8.5, 0),
        ("send/y", 1, 8.5, 0),
    ]
    assert ask("select job, n, started, ended, error, held from attempt") == [
        (1, 1, 1.6, 1.7, None, 0)
    ]
    assert ask("select name, paused_until, reason, paused from queue") == [
        ("send", 9.5, "down", None)
    ]


@pytest.mark.parametrize("room", [queue.SCHEMA, bot.SCHEMA])
@pytest.mark.parametrize("known", [0, 1])
def test_it_says_the_same_of_every_table_and_index(
    connection: sqlite3.Connection, room: Migrations, known: int
) -> None:
    """Down to its constraints, whatever the version it was made by."""
    migrate(connection, [Migrations(room.room, room.sqlite[:known])])
    migrate(connection, [room])
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh, [room])
        assert schema(fresh) == schema(connection)
