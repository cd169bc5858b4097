"""What a developer writes, and what becomes of it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Any

import pytest
from bot_desk import Desk, content, desk_of, message, push

from larkgate.bot import App, BlockingMessage, Message, Session
from larkgate.clock import VirtualClock
from larkgate.errors import GiveUp, Hold, LarkgateError, Retry, SettingsError
from larkgate.outbox import Effect
from larkgate.queue import Stored

OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def open_desk(tmp_path: Path, clock: VirtualClock) -> OpenDesk:
    """Opens a desk for apps; a second one finds what the first has left."""
    return lambda *apps, **options: desk_of(tmp_path / "larkgate.db", clock, *apps, **options)


@pytest.fixture
async def desk(app: App, open_desk: OpenDesk) -> AsyncIterator[Desk]:
    async with open_desk(app) as desk:
        yield desk


class TestAnswers:
    async def test_what_a_handler_returns_is_the_reply(self, desk: Desk, app: App) -> None:
        @app.message()
        async def answer(message: Message) -> str:
            return f"收到：{message.text}"

        await desk.receive(message("你好", id="om_1"))
        assert await desk.effects() == [
            Effect("reply", "om_1", "oc_1", "text", '{"text":"收到：你好"}')
        ]
        assert await desk.delivery("om_1") == Stored("bot:cli_1/message/om_1", "done", "answered")

    async def test_plain_def_works_the_same_way(self, desk: Desk, app: App) -> None:
        @app.message()
        def answer(message: BlockingMessage) -> str:
            sent = message.reply("one")
            assert isinstance(sent.key, str)
            return f"two, from {threading.current_thread().name}"

        assert await desk.say("hello") == ["one", "two, from larkgate-handler-1"]

    async def test_replies_are_stored_when_reply_returns(self, desk: Desk, app: App) -> None:
        may_return = asyncio.Event()

        @app.message()
        async def answer(message: Message) -> str:
            await message.reply("one")
            await message.reply("two")
            await may_return.wait()
            return "three"

        assert await desk.say("hello") == ["one", "two"]
        may_return.set()
        await desk.clock.settle()
        assert [content(effect) for effect in await desk.effects()] == ["one", "two", "three"]

    @pytest.mark.parametrize("nothing", [None, ""])
    async def test_nothing_returned_is_no_reply(
        self, desk: Desk, app: App, nothing: str | None
    ) -> None:
        @app.message()
        async def silent(message: Message) -> str | None:
            return nothing

        assert await desk.say("hello", id="om_1") == []
        assert await desk.delivery("om_1") == Stored("bot:cli_1/message/om_1", "done", "silent")

    @pytest.mark.parametrize("answer", [7, b"bytes", ["list"], object()])
    async def test_an_answer_that_is_no_text(
        self, desk: Desk, app: App, answer: object, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A mistake in the program, which no second run would mend, and somebody must learn of."""

        @app.message()
        async def mistaken(message: Message) -> object:
            return answer

        assert await desk.say("hello", id="om_1") == []
        stored = await desk.delivery("om_1")
        sentence = f"A handler returns text or None, not {type(answer).__name__}."
        assert stored
        assert (stored.state, stored.result) == ("dead", sentence)
        assert sentence in caplog.text
        assert "mistaken" in caplog.text

    async def test_a_reply_in_a_thread_stays_in_it(self, desk: Desk, app: App) -> None:
        @app.message()
        async def answer(message: Message) -> str:
            assert message.topic == "omt_1"
            return "here"

        await desk.say("hello", thread="omt_1")
        [effect] = await desk.effects()
        assert effect.in_thread

    async def test_each_account_answers_for_itself(self, desk: Desk, app: App) -> None:
        @app.message()
        async def answer(message: Message) -> str:
            return message.account

        await desk.receive(message(), "cli_2")
        assert await desk.effects("cli_1") == []
        assert [content(effect) for effect in await desk.effects("cli_2")] == ["cli_2"]


