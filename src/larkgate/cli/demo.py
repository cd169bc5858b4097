"""`larkgate demo`: the main job on one machine, through the real wire."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple, TextIO

import typer

from larkgate import config, logs, texts
from larkgate.cli.simulate import announced
from larkgate.errors import LarkgateError
from larkgate.gateway import Gateway
from larkgate.lifecycle import stop_on_signals
from larkgate.simulator import (
    APP_ID,
    APP_SECRET,
    Chat,
    Message,
    Person,
    Simulator,
    StandardWorld,
    standard_world,
)
from larkgate.texts import say

__all__ = ["run"]

_PATIENCE = 20.0
_WORK_ORDER = re.compile(r"TSP-\d{4}-\d{4}")


class _Line(NamedTuple):
    person: int
    chat: str
    text: str


_SCRIPT = (
    _Line(0, "development", "车辆无法连接网络怎么办"),
    _Line(1, "development", "APP 远程控制一直失败"),
    _Line(0, "development", "还有其他方法吗"),
    _Line(0, "service", "还有其他方法吗"),
)


def run(ask: str | None, port: int) -> None:
    """Answer one question, or play the conversation and keep serving until Ctrl+C."""
    with (
        tempfile.TemporaryDirectory(prefix="larkgate-demo-") as directory,
        Path(os.devnull).open("w") as nowhere,
    ):
        asyncio.run(_demo(Path(directory), nowhere, ask, port))


async def _demo(directory: Path, console: TextIO, ask: str | None, port: int) -> None:
    async with stop_on_signals() as stop, Simulator(port=port) as simulator:
        world = standard_world(simulator)
        settings = _settings(directory, simulator.url)
        with logs.setup(settings.log, texts.language(), console=console):
            async with Gateway(settings, []):
                await simulator.until(lambda: simulator.connections, _PATIENCE)
                scene = _Scene(simulator, world, directory)
                if ask is not None:
                    await scene.answer(ask)
                else:
                    await scene.play(stop)


def _settings(directory: Path, url: str) -> config.Config:
    """A gateway of its own, whatever the settings around it say."""
    environment = {
        "FEISHU_APP_ID": APP_ID,
        "FEISHU_APP_SECRET": APP_SECRET,
        "FEISHU_DOMAIN": url,
        "LARKGATE_LANG": texts.language(),
        "LOG_LEVEL": "INFO",
    }
    (directory / "larkgate.toml").write_text("[http]\nport = 0\n", "utf-8")
    return config.load(directory, environment)


class _Scene:
    """People who ask, and what they are answered."""

    def __init__(self, simulator: Simulator, world: StandardWorld, directory: Path) -> None:
        self._simulator = simulator
        self._world = world
        self._log = directory / "logs" / "larkgate.log"

    async def answer(self, text: str) -> None:
        """One question, its answer, its sources."""
        reply = await self._ask(self._world.people[0], self._world.development, text)
        sources = ", ".join(dict.fromkeys(_WORK_ORDER.findall(reply.text)))
        typer.echo(say("demo.question", text=text))
        typer.echo(reply.text)
        typer.echo(say("demo.sources", sources=sources or say("demo.no_sources")))

    async def play(self, stop: asyncio.Event) -> None:
        """The conversation, then whatever people ask on the page, until told to stop."""
        with announced(self._simulator.url):
            typer.echo(f"ready {self._simulator.url}")
            sys.stdout.flush()
            talking = asyncio.create_task(self._talk())
            stopping = asyncio.create_task(stop.wait())
            await asyncio.wait((talking, stopping), return_when=asyncio.FIRST_COMPLETED)
            if talking.done():
                await talking
                typer.echo(f"\n{say('demo.open')}")
            talking.cancel()
            await stopping
        typer.echo(say("demo.ended"))

    async def _talk(self) -> None:
        for person, chat_name, text in _SCRIPT:
            speaker, chat = self._world.people[person], getattr(self._world, chat_name)
            typer.echo(f"\n[{chat.name}] {speaker.name}: @{self._world.app.name} {text}")
            reply = await self._ask(speaker, chat, text)
            typer.echo(f"[{chat.name}] {self._world.app.name}: {reply.text}")

    async def _ask(self, person: Person, chat: Chat, text: str) -> Message:
        asked = self._simulator.say(chat, person, f"@{self._world.app.name} {text}")

        def answered() -> Message | None:
            return next((each for each in chat.messages if each.parent == asked.id), None)

        try:
            reply = await self._simulator.until(answered, _PATIENCE)
        except TimeoutError as error:
            raise LarkgateError("demo.no_answer", seconds=_PATIENCE, log=self._log) from error
        if reply is None:
            raise AssertionError("until returns what is true")
        return reply
