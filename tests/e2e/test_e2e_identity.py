"""A gateway starts and works whatever the platform, or something before it, says about its bot."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from e2e_stage import answers, gateway, platform, settings

from larkgate import App, Message
from larkgate.bot import Account
from larkgate.clock import VirtualClock
from larkgate.gateway import Gateway
from larkgate.simulator import faults


def echo() -> App:
    app = App()

    @app.message()
    async def answer(message: Message) -> str:
        return message.text

    return app


async def test_an_odd_answer_about_the_bot_keeps_nothing_from_starting(
    tmp_path: Path, clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    nested = '{"error":' + "[" * 100_000
    async with platform(clock) as (sim, world):
        sim.faults.inject(faults.Answer(path="/open-apis/bot/v3/info", body=nested))
        async with gateway(settings(tmp_path, sim.url), [echo()], clock):
            told = [vars(record).get("event") for record in caplog.records]
            assert "bot.identity_unknown" in told
            sim.faults.heal()
            person = world.people[0]
            said = sim.say(world.development, person, f"@{world.app.name} hello")
            await clock.settle()
            assert answers(sim, said) == ["hello"]


async def test_even_a_mistake_of_our_own_is_only_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    running = Gateway(settings(tmp_path, "http://127.0.0.1:9"), [])
    await running._meet(Account("odd", "cli_odd", None))  # type: ignore[arg-type]
    [record] = caplog.records
    assert (record.levelno, vars(record)["event"]) == (logging.WARNING, "bot.identity_unknown")
