"""Which messages reach which handler."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from bot_desk import Desk, desk_of, message

from larkgate.bot import App, Message, Session
from larkgate.clock import VirtualClock


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def desk(app: App, tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Desk]:
    async with desk_of(tmp_path / "larkgate.db", clock, app) as desk:
        yield desk


GROUP: dict[str, Any] = {"chat": "oc_group", "chat_type": "group"}
ALONE: dict[str, Any] = {"chat": "oc_p2p", "chat_type": "p2p"}


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({}, {"group", "mentioned", "p2p"}),
        ({"mentioned": True}, {"mentioned", "p2p"}),
        ({"chat_type": "group"}, {"group", "mentioned"}),
        ({"chat_type": "p2p"}, {"p2p"}),
        ({"chats": ["oc_group"]}, {"group", "mentioned"}),
        ({"chats": {"oc_p2p", "oc_other"}}, {"p2p"}),
        ({"chats": ["oc_other"]}, set()),
        ({"pattern": "^hel+o$"}, {"group", "mentioned", "p2p"}),
        ({"pattern": "goodbye"}, set()),
        ({"mentioned": True, "chat_type": "group", "pattern": "hello"}, {"mentioned"}),
        ({"mentioned": True, "chat_type": "group", "pattern": "bye"}, set()),
    ],
    ids=str,
)
async def test_all_filters_must_want_it(
    desk: Desk, app: App, filters: dict[str, Any], wanted: set[str]
) -> None:
    app.message(**filters)(lambda message: "wanted")
    messages = {"group": GROUP, "mentioned": {**GROUP, "to_bot": True}, "p2p": ALONE}
    found = {name for name, where in messages.items() if await desk.say("hello", **where)}
    assert found == wanted


async def test_what_nobody_wants_is_settled_all_the_same(desk: Desk, app: App) -> None:
    app.message(mentioned=True)(lambda message: "wanted")
    assert await desk.say("hello", id="om_1") == []
    stored = await desk.delivery("om_1")
    assert stored
    assert (stored.state, stored.result) == ("done", "unwanted")


@pytest.mark.parametrize("sender_type", ["bot", "app"])
async def test_bots_are_not_answered(desk: Desk, app: App, sender_type: str) -> None:
    app.message()(lambda message: "hello to you")
    assert await desk.say("hello", sender_type=sender_type) == []
    assert await desk.say("hello") == ["hello to you"]


async def test_the_first_that_matches_gets_it(desk: Desk, app: App) -> None:
    app.message(pattern="^/help")(lambda message: "help")
    app.message(pattern="^/")(lambda message: "command")
    app.message()(lambda message: "talk")
    app.message(pattern="^/help")(lambda message: "never")
    replies = [await desk.say(text) for text in ("/help me", "/go", "hi")]
    assert replies == [["help"], ["command"], ["talk"]]


async def test_the_pattern_sees_the_text_without_the_mention(desk: Desk, app: App) -> None:
    app.message(pattern=r"^/go\b")(lambda message: f"[{message.text}]")
    assert await desk.say("/go there", to_bot=True) == ["[/go there]"]


async def test_findings_are_given_by_name(desk: Desk, app: App) -> None:
    @app.message(pattern=re.compile(r"order (?P<number>\d+)", re.IGNORECASE))
    async def both(message: Message, match: re.Match[str], session: Session) -> str:
        return f"{match['number']} {session.id}"

    assert await desk.say("about ORDER 17, please") == ["17 session_1"]


@pytest.mark.parametrize("pattern", ["x", None])
async def test_a_match_nobody_asks_for_or_nobody_makes(
    desk: Desk, app: App, pattern: str | None
) -> None:
    """`match` without a pattern is the program's mistake; a pattern without `match` is none."""
    if pattern:
        app.message(pattern=pattern)(lambda message: "fine")
        assert await desk.say("x") == ["fine"]
    else:
        app.message()(lambda message, match: "never")
        assert await desk.say("x") == []


async def test_a_message_without_text_matches_no_pattern_but_is_a_message(
    desk: Desk, app: App
) -> None:
    app.message(pattern=".")(lambda message: "text")
    app.message()(lambda message: f"{message.type}:{message.text}")
    payload = message("x").replace(b'"message_type":"text"', b'"message_type":"image"')
    await desk.receive(payload)
    [effect] = await desk.effects()
    assert "image:" in effect.content
