"""A forgotten copy of the bot takes its share of the events: it is suspected, and said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from e2e_stage import Stage, stage

from larkgate import App
from larkgate.clock import VirtualClock
from larkgate.dial import Dialer
from larkgate.ingress import LinkSettings, LongConnection
from larkgate.protocol.events import Answer, Push
from larkgate.secret import Secret
from larkgate.simulator import APP_ID, APP_SECRET, Message


def swallow(push: Push) -> asyncio.Future[Answer]:
    """What a bot with a store of its own tells the platform: kept."""
    answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    answer.set_result(Answer(200))
    return answer


@asynccontextmanager
async def foreign_connection(here: Stage) -> AsyncIterator[None]:
    settings = LinkSettings(
        name="old", app_id=APP_ID, app_secret=Secret(APP_SECRET), domain=here.sim.url
    )
    async with Dialer(here.clock) as dialer:
        link = LongConnection(settings, dialer, here.clock, swallow)
        running = asyncio.create_task(link.run())
        await here.clock.advance(5)
        try:
            yield
        finally:
            link.stop()
            await here.clock.advance(10)
            await running


async def talk(here: Stage, messages: int) -> None:
    """A private conversation in which each message answers the one before."""
    before: Message | None = None
    for number in range(messages):
        person, chat = here.world.people[0], here.world.private[0]
        before = here.sim.say(chat, person, f"{number}", reply_to=before)
        await here.clock.advance(10)
    await here.clock.advance(900)


def suspected(here: Stage) -> Any:
    return here.link["foreign"]


def echo() -> App:
    app = App()
    app.message()(lambda message: message.text)
    return app


async def test_a_foreign_connection_is_suspected_and_said(
    tmp_path: Path, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage(tmp_path, clock, echo()) as here:
        await clock.advance(600)
        await talk(here, 20)
        assert suspected(here) is None
        async with foreign_connection(here):
            await talk(here, 20)
        assert suspected(here)["messages"] >= 2
    told = [r for r in caplog.records if r.__dict__.get("event") == "bot.foreign_connection"]
    assert len(told) == 1
