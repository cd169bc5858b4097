"""The long connection of the simulator serves the official SDKs and our own gateway alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import pytest_asyncio
from foreign import Foreign, account, lark_oapi, node_sdk
from worlds import world_of

from larkgate import Bot, Click
from larkgate.clock import SystemClock
from larkgate.config import load
from larkgate.gateway import Gateway
from larkgate.simulator import Message, PushRecord, Simulator, StandardWorld, faults
from larkgate.simulator.connection import Connection

pytestmark = pytest.mark.asyncio(loop_scope="module")

CARD = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "完成"}]}}
ANSWER = {
    "toast": {"type": "success", "content": "收到", "i18n": {"zh_cn": "收到", "en_us": "got it"}},
    "card": {"type": "raw", "data": CARD},
}
# Every ping is a second apart, and the first pong says that a lost connection is replaced at once.
CONFIG = {"ReconnectCount": -1, "ReconnectInterval": 1, "ReconnectNonce": 600, "PingInterval": 1}


class Linked(NamedTuple):
    """A client on the long connection.

    Attributes:
        unknown: the code it acknowledges what it has no handler for with.
        answer: makes it answer the next clicks like this.
    """

    sim: Simulator
    world: StandardWorld
    unknown: int
    answer: Callable[[Any], Awaitable[None]]

    def card(self) -> Message:
        """One the bot has sent."""
        content = msgspec.json.encode(CARD).decode()
        return self.sim.world.post(self.world.development, self.world.app, "interactive", content)

    async def pinged(self, enough: Callable[[Connection], bool]) -> Connection:
        """The connection of which this is true; nothing tells of a ping. No client takes pushes
        before it sends the first."""
        clock = SystemClock()
        async with clock.timeout(60):
            while True:
                if found := [each for each in self.sim.connections if enough(each)]:
                    return found[0]
                await clock.sleep(0.05)

    async def acknowledged(self, push: PushRecord) -> int | None:
        """The code of the first acknowledgement."""
        attempt = push.attempts[0]
        await self.sim.until(lambda: attempt.code is not None, timeout=20)
        return attempt.code


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=["lark-oapi", "node-sdk", "larkgate"]
)
async def linked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Linked]:
    async with Simulator() as sim:
        sim.client_config, sim.pong_config = CONFIG, {**CONFIG, "ReconnectNonce": 0}
        home = tmp_path_factory.mktemp("home")
        world = world_of(sim, request.param)
        opened: Callable[[], AbstractAsyncContextManager[Linked]] = {
            "lark-oapi": lambda: foreign(sim, world, lark_oapi(), 500),
            "node-sdk": lambda: foreign(sim, world, node_sdk(), 200),
            "larkgate": lambda: ours(sim, world, home),
        }[request.param]
        async with opened() as client:
            await client.pinged(lambda connection: connection.pings > 0)
            yield client
        assert sim.complaints == []


@asynccontextmanager
async def foreign(
    sim: Simulator,
    world: StandardWorld,
    program: AbstractAsyncContextManager[Foreign],
    unknown: int,
) -> AsyncIterator[Linked]:
    async with program as client:
        await client.do("link", account=account(sim, world.app))

        async def answer(with_: Any) -> None:
            await client.do("answer", to="card.action.trigger", with_=with_)

        yield Linked(sim, world, unknown, answer)


@asynccontextmanager
async def ours(sim: Simulator, world: StandardWorld, home: Path) -> AsyncIterator[Linked]:
    bot = Bot()
    answers: list[dict[str, Any]] = []

    @bot.message()
    async def heard(message: object) -> None:
        pass

    @bot.click()
    async def clicked(click: Click) -> dict[str, Any]:
        return answers[-1]

    async def answer(with_: Any) -> None:
        answers.append(with_)

    (home / "larkgate.toml").write_text("[http]\nport = 0\n", "utf-8")
    settings = {
        "FEISHU_APP_ID": world.app.id,
        "FEISHU_APP_SECRET": world.app.secret.reveal(),
        "FEISHU_DOMAIN": sim.url,
    }
    async with Gateway(load(home, settings), [bot]):
        yield Linked(sim, world, 200, answer)


async def test_a_message_is_acknowledged(linked: Linked) -> None:
    said = linked.sim.say(linked.world.development, linked.world.people[0], "@TSP助手 在吗")
    (push,) = [each for each in linked.sim.pushes if each.about == said.id]
    assert await linked.acknowledged(push) == 200
    assert push.acked_at is not None
    assert push.attempts[0].biz_rt is not None


async def test_fragments_are_put_together(linked: Linked) -> None:
    linked.sim.fragment_size = 50
    said = linked.sim.say(linked.world.private[0], linked.world.people[0], "很长的话" * 200)
    linked.sim.fragment_size = None
    (push,) = [each for each in linked.sim.pushes if each.about == said.id]
    assert await linked.acknowledged(push) == 200


async def test_a_click_is_answered(linked: Linked) -> None:
    await linked.answer(ANSWER)
    clicked = await linked.sim.click(linked.card(), linked.world.people[0], {"action": "go"})
    assert clicked.answer == ANSWER


async def test_a_click_may_change_nothing(linked: Linked) -> None:
    await linked.answer({})
    clicked = await linked.sim.click(linked.card(), linked.world.people[0], {"action": "go"})
    assert clicked == ({}, None)


async def test_what_nobody_handles_is_acknowledged_all_the_same(linked: Linked) -> None:
    """But by the SDK for Python, which makes the platform push it again."""
    envelope = {
        "schema": "2.0",
        "header": {
            "event_id": "e",
            "event_type": "no.such.event_v1",
            "app_id": linked.world.app.id,
        },
        "event": {},
    }
    push = linked.sim.push(linked.world.app.id, msgspec.json.encode(envelope), repush=False)
    assert await linked.acknowledged(push) == linked.unknown


async def test_pings_come_as_the_platform_says(linked: Linked) -> None:
    heard = linked.sim.connections[0].pings
    await linked.pinged(lambda connection: connection.pings >= heard + 2)


async def test_a_lost_connection_is_replaced(linked: Linked) -> None:
    """As the pong says, not the answer of the bootstrap: that would take ten minutes."""
    (lost,) = linked.sim.connections
    linked.sim.faults.inject(faults.Drop())
    await linked.pinged(lambda connection: connection is not lost and connection.pings > 0)
    await test_a_message_is_acknowledged(linked)
