"""A bot in code: run by itself, beside another program in a thread, or inside an event loop."""

from __future__ import annotations

import asyncio
import logging.handlers
import queue
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from bench.stop import GRACE
from e2e_command import NOWHERE, PATIENCE, environment, settings
from e2e_stage import answers

from larkgate import BlockingMessage, Bot, Message, config
from larkgate.clock import SystemClock, VirtualClock
from larkgate.database import DirectoryLock, open_directory
from larkgate.errors import SettingsError, StoreLocked
from larkgate.gateway import Gateway, RunningBot
from larkgate.simulator import Simulator, standard_world

PROGRAM = """
from larkgate import Bot
bot = Bot()

@bot.message()
def answer(message):
    return f"echo {message.text}"

bot.run()
print("stopped")
"""


@pytest.fixture
async def sim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Simulator]:
    """The platform, and a directory and environment in which a program finds it."""
    async with Simulator() as running:
        running.repush_after = (0.2,) * 100
        standard_world(running)
        for name, value in environment(running.url).items():
            monkeypatch.setenv(name, value)
        settings(tmp_path)
        monkeypatch.chdir(tmp_path)
        yield running


def echo() -> Bot:
    bot = Bot()

    @bot.message(pattern="await")
    async def answer(message: Message) -> str:
        return f"awaited {threading.current_thread() is threading.main_thread()}"

    @bot.message()
    def block(message: BlockingMessage) -> None:
        sent = message.reply("first")
        message.reply(f"{sent.message_id().startswith('om_')}")

    return bot


async def asked(sim: Simulator, text: str, number: int) -> list[str]:
    """What the bot answers to this, when it has answered so often."""
    message = sim.say(sim.world.chat_named("张三 · TSP助手"), sim.person("张三"), text)
    await sim.until(lambda: len(answers(sim, message)) == number, PATIENCE)
    return answers(sim, message)


async def test_run_is_a_whole_program(sim: Simulator, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "program.py",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert await asked(sim, "在吗", 1) == ["echo 在吗"]
    process.send_signal(signal.SIGINT)
    out, error = await process.communicate()
    assert process.returncode == 0
    assert b"longconn.first_pong" in error
    assert b"Traceback" not in error
    assert b"stopped" not in out, "it ends the program, as a server does"


async def test_run_with_settings_that_cannot_be_used(sim: Simulator, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    settings(tmp_path, "[gateway]\nstop_dedline = 1")
    process = await asyncio.create_subprocess_exec(
        sys.executable, "program.py", stderr=asyncio.subprocess.PIPE
    )
    _, error = await process.communicate()
    assert process.returncode == 2
    assert error.count(b"\n") == 1
    assert b"stop_deadline" in error


async def test_beside_a_program_in_a_thread(sim: Simulator) -> None:
    for _ in range(2):
        running = await asyncio.to_thread(echo().start_in_thread)
        assert await asked(sim, "await", 1) == ["awaited False"]
        assert await asked(sim, "block", 2) == ["first", "True"]
        await asyncio.to_thread(running.stop)
        await asyncio.to_thread(running.stop)
    assert sim.connections == []


async def test_inside_an_event_loop(sim: Simulator) -> None:
    async with echo() as bot:
        assert isinstance(bot, Bot)
        assert await asked(sim, "await", 1) == ["awaited True"]
        assert await asked(sim, "block", 2) == ["first", "True"]


async def test_a_blocked_handler_delays_no_stop(sim: Simulator, tmp_path: Path) -> None:
    settings(tmp_path, "[gateway]\nstop_deadline = 0.2")
    begun, free = threading.Event(), threading.Event()
    bot = Bot()

    @bot.message()
    def block(message: BlockingMessage) -> None:
        begun.set()
        free.wait(PATIENCE)

    running = await asyncio.to_thread(bot.start_in_thread)
    sim.say(sim.world.chat_named("张三 · TSP助手"), sim.person("张三"), "在吗")
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    began = time.monotonic()
    await asyncio.to_thread(running.stop)
    assert time.monotonic() - began <= 0.2 + GRACE
    free.set()


async def test_what_keeps_it_from_starting_is_raised(sim: Simulator, tmp_path: Path) -> None:
    with DirectoryLock(open_directory(tmp_path / "data/larkgate")):
        with pytest.raises(StoreLocked):
            await asyncio.to_thread(echo().start_in_thread)
        with pytest.raises(StoreLocked):
            async with echo():
                pass
    settings(tmp_path, "[nonsense]")
    with pytest.raises(SettingsError, match="nonsense"):
        await asyncio.to_thread(echo().start_in_thread)
    with pytest.raises(SettingsError, match="nonsense"):
        async with echo():
            pass


async def test_also_what_nobody_expected(sim: Simulator) -> None:
    class Unlucky(Bot):
        @property
        def queue(self) -> str:
            raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        await asyncio.to_thread(Unlucky().start_in_thread)


class BreakingClock(SystemClock):
    """No handler and no network can end the gateway: this is an error inside it."""

    broken = False

    def now(self) -> float:
        if self.broken and threading.current_thread().name == "larkgate-writer":
            raise ZeroDivisionError
        return super().now()


Alarms = queue.SimpleQueue[logging.LogRecord]


@pytest.fixture
def alarms() -> Iterator[Alarms]:
    """What is logged as critical."""
    heard = Alarms()
    handler = logging.handlers.QueueHandler(heard)
    handler.setLevel(logging.CRITICAL)
    logging.getLogger().addHandler(handler)
    yield heard
    logging.getLogger().removeHandler(handler)


@pytest.mark.parametrize("in_thread", [True, False])
async def test_when_it_breaks_while_it_runs_it_says_so_and_ends(
    sim: Simulator, tmp_path: Path, alarms: Alarms, in_thread: bool
) -> None:
    clock = BreakingClock()
    gateway = Gateway(config.load(tmp_path, environment(sim.url)), [echo()], clock)
    async with AsyncExitStack() as stack:
        if in_thread:
            await asyncio.to_thread(RunningBot, gateway)
        else:
            await stack.enter_async_context(gateway)
        await sim.until(lambda: sim.connections, PATIENCE)
        clock.broken = True
        sim.say(sim.world.chat_named("张三 · TSP助手"), sim.person("张三"), "await")
        said = await asyncio.to_thread(alarms.get, timeout=PATIENCE)
        assert "has ended by the error" in said.getMessage()
        await sim.until(lambda: not sim.connections, PATIENCE)
        if in_thread:
            for thread in [each for each in threading.enumerate() if each.name == "larkgate"]:
                await asyncio.to_thread(thread.join, PATIENCE)
                assert not thread.is_alive()
        else:
            with pytest.raises((ExceptionGroup, ZeroDivisionError)):  # closing breaks as well
                await stack.aclose()


async def test_an_app_of_the_settings_runs_beside_it_unless_it_takes_its_name(
    tmp_path: Path, clock: VirtualClock
) -> None:
    from e2e_stage import settings as config

    for name, broken in (("desk", []), ("bot", ["bot"])):
        app = f'[[app]]\nkind = "support"\nname = "{name}"\n'
        found = config(tmp_path, NOWHERE, app)
        async with Gateway(found, [Bot("bot")], clock) as running:
            status = running.status()
        assert status["apps"] == ["bot", *([name] if not broken else [])]
        assert list(status["broken"]) == broken