class TestMessage:
    async def test_what_a_handler_sees(self, desk: Desk, app: App) -> None:
        seen: list[Message] = []

        @app.message()
        async def look(message: Message) -> None:
            seen.append(message)

        await desk.receive(message("hello there", id="om_1", to_bot=True, thread="omt_1"))
        [found] = seen
        assert (found.id, found.text, found.type) == ("om_1", "hello there", "text")
        assert (found.chat.id, found.chat.type) == ("oc_1", "group")
        assert (found.sender.open_id, found.sender.type) == ("ou_1", "user")
        assert [(person.open_id, person.name) for person in found.mentions] == [("ou_bot", "Bot")]
        assert (found.mentioned, found.topic, found.created_at) == (True, "omt_1", 1_800_000_001.5)
        assert found.event_id.startswith("ev_")
        assert found.delivery_id == "bot:cli_1/message/om_1"
        assert found.raw["message"]["message_id"] == "om_1"
        assert "hello" not in repr(found)

    async def test_both_kinds_of_handlers_see_the_same(self, open_desk: OpenDesk) -> None:
        seen: list[Any] = []
        plain, other = App("plain"), App("other")
        plain.message()(lambda message: seen.append(message))

        @other.message()
        async def look(message: Message) -> None:
            seen.append(message)

        async with open_desk(plain, other) as desk:
            await desk.receive(message(to_bot=True))
        one, two = ({k: v for k, v in vars(m).items() if k[0] != "_"} for m in seen)
        assert one.pop("delivery_id") != two.pop("delivery_id")
        assert one == two

    async def test_a_blocking_handler_may_wait_for_the_id(self, desk: Desk, app: App) -> None:
        waited: list[BaseException] = []

        @app.message()
        def answer(message: BlockingMessage) -> None:
            try:
                message.reply("hello").message_id(timeout=0)
            except TimeoutError as error:
                waited.append(error)

        await desk.say("hello")
        assert len(waited) == 1


