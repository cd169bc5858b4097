"""Messages whose turn comes late: nothing disappears without a row that says why."""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from bot_desk import Desk, content, desk_of, message
from hypothesis import given
from hypothesis import strategies as st

from larkgate import texts
from larkgate.bot import App, BlockingMessage, Message, Stale
from larkgate.bot.stale import age_of, duration, in_one_line
from larkgate.clock import VirtualClock
from larkgate.errors import Hold, Retry, SettingsError
from larkgate.queue import SqliteOperations

HOUR = 3600.0
MINUTE = 60.0


def echo(**options: Any) -> App:
    app = App(**options)

    @app.message()
    async def answer(message: Message) -> str:
        return f"re: {message.text}"

    return app


def listing(desk: Desk) -> list[str]:
    return [str(settlement.result) for settlement in desk.settled]


async def said(desk: Desk) -> list[str]:
    return [content(effect) for effect in await desk.effects()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "larkgate.db"


class TestAge:
    @pytest.mark.parametrize(
        ("created", "waited", "now", "age"),
        [
            (1000, 0, 1000, 0),
            (1000, 5, 1005, 5),
            (1000, 0, 1015, 0),  # pushed again after 15 s
            (1000, 0, 1299, 0),  # our clock is ahead
            (1000, 0, 701, 0),  # our clock is behind
            (1000, 0, 1000 - 9 * HOUR, 0),  # far behind
            (1000, 100, 1400, 100),
            (1000, 0, 1000 + 6 * HOUR, 6 * HOUR),  # pushed again after 6 h
            (1000, 2 * HOUR, 1000 + 8 * HOUR, 8 * HOUR),  # ... and kept for two more
            (1000, 2 * HOUR, 1000 + 2 * HOUR + 200, 2 * HOUR),
            (0, 7, 5000, 7),  # the platform did not say
        ],
    )
    def test_of_a_message(self, created: float, waited: float, now: float, age: float) -> None:
        assert age_of(created, waited, now) == age

    @given(st.floats(-300, 300), st.floats(0, 1e6))
    def test_a_fresh_message_is_fresh_whatever_the_clocks_say(
        self, skew: float, created: float
    ) -> None:
        assert age_of(1 + created, 0.5, 1 + created + 0.4 + skew * 0.99) == 0.5

    @given(st.integers(-300, 300), st.integers(0, 10**6), st.integers(0, 10**6))
    def test_what_waited_here_counts_exactly_or_more(
        self, skew: int, waited: int, before: int
    ) -> None:
        age = age_of(10**9, waited, 10**9 + before + waited + skew)
        assert age >= waited
        assert age <= max(waited, before + waited + 300)

    @pytest.mark.parametrize(
        ("seconds", "zh", "en"),
        [
            (1, "1 分钟", "1 min"),
            (80 * MINUTE, "80 分钟", "80 min"),
            (6 * HOUR, "6 小时", "6 h"),
            (35 * HOUR, "35 小时", "35 h"),
            (37 * HOUR, "2 天", "2 days"),
        ],
    )
    def test_for_people(self, seconds: float, zh: str, en: str) -> None:
        assert duration(seconds) == en
        texts.use("zh")
        assert duration(seconds) == zh


class TestQuotes:
    @pytest.mark.parametrize(
        ("text", "quote"),
        [
            ("short", "short"),
            ("two\n\n lines ", "two lines"),
            ("exactly10!", "exactly10!"),
            ("eleven char", "eleven ch…"),
            ('<at user_id="all"></at>', "‹at user_…"),
            ("", ""),
        ],
    )
    def test_in_one_line(self, text: str, quote: str) -> None:
        assert in_one_line(text, 10) == quote

    @given(st.text())
    def test_a_quote_calls_nobody(self, text: str) -> None:
        quote = in_one_line(text, 20)
        assert len(quote) <= 20
        assert not set("<>\n") & set(quote)


class TestSettings:
    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"stale": "skip"}, "no stale_after"),
            ({"stale": "drop", "stale_after": 1}, "answer, note, digest, skip"),
            ({"stale_after": 0}, "above 0"),
            ({"stale_after": -1.0}, "above 0"),
            ({"stale_after": float("inf")}, "above 0"),
            ({"stale_after": float("nan")}, "above 0"),
        ],
        ids=str,
    )
    def test_what_cannot_be(self, options: dict[str, Any], words: str) -> None:
        with pytest.raises(SettingsError, match=words):
            App("desk", **options)

    def test_what_an_app_needs_of_the_ledger(self) -> None:
        assert App().keeps == 8 * HOUR
        assert App(stale_after=60).keeps == 8 * HOUR
        assert App(stale_after=24 * HOUR, stale="note").keeps == 24 * HOUR


