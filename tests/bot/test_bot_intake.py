"""Kept first, acknowledged then; nothing twice, and nothing that could be lost."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from bot_desk import Desk, desk_of, event, message, push

from larkgate import texts
from larkgate.bot import App, Message
from larkgate.clock import VirtualClock
from larkgate.protocol.events import Answer


@pytest.fixture
async def desk(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Desk]:
    """Keeps, and handles nothing."""
    app = App()
    app.message()(lambda message: None)
    async with desk_of(tmp_path / "larkgate.db", clock, app, working=False) as desk:
        yield desk


async def ledger(desk: Desk) -> list[str]:
    return [key for (key,) in await desk.rows("select key from event order by id")]


class TestKeeping:
    async def test_a_message_is_on_disk_before_it_is_acknowledged(self, desk: Desk) -> None:
        payload = message("hello", id="om_1")
        answer = desk.intake.accept(push(payload))
        assert not answer.done()
        assert await answer == Answer(200)
        with closing(sqlite3.connect(desk.database.path)) as connection:
            row = connection.execute(
                "select key, account, type, received_at, payload from event"
            ).fetchone()
        kind = "im.message.receive_v1"
        assert row == ("cli_1/message/om_1", "cli_1", kind, 1_800_000_000.0, payload.decode())
        assert await desk.deliveries() == [
            ("bot:cli_1/message/om_1", "app:bot/cli_1/oc_1//ou_1", "open", 0)
        ]

    async def test_a_message_pushed_again_is_acknowledged_and_not_kept_again(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        """By its message id, whatever the event id: the platform may give it a new one."""
        with caplog.at_level(logging.INFO, "larkgate"):
            for _ in range(3):
                assert await desk.receive(message(id="om_1")) == Answer(200)
        assert await ledger(desk) == ["cli_1/message/om_1"]
        assert len(await desk.deliveries()) == 1
        told = [r.__dict__.get("event") for r in caplog.records]
        assert told == ["bot.message_received"]

    async def test_a_private_chat_is_not_called_a_group(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        texts.use("zh")
        with caplog.at_level(logging.INFO, "larkgate"):
            await desk.receive(message(chat_type="p2p"))
        assert "会话 oc_1" in caplog.text

    async def test_two_accounts_may_receive_one_message(self, desk: Desk) -> None:
        payload = message(id="om_1")
        await desk.receive(payload, "cli_1")
        await desk.receive(payload, "cli_2")
        assert await ledger(desk) == ["cli_1/message/om_1", "cli_2/message/om_1"]
        assert len(await desk.deliveries()) == 2

    async def test_many_at_once(self, desk: Desk) -> None:
        payloads = [message(id=f"om_{number % 100}") for number in range(400)]
        answers = await asyncio.gather(*(desk.intake.accept(push(p)) for p in payloads))
        assert answers == [Answer(200)] * 400
        assert len(await ledger(desk)) == len(await desk.deliveries()) == 100

    @pytest.mark.parametrize("kind", ["im.message.recalled_v1", "something.of.tomorrow_v9"])
    async def test_an_event_nobody_handles_is_kept_too(
        self, desk: Desk, kind: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, "larkgate"):
            for _ in range(2):
                assert await desk.receive(event(kind, {"x": 1}, "ev_1")) == Answer(200)
        assert await ledger(desk) == ["cli_1/event2.0/ev_1"]
        assert await desk.deliveries() == []
        assert [r.getMessage() for r in caplog.records] == [
            f"event {kind} received (account cli_1)"
        ]

    async def test_an_event_of_schema_1(self, desk: Desk) -> None:
        body = {"ts": "1.5", "uuid": "u-1", "token": "t", "type": "event_callback", "event": {}}
        for _ in range(2):
            assert await desk.receive(msgspec.json.encode(body)) == Answer(200)
        assert await ledger(desk) == ["cli_1/event1.0/u-1"]

    async def test_without_any_id_its_bytes_are_its_identity(self, desk: Desk) -> None:
        for body in (b'{"a":1}', b'{"a":1}', b'{"a":2}'):
            assert await desk.receive(body) == Answer(200)
        assert len(await ledger(desk)) == 2


class TestCallbacks:
    """A client shows an error to the person who clicked when it gets no JSON back."""

    @pytest.mark.parametrize("kind", ["card.action.trigger", "card.action.trigger_v1"])
    async def test_a_click_is_kept_and_answered_with_nothing_changed(
        self, desk: Desk, kind: str
    ) -> None:
        for _ in range(2):
            answer = await desk.receive(event(kind, {"action": {"value": 1}}, "ev_1"))
            assert answer == Answer(200, b"{}")
        assert await ledger(desk) == ["cli_1/event2.0/ev_1"]

    async def test_a_legacy_click(self, desk: Desk) -> None:
        body = {"open_id": "ou", "token": "c-1", "open_message_id": "om", "action": {"value": {}}}
        for _ in range(2):
            answer = await desk.receive(msgspec.json.encode(body))
            assert answer == Answer(200, b"{}")
        assert await ledger(desk) == ["cli_1/click/c-1"]

    async def test_a_link_preview_is_answered_and_not_kept(self, desk: Desk) -> None:
        assert await desk.receive(event("url.preview.get", {})) == Answer(200, b"{}")
        assert await ledger(desk) == []


def recall(message_id: object) -> bytes:
    return event("im.message.recalled_v1", {"message_id": message_id, "chat_id": "oc_1"})


class TestRecall:
    """Overtakes the lane: what waits is not handled any more."""

    async def test_a_message_that_waits_is_withdrawn(self, desk: Desk) -> None:
        await desk.receive(message(id="om_1"))
        await desk.receive(message(id="om_2"))
        assert await desk.receive(recall("om_1")) == Answer(200)
        first, second = await desk.delivery("om_1"), await desk.delivery("om_2")
        assert first
        assert second
        assert (first.state, second.state) == ("withdrawn", "open")
        assert first.result

    async def test_one_that_comes_after_its_recall_is_withdrawn(self, desk: Desk) -> None:
        await desk.receive(recall("om_1"))
        assert await desk.receive(message(id="om_1")) == Answer(200)
        stored = await desk.delivery("om_1")
        assert stored
        assert stored.state == "withdrawn"

    async def test_another_accounts_message_stays(self, desk: Desk) -> None:
        await desk.receive(message(id="om_1"), "cli_2")
        await desk.receive(recall("om_1"), "cli_1")
        stored = await desk.delivery("om_1", account="cli_2")
        assert stored
        assert stored.state == "open"

    @pytest.mark.parametrize("odd", [None, 7, "", "om\0x", ["om_1"], {"message_id": "om_1"}])
    async def test_an_odd_one_is_kept_and_withdraws_nothing(self, desk: Desk, odd: object) -> None:
        await desk.receive(message(id="om_1"))
        assert await desk.receive(recall(odd)) == Answer(200)
        assert len(await ledger(desk)) == 2
        assert await desk.rows("select * from withdrawal") == []
        stored = await desk.delivery("om_1")
        assert stored
        assert stored.state == "open"


class TestTrouble:
    @pytest.mark.parametrize(
        "payload",
        [
            b"",
            b"not json",
            b"[1]",
            b'"text"',
            b'{"schema":"2.0"',
            b'{"a":"\xff"}',
            b"\x00" * 10,
        ],
        ids=repr,
    )
    async def test_what_cannot_be_read_is_to_be_pushed_again(
        self, desk: Desk, payload: bytes, caplog: pytest.LogCaptureFixture
    ) -> None:
        assert await desk.receive(payload) == Answer(500)
        assert await ledger(desk) == []
        [record] = caplog.records
        assert record.__dict__["event"] == "bot.unreadable_push"
        assert "trace-1" in record.getMessage()

    @pytest.mark.parametrize("body", [{}, {"message": "odd"}, {"message": {"message_id": 7}}])
    async def test_a_message_of_an_unknown_shape_is_kept_and_given_to_nobody(
        self, desk: Desk, body: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Pushed again it would have the same shape."""
        odd = event("im.message.receive_v1", body, "ev_1")
        assert await desk.receive(odd) == Answer(200)
        assert await ledger(desk) == ["cli_1/event2.0/ev_1"]
        assert await desk.deliveries() == []
        [warning] = [r for r in caplog.records if r.levelno >= logging.WARNING]
        assert warning.__dict__["event"] == "bot.odd_message"
        assert "trace-1" in warning.getMessage()

    @pytest.mark.parametrize("field", ["message_id", "chat_id", "open_id", "thread_id"])
    async def test_a_name_that_no_store_can_keep(self, desk: Desk, field: str) -> None:
        """A NUL ends a text in SQLite's JSON, and PostgreSQL takes none."""
        odd = message(id="om_1", chat="oc_1", sender="ou_1", thread="omt_1")
        values = {"message_id": "om_1", "chat_id": "oc_1", "open_id": "ou_1", "thread_id": "omt_1"}
        old, new = (f'"{field}":"{values[field]}{end}"'.encode() for end in ("", "\\u0000x"))
        assert odd.count(old) == 1
        assert await desk.receive(odd.replace(old, new)) == Answer(500)
        assert await ledger(desk) == []

    async def test_text_may_hold_anything(self, desk: Desk) -> None:
        for odd in ("\x00", "\x1b[31m", "👋" * 1000, "'; drop table event; --"):
            assert await desk.receive(message(odd)) == Answer(200)
        assert len(await ledger(desk)) == 4

    async def test_a_store_out_of_order_asks_for_the_push_again(
        self, desk: Desk, caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is said once when it begins and once when it is over."""

        def hurry(connection: sqlite3.Connection, items: list[None]) -> list[None]:
            connection.execute("pragma busy_timeout = 0")
            return items

        await desk.database.write(hurry, None)
        with closing(sqlite3.connect(desk.database.path, isolation_level=None)) as other:
            other.execute("begin immediate")
            for number in range(5):
                assert await desk.receive(message(id=f"om_{number}")) == Answer(500)
            click = event("card.action.trigger", {})
            assert (await desk.receive(click)).code == 500
            assert desk.intake.failing
        for number in range(5):
            assert await desk.receive(message(id=f"om_{number}")) == Answer(200)
        assert not desk.intake.failing
        await desk.clock.advance(5)
        await desk.receive(message())
        await desk.receive(message())
        told = [r.__dict__["event"] for r in caplog.records if r.levelno >= logging.WARNING]
        assert told == ["bot.not_kept", "bot.kept_again"]
        assert len(await ledger(desk)) == 7

    async def test_a_full_backlog_is_told_once_however_often_it_is_full_again(
        self, tmp_path: Path, clock: VirtualClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        app, busy = App(), asyncio.Semaphore(0)

        @app.message()
        async def slow(message: Message) -> None:
            await busy.acquire()

        async with desk_of(tmp_path / "larkgate.db", clock, app, backlog=3) as desk:
            codes = []
            for number in range(20):
                codes.append((await desk.receive(message(sender=f"ou_{number}"))).code)
                if number % 3 == 0:
                    busy.release()
                    await clock.settle()
            assert {200, 500} == set(codes)
            assert codes.count(500) > 5
            busy.release()
            await clock.advance(5)
            assert (await desk.receive(message())).code == 200
        told = [r.__dict__["event"] for r in caplog.records if r.levelno >= logging.WARNING]
        assert told == ["bot.not_kept", "bot.kept_again"]

    async def test_a_door_that_gave_up_waiting_gets_no_answer(self, desk: Desk) -> None:
        """The commit goes on; the push that comes again finds it."""
        answer = desk.intake.accept(push(message(id="om_1")))
        answer.cancel()
        await desk.clock.settle()
        assert await ledger(desk) == ["cli_1/message/om_1"]
        assert await desk.receive(message(id="om_1")) == Answer(200)


class TestChoice:
    """Which apps get a delivery is decided by what they declare as data."""

    @pytest.mark.parametrize(
        ("options", "account", "chat", "wanted"),
        [
            ({}, "cli_1", "oc_1", True),
            ({"chats": ["oc_1"]}, "cli_1", "oc_1", True),
            ({"chats": ["oc_2"]}, "cli_1", "oc_1", False),
            ({"accounts": ["cli_1"]}, "cli_1", "oc_1", True),
            ({"accounts": ["cli_1"]}, "cli_2", "oc_1", False),
            ({"accounts": ["the cli_2"]}, "cli_2", "oc_1", True),
        ],
        ids=str,
    )
    async def test_one_app(
        self,
        tmp_path: Path,
        clock: VirtualClock,
        options: dict[str, list[str]],
        account: str,
        chat: str,
        wanted: bool,
    ) -> None:
        app = App(**options)  # type: ignore[arg-type]
        app.message()(lambda message: None)
        async with desk_of(tmp_path / "larkgate.db", clock, app, working=False) as desk:
            assert await desk.receive(message(chat=chat), account) == Answer(200)
            assert len(await ledger(desk)) == 1
            assert bool(await desk.deliveries()) is wanted

    async def test_one_delivery_for_each_that_wants_it(
        self, tmp_path: Path, clock: VirtualClock
    ) -> None:
        apps = [App("one"), App("two", scope="chat"), App("without-handlers")]
        for app in apps[:2]:
            app.message()(lambda message: None)
        async with desk_of(tmp_path / "larkgate.db", clock, *apps, working=False) as desk:
            await desk.receive(message(id="om_1", thread="omt_1"))
            assert await desk.deliveries() == [
                ("one:cli_1/message/om_1", "app:one/cli_1/oc_1/omt_1/ou_1", "open", 0),
                ("two:cli_1/message/om_1", "app:two/cli_1/oc_1", "open", 0),
            ]
