"""Sessions on PostgreSQL: the same promises, written by the same settle."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from larkgate.bot import SCHEMA, MovedSessions, PostgresSessions, Session
from larkgate.bot.sessions import SessionChange
from larkgate.clock import SystemClock
from larkgate.database.postgres import PostgresDatabase
from larkgate.errors import LarkgateError
from larkgate.secret import Secret
from postgres_server import Server

KEY = "app:bot/cli_1/oc_1//ou_1"


@pytest.fixture
async def database(postgres: Server) -> AsyncIterator[PostgresDatabase]:
    async with (
        postgres.database() as url,
        PostgresDatabase(Secret(url), SystemClock(), [SCHEMA]) as database,
    ):
        yield database


@pytest.fixture
def sessions(database: PostgresDatabase) -> PostgresSessions:
    return PostgresSessions(database)


def changed(session: Session, **state: object) -> SessionChange:
    session.state.update(state)
    change = session.change(1.5)
    assert change
    return change


async def write(database: PostgresDatabase, *changes: SessionChange) -> None:
    await database.transact(lambda connection: SessionChange.write_postgres(connection, changes))


async def move(database: PostgresDatabase, old: str, new: str) -> None:
    moved = [MovedSessions(old, new)]
    await database.transact(lambda connection: MovedSessions.write_postgres(connection, moved))


async def test_a_session_comes_back_as_it_was(
    database: PostgresDatabase, sessions: PostgresSessions
) -> None:
    session = await sessions.load(KEY, "first")
    assert (session.id, session.state, session.new) == ("first", {}, True)
    await write(database, changed(session, words="您好\0", n=[1, None]))
    session = await sessions.load(KEY, "second")
    assert (session.id, session.new) == ("first", False)
    assert session.state == {"words": "您好\0", "n": [1, None]}
    assert session.change(2.0) is None
    await write(database, changed(session, n=2))
    assert (await sessions.load(KEY, "third")).state["n"] == 2


async def test_many_in_one_commit(database: PostgresDatabase, sessions: PostgresSessions) -> None:
    loaded = [await sessions.load(f"{KEY}{number}", f"{number}") for number in range(50)]
    await write(database, *(changed(each, n=each.id) for each in reversed(loaded)))
    for number in (0, 49):
        session = await sessions.load(f"{KEY}{number}", "other")
        assert (session.id, session.state) == (f"{number}", {"n": f"{number}"})


async def test_two_runs_that_overlap_do_not_overwrite_each_other(
    database: PostgresDatabase, sessions: PostgresSessions
) -> None:
    """Nor is anything written of what came with the second."""
    for seen in ({}, {"by": 1}):
        one, two = [await sessions.load(KEY, "s") for _ in range(2)]
        other = await sessions.load(f"{KEY}/{len(seen)}", "o")
        assert one.state == seen
        await write(database, changed(one, by=1 + len(seen)))
        with pytest.raises(LarkgateError, match="changed by another run"):
            await write(database, changed(other, by=0), changed(two, by="two"))
        assert (await sessions.load(KEY, "s")).state == {"by": 1 + len(seen)}
        assert (await sessions.load(f"{KEY}/{len(seen)}", "o")).new


async def test_conversations_follow_an_app_to_its_new_name(
    database: PostgresDatabase, sessions: PostgresSessions
) -> None:
    """Not those of an app whose name begins alike, and over none that has begun already."""
    for key in ("app:old/a", "app:old/b#digest", "app:older/a", "app:old/c", "app:new/c"):
        await write(database, changed(await sessions.load(key, key), key=key))
    await move(database, "app:old", "app:new")
    found = {
        key: (await sessions.load(key, "-")).id
        for key in ("app:new/a", "app:new/b#digest", "app:older/a", "app:new/c", "app:old/a")
    }
    assert found == {
        "app:new/a": "app:old/a",
        "app:new/b#digest": "app:old/b#digest",
        "app:older/a": "app:older/a",
        "app:new/c": "app:new/c",
        "app:old/a": "-",
    }