class TestHandlers:
    """What a handler sees of it, and what comes before its answer."""

    async def test_without_a_limit_nothing_is_old(self, path: Path, clock: VirtualClock) -> None:
        seen: list[float | None] = []
        app = App()
        app.message()(lambda message: seen.append(message.stale))
        async with desk_of(path, clock, app) as desk:
            await desk.receive(message(created=1))
        assert seen == [None]

    @pytest.mark.parametrize("stale", ["answer", "note"])
    async def test_it_sees_how_old_it_is(
        self, path: Path, clock: VirtualClock, stale: Stale
    ) -> None:
        seen: list[float | None] = []
        app = App(stale_after=HOUR, stale=stale)
        app.message()(lambda message: seen.append(message.stale))
        async with desk_of(path, clock, app) as desk:
            await desk.receive(message(created=clock.now()))
            await desk.receive(message(created=clock.now() - HOUR + 1))
            await desk.receive(message(created=clock.now() - 6 * HOUR))
        assert seen == [None, None, 6 * HOUR]

    async def test_answer_is_as_ever(self, path: Path, clock: VirtualClock) -> None:
        async with desk_of(path, clock, echo(stale_after=HOUR)) as desk:
            assert await desk.say("hello", created=1) == ["re: hello"]

    @pytest.mark.parametrize(
        ("language", "note"),
        [
            ("en", "(in reply to your message of about 6 h ago)"),
            ("zh", "（回复您约 6 小时前发送的消息）"),
        ],
    )
    async def test_a_note_comes_before_the_answer(
        self, path: Path, clock: VirtualClock, language: texts.Language, note: str
    ) -> None:
        texts.use(language)
        app = echo(stale_after=HOUR, stale="note")
        async with desk_of(path, clock, app) as desk:
            old = clock.now() - 6 * HOUR
            assert await desk.say("hello", created=old) == [f"{note}\nre: hello"]
            assert await desk.say("now", created=clock.now()) == ["re: now"]

    async def test_it_is_said_once_for_each_message(self, path: Path, clock: VirtualClock) -> None:
        app = App(stale_after=HOUR, stale="note")

        @app.message()
        def twice(message: BlockingMessage) -> str:
            message.reply("first")
            return "second"

        async with desk_of(path, clock, app) as desk:
            replies = await desk.say("hello", created=clock.now() - 2 * HOUR)
        note = "(in reply to your message of about 2 h ago)"
        assert replies == [f"{note}\nfirst", "second"]

    async def test_what_waited_for_another_becomes_old(
        self, path: Path, clock: VirtualClock
    ) -> None:
        """The other side of a handler was down for long."""
        app = App(stale_after=HOUR, stale="note")
        down = True

        @app.message()
        async def ask(message: Message) -> str:
            if down:
                raise Hold("down", seconds=300)
            return "here it is"

        async with desk_of(path, clock, app) as desk:
            assert await desk.say("hello", created=clock.now()) == []
            await clock.advance(2 * HOUR)
            down = False
            await clock.advance(300)
            [reply] = await said(desk)
            assert reply.startswith("(in reply to your message of about 2 h ago)\n")


