"""The official SDK, a client we did not write, is served."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from larkgate.simulator import APP_SECRET, Simulator, standard_world

CLIENT = Path(__file__).with_name("official_client.py")


@asynccontextmanager
async def official_client(sim: Simulator, app_id: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(CLIENT), sim.url, app_id, APP_SECRET, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await sim.until(lambda: sim.connections, timeout=60)
        yield
    finally:
        process.kill()
        await process.wait()


async def test_the_official_client_receives_acknowledges_and_replies_once() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with official_client(sim, world.app.id):
            asked = sim.say(world.development, world.people[0], "@TSP助手 在吗 @李四")
            await sim.until(lambda: sim.pushes[0].acked_at, timeout=60)

    push = sim.pushes[0]
    assert (push.about, push.attempts[0].code) == (asked.id, 200)
    assert push.attempts[0].biz_rt is not None
    question, answer = world.development.messages
    assert (answer.text, answer.sender, answer.parent) == (
        "echo @_user_1 在吗 @_user_2",
        world.app,
        question.id,
    )
    replies = [call for call in sim.calls if call.path.endswith("/reply")]
    assert [call.code for call in replies] == [0, 0], "both were answered, one message was made"
    assert sim.complaints == []


async def test_the_official_client_puts_fragments_together() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.fragment_size = 50
        async with official_client(sim, world.app.id):
            sim.say(world.private[0], world.people[0], "很长的话" * 200)
            await sim.until(lambda: sim.pushes[0].acked_at, timeout=60)

    assert sim.pushes[0].attempts[0].code == 200
    assert world.private[0].messages[-1].text == "echo " + "很长的话" * 200
