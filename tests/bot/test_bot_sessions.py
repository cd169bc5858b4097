"""What an app remembers: of whom it should, across restarts, and never of a failed run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from bot_desk import Desk, content, desk_of, message

from larkgate.bot import App, BlockingMessage, Message, MovedSessions, Scope, Session
from larkgate.clock import VirtualClock

OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def open_desk(tmp_path: Path, clock: VirtualClock) -> OpenDesk:
    """Opens a desk for apps; a second one finds what the first has left."""
    return lambda *apps: desk_of(tmp_path / "larkgate.db", clock, *apps)


@pytest.fixture
async def desk(app: App, open_desk: OpenDesk) -> AsyncIterator[Desk]:
    async with open_desk(app) as desk:
        yield desk


def counting(app: App) -> App:
    """Answers with how many messages this conversation has had, and the session's id."""

    @app.message()
    async def count(message: Message, session: Session) -> str:
        session.state["count"] = session.state.get("count", 0) + 1
        return f"{session.state['count']} {session.id} {'new' if session.new else 'known'}"

    return app


async def states(desk: Desk) -> list[Any]:
    return [
        msgspec.json.decode(state)
        for (state,) in await desk.rows("select state from session order by created_at, key")
    ]


async def test_a_conversation_is_remembered(app: App, desk: Desk) -> None:
    counting(app)
    assert await desk.say("a") == ["1 session_1 new"]
    assert await desk.say("b") == ["2 session_1 known"]


async def test_it_survives_a_restart(open_desk: OpenDesk) -> None:
    async with open_desk(counting(App())) as desk:
        await desk.say("a")
    async with open_desk(counting(App())) as desk:
        assert await desk.say("b") == ["2 session_1 known"]


PEOPLE = [
    {"sender": "ou_1"},
    {"sender": "ou_2"},
    {"sender": "ou_1", "thread": "omt_1"},
    {"sender": "ou_2", "thread": "omt_1"},
    {"sender": "ou_1", "chat": "oc_2"},
]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("person", ["1", "1", "1", "1", "1"]),
        ("topic", ["1", "2", "1", "2", "1"]),
        ("chat", ["1", "2", "3", "4", "1"]),
    ],
)
async def test_who_shares_one(open_desk: OpenDesk, scope: Scope, expected: list[str]) -> None:
    """Two people, a thread, and another chat."""
    async with open_desk(counting(App(scope=scope))) as desk:
        replies = [(await desk.say("hello", **who))[0].split()[0] for who in PEOPLE]
        assert replies == expected
        assert (await desk.say("again", **PEOPLE[0]))[0].split()[2] == "known"


async def test_apps_and_accounts_do_not_share_one(open_desk: OpenDesk) -> None:
    async with open_desk(counting(App("a")), counting(App("b"))) as desk:
        for account in ("cli_1", "cli_2"):
            await desk.receive(message(), account)
            counts = [content(effect).split()[0] for effect in await desk.effects(account)]
            assert counts == ["1", "1"]


async def test_plain_handlers_have_sessions_too(app: App, desk: Desk) -> None:
    @app.message()
    def count(message: BlockingMessage, session: Session) -> str:
        session.state["n"] = session.state.get("n", 0) + 1
        return str(session.state["n"])

    assert await desk.say("a") + await desk.say("b") == ["1", "2"]


async def test_any_json_comes_back_as_it_was(app: App, desk: Desk) -> None:
    state = {"文字": ["您好", None, True, 1.5, {"deep": [1, 2]}], "": "empty"}
    found: list[Any] = []

    @app.message()
    async def remember(message: Message, session: Session) -> None:
        found.append(dict(session.state))
        session.state.update(state)

    await desk.say("a")
    await desk.say("b")
    assert found == [{}, state]


async def test_a_handler_that_fails_changes_nothing(app: App, desk: Desk) -> None:
    runs: list[int] = []

    @app.message()
    async def count(message: Message, session: Session) -> str:
        runs.append(session.state.get("count", 0))
        session.state["count"] = 1 + runs[-1]
        if len(runs) == 2:
            raise ValueError("boom")
        return str(session.state["count"])

    assert await desk.say("a") == ["1"]
    assert await desk.say("b") == []
    assert await states(desk) == [{"count": 1}]
    await desk.clock.advance(5)
    assert runs == [0, 1, 1]
    assert await states(desk) == [{"count": 2}]


