"""Who recalls a message that still waits for its turn gets no answer to it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from e2e_stage import stage

from larkgate import App, Message
from larkgate.clock import VirtualClock


async def test_a_recalled_message_that_waits_is_not_answered(
    tmp_path: Path, clock: VirtualClock
) -> None:
    app, go = App(), asyncio.Event()

    @app.message()
    async def slow(message: Message) -> str:
        await go.wait()
        return f"re: {message.text}"

    async with stage(tmp_path, clock, app) as here:
        first, second, third = [await here.ask(text) for text in ("one", "two", "three")]
        here.sim.recall(second)
        await clock.settle()
        go.set()
        await clock.advance(5)
        assert here.answers(first) == ["re: one"]
        assert here.answers(second) == []
        assert here.answers(third) == ["re: three"]


async def test_a_message_that_is_being_handled_is_answered(
    tmp_path: Path, clock: VirtualClock
) -> None:
    """Its handler may have done something already: a recall stops nothing that runs."""
    app, done = App(), list[str]()

    @app.message()
    async def slow(message: Message) -> None:
        await clock.sleep(1)
        done.append(message.text)

    async with stage(tmp_path, clock, app) as here:
        here.sim.recall(await here.ask("one"))
        await clock.advance(5)
    assert done == ["one"]
