"""An app that cannot run: its messages wait for the day it can, and the others run."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_stage import Stage, answers, gateway, platform, settings

from larkgate import App, Message
from larkgate.clock import VirtualClock

GOOD = '[[app]]\nkind = "support"\nname = "desk"\n'


def echo() -> App:
    app = App("echo")

    @app.message()
    async def answer(message: Message) -> str:
        return f"echo {message.text}"

    return app


@pytest.mark.parametrize(
    "broken",
    [
        '[[app]]\nkind = "suport"\nname = "desk"\n',
        f'[llm]\nprovider = "nobody"\napi_key = "k"\n{GOOD}',
    ],
)
async def test_its_messages_are_answered_once_it_is_put_right(
    tmp_path: Path, clock: VirtualClock, broken: str
) -> None:
    async with platform(clock) as (sim, world):
        found = settings(tmp_path, sim.url, broken)
        async with gateway(found, [echo()], clock) as running:
            assert list(running.status()["broken"]) == ["desk"]
            here = Stage(clock, sim, world, running)
            asked = await here.ask("车辆无法连接网络怎么办")
            assert here.answers(asked) == ["echo 车辆无法连接网络怎么办"]
        async with gateway(settings(tmp_path, sim.url, GOOD), [echo()], clock):
            await clock.advance(1)
        first, second = answers(sim, asked)
        assert first.startswith("echo")
        assert "TSP-" in second


@pytest.mark.parametrize("line", ['chats = ["oc_1"]', 'accounts = ["nobody"]', "chats = 5"])
async def test_what_is_not_certainly_meant_for_it_is_never_answered_by_it(
    tmp_path: Path, clock: VirtualClock, line: str
) -> None:
    async with platform(clock) as (sim, world):
        broken = GOOD.replace("support", "suport") + line
        async with gateway(settings(tmp_path, sim.url, broken), [echo()], clock) as running:
            asked = await Stage(clock, sim, world, running).ask("车辆无法连接网络怎么办")
        async with gateway(settings(tmp_path, sim.url, GOOD), [echo()], clock):
            await clock.advance(1)
        assert len(answers(sim, asked)) == 1
