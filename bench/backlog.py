"""Memory of a gateway with far more to do than it gets done: `python -m bench.backlog`."""

from __future__ import annotations

import argparse
import asyncio
from typing import NamedTuple

from bench.measure import ours, peak_mb, resident_mb
from bench.pusher import Pusher
from bench.report import verdict, write

__all__ = ["main"]

LANES = 10_000
BOUND = 150.0  # MB above idle
_WINDOW = 1024
_WATCHED = 20.0  # seconds with the whole backlog


class Memory(NamedTuple):
    """Megabytes resident: with nothing to do, and the most it came to."""

    idle: float
    peak: float


async def measure(events: int) -> Memory:
    async with Pusher(lanes=LANES) as pusher, ours("slow", pusher.url) as client:
        await asyncio.wait_for(pusher.ponged.wait(), 30)
        await asyncio.sleep(1)
        idle = resident_mb(client.pid)
        await pusher.flood(events, _WINDOW)
        await asyncio.sleep(_WATCHED)
        if pusher.bad_acks:
            raise RuntimeError(f"{pusher.bad_acks} acknowledgements were not 200")
        return Memory(idle, peak_mb(client.pid))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.backlog", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    options = parser.parse_args()
    memory = asyncio.run(measure(options.events))
    more = memory.peak - memory.idle
    write(
        f"memory with {options.events:,} events in {LANES:,} lanes, slow handlers, on SQLite",
        f"≤ {BOUND:g} MB above idle",
        f"{more:.0f} MB above {memory.idle:.0f} MB: {verdict(more <= BOUND)}",
        "python -m bench.backlog",
    )


if __name__ == "__main__":
    main()
