"""Who clicks on a card is told in time what became of it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bot_desk import Desk, desk_of, event, message

from larkgate import texts
from larkgate.bot import App, Click, Message, Person
from larkgate.clock import VirtualClock
from larkgate.errors import GiveUp, Hold, Retry
from larkgate.protocol.events import Answer, Push

numbers = itertools.count(1)


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
async def desk(app: App, tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Desk]:
    async with desk_of(tmp_path / "larkgate.db", clock, app) as desk:
        yield desk


def click(
    value: object = None, *, id: str = "", chat: str = "oc_1", sender: str = "ou_1", **action: Any
) -> bytes:
    body = {
        "operator": {"open_id": sender},
        "action": {"value": value, "tag": "button", **action},
        "context": {"open_message_id": "om_card", "open_chat_id": chat},
    }
    return event("card.action.trigger", body, id or f"click_{next(numbers)}")


def pushed(desk: Desk, payload: bytes, account: str = "cli_1") -> asyncio.Future[Answer]:
    now = desk.clock.now()
    return desk.intake.accept(Push(payload, "trace-1", now, now + 2.5, account))


def body(answer: Answer) -> Any:
    assert answer.code == 200
    return msgspec.json.decode(answer.data or b"")


async def clicked(desk: Desk, value: object = None, **rest: Any) -> Any:
    """What a click is answered with at once."""
    return body(await pushed(desk, click(value, **rest)))


def toast(content: str) -> Any:
    return {"toast": {"type": "info", "content": content}}


async def late(desk: Desk, answer: asyncio.Future[Answer]) -> Any:
    """What is answered when nobody can wait any longer, and not before."""
    await desk.clock.advance(2.4)
    assert not answer.done()
    await desk.clock.advance(0.1)
    assert answer.done()
    return body(answer.result())["toast"]


class TestAnswers:
    async def test_what_a_handler_sees(self, desk: Desk, app: App) -> None:
        seen: list[Click] = []
        app.click()(seen.append)
        payload = click({"a": 1}, id="c_1", name="n", option="o", form_value={"f": "x"})
        assert body(await pushed(desk, payload)) == {}
        [found] = seen
        assert (found.event_id, found.message_id, found.account) == ("c_1", "om_card", "cli_1")
        assert found.delivery_id == "bot:cli_1/event2.0/c_1"
        assert (found.chat.id, found.sender) == ("oc_1", Person("ou_1"))
        assert (found.value, found.name, found.option) == ({"a": 1}, "n", "o")
        assert found.form == {"f": "x"}
        assert found.raw["operator"] == {"open_id": "ou_1"}
        assert "x" not in repr(found).removeprefix("<Click")

    @pytest.mark.parametrize(
        ("answer", "expected"),
        [
            (None, {}),
            ("", {}),
            ("完成", toast("完成")),
            ({}, {}),
            ({"toast": {"type": "error", "content": "no"}},) * 2,
            ({"card": {"type": "raw", "data": {"x": "y" * 20_000}}},) * 2,
        ],
        ids=lambda each: str(each)[:20],
    )
    async def test_what_it_returns_is_the_answer(
        self, desk: Desk, app: App, answer: object, expected: object
    ) -> None:
        @app.click()
        async def handle(click: Click) -> object:
            return answer

        assert await clicked(desk) == expected

    async def test_plain_def_runs_in_a_thread(self, desk: Desk, app: App) -> None:
        @app.click()
        def handle(click: Click) -> str:
            return threading.current_thread().name

        assert await clicked(desk) == toast("larkgate-handler-1")

    @pytest.mark.parametrize(
        ("action", "expected"),
        [
            ({"value": {"action": "open"}}, toast("open")),
            ({"value": {"x": 1}, "name": "open"}, toast("open")),
            ({"value": {"action": "close"}, "name": "x"}, toast("close")),
            ({"value": "open"}, toast("else")),
            ({"value": {"action": ["open"]}}, toast("else")),
            ({}, toast("else")),
        ],
        ids=str,
    )
    async def test_the_first_that_matches(
        self, desk: Desk, app: App, action: dict[str, Any], expected: object
    ) -> None:
        for name in ("open", "close"):
            app.click(name)(lambda click, name=name: name)
        app.click()(lambda click: "else")
        app.click("open")(lambda click: "too late")
        assert await clicked(desk, **action) == expected

    async def test_nobody_wants_it(self, desk: Desk, app: App) -> None:
        app.click("open")(lambda click: "open")
        assert await clicked(desk, {"action": "close"}) == {}

    async def test_one_pushed_again_gets_the_same_answer_and_runs_once(
        self, desk: Desk, app: App
    ) -> None:
        runs = itertools.count(1)
        app.click()(lambda click: str(next(runs)))
        payload = click()
        answers = [pushed(desk, payload) for _ in range(3)]
        await asyncio.gather(*answers)
        answers.append(pushed(desk, payload))
        assert [body(await answer) for answer in answers] == [toast("1")] * 4


class TestChoice:
    async def test_the_first_app_that_serves_account_and_chat(
        self, tmp_path: Path, clock: VirtualClock
    ) -> None:
        apps = [
            App("silent"),
            App("elsewhere", chats=["oc_2"]),
            App("second", accounts=["cli_2"]),
            App("third"),
            App("fourth"),
        ]
        apps[0].message()(lambda message: None)
        for app in apps[1:]:
            app.click()(lambda click, app=app: app.name)
        async with desk_of(tmp_path / "larkgate.db", clock, *apps) as desk:
            assert await clicked(desk) == toast("third")
            assert await clicked(desk, chat="oc_2") == toast("elsewhere")
            assert body(await pushed(desk, click(), "cli_2")) == toast("second")
            assert len(await desk.deliveries()) == 3

    async def test_an_app_for_clicks_gets_no_messages(self, desk: Desk, app: App) -> None:
        app.click()(lambda click: "ok")
        await desk.receive(message())
        assert await desk.deliveries() == []

    async def test_nobody_handles_clicks(self, desk: Desk, app: App) -> None:
        app.message()(lambda message: None)
        assert await clicked(desk) == {}
        assert await desk.deliveries() == []

    async def test_an_odd_click_is_kept_and_changes_nothing(
        self, desk: Desk, app: App, caplog: pytest.LogCaptureFixture
    ) -> None:
        app.click()(lambda click: "ok")
        assert body(await pushed(desk, event("card.action.trigger", {"action": 5}))) == {}
        assert await desk.deliveries() == []
        assert [r.__dict__["event"] for r in caplog.records] == ["bot.odd_click"]


class TestTime:
    async def test_past_a_message_that_is_being_handled(self, desk: Desk, app: App) -> None:
        busy = asyncio.Event()

        @app.message()
        async def stuck(message: Message) -> None:
            await busy.wait()

        app.click()(lambda click: "ok")
        for _ in range(20):  # more than may run at once
            await desk.receive(message())
        assert await clicked(desk) == toast("ok")
        busy.set()

    async def test_past_an_earlier_click(self, desk: Desk, app: App) -> None:
        busy = asyncio.Event()

        @app.click("slow")
        async def stuck(click: Click) -> str:
            await busy.wait()
            return "slow"

        app.click()(lambda click: "ok")
        first = pushed(desk, click({"action": "slow"}))
        assert await clicked(desk) == toast("ok")
        assert not first.done()
        busy.set()
        assert body(await first) == toast("slow")

    async def test_a_slow_handler_goes_on_after_the_answer(self, desk: Desk, app: App) -> None:
        runs = []

        @app.click()
        async def slow(click: Click) -> str:
            await desk.clock.sleep(60)
            runs.append(click.event_id)
            return "done"

        payload = click(id="c_1")
        shown = await late(desk, pushed(desk, payload))
        assert (shown["type"], shown["content"]) == ("info", "Still working on it")
        assert shown["i18n"] == {"zh_cn": "正在处理，请稍候", "en_us": "Still working on it"}
        assert runs == []
        await desk.clock.advance(60)
        assert runs == ["c_1"]
        assert body(await pushed(desk, payload)) == toast("done")

    async def test_what_is_shown_is_in_our_language_first(self, desk: Desk, app: App) -> None:
        texts.use("zh")
        app.click()(fails(Retry("later")))
        assert (await late(desk, pushed(desk, click())))["content"] == "正在处理，请稍候"

    async def test_the_handler_has_as_long_as_the_first_door_says(
        self, desk: Desk, app: App
    ) -> None:
        """A push that was long on its way, and one whose door has another clock."""
        app.click()(fails(Retry("later")))
        now = desk.clock.now()
        old = desk.intake.accept(Push(click(), "t", now - 9, now - 6.5, "cli_1"))
        await desk.clock.settle()
        assert old.done()
        ahead = desk.intake.accept(Push(click(), "t", now + 900, now + 902.5, "cli_1"))
        await late(desk, ahead)

    async def test_nobody_waits_any_more(self, desk: Desk, app: App) -> None:
        runs: list[str] = []
        app.click()(lambda click: runs.append(click.event_id))
        pushed(desk, click(id="c_1")).cancel()
        await desk.clock.advance(10)
        assert runs == ["c_1"]


class TestFailures:
    @pytest.mark.parametrize(
        "error", [Retry("x"), ValueError("x"), SystemExit(1), Hold("x", lane=True)], ids=repr
    )
    async def test_what_failed_runs_again(self, desk: Desk, app: App, error: BaseException) -> None:
        runs = itertools.count()

        @app.click()
        async def handle(click: Click) -> str:
            if not next(runs):
                raise error
            return "in the end"

        payload = click()
        assert (await late(desk, pushed(desk, payload)))["content"] == "Still working on it"
        await desk.clock.advance(60)
        assert body(await pushed(desk, payload)) == toast("in the end")
        assert next(runs) == 2

    async def test_given_up(self, desk: Desk, app: App, caplog: pytest.LogCaptureFixture) -> None:
        """Who clicked learns that it did not work, and nothing of why."""
        app.click()(fails(GiveUp("the database password is wrong")))
        shown = (await clicked(desk))["toast"]
        assert (shown["type"], shown["content"]) == ("error", "That did not work")
        assert "bot.click_failed" in [r.__dict__["event"] for r in caplog.records]

    @pytest.mark.parametrize(
        "answer",
        [
            5,
            ["toast"],
            {"toast": {}, "other": 1},
            {5: 1},
            {"card": object()},
            "\ud800",
            {"card": {"x": "y" * 30_000}},
        ],
        ids=lambda each: ascii(each)[:20],
    )
    async def test_what_the_platform_would_not_take(
        self, desk: Desk, app: App, answer: object
    ) -> None:
        app.click()(lambda click: answer)
        assert (await clicked(desk, id="c_1"))["toast"]["type"] == "error"
        stored = await desk.store.find("bot:cli_1/event2.0/c_1")
        assert stored
        assert stored.state == "dead"
        assert "click handler" in (stored.result or "")

    async def test_what_was_said_is_not_logged(
        self, desk: Desk, app: App, caplog: pytest.LogCaptureFixture
    ) -> None:
        def fail(click: Click) -> None:
            raise ValueError(click.form["password"])

        app.click()(fail)
        with caplog.at_level(logging.INFO, "larkgate"):
            await late(desk, pushed(desk, click(form_value={"password": "geheim"})))
        assert "geheim" not in caplog.text

    async def test_what_cannot_be_kept_is_to_be_clicked_again(self, desk: Desk, app: App) -> None:
        def hurry(connection: sqlite3.Connection, items: list[None]) -> list[None]:
            connection.execute("pragma busy_timeout = 0")
            return items

        app.click()(lambda click: "ok")
        await desk.database.write(hurry, None)
        with closing(sqlite3.connect(desk.database.path, isolation_level=None)) as other:
            other.execute("begin immediate")
            shown = (await clicked(desk))["toast"]
        assert (shown["type"], shown["content"]) == (
            "warning",
            "That click was not received: please click again",
        )
        again = pushed(desk, click())
        await desk.clock.advance(2)  # the worker rests when the store fails
        assert body(await again) == toast("ok")

    async def test_what_is_not_kept_in_time_is_to_be_clicked_again(
        self, desk: Desk, app: App
    ) -> None:
        """Such a push may be kept later; nobody can know."""
        app.click()(lambda click: "ok")
        blocked = threading.Event()

        def block(connection: sqlite3.Connection, items: list[None]) -> list[None]:
            blocked.wait()
            return items

        blocking = desk.database.write(block, None)
        await asyncio.sleep(0)
        now = desk.clock.now()
        answer = desk.intake.accept(Push(click(), "t", now - 2.5, now, "cli_1"))
        try:
            assert body(await answer)["toast"]["content"].endswith("please click again")
        finally:
            blocked.set()
        await blocking


def fails(error: Exception) -> Any:
    def fail(click: Click) -> None:
        raise error

    return fail
