"""What a handler says is seen once, however often it runs."""

from __future__ import annotations

from pathlib import Path

from e2e_stage import stage

from larkgate import App, Message, Retry
from larkgate.clock import VirtualClock


async def test_the_answer_is_not_taken_for_a_reply_of_a_former_run(
    tmp_path: Path, clock: VirtualClock
) -> None:
    app = App()
    runs = iter((2, 1))

    @app.message()
    async def wander(message: Message) -> str:
        times = next(runs)
        for number in range(times):
            await message.reply(f"reply {number}")
        if times == 2:
            raise Retry("again", after=5)
        return "answer"

    async with stage(tmp_path, clock, app) as here:
        asked = await here.ask("?")
        await clock.advance(10)
        assert here.answers(asked) == ["reply 0", "reply 1", "answer"]
