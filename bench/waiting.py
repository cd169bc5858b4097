"""As many handlers as run at once, and all wait for their sends' ids: `python -m bench.waiting`.

One pool for handlers and sends would stand still here for ever.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.campaign import ROOT, Command, Talk, World, populate
from bench.postgres import LocalServer, local_server
from bench.report import median, verdict, write
from larkgate.simulator import Simulator

__all__ = ["campaign", "main"]

HANDLERS = 128
BOTS = {"asking": "async handlers", "asking_threads": "plain handlers in threads"}
RUNS = 5
_PATIENCE = 30.0


async def campaign(
    directory: Path, bot: str, *, store: str = "", handlers: int = HANDLERS
) -> float:
    """Seconds from the first message to the last answer.

    Raises:
        RuntimeError: somebody was not told the id of their reply.
    """
    async with Simulator() as sim:
        world = populate(sim, handlers, groups=0, people=handlers)
        talk = Talk(sim, world, last_reply="答")
        target = f"bench.campaign_bots:{bot}"
        async with Command(directory, sim.url, target, store=store) as command:
            await command.start(CAMPAIGN_TOGETHER=str(handlers))
            await sim.until(lambda: sim.connections, _PATIENCE)
            began = time.monotonic()
            await talk.run(_PATIENCE)
            seconds = time.monotonic() - began
            await command.terminate()
        if told := handlers - _know(world):
            raise RuntimeError(f"{told} of {handlers} handlers were not told their ids")
        return seconds


def _know(world: World) -> int:
    """How many people were told the id of the reply before."""
    texts = [[each.text for each in talk.chat.messages] for talk in world.conversations]
    ids = [[each.id for each in talk.chat.messages] for talk in world.conversations]
    return sum(len(i) == 3 and i[1] in t[2] for i, t in zip(ids, texts, strict=True))


async def measure(directory: Path, bot: str, server: LocalServer | None) -> float:
    if server is None:
        return await campaign(directory, bot)
    async with server.database() as url:
        return await campaign(directory, bot, store=f"url = '{url}'")


def repeated(bot: str, server: LocalServer | None, runs: int) -> None:
    seconds = []
    for _ in range(runs):
        with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as directory:
            seconds.append(asyncio.run(measure(Path(directory), bot, server)))
    write(
        f"{HANDLERS} {BOTS[bot]} wait for the ids of their sends at once, "
        f"{'PostgreSQL' if server else 'SQLite'}",
        "all get them",
        f"all within {median(seconds):.2f} s: {verdict(True)}",
        f"python -m bench.waiting{' --store postgres' if server else ''}",
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.waiting", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args(arguments)
    opened = local_server() if options.store == "postgres" else contextlib.nullcontext()
    with opened as server:
        for bot in BOTS:
            repeated(bot, server, options.runs)


if __name__ == "__main__":
    main()
