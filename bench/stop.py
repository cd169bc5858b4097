"""SIGTERM while fifty handlers run, half of them in threads that cannot be interrupted.

`python -m bench.stop`: how long after its deadline the process is gone, and that what was running
is taken up after the next start, with nothing lost and nothing twice.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import msgspec

from bench.campaign import ROOT, Command, Talk, Verdict, judge, populate
from bench.ledger import Ledger
from bench.report import median, verdict, write
from larkgate.simulator import Simulator

__all__ = ["Outcome", "campaign", "main"]

RUNS = 5
HANDLERS = 50
DEADLINE = 8.0
GRACE = 1.0
_PATIENCE = 30.0
_FOREVER = "600"
_REPLIES = ("{text} 始", "{text} 答")


class Outcome(msgspec.Struct, frozen=True):
    """How it went: exit status, seconds from the signal to the end, what everybody got."""

    status: int
    seconds: float
    verdict: Verdict


async def campaign(
    directory: Path, *, handlers: int = HANDLERS, deadline: float = DEADLINE
) -> Outcome:
    """Stop the gateway while every handler is busy for ten minutes, then start it again."""
    async with Simulator() as sim:
        world = populate(sim, handlers, groups=0, people=handlers)
        talk = Talk(sim, world, last_reply="答", texts=("await {}", "block {}"))
        target = "bench.campaign_bots:stuck"
        async with (
            Command(directory, sim.url, target, deadline=deadline) as command,
            asyncio.TaskGroup() as group,
        ):
            talking = group.create_task(talk.run(_PATIENCE))
            await command.start(CAMPAIGN_SLEEP=_FOREVER)
            await sim.until(lambda: len(sim.messages) == 2 * handlers, _PATIENCE)
            status, seconds = await command.terminate()
            await command.start()
            await talking
            await command.terminate()
        return Outcome(
            status,
            seconds,
            judge(sim, world, ("{text} 始", "{text} 答"), Ledger.of_sqlite(command.store)),
        )


def main() -> None:
    outcomes = []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as directory:
            outcomes.append(asyncio.run(campaign(Path(directory))))
    seconds = median([each.seconds for each in outcomes])
    clean = all(each.status == 0 and each.verdict.good for each in outcomes)
    write(
        f"SIGTERM with {HANDLERS} handlers running, half of them blocked threads",
        f"≤ {DEADLINE + GRACE:g} s (deadline {DEADLINE:g} s), exit status 0, nothing lost or twice",
        f"{seconds:.2f} s, {'nothing lost or twice' if clean else outcomes}: "
        f"{verdict(clean and seconds <= DEADLINE + GRACE)}",
        "python -m bench.stop",
    )


if __name__ == "__main__":
    main()
