"""How much a store takes and works off: `python -m bench.queue [--store postgres]`."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable

from bench import stores
from bench.load import arrivals, cycle, flood
from bench.report import median, verdict, write
from larkgate.queue import Store

__all__ = ["main"]

ACCEPTS = 25_000
CYCLES = 12_000
SLOW_ACCEPTS = 8_000
SLOW = 0.003  # seconds after each commit

_SWITCH_INTERVAL = 0.0005  # as in a gateway


async def accept(store: Store, events: int) -> None:
    await flood(store, arrivals(events))


Work = Callable[[Store, int], Awaitable[None]]


async def per_second(work: Work, events: int, commit: float = 0.0) -> float:
    async with stores.sqlite(commit=commit) as opened:
        began = time.monotonic()
        await work(opened.store, events)
        return events / (time.monotonic() - began)


async def repeated(work: Work, events: int, runs: int, commit: float = 0.0) -> float:
    rates = [await per_second(work, events, commit) for _ in range(runs)]
    print(work.__name__, commit, [round(rate) for rate in rates], flush=True)
    return median(rates)


async def measure_sqlite(events: int, runs: int) -> None:
    accepts = await repeated(accept, events, runs)
    cycles = await repeated(cycle, events, runs)
    slow_accepts = await repeated(accept, events, runs, SLOW)
    slow_cycles = await repeated(cycle, events, runs, SLOW)
    write(
        "SQLite, whole schema: durable accepts; full cycles (accept, claim, empty handler, settle)",
        f"≥ {ACCEPTS:,}/s; ≥ {CYCLES:,}/s",
        f"{accepts:,.0f}/s; {cycles:,.0f}/s: {verdict(accepts >= ACCEPTS and cycles >= CYCLES)}",
        "python -m bench.queue",
    )
    write(
        f"SQLite, {SLOW * 1000:g} ms slept after each commit: durable accepts; full cycles",
        f"≥ {SLOW_ACCEPTS:,}/s; (no bound)",
        f"{slow_accepts:,.0f}/s; {slow_cycles:,.0f}/s: {verdict(slow_accepts >= SLOW_ACCEPTS)}",
        "python -m bench.queue",
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.queue", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    sys.setswitchinterval(_SWITCH_INTERVAL)
    asyncio.run(measure_sqlite(options.events, options.runs))


if __name__ == "__main__":
    main()
