"""`kill -9` at random points, again and again: `python -m bench.kill`.

The installed command answers while it is killed and started again on the same data directory.
At the end the simulator counts what people saw, and the ledger must say the same.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from bench.campaign import ROOT, Command, Talk, Verdict, judge, populate
from bench.ledger import Ledger
from bench.report import verdict, write
from larkgate.simulator import Simulator, faults

__all__ = ["VARIANTS", "Outcome", "campaign", "main"]

VARIANTS = {
    "answering": ("{text} 答",),
    "twice": ("{text} 一", "{text} 二"),
    "remembering": ("{text} 之{number} 答",),
    "unsteady": ("{text} 答",),
}
"""The bots, and the replies each event must have."""

_ABOUT = {
    "answering": "a returned answer",
    "twice": "two replies from a thread",
    "remembering": "a session that counts",
    "unsteady": "steps that differ in every run",
}
_BESIDES = "; drops, 5xx after acting, lost acks, late and repeated pushes besides"
_PATIENCE = 30.0
_YOUNG = 1.5  # seconds; some are killed that young, whatever they have done
_TROUBLE = (
    faults.Answer(path="*/reply", status=502, after=True, probability=0.02),
    faults.Cut(path="*/reply", after=True, probability=0.01),
    faults.Cut(path="*/reply", probability=0.01),
    faults.Answer(path="*/callback/ws/endpoint", status=500, probability=0.2),
    faults.LoseAck(probability=0.01),
    faults.Duplicate(probability=0.02),
    faults.Delay(seconds=0.2, probability=0.02),
)


class Outcome(msgspec.Struct, frozen=True):
    """How one campaign went.

    Attributes:
        pushes: attempts of the platform, the repeated ones included.
        status: the exit status of the last process, which was asked to stop.
    """

    variant: str
    kills: int
    pushes: int
    seconds: float
    status: int
    verdict: Verdict


async def campaign(
    variant: str,
    directory: Path,
    *,
    events: int,
    kills: int,
    trouble: bool = False,
    groups: int = 20,
    people: int = 8,
    seed: int = 0,
) -> Outcome:
    """Push `events`, killing the gateway `kills` times on the way; see what everybody got."""
    chance = random.Random(seed)
    started = time.monotonic()
    async with Simulator(seed=seed) as sim:
        world = populate(sim, events, groups=groups, people=people)
        talk = Talk(sim, world, last_reply=VARIANTS[variant][-1][-1])
        target = f"bench.campaign_bots:{variant}"
        async with Command(directory, sim.url, target) as command, asyncio.TaskGroup() as group:
            if trouble:
                sim.faults.inject(*_TROUBLE)
            talking = group.create_task(talk.run(_PATIENCE))
            for point in sorted(chance.sample(range(2 * events), kills)):
                await command.start()
                await _life(sim, talk, command, point, chance, trouble)
                await command.kill()
            await command.start()
            await talking
            sim.faults.heal()
            await talk.say_last(_PATIENCE)
            status, _ = await command.terminate()
        return Outcome(
            variant=variant,
            kills=kills,
            pushes=sum(len(push.attempts) for push in sim.pushes),
            seconds=time.monotonic() - started,
            status=status,
            verdict=judge(sim, world, VARIANTS[variant], Ledger.of_sqlite(command.store)),
        )


async def _life(
    sim: Simulator, talk: Talk, command: Command, point: int, chance: random.Random, trouble: bool
) -> None:
    """Until the talk is at `point`; every fifth dies young. It must not end by itself."""
    young = chance.random() < 0.2
    age = chance.uniform(0, _YOUNG) if young else _PATIENCE
    if trouble and chance.random() < 0.5:
        sim.faults.inject(faults.Drop(reset=chance.random() < 0.5))
    ended = asyncio.create_task(command.ended())
    there = asyncio.create_task(sim.until(lambda: talk.acked + talk.answered >= point, _PATIENCE))
    await asyncio.wait((ended, there), timeout=age, return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        raise RuntimeError(f"it ended by itself: {ended.result()}")
    if there.done():
        there.result()
    there.cancel()
    ended.cancel()


def measure(variant: str, *, events: int, kills: int, trouble: bool, seed: int) -> bool:
    """One campaign and its row; whether all was well."""
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as directory:
        outcome = asyncio.run(
            campaign(
                variant,
                Path(directory),
                events=events,
                kills=kills,
                trouble=trouble,
                seed=seed,
            )
        )
    found = outcome.verdict
    good = found.good and outcome.status == 0
    for disagreement in found.disagreements:
        print(disagreement, flush=True)
    write(
        f"`kill -9` at random points, {_ABOUT[variant]}{_BESIDES if trouble else ''}",
        "every acknowledged event answered once and in order, ledger and platform agree",
        f"{kills} kills over {found.events:,} events ({outcome.pushes:,} pushes, "
        f"{outcome.seconds:.0f} s): {found.replies:,} replies, {found.lost} lost, "
        f"{found.doubled} doubled, {found.disordered} out of order, "
        f"{len(found.disagreements)} disagreements: {verdict(good)}",
        f"python -m bench.kill --variant {variant}{' --trouble' if trouble else ''}",
    )
    return good


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.kill", description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--variant", choices=sorted(VARIANTS), help="default: each of them")
    parser.add_argument("--trouble", action="store_true", help=f"besides: {_BESIDES[2:]}")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    results = [
        measure(
            variant,
            events=options.events,
            kills=options.kills,
            trouble=options.trouble or (options.variant is None and variant == "unsteady"),
            seed=options.seed,
        )
        for variant in ([options.variant] if options.variant else VARIANTS)
    ]
    if not all(results):
        sys.exit(1)


if __name__ == "__main__":
    main()