class TestFailures:
    @pytest.mark.parametrize("blocking", [False, True])
    async def test_a_handler_that_fails_is_run_again(
        self, desk: Desk, app: App, blocking: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        runs: list[float] = []

        def fail_at_first(message: Any) -> str:
            runs.append(desk.clock.now())
            if len(runs) < 3:
                raise ValueError(f"quoting {message.text}")
            return "at last"

        async def answer(message: Message) -> str:
            return fail_at_first(message)

        app.message()(fail_at_first if blocking else answer)
        assert await desk.say("secret words") == []
        await desk.clock.advance(35)
        assert [content(effect) for effect in await desk.effects()] == ["at last"]
        failures = [r for r in caplog.records if r.__dict__.get("event") == "bot.handler_failed"]
        assert len(failures) == 2
        assert "ValueError" in failures[0].getMessage()
        assert "in fail_at_first" in failures[0].getMessage()
        assert "secret words" not in caplog.text

    async def test_a_second_run_repeats_nothing(self, desk: Desk, app: App) -> None:
        """Also when it takes other steps than the first."""
        runs = 0

        @app.message()
        async def answer(message: Message) -> str:
            nonlocal runs
            runs += 1
            if runs == 1:
                await message.reply("one")
                await message.reply("two")
                await message.reply("named", key="summary")
                raise ValueError("boom")
            await message.reply("named again", key="summary")
            await message.reply("one again")
            return "the end"

        await desk.say("hello")
        await desk.clock.advance(5)
        texts = [content(effect) for effect in await desk.effects()]
        assert texts == ["one", "two", "named", "the end"]

    async def test_it_is_tried_five_times(self, desk: Desk, app: App) -> None:
        @app.message()
        async def fail(message: Message) -> None:
            raise ValueError("boom")

        await desk.say("hello", id="om_1")
        await desk.say("next", id="om_2")
        await desk.clock.advance(600)
        [first, second] = await desk.deliveries()
        assert (first[2:], second[2:]) == (("dead", 5), ("open", 2))

    @pytest.mark.parametrize("ending", [Retry(after=3), Hold("down", seconds=3)])
    async def test_a_handler_says_how_it_ends(
        self, desk: Desk, app: App, ending: Exception
    ) -> None:
        runs = 0

        @app.message()
        async def answer(message: Message) -> str:
            nonlocal runs
            runs += 1
            if runs == 1:
                raise ending
            return "done"

        assert await desk.say("hello") == []
        await desk.clock.advance(2.9)
        assert runs == 1
        await desk.clock.advance(0.1)
        assert [content(effect) for effect in await desk.effects()] == ["done"]
        charged = 2 if isinstance(ending, Retry) else 1
        assert [delivery[3] for delivery in await desk.deliveries()] == [charged]

    async def test_giving_up_says_why(
        self, desk: Desk, app: App, caplog: pytest.LogCaptureFixture
    ) -> None:
        @app.message()
        def give_up(message: BlockingMessage) -> None:
            raise GiveUp("not my business")

        await desk.say("hello", id="om_1")
        stored = await desk.delivery("om_1")
        assert stored
        assert (stored.state, stored.result) == ("dead", "not my business")
        assert "not my business" in caplog.text

    @pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), StopIteration("x")])
    async def test_a_plain_handler_cannot_end_the_process(
        self, desk: Desk, app: App, error: BaseException
    ) -> None:
        @app.message()
        def leave(message: BlockingMessage) -> None:
            raise error

        @app.error
        async def explain(error: Exception, message: Message) -> str:
            return f"sorry: {error!r}"

        [reply] = await desk.say("hello")
        assert type(error).__name__ in reply
        assert await desk.say("hello again") == [reply]

    @pytest.mark.parametrize("error", [SystemExit(1), asyncio.CancelledError()])
    async def test_nor_can_an_async_one(
        self, desk: Desk, app: App, error: BaseException, caplog: pytest.LogCaptureFixture
    ) -> None:
        @app.message()
        async def leave(message: Message) -> None:
            raise error

        @app.error
        async def explain(error: Exception, message: Message) -> str:
            return f"sorry: {error!r}"

        [reply] = await desk.say("hello")
        assert type(error).__name__ in reply
        assert "bot.handler_failed" in [r.__dict__.get("event") for r in caplog.records]

    async def test_what_an_account_left_waits_until_it_is_back(
        self, app: App, open_desk: OpenDesk
    ) -> None:
        app.message()(lambda message: "hello")
        async with open_desk(app, working=False) as desk:
            await desk.receive(message(id="om_1"), "cli_2")
        async with open_desk(app, accounts=["cli_1"]) as desk:
            await desk.clock.settle()
            stored = await desk.delivery("om_1", account="cli_2")
        assert stored
        assert stored.state == "open"