async def test_nor_does_it_when_somebody_apologises_for_it(app: App, desk: Desk) -> None:
    @app.message()
    async def half_done(message: Message, session: Session) -> None:
        session.state["step"] = "half done"
        if message.text == "fail":
            raise ValueError("boom")

    @app.error
    async def apologise(error: Exception, message: Message) -> str:
        return "sorry"

    assert await desk.say("fail") == ["sorry"]
    assert await states(desk) == []


async def test_a_state_that_is_no_json_is_the_handlers_failure(
    app: App, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    @app.message()
    async def forget(message: Message, session: Session) -> str:
        session.state["what"] = object()
        return "never sent"

    assert await desk.say("a", id="om_1") == []
    assert "handler forget failed on message om_1: session.state" in caplog.text
    await desk.clock.advance(600)
    stored = await desk.delivery("om_1")
    assert stored
    assert stored.state == "dead"
    assert await states(desk) == []


async def test_what_json_has_no_word_for_comes_back_as_text(app: App, desk: Desk) -> None:
    """No surprise is left for the second message: it sees what the third will see."""
    found: list[Any] = []

    @app.message()
    async def remember(message: Message, session: Session) -> None:
        found.append(session.state.get("when"))
        session.state["when"] = datetime(2026, 1, 2, 3, 4, 5)

    await desk.say("a")
    await desk.say("b")
    assert found == [None, "2026-01-02T03:04:05"]


async def test_a_session_that_did_not_change_is_not_written(app: App, desk: Desk) -> None:
    @app.message()
    async def look(message: Message, session: Session) -> None:
        session.state.setdefault("seen", True)

    await desk.say("a")
    versions = "select version from session"
    assert await desk.rows(versions) == [(1,)]
    await desk.say("b")
    assert await desk.rows(versions) == [(1,)]


async def test_handlers_without_one_make_none(app: App, desk: Desk) -> None:
    app.message()(lambda message: "hello")
    assert await desk.say("a") == ["hello"]
    assert await states(desk) == []


async def test_two_runs_that_overlap_do_not_overwrite_each_other(app: App, desk: Desk) -> None:
    """A lane forbids it, but one who lost his lane may not know yet; the second starts over."""
    may_return = asyncio.Event()
    runs: list[int] = []

    @app.message()
    async def slow(message: Message, session: Session) -> str:
        runs.append(session.state.get("n", 0))
        session.state["n"] = runs[-1] + 1
        if len(runs) == 1:
            await may_return.wait()
        return "done"

    await desk.say("a")
    [stolen] = await desk.rows("select lane.name, lane.epoch from lane where owner is not null")

    def write(connection: Any, items: list[None]) -> list[None]:
        connection.execute(
            "insert into session values (?, 'other', '{\"n\": 10}', 1, 0, 0)", (stolen[0],)
        )
        return items

    await desk.database.write(write, None)
    may_return.set()
    await desk.clock.settle()
    assert [settlement.state for settlement in desk.settled] == ["open"]
    await desk.clock.advance(5)
    assert runs == [0, 10]
    assert await states(desk) == [{"n": 11}]
    assert [content(effect) for effect in await desk.effects()] == ["done"]


class Move(NamedTuple):
    """What becomes of an app's conversations when it has another name."""

    old: str
    new: str

    async def __call__(self, desk: Desk) -> None:
        moved = MovedSessions(f"app:{self.old}", f"app:{self.new}")

        def write(connection: Any, items: list[MovedSessions]) -> list[None]:
            MovedSessions.write_sqlite(connection, items)
            return [None] * len(items)

        await desk.database.write(write, moved)


async def test_conversations_follow_an_app_to_its_new_name(open_desk: OpenDesk) -> None:
    async with open_desk(counting(App("old")), counting(App("older"))) as desk:
        await desk.receive(message(sender="ou_1"))
        await desk.receive(message(sender="ou_2"))
    async with open_desk(counting(App("new")), counting(App("older"))) as desk:
        before = {content(effect) for effect in await desk.effects()}
        await desk.receive(message(sender="ou_2"))
        await Move("old", "new")(desk)
        await desk.receive(message(sender="ou_1"))
        after = [content(effect) for effect in await desk.effects()][len(before) :]
    assert [reply.split()[0] for reply in after] == ["1", "2", "2", "2"]
    assert [reply.split()[2] for reply in after] == ["new", "known", "known", "known"]


async def test_what_the_new_name_has_begun_stays(open_desk: OpenDesk) -> None:
    async with open_desk(counting(App("old"))) as desk:
        await desk.say("a")
        await desk.say("b")
    async with open_desk(counting(App("new"))) as desk:
        await desk.say("a")
        await Move("old", "new")(desk)
        assert (await desk.say("b"))[0].startswith("2 ")
        assert len(await states(desk)) == 2
