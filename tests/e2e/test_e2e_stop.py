"""Asked to stop while handlers run; at full size: `python -m bench.stop`."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from bench.stop import GRACE, campaign
from e2e_command import PATIENCE, environment, running, settings
from e2e_stage import answers

from larkgate.simulator import Simulator, standard_world


async def test_blocked_handlers_delay_no_stop_and_are_taken_up_again(tmp_path: Path) -> None:
    outcome = await campaign(tmp_path, deadline=1)
    assert outcome.status == 0
    assert outcome.seconds <= 1 + GRACE
    assert outcome.verdict.good, outcome.verdict


STUBBORN = """
import asyncio, os, sys, time
from larkgate import Bot, Message

bot = Bot()

def begun():
    print("begun", file=sys.stderr, flush=True)

@bot.message(pattern="swallow")
async def swallow(message):
    begun()
    while os.environ.get("STUBBORN"):
        try:
            await asyncio.sleep(600)
        except asyncio.CancelledError:
            pass
    return "done"

@bot.message(pattern="thread")
async def thread(message):
    begun()
    if os.environ.get("STUBBORN"):
        await asyncio.to_thread(time.sleep, 600)
    return "done"

@bot.message(pattern="block")
async def block(message):
    begun()
    if os.environ.get("STUBBORN"):
        time.sleep(600)
    return "done"
"""


@pytest.mark.parametrize(("text", "status"), [("swallow", 1), ("thread", 0), ("block", 1)])
async def test_a_handler_that_will_not_end_is_ended_with_the_process(
    tmp_path: Path, text: str, status: int
) -> None:
    """A thread that nobody waits for any more is no reason to call the end forced."""
    (tmp_path / "stubborn.py").write_text(STUBBORN)
    settings(tmp_path, "[gateway]\nstop_deadline = 0.2")
    async with Simulator() as sim:
        world = standard_world(sim)
        env = environment(sim.url)
        async with running(tmp_path, "stubborn:bot", env=env | {"STUBBORN": "1"}) as process:
            await process.says("longconn.first_pong")
            asked = sim.say(world.private[0], world.people[0], text)
            await process.says("begun")
            began = time.monotonic()
            assert await process.stop() == status
            assert time.monotonic() - began <= 0.2 + GRACE
        assert any("lifecycle.ended_by_force" in line for line in process.lines) == bool(status)
        async with running(tmp_path, "stubborn:bot", env=env) as process:
            await sim.until(lambda: answers(sim, asked), PATIENCE)
            assert await process.stop() == 0
        assert answers(sim, asked) == ["done"]