class TestSkip:
    async def test_it_is_settled_with_the_reason(self, path: Path, clock: VirtualClock) -> None:
        app = echo(stale_after=HOUR, stale="skip")
        async with desk_of(path, clock, app) as desk:
            assert await desk.say("old", id="om_1", created=clock.now() - 6 * HOUR) == []
            assert await desk.say("new", created=clock.now()) == ["re: new"]
            stored = await desk.delivery("om_1")
        assert stored
        assert stored.state == "done"
        assert stored.result == 'stale: about 6 h old when its turn came, and stale = "skip"'

    async def test_what_nobody_wants_is_not_old_but_unwanted(
        self, path: Path, clock: VirtualClock
    ) -> None:
        policies: list[Stale] = ["skip", "digest"]
        for number, stale in enumerate(policies):
            app = App(stale_after=HOUR, stale=stale)
            app.message(mentioned=True)(lambda message: "yes")
            async with desk_of(path.with_name(str(number)), clock, app) as desk:
                await desk.receive(message(created=1))
                assert listing(desk) == ["unwanted"]

    async def test_a_clock_that_is_wrong_by_minutes_skips_nothing(
        self, path: Path, clock: VirtualClock
    ) -> None:
        app = echo(stale_after=MINUTE, stale="skip")
        async with desk_of(path, clock, app) as desk:
            for wrong in (-4.9 * MINUTE, 4.9 * MINUTE):
                text = f"{wrong}"
                assert await desk.say(text, created=clock.now() - wrong) == [f"re: {text}"]

    async def test_what_a_person_has_replayed_is_handled(
        self, path: Path, clock: VirtualClock
    ) -> None:
        app = echo(stale_after=HOUR, stale="skip")
        async with desk_of(path, clock, app) as desk:
            await desk.receive(message("old", created=1))
            [(number,)] = await desk.rows("select id from job")
            await SqliteOperations(desk.database, desk.store).replay([number], "g1")
            await clock.settle()
            assert await said(desk) == ["re: old"]


