"""The installed command on a disk that is full, from the start or later on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from bench.stop import GRACE
from e2e_command import PATIENCE, command, environment, running, settings
from e2e_stage import answers

from larkgate.simulator import Simulator, standard_world
from small_disk import may_mount, small_disk

DEADLINE = 1.0
BOT = """
from larkgate import Bot
bot = Bot()

@bot.message()
async def answer(message):
    return f"{len(message.text)} characters"
"""


pytestmark = pytest.mark.skipif(
    os.name != "posix" or not may_mount(), reason="this user may not mount a small disk"
)


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk(4) as directory:
        yield directory


def fill(disk: Path) -> Path:
    """A file that takes all the space there is."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    return ballast


def lay_out(directory: Path) -> None:
    (directory / "mine.py").write_text(BOT)
    settings(directory, f"[gateway]\nstop_deadline = {DEADLINE}")


async def test_a_disk_that_is_full_from_the_start(tmp_path: Path, disk: Path) -> None:
    lay_out(tmp_path)
    fill(disk)
    env = environment(LARKGATE_DATA=str(disk / "data"))
    for arguments in (("run", "mine:bot"), ("send", "--chat", "oc_x", "hi")):
        result = await command(tmp_path, *arguments, env=env)
        assert result.status == 1
        (sentence,) = result.error.splitlines()
        assert str(disk) in sentence


async def test_a_disk_that_fills_up_loses_nothing(tmp_path: Path, disk: Path) -> None:
    lay_out(tmp_path)
    async with Simulator() as sim:
        sim.repush_after = (0.5,) * 100
        world = standard_world(sim)
        env = environment(sim.url, LARKGATE_DATA=str(disk / "data"))
        async with running(tmp_path, "mine:bot", env=env) as process:
            await process.says("longconn.first_pong")
            said = [sim.say(world.private[0], world.people[0], "before")]
            await sim.until(lambda: answers(sim, said[0]), PATIENCE)
            ballast = fill(disk)
            said += [sim.say(world.private[0], world.people[0], "x" * 20_000) for _ in range(9)]
            await process.says("bot.not_kept")
            assert (await process.ready())[0] == 503
            ballast.unlink()
            await sim.until(lambda: all(answers(sim, each) for each in said), PATIENCE)
            assert (await process.ready())[0] == 200
            assert await process.stop() == 0
        assert [len(answers(sim, each)) for each in said] == [1] * len(said)


async def test_a_full_disk_delays_no_stop(tmp_path: Path, disk: Path) -> None:
    lay_out(tmp_path)
    async with Simulator() as sim:
        sim.repush_after = (0.5,) * 100
        world = standard_world(sim)
        env = environment(sim.url, LARKGATE_DATA=str(disk / "data"))
        async with running(tmp_path, "mine:bot", env=env) as process:
            await process.says("longconn.first_pong")
            ballast = fill(disk)
            said = [sim.say(world.private[0], world.people[0], "x" * 20_000) for _ in range(9)]
            await process.says("bot.not_kept")
            began = time.monotonic()
            assert await process.stop() == 0
            assert time.monotonic() - began <= DEADLINE + GRACE
            assert not [line for line in process.lines if "Traceback" in line]
        ballast.unlink()
        async with running(tmp_path, "mine:bot", env=env):
            await sim.until(lambda: all(answers(sim, each) for each in said), PATIENCE)
        assert [len(answers(sim, each)) for each in said] == [1] * len(said)
