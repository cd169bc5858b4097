"""Events from memory are the ones on disk."""

import sqlite3
from collections.abc import Iterator

import pytest

from larkgate.queue.jobs import Event
from larkgate.queue.sqlite_events import FreshEvents


def event(key: str, payload: str = "{}") -> Event:
    return Event(key, "cli_1", "im.message.receive_v1", 1.5, payload)


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table event (id, key, account, type, received_at, payload)")
    yield connection
    connection.close()


def store(connection: sqlite3.Connection, id: int, event: Event) -> None:
    connection.execute("insert into event values (?, ?, ?, ?, ?, ?)", (id, *event))


def test_what_is_not_fresh_comes_from_the_file(connection: sqlite3.Connection) -> None:
    events = FreshEvents()
    store(connection, 1, event("a"))
    events.remember(2, event("b"))
    assert events.find(connection, [1, 2, 3]) == {1: event("a"), 2: event("b")}


def test_a_number_given_again_after_a_rollback_is_the_new_event(
    connection: sqlite3.Connection,
) -> None:
    events = FreshEvents()
    events.remember(1, event("undone"))
    events.remember(1, event("kept"))
    assert events.find(connection, [1]) == {1: event("kept")}


def test_long_payloads_leave_memory_first_come_first_gone(connection: sqlite3.Connection) -> None:
    events = FreshEvents()
    for id in range(1, 6):
        events.remember(id, event(f"e{id}", "x" * (1 << 20)))
    assert events.find(connection, range(1, 6)).keys() == {2, 3, 4, 5}
