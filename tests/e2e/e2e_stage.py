"""A gateway and the platform in one process and one virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from larkgate import config
from larkgate.bot import App
from larkgate.clock import VirtualClock
from larkgate.gateway import Gateway
from larkgate.simulator import (
    APP_ID,
    APP_SECRET,
    Chat,
    Message,
    Simulator,
    StandardWorld,
    standard_world,
)

__all__ = ["Stage", "answers", "gateway", "platform", "settings", "stage"]


class Stage(NamedTuple):
    clock: VirtualClock
    sim: Simulator
    world: StandardWorld
    gateway: Gateway

    async def ask(self, text: str, *, person: int = 0, chat: Chat | None = None) -> Message:
        """Say it to the bot, and let everything that needs no time happen."""
        who = self.world.people[person]
        name = self.world.app.name
        message = self.sim.say(chat or self.world.development, who, f"@{name} {text}")
        await self.clock.settle()
        return message

    def answers(self, message: Message) -> list[str]:
        return answers(self.sim, message)

    @property
    def link(self) -> dict[str, Any]:
        """How the first account's connection stands."""
        found: dict[str, Any] = self.gateway.status()["accounts"][0]
        return found


def answers(sim: Simulator, message: Message) -> list[str]:
    return [each.text for each in sim.messages if each.parent == message.id]


def settings(directory: Path, url: str, extra: str = "", **environment: str) -> config.Config:
    """The settings of one account, as files and environment give them."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "larkgate.toml").write_text(f"{extra}\n[http]\nport = 0\n", "utf-8")
    account = {
        "FEISHU_APP_ID": APP_ID,
        "FEISHU_APP_SECRET": APP_SECRET,
        "FEISHU_DOMAIN": url,
        "LARKGATE_LANG": "en",
    }
    return config.load(directory, account | environment)


@asynccontextmanager
async def platform(clock: VirtualClock) -> AsyncIterator[tuple[Simulator, StandardWorld]]:
    async with Simulator(clock) as sim:
        yield sim, standard_world(sim)


@asynccontextmanager
async def gateway(
    found: config.Config, apps: Sequence[App], clock: VirtualClock
) -> AsyncIterator[Gateway]:
    """A gateway that is stopped at the end, in as much time as it takes."""
    async with Gateway(found, apps, clock) as running:
        await clock.settle()
        try:
            yield running
        finally:
            running.stop()
            await clock.advance(found.gateway.stop_deadline + 5)


@asynccontextmanager
async def stage(directory: Path, clock: VirtualClock, *apps: App) -> AsyncIterator[Stage]:
    async with (
        platform(clock) as (sim, world),
        gateway(settings(directory, sim.url), apps, clock) as running,
    ):
        yield Stage(clock, sim, world, running)
