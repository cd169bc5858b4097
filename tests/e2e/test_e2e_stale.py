"""Nobody was there for hours; then the platform pushes again what it could not deliver."""

from __future__ import annotations

from pathlib import Path

import pytest
from e2e_stage import answers, gateway, platform, settings

from larkgate import App
from larkgate.bot import Stale
from larkgate.clock import VirtualClock

HOUR = 3600.0


@pytest.mark.parametrize(
    ("stale", "first", "last"),
    [
        ("answer", ["re: one"], ["re: three"]),
        (
            "note",
            ["(in reply to your message of about 7 h ago)\nre: one"],
            ["(in reply to your message of about 7 h ago)\nre: three"],
        ),
        (
            "digest",
            [],
            [
                "These reached me too late and were not answered (3):\n"
                "· one\n· two\n· three\nPlease say again what still matters."
            ],
        ),
        ("skip", [], []),
    ],
)
async def test_what_becomes_of_old_messages(
    tmp_path: Path, clock: VirtualClock, stale: Stale, first: list[str], last: list[str]
) -> None:
    app = App(stale_after=2 * HOUR, stale=stale)
    app.message()(lambda message: f"re: {message.text}")
    async with platform(clock) as (sim, world):
        said = []
        for text in ("one", "two", "three"):
            said.append(sim.say(world.private[0], world.people[0], text))
            await clock.advance(10)
        await clock.advance(7 * HOUR)
        async with gateway(settings(tmp_path, sim.url), [app], clock):
            await clock.advance(0.2 * HOUR)
            assert answers(sim, said[0]) == first
            assert answers(sim, said[2]) == last
            fresh = sim.say(world.private[0], world.people[0], "now")
            await clock.advance(5)
            assert answers(sim, fresh) == ["re: now"]