class TestErrorHandler:
    @pytest.mark.parametrize("blocking", [False, True])
    async def test_what_it_returns_is_the_reply(self, desk: Desk, app: App, blocking: bool) -> None:
        @app.message()
        async def fail(message: Message) -> None:
            raise ValueError("boom")

        def apologise(error: Exception, message: Any) -> str:
            return f"sorry, {message.sender.open_id}: {error}"

        async def apologise_async(error: Exception, message: Message) -> str:
            return apologise(error, message)

        app.error(apologise if blocking else apologise_async)
        assert await desk.say("hello", id="om_1") == ["sorry, ou_1: boom"]
        assert (await desk.deliveries())[0][2:] == ("done", 1)

    async def test_when_it_raises_the_delivery_is_tried_again(
        self, desk: Desk, app: App, caplog: pytest.LogCaptureFixture
    ) -> None:
        runs = 0

        @app.message()
        async def fail_once(message: Message) -> str:
            nonlocal runs
            runs += 1
            if runs == 1:
                raise ValueError("boom")
            return "well"

        @app.error
        async def fail_too(error: Exception, message: Message) -> None:
            raise LookupError

        assert await desk.say("hello") == []
        assert "fail_once failed" in caplog.text
        assert "fail_too failed" in caplog.text
        await desk.clock.advance(5)
        assert [content(effect) for effect in await desk.effects()] == ["well"]

    async def test_endings_are_not_errors(self, desk: Desk, app: App) -> None:
        told: list[Exception] = []

        @app.message()
        async def give_up(message: Message) -> None:
            raise GiveUp("enough")

        @app.error
        async def note(error: Exception, message: Message) -> None:
            told.append(error)

        await desk.say("hello", id="om_1")
        assert told == []
        assert (await desk.deliveries())[0][2] == "dead"

    async def test_a_store_out_of_order_is_nobodys_error(self, desk: Desk, app: App) -> None:
        """The handler runs again once its reply can be kept; there is nothing to apologise for."""

        def hurry(connection: sqlite3.Connection, items: list[None]) -> list[None]:
            connection.execute("pragma busy_timeout = 0")
            return items

        runs = 0
        may_reply = asyncio.Event()

        @app.message()
        async def answer(message: Message) -> str:
            nonlocal runs
            runs += 1
            await may_reply.wait()
            await message.reply("one")
            return "two"

        @app.error
        async def apologise(error: Exception, message: Message) -> str:
            return "sorry"

        await desk.database.write(hurry, None)
        assert await desk.say("hello") == []
        with closing(sqlite3.connect(desk.database.path, isolation_level=None)) as other:
            other.execute("begin immediate")
            may_reply.set()
            await desk.clock.advance(5)
            assert runs == 1
        await desk.clock.advance(10)
        assert [content(effect) for effect in await desk.effects()] == ["one", "two"]
        assert (await desk.deliveries())[0][2:] == ("done", 1)

    async def test_it_may_end_the_delivery_itself(self, desk: Desk, app: App) -> None:
        @app.message()
        async def fail(message: Message) -> None:
            raise ValueError("boom")

        @app.error
        async def bury(error: Exception, message: Message) -> None:
            raise GiveUp(f"buried: {error}")

        await desk.say("hello", id="om_1")
        stored = await desk.delivery("om_1")
        assert stored
        assert (stored.state, stored.result) == ("dead", "buried: boom")


class TestRegistration:
    def test_an_argument_nothing_gives_is_an_error_at_once(self, app: App) -> None:
        with pytest.raises(SettingsError, match=r"answer its argument sesion.*match, session"):

            @app.message()
            async def answer(message: Message, sesion: Session) -> None: ...

        assert app.handlers == []

    @pytest.mark.parametrize("name", ["", "with space", "a/b", "é", "x" * 41, "a:b"])
    def test_a_name_that_cannot_be_part_of_a_key(self, name: str) -> None:
        with pytest.raises(SettingsError, match="cannot be used"):
            App(name)

    def test_the_decorated_function_stays_what_it_is(self, app: App) -> None:
        def answer(message: Message) -> str:
            return "hello"

        assert app.message(pattern="x")(answer) is answer
        assert app.error(answer) is answer


