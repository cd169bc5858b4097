"""Events that somebody else receives: suspected when there is reason to, and only then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from bot_desk import Desk, desk_of, event, message
from hypothesis import given
from hypothesis import strategies as st

from larkgate.bot import App, Gaps
from larkgate.bot.gaps import CHAT_ENTERED, Reference, Suspicions, reference_of
from larkgate.clock import VirtualClock
from larkgate.openapi import messages
from larkgate.queue import Event
from larkgate.simulator import APP_ID, APP_SECRET, Message, Simulator, StandardWorld, standard_world

HOUR = 3600.0


def kept(payload: bytes, kind: str = "im.message.receive_v1") -> Event:
    return Event("key", "cli_1", kind, 0.0, payload.decode())


class TestReferences:
    def test_an_answer_in_a_private_chat(self) -> None:
        answer = kept(message(chat="oc_p", chat_type="p2p", parent="om_1"))
        assert reference_of(answer) == Reference("cli_1", "oc_p", "om_1")

    def test_a_chat_that_was_opened(self) -> None:
        entered = event(CHAT_ENTERED, {"chat_id": "oc_p", "last_message_id": "om_1"})
        assert reference_of(kept(entered, CHAT_ENTERED)) == Reference("cli_1", "oc_p", "om_1")

    @pytest.mark.parametrize(
        "payload",
        [
            message(chat_type="p2p"),
            message(chat_type="group", parent="om_1"),
            message('"p2p" "parent_id"', chat_type="group"),
            message('{"chat_type":"p2p"}', chat_type="group", parent="om_1"),
        ],
    )
    def test_most_refer_to_nothing_that_tells(self, payload: bytes) -> None:
        assert reference_of(kept(payload)) is None

    @given(st.sampled_from(["im.message.receive_v1", CHAT_ENTERED]), st.text())
    def test_odd_payloads(self, kind: str, text: str) -> None:
        for payload in (text, f'{{"p2p":1,"parent_id":{text}', '"p2p" "parent_id"'):
            assert reference_of(Event("key", "cli_1", kind, 0.0, payload)) is None


class TestSuspicions:
    def test_two_messages_within_an_hour(self) -> None:
        found = Suspicions()
        assert found.add("a", "om_1", 0) is None
        assert found.add("b", "om_2", 1) is None
        assert found.of("a", 1) is None
        suspicion = found.add("a", "om_3", HOUR - 1)
        assert suspicion == found.of("a", HOUR - 1)
        assert suspicion
        assert (suspicion.messages, suspicion.example, suspicion.since) == (2, "om_1", 0)
        assert found.of("a", HOUR) is None

    def test_one_message_is_one_however_often_it_is_referred_to(self) -> None:
        found = Suspicions()
        assert [found.add("a", "om_1", number) for number in range(5)] == [None] * 5

    def test_it_is_said_once_an_hour(self) -> None:
        found = Suspicions()
        said = [number for number in range(30) if found.add("a", f"om_{number}", 300.0 * number)]
        assert said == [1, 13, 25]


class Case:
    """A gateway's intake beside the platform, which tells it what the test says."""

    def __init__(self, desk: Desk, sim: Simulator, world: StandardWorld) -> None:
        self.desk = desk
        self.sim = sim
        self.clock = desk.clock
        self.chat = world.private[0]
        self.person = world.people[0]
        self.world = world
        self.live: float | None = desk.clock.now()
        self.gaps = Gaps(
            desk.intake, desk.store, desk.accounts, desk.clock, lambda account: self.live
        )

    async def say(self, text: str, *, here: bool = True, to: Message | None = None) -> Message:
        """A person writes; we get the event if it comes `here`."""
        said = self.sim.say(self.chat, self.person, text, reply_to=to)
        if here:
            payload = message(
                text,
                id=said.id,
                chat=self.chat.id,
                chat_type="p2p",
                parent=to.id if to else None,
                created=self.clock.now(),
            )
            await self.desk.receive(payload, APP_ID)
        return said

    async def steal(self) -> None:
        """A message that never comes, and an answer to it."""
        await self.say("answer", to=await self.say("stolen", here=False))

    @property
    def suspected(self) -> int:
        found = self.gaps.suspected(APP_ID)
        return found.messages if found else 0


@asynccontextmanager
async def case_of(path: Path, clock: VirtualClock, app: App) -> AsyncIterator[Case]:
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        real = {"accounts": (APP_ID,), "platform": sim.url, "secret": APP_SECRET}
        async with desk_of(path, clock, app, working=False, **real) as desk:
            case = Case(desk, sim, world)
            running = asyncio.create_task(case.gaps.run())
            await clock.advance(HOUR)
            try:
                yield case
            finally:
                running.cancel()
                await asyncio.wait({running})


