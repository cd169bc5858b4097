"""What a gateway keeps, for whom, and what it says when that is not as it should be."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from e2e_stage import answers, gateway, platform, settings

from larkgate import App, Message, simulator
from larkgate.clock import VirtualClock
from larkgate.errors import SettingsError
from larkgate.simulator import Simulator, StandardWorld


def say(sim: Simulator, world: StandardWorld, text: str) -> simulator.Message:
    return sim.say(world.private[0], world.people[0], text)


def echo(name: str = "bot", **rest: float | None) -> App:
    app = App(name, **rest)  # type: ignore[arg-type]

    @app.message()
    async def answer(message: Message) -> str:
        return f"echo {message.text}"

    return app


async def test_a_retention_shorter_than_an_app_needs_is_refused_at_start(
    tmp_path: Path, clock: VirtualClock
) -> None:
    """Or a repetition would not be recognised as long as that app counts on it."""
    async with platform(clock) as (sim, _):
        found = settings(tmp_path, sim.url, '[queue]\nretention = "12h"')
        with pytest.raises(SettingsError, match="App bot needs events to be kept for 86400 s"):
            async with gateway(found, [echo(stale_after=86400.0)], clock):
                pass
        async with gateway(found, [echo(stale_after=3600.0)], clock):
            pass


async def test_what_waits_for_an_app_that_is_gone_is_told_and_kept(
    tmp_path: Path, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with platform(clock) as (sim, world):
        found = settings(tmp_path, sim.url)
        async with gateway(found, [echo("former")], clock) as running:
            await running.stores.operations.pause("app:former", "maintenance")
            said = [say(sim, world, text) for text in ("one", "two")]
            await clock.settle()
        with caplog.at_level(logging.WARNING):
            async with gateway(found, [echo("latter")], clock):
                assert [answers(sim, each) for each in said] == [[], []]
        [told] = [each for each in caplog.messages if "app:former" in each]
        assert told.startswith("2 messages in queue app:former wait for an app that is not there")
        async with gateway(found, [echo("former")], clock) as running:
            assert [answers(sim, each) for each in said] == [[], []]  # still paused by a person
            await running.stores.operations.resume("app:former")
            await clock.settle()
            assert [answers(sim, each) for each in said] == [["echo one"], ["echo two"]]


async def test_a_full_backlog_is_refused_at_the_door_and_comes_again(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with platform(clock) as (sim, world):
        found = settings(tmp_path, sim.url, "[queue]\nbacklog = 2")
        async with gateway(found, [echo()], clock) as running:
            await running.stores.operations.pause("app:bot", "maintenance")
            said = [say(sim, world, str(number)) for number in range(5)]
            await clock.settle()
            assert sum(push.acked_at is not None for push in sim.pushes) in (2, 3)
            assert not running.status()["ready"]
            await running.stores.operations.resume("app:bot")
            await clock.advance(320)  # the platform repeats after 15 s and after 5 minutes
            assert [answers(sim, each) for each in said] == [[f"echo {n}"] for n in range(5)]
            assert running.status()["ready"]