class TestStops:
    async def test_a_handler_that_is_cut_short_runs_again_after_a_restart(
        self, app: App, open_desk: OpenDesk, caplog: pytest.LogCaptureFixture
    ) -> None:
        runs = 0

        @app.message()
        async def answer(message: Message) -> str:
            nonlocal runs
            runs += 1
            await message.reply("working on it")
            if runs == 1:
                await asyncio.Event().wait()
            return "done"

        @app.error
        async def apologise(error: Exception, message: Message) -> str:
            return "to be cut short is no error"

        async with open_desk(app) as desk:
            assert await desk.say("hello") == ["working on it"]
        async with open_desk(app) as desk:
            await desk.clock.settle()
            texts = [content(effect) for effect in await desk.effects()]
            assert texts == ["working on it", "done"]
            assert [delivery[2:] for delivery in await desk.deliveries()] == [("done", 1)]
        assert [r.getMessage() for r in caplog.records if r.levelno > logging.INFO] == []

    async def test_what_it_raises_then_is_nobodys_error(
        self, app: App, open_desk: OpenDesk, caplog: pytest.LogCaptureFixture
    ) -> None:
        apologies: list[str] = []

        @app.message()
        async def answer(message: Message) -> None:
            try:
                await asyncio.Event().wait()
            finally:
                raise ValueError("no time to tidy up")

        @app.error
        async def apologise(error: Exception, message: Message) -> None:
            apologies.append(message.id)

        async with open_desk(app) as desk:
            await desk.receive(message())
            await desk.abandon()
            assert [delivery[2:] for delivery in await desk.deliveries()] == [("open", 0)]
        assert apologies == []
        assert [r.getMessage() for r in caplog.records if r.levelno > logging.INFO] == []

    async def test_a_thread_whose_run_was_cut_short_says_nothing_more(
        self, app: App, open_desk: OpenDesk
    ) -> None:
        """Nobody can end a thread, and the message may be handled elsewhere by now."""
        inside, go, refused = threading.Event(), threading.Event(), threading.Event()

        @app.message()
        def answer(message: BlockingMessage) -> None:
            inside.set()
            go.wait(10)
            with pytest.raises(LarkgateError, match="was given up"):
                message.reply("too late")
            refused.set()

        async with open_desk(app) as desk:
            await desk.intake.accept(push(message()))
            assert await asyncio.to_thread(inside.wait, 10)
            await desk.abandon()
            go.set()
            assert await asyncio.to_thread(refused.wait, 10)
            assert await desk.effects() == []

    async def test_what_was_kept_and_not_begun_is_handled_after_a_restart(
        self, app: App, open_desk: OpenDesk
    ) -> None:
        app.message()(lambda message: message.text)
        async with open_desk(app, working=False) as desk:
            for number in range(5):
                await desk.receive(message(str(number)))
        async with open_desk(app) as desk:
            await desk.clock.settle()
            assert [content(effect) for effect in await desk.effects()] == list("01234")


async def test_logs_name_handler_message_and_time_but_no_words(
    desk: Desk, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    @app.message()
    async def answer(message: Message, session: Session) -> str:
        await desk.clock.sleep(1.5)
        return "private answer"

    with caplog.at_level(logging.INFO, "larkgate"):
        await desk.receive(message("private question", id="om_1"))
        await desk.clock.advance(2)
    told = {r.__dict__["event"]: r.getMessage() for r in caplog.records if "event" in r.__dict__}
    assert list(told) == [
        "bot.message_received",
        "bot.session_created",
        "bot.handler_started",
        "bot.handler_finished",
        "bot.reply_stored",
    ]
    assert "oc_1" in told["bot.message_received"]
    assert "session_1" in told["bot.session_created"]
    assert "1500 ms" in told["bot.handler_finished"]
    assert "length 14" in told["bot.reply_stored"]
    assert all("answer" in told[f"bot.handler_{what}"] for what in ("started", "finished"))
    assert "private" not in caplog.text


class TestKindsOfFunctions:
    async def test_an_object_with_an_async_call_runs_on_the_loop(
        self, desk: Desk, app: App
    ) -> None:
        class Answering:
            async def __call__(self, message: Message) -> str:
                return "from an object"

        app.message()(Answering())
        assert await desk.say("hello") == ["from an object"]

    async def test_a_plain_decorator_around_an_async_handler_is_named(
        self, desk: Desk, app: App, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def answer(message: Message) -> str:
            return "never"

        @app.message()
        def wrapper(message: Message) -> object:
            return answer(message)

        assert await desk.say("hello", id="om_1") == []
        assert "wrapper returned a coroutine" in caplog.text
        stored = await desk.delivery("om_1")
        assert stored
        assert stored.state == "dead"