class TestDigest:
    async def backlog(self, path: Path, clock: VirtualClock, *payloads: bytes) -> None:
        """These have waited for two hours while nobody was there."""
        async with desk_of(path, clock, self.app(), working=False) as desk:
            for payload in payloads:
                await desk.receive(payload)
        await clock.advance(2 * HOUR)

    @staticmethod
    def app() -> App:
        return echo(stale_after=HOUR, stale="digest")

    async def test_one_message_lists_what_waited(self, path: Path, clock: VirtualClock) -> None:
        waiting = [message(f"question {n}", id=f"om_q{n}") for n in range(3)]
        await self.backlog(path, clock, *waiting)
        async with desk_of(path, clock, self.app()) as desk:
            await clock.advance(30)
            [effect] = await desk.effects()
            assert (effect.verb, effect.target, effect.chat) == ("reply", "om_q2", "oc_1")
            assert content(effect) == (
                "These reached me too late and were not answered (3):\n"
                "· question 0\n· question 1\n· question 2\n"
                "Please say again what still matters."
            )
            await clock.advance(HOUR)
            assert len(await desk.effects()) == 1
            assert {each.state for each in desk.settled} == {"done"}
            stored = await desk.delivery("om_q0")
        assert stored
        assert stored.state == "done"
        assert stored.result == (
            "stale: about 2 h old when its turn came, "
            "listed in the digest bot:cli_1/message/om_q0#digest"
        )

    async def test_each_conversation_has_its_own(self, path: Path, clock: VirtualClock) -> None:
        await self.backlog(
            path,
            clock,
            message("a", sender="ou_1"),
            message("b", sender="ou_2"),
            message("c", sender="ou_1", thread="omt_1"),
        )
        async with desk_of(path, clock, self.app()) as desk:
            await clock.advance(30)
            effects = await desk.effects()
        assert sorted(content(effect).splitlines()[1] for effect in effects) == [
            "· a",
            "· b",
            "· c",
        ]
        assert sorted(effect.in_thread for effect in effects) == [False, False, True]

    async def test_what_is_new_is_answered_meanwhile(self, path: Path, clock: VirtualClock) -> None:
        await self.backlog(path, clock, message("old"))
        async with desk_of(path, clock, self.app()) as desk:
            assert await desk.say("new", created=clock.now()) == ["re: new"]
            await clock.advance(30)
            assert len(await desk.effects()) == 2

    async def test_what_comes_one_by_one_is_listed_together(
        self, path: Path, clock: VirtualClock
    ) -> None:
        """As when the platform pushes again what it could not deliver."""
        async with desk_of(path, clock, self.app()) as desk:
            for number in range(6):
                await desk.receive(message(f"q{number}", created=clock.now() - 6 * HOUR))
                await clock.advance(20)
            assert await desk.effects() == []
            await clock.advance(10)
            [text] = await said(desk)
            assert "(6)" in text
            await desk.receive(message("much later", created=clock.now() - 6 * HOUR))
            await clock.advance(30)
            assert len(await desk.effects()) == 2

    async def test_it_is_not_put_off_for_ever(self, path: Path, clock: VirtualClock) -> None:
        async with desk_of(path, clock, self.app()) as desk:
            for _ in range(31):
                await desk.receive(message("q", created=clock.now() - 6 * HOUR))
                await clock.advance(20)
            await clock.advance(30)
            counts = [text.partition("(")[2].partition(")")[0] for text in await said(desk)]
        assert sum(map(int, counts)) == 31
        assert len(counts) == 2 or (len(counts) == 3 and int(counts[2]) <= 2)

    async def test_many_are_counted_and_long_ones_cut(
        self, path: Path, clock: VirtualClock
    ) -> None:
        await self.backlog(path, clock, message("x" * 500), *(message(f"q{n}") for n in range(25)))
        async with desk_of(path, clock, self.app()) as desk:
            await clock.advance(30)
            [text] = await said(desk)
        lines = text.splitlines()
        assert len(lines) == 1 + 10 + 1 + 1
        assert lines[1] == f"· {'x' * 59}…"
        assert lines[11] == "… and 16 more"

    async def test_a_quote_calls_nobody(self, path: Path, clock: VirtualClock) -> None:
        await self.backlog(path, clock, message('<at user_id="all">all</at>'))
        async with desk_of(path, clock, self.app()) as desk:
            await clock.advance(30)
            [text] = await said(desk)
        assert "<" not in text

    @pytest.mark.parametrize("turns", range(0, 80, 4))
    async def test_wherever_the_process_stops_each_is_listed_once(
        self, path: Path, clock: VirtualClock, turns: int
    ) -> None:
        await self.backlog(path, clock, *(message(f"q{n}") for n in range(3)))
        async with desk_of(path, clock, self.app()):
            for _ in range(turns):
                await asyncio.sleep(0)
        await clock.advance(30)
        async with desk_of(path, clock, self.app()):
            for _ in range(turns):
                await asyncio.sleep(0)
        async with desk_of(path, clock, self.app()) as desk:
            await clock.advance(60)
            quotes = [
                line for text in await said(desk) for line in text.splitlines() if line[0] == "·"
            ]
        assert quotes == ["· q0", "· q1", "· q2"]

    async def test_a_discarded_digest_comes_with_the_next(
        self, path: Path, clock: VirtualClock
    ) -> None:
        async with desk_of(path, clock, self.app()) as desk:
            await desk.receive(message("one", created=1))
            ((number,),) = await desk.rows("select id from job where key like '%#digest'")
            await SqliteOperations(desk.database, desk.store).discard([number], "no")
            await clock.advance(HOUR)
            assert await desk.effects() == []
            await desk.receive(message("two", created=1))
            await clock.advance(30)
            [text] = await said(desk)
        assert "· one\n· two\n" in text


REPUSHES = (15.0, 5 * MINUTE, HOUR, 6 * HOUR)


