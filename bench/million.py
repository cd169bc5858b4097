"""A million events as fast as they go, while what is old is deleted: `python -m bench.million`.

The store's time runs so fast that the shortest retention passes within seconds. Memory and every
table must stop growing. How many events are kept follows the rate of the last seconds, which on a
shared machine comes and goes: so what may not grow is the most a table ever held, divided by the
most events that were ever kept.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple

from bench import stores
from bench.load import arrivals, cycle
from bench.measure import resident_mb
from bench.postgres import local_server
from bench.report import verdict, write
from bench.stores import FastClock, Opened
from larkgate.gateway.process import tune
from larkgate.queue import Arrival, Operations, Retention

__all__ = ["main"]

RETENTION = Retention(done=8 * 3600, dead=30 * 86400)
GROWTH = 0.05  # in the last third of the run
MEMORY_GROWTH = 0.10
_IN_A_LANE = 20  # events, then it is never used again
_PAUSE = 0.2  # seconds between sweeps that found nothing
_BETWEEN = 2.0  # seconds between samples
_LEASE = 10.0  # seconds, whatever the store's time does
# Else it comes once a minute, in which the store deletes all it holds several times.
_VACUUM = "autovacuum_naptime=1"


class Sample(NamedTuple):
    """Sizes at one moment, in MB, and how many events were kept then."""

    kept: int
    memory: float
    total: float
    tables: dict[str, float]


class Run(NamedTuple):
    seconds: float
    pruned: int
    samples: list[Sample]


class Count:
    """Events given to the store so far, and deleted from it."""

    def __init__(self) -> None:
        self.given = 0
        self.pruned = 0

    def each(self, arrivals: Iterator[Arrival]) -> Iterator[Arrival]:
        for self.given, arrival in enumerate(arrivals, start=1):
            yield arrival


async def prune(operations: Operations, count: Count) -> None:
    """Delete what is old, without end."""
    while True:
        pruned = await operations.prune(RETENTION)
        count.pruned += pruned.events
        await asyncio.sleep(0 if pruned.more else _PAUSE)


async def watch(operations: Operations, count: Count, samples: list[Sample]) -> None:
    """Take samples, without end."""
    while True:
        sizes = await operations.sizes()
        tables = {name: size / 2**20 for name, size in sizes.tables.items()}
        kept = count.given - count.pruned
        samples.append(Sample(kept, resident_mb(os.getpid()), sizes.total / 2**20, tables))
        await asyncio.sleep(_BETWEEN)


async def run(opened: Opened, clock: FastClock, events: int) -> Run:
    samples: list[Sample] = []
    count = Count()
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        endless = [
            group.create_task(prune(opened.operations, count)),
            group.create_task(watch(opened.operations, count, samples)),
        ]
        lanes = count.each(arrivals(events, lambda each: each // _IN_A_LANE, clock))
        await cycle(opened.store, events, lanes)
        seconds = time.monotonic() - began
        for task in endless:
            task.cancel()
    return Run(seconds, count.pruned, samples)


async def campaign(
    opening: AbstractAsyncContextManager[Opened], clock: FastClock, events: int
) -> Run:
    async with opening as opened:
        return await run(opened, clock, events)


def growth(values: Sequence[float], kept: Sequence[float] = ()) -> float:
    """By how much the last third raises the most there was before (for each event of the most
    that were `kept`), as a fraction."""
    last = len(values) * 2 // 3
    more = max(values) / max(values[:last])
    return more / (max(kept) / max(kept[:last]) if kept else 1.0) - 1


def report(store: str, events: int, went: Run, command: str) -> None:
    samples = went.samples
    for sample in samples:
        tables = {name: round(size, 1) for name, size in sample.tables.items() if size > 1}
        sizes = f"memory {sample.memory:.1f} MB, store {sample.total:.0f} MB"
        print(f"{sample.kept:,} kept, {sizes}, {tables}")
    memory = growth([each.memory for each in samples])
    kept = [each.kept for each in samples]
    total = growth([each.total for each in samples], kept)
    last = samples[-1]
    grown = {
        name: growth([each.tables.get(name, 0.0) for each in samples], kept)
        for name, size in last.tables.items()
        if size > 1
    }
    worst = max(grown, key=lambda name: grown[name])
    holds = memory < MEMORY_GROWTH and max(total, *grown.values()) < GROWTH
    write(
        f"{events:,} events as fast as they go, with pruning, on {store}: growth in the last third",
        f"memory < {MEMORY_GROWTH:.0%}, store and each table with its indexes < {GROWTH:.0%} "
        "for each event kept",
        f"memory {memory:+.1%} ({last.memory:.0f} MB), store {total:+.1%} ({last.total:.0f} MB), "
        f"most of all `{worst}` {grown[worst]:+.1%}, at most {max(kept):,} kept; "
        f"{events / went.seconds:,.0f} events/s, {went.pruned:,} pruned: {verdict(holds)}",
        command,
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.million", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument(
        "--retained", type=float, default=15, help="seconds in which the retention passes"
    )
    options = parser.parse_args(arguments)
    tune()
    clock = FastClock(RETENTION.done / options.retained)
    if options.store == "postgres":
        with local_server(_VACUUM) as server:
            lease = _LEASE * clock.times
            opened = stores.postgres(server, clock, lease=lease)
            went = asyncio.run(campaign(opened, clock, options.events))
        report("PostgreSQL", options.events, went, "python -m bench.million --store postgres")
    else:
        went = asyncio.run(campaign(stores.sqlite(clock), clock, options.events))
        report("SQLite", options.events, went, "python -m bench.million")


if __name__ == "__main__":
    main()