@pytest.fixture
async def case(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[Case]:
    app = App()
    app.message()(lambda message: None)
    async with case_of(tmp_path / "larkgate.db", clock, app) as case:
        yield case


class TestGaps:
    async def test_stolen_messages_are_suspected_and_told(
        self, case: Case, caplog: pytest.LogCaptureFixture
    ) -> None:
        await case.steal()
        await case.clock.advance(700)
        assert case.suspected == 0
        await case.steal()
        await case.clock.advance(700)
        assert case.suspected == 2
        [record] = [r for r in caplog.records if r.levelno >= logging.WARNING]
        assert record.__dict__["event"] == "bot.foreign_connection"
        assert "the same App ID" in record.getMessage()
        await case.clock.advance(2 * HOUR)
        assert case.suspected == 0

    async def test_a_chat_that_was_opened_tells_too(self, case: Case) -> None:
        for _ in range(2):
            stolen = await case.say("stolen", here=False)
            body = {"chat_id": case.chat.id, "last_message_id": stolen.id}
            await case.desk.receive(event(CHAT_ENTERED, body), APP_ID)
        await case.clock.advance(700)
        assert case.suspected == 2

    async def test_what_came_in_is_not_missing(self, case: Case) -> None:
        for _ in range(3):
            await case.say("answer", to=await case.say("question"))
        await case.clock.advance(700)
        assert case.suspected == 0

    async def test_nor_what_comes_late(self, case: Case) -> None:
        """The platform pushes again what nobody acknowledged."""
        late = [await case.say("late", here=False) for _ in range(2)]
        for each in late:
            await case.say("answer", to=each)
        await case.clock.advance(300)
        for each in late:
            again = message(id=each.id, chat=case.chat.id, chat_type="p2p")
            await case.desk.receive(again, APP_ID)
        await case.clock.advance(700)
        assert case.suspected == 0

    async def test_nor_what_a_bot_said(self, case: Case) -> None:
        """Ours, or another program's that sends for the same account."""
        client = case.desk.accounts[APP_ID].client
        for number in range(2):
            sent = await messages.send(client, case.chat.id, messages.text(f"{number}"))
            [bots] = [each for each in case.sim.messages if each.id == sent.message_id]
            await case.say("answer", to=bots)
        await case.clock.advance(700)
        assert case.suspected == 0

    async def test_nor_what_was_said_while_the_door_was_not_open(self, case: Case) -> None:
        before = [await case.say("before", here=False) for _ in range(2)]
        await case.clock.advance(60)
        case.live = case.clock.now()
        await case.clock.advance(HOUR)
        for each in before:
            await case.say("answer", to=each)
        await case.clock.advance(700)
        assert case.suspected == 0
        await case.steal()
        await case.steal()
        case.live = None
        await case.clock.advance(700)
        assert case.suspected == 0

    async def test_nor_what_was_refused_here(self, case: Case) -> None:
        refused = [await case.say("refused", here=False) for _ in range(2)]
        case.desk.intake.failed_at = case.desk.store.now()
        for each in refused:
            await case.say("answer", to=each)
        await case.clock.advance(700)
        assert case.suspected == 0

    async def test_nor_what_is_long_ago(self, case: Case) -> None:
        old = [await case.say("old", here=False) for _ in range(2)]
        await case.clock.advance(6 * HOUR)
        for each in old:
            await case.say("answer", to=each)
        await case.clock.advance(700)
        assert case.suspected == 0

    async def test_nor_what_nobody_wants(self, tmp_path: Path, clock: VirtualClock) -> None:
        async with case_of(tmp_path / "larkgate.db", clock, App()) as case:
            await case.steal()
            await case.steal()
            await clock.advance(700)
            assert case.suspected == 0

    async def test_a_platform_that_does_not_say_tells_nothing(self, case: Case) -> None:
        for number in range(3):
            payload = message(chat=case.chat.id, chat_type="p2p", parent=f"om_none_{number}")
            await case.desk.receive(payload, APP_ID)
        await case.clock.advance(700)
        assert case.suspected == 0
        await case.steal()
        await case.steal()
        await case.clock.advance(700)
        assert case.suspected == 2

    async def test_what_waits_is_bounded(self, case: Case) -> None:
        for number in range(400):
            payload = message(chat=case.chat.id, chat_type="p2p", parent=f"om_none_{number}")
            await case.desk.receive(payload, APP_ID)
        calls = len(case.sim.calls)
        await case.clock.advance(600 + 256 * 6)
        assert len(case.sim.calls) - calls <= 257
