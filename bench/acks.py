"""Durable acknowledgements beside the official SDK, which keeps nothing: `python -m bench.acks`.

Both clients run in the same loop of runs, in turn, against the same pusher; a handler that does
nothing on both sides. CPU is the client process's, from the first push to the last ack.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from bench.measure import Client, cpu_seconds, ours, theirs
from bench.pusher import Pusher
from bench.report import median, verdict, write

__all__ = ["main"]

WINDOW = 256
FASTER = 2.5
CPU = 0.45


class Run(NamedTuple):
    """Events a second, CPU microseconds an event to the last ack, and to the last handler."""

    rate: float
    cpu: float
    cpu_to_the_end: float


async def run(start: AbstractAsyncContextManager[Client], pusher: Pusher, events: int) -> Run:
    async with start as client:
        await asyncio.wait_for(pusher.ponged.wait(), 30)
        await pusher.flood(1000, WINDOW)
        await quiet(client)
        cpu, began = cpu_seconds(client.pid), time.monotonic()
        await pusher.flood(events, WINDOW)
        took, spent = time.monotonic() - began, cpu_seconds(client.pid) - cpu
        await quiet(client)
        whole = cpu_seconds(client.pid) - cpu
        if pusher.bad_acks:
            raise RuntimeError(f"{pusher.bad_acks} acknowledgements were not 200")
        return Run(events / took, spent / events * 1e6, whole / events * 1e6)


async def quiet(client: Client) -> None:
    """Wait until the client has nothing more to do."""
    before = -1.0
    while (now := cpu_seconds(client.pid)) - before > 0.02:
        before = now
        await asyncio.sleep(0.5)


async def measure(runs: int, events: int) -> None:
    mine, telling, official = [], [], []
    for number in range(runs):
        async with Pusher() as pusher:
            mine.append(await run(ours("nothing", pusher.url), pusher, events))
        async with Pusher() as pusher:
            start = ours("nothing", pusher.url, LOG_LEVEL="INFO")
            telling.append(await run(start, pusher, events))
        async with Pusher() as pusher:
            official.append(await run(theirs(pusher.url), pusher, events))
        print(f"run {number + 1}: {mine[-1]} {telling[-1]} {official[-1]}", flush=True)
    faster, cpu = against(mine, official)
    told_faster, told_cpu = against(telling, official)
    write(
        f"durable acks (FULL), window {WINDOW}, against lark-oapi, which keeps nothing",
        f"≥ {FASTER} × its events/s, ≤ {CPU} × its CPU per event",
        f"{faster:.2f} × ({median([r.rate for r in mine]):.0f}/s against "
        f"{median([r.rate for r in official]):.0f}/s), {cpu:.2f} × "
        f"({median([r.cpu for r in mine]):.0f} µs against "
        f"{median([r.cpu for r in official]):.0f} µs; "
        f"{median([r.cpu_to_the_end for r in mine]):.0f} µs to the last handler): "
        f"{verdict(faster >= FASTER and cpu <= CPU)}. Neither logs single messages here "
        f"(LOG_LEVEL=WARNING; the SDK never does); with our four INFO lines a message "
        f"{told_faster:.2f} × and {told_cpu:.2f} ×",
        "python -m bench.acks",
    )


def against(mine: list[Run], official: list[Run]) -> tuple[float, float]:
    """How many times as fast, and as dear, pair by pair; medians."""
    pairs = list(zip(mine, official, strict=True))
    return median([a.rate / b.rate for a, b in pairs]), median([a.cpu / b.cpu for a, b in pairs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--events", type=int, default=20_000)
    options = parser.parse_args()
    asyncio.run(measure(options.runs, options.events))


if __name__ == "__main__":
    main()