class Lives:
    """A process that dies without a word and is started again."""

    def __init__(self, directory: Path, clock: VirtualClock) -> None:
        self._directory = directory
        self._clock = clock
        self._numbers = itertools.count()

    @asynccontextmanager
    async def next(self, app: App) -> AsyncIterator[Desk]:
        """Ends as by `kill -9`: the next life finds what is on disk at the end of the block."""
        life = next(self._numbers)
        directory = self._directory / str(life)
        directory.mkdir(exist_ok=True)
        async with desk_of(directory / "larkgate.db", self._clock, app) as desk:
            yield desk
            await self._clock.settle()
            shutil.copytree(directory, self._directory / str(life + 1))


class TestRestartCommand:
    async def test_pushed_again_four_times_it_is_executed_once(
        self, tmp_path: Path, clock: VirtualClock
    ) -> None:
        """The process dies after it was handled, and the platform was never told."""
        lives, runs = Lives(tmp_path, clock), []
        command = message("/restart", id="om_1", created=clock.now())
        for pause in (0.0, *REPUSHES):
            app = App()
            app.message()(lambda message: runs.append(message.id))
            async with lives.next(app) as desk:
                await clock.advance(pause)
                assert (await desk.receive(command)).code == 200
        assert runs == ["om_1"]

    async def test_one_that_kills_its_process_sees_that_it_did(
        self, tmp_path: Path, clock: VirtualClock
    ) -> None:
        lives, runs = Lives(tmp_path, clock), []
        command = message("/restart", id="om_1", created=clock.now())
        for pause in (0.0, *REPUSHES):
            app = App()

            @app.message()
            async def restart(message: Message) -> str:
                if message.crashes:
                    return "restarted"
                runs.append(message.id)
                await asyncio.Event().wait()
                return "never"

            async with lives.next(app) as desk:
                await clock.advance(pause)
                await desk.receive(command)
                texts_said = await said(desk)
        assert runs == ["om_1"]
        assert texts_said == ["restarted"]

    async def test_one_that_kills_it_every_time_is_a_dead_letter(
        self, tmp_path: Path, clock: VirtualClock
    ) -> None:
        """It does not loop, and its neighbours are served."""
        lives, runs = Lives(tmp_path, clock), []
        command = message("/restart", id="om_1", sender="ou_1", created=clock.now())
        for pause in (*REPUSHES, *REPUSHES):
            app = App()

            @app.message()
            async def restart(message: Message) -> str:
                if message.text != "/restart":
                    return "served"
                runs.append(message.crashes)
                await asyncio.Event().wait()
                return "never"

            async with lives.next(app) as desk:
                await clock.advance(pause)
                await desk.receive(command)
                stored = await desk.delivery("om_1")
        assert runs == [0, 1, 2, 3, 4]
        assert stored
        assert stored.state == "dead"
        assert stored.result
        async with lives.next(echo()) as desk:
            assert await desk.say("hello", created=clock.now()) == ["re: hello"]

    async def test_an_old_one_is_not_executed_at_all(self, path: Path, clock: VirtualClock) -> None:
        runs: list[str] = []
        app = App(stale_after=10 * MINUTE, stale="skip")
        app.message()(lambda message: runs.append(message.id))
        async with desk_of(path, clock, app) as desk:
            for ago in reversed(REPUSHES):
                await desk.receive(message("/restart", created=clock.now() - ago))
            assert len(desk.settled) == 4
        assert len(runs) == 2


async def test_a_retry_may_become_old_too(path: Path, clock: VirtualClock) -> None:
    """Age counts whenever a handler starts."""
    app = App(stale_after=2 * MINUTE, stale="skip")

    @app.message()
    async def fail(message: Message) -> str:
        raise Retry("not now")

    async with desk_of(path, clock, app) as desk:
        await desk.receive(message(created=clock.now()))
        await clock.advance(HOUR)
        states = [(each.state, str(each.result)[:5]) for each in desk.settled]
    assert states == [("open", "None")] * 3 + [("done", "stale")]
