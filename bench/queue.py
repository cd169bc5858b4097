"""How much a store takes and works off: `python -m bench.queue [--store postgres]`."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from bench import rival, stores
from bench.load import arrivals, cycle, flood, work_off
from bench.measure import percentile
from bench.postgres import LocalServer, local_server
from bench.report import median, verdict, write
from bench.stores import Opened
from larkgate.gateway.process import tune
from larkgate.queue import Arrival, Claim, Done, Store

__all__ = ["main"]

ACCEPTS = 25_000
CYCLES = 12_000
SLOW_ACCEPTS = 8_000
SLOW = 0.003  # seconds after each commit

POSTGRES_ACCEPTS = 12_000
POSTGRES_CYCLES = 4_000
P50, P99 = 3.0, 15.0  # ms from accept to handler
TIMES = 10  # as many cycles as procrastinate

_QUIET = 200  # events a second
_QUIET_SECONDS = 5
_RIVAL_CYCLES = 2_000

Open = Callable[[], AbstractAsyncContextManager[Opened]]
Work = Callable[[Store, Sequence[Arrival]], Awaitable[None]]


async def accept(store: Store, events: Sequence[Arrival]) -> None:
    await flood(store, iter(events))


async def full_cycle(store: Store, events: Sequence[Arrival]) -> None:
    await cycle(store, len(events), iter(events))


async def per_second(open_store: Open, work: Work, events: int) -> float:
    prepared = list(arrivals(events))  # their making is not the store's work
    async with open_store() as opened:
        began = time.monotonic()
        await work(opened.store, prepared)
        return events / (time.monotonic() - began)


async def repeated(open_store: Open, work: Work, events: int, runs: int) -> float:
    rates = [await per_second(open_store, work, events) for _ in range(runs)]
    print(work.__name__, [f"{rate:,.0f}/s" for rate in rates], flush=True)
    return median(rates)


async def measure_sqlite(events: int, runs: int) -> None:
    accepts = await repeated(stores.sqlite, accept, events, runs)
    cycles = await repeated(stores.sqlite, full_cycle, events, runs)
    write(
        "SQLite, whole schema: durable accepts; full cycles (accept, claim, empty handler, settle)",
        f"≥ {ACCEPTS:,}/s; ≥ {CYCLES:,}/s",
        f"{accepts:,.0f}/s; {cycles:,.0f}/s: {verdict(accepts >= ACCEPTS and cycles >= CYCLES)}",
        "python -m bench.queue",
    )


async def measure_slow_disk(events: int, runs: int) -> None:
    def slow() -> AbstractAsyncContextManager[Opened]:
        return stores.sqlite(commit=SLOW)

    accepts = await repeated(slow, accept, events, runs)
    cycles = await repeated(slow, full_cycle, events, runs)
    write(
        f"SQLite, {SLOW * 1000:g} ms slept after each commit: durable accepts; full cycles",
        f"≥ {SLOW_ACCEPTS:,}/s; none",
        f"{accepts:,.0f}/s; {cycles:,.0f}/s: {verdict(accepts >= SLOW_ACCEPTS)}",
        "python -m bench.queue",
    )


async def measure_postgres(server: LocalServer, events: int, runs: int) -> None:
    def new() -> AbstractAsyncContextManager[Opened]:
        return stores.postgres(server)

    accepts = await repeated(new, accept, events, runs)
    cycles = await repeated(new, full_cycle, events, runs)
    holds = accepts >= POSTGRES_ACCEPTS and cycles >= POSTGRES_CYCLES
    write(
        "PostgreSQL on this machine, fsync on: durable accepts; full cycles with one worker",
        f"≥ {POSTGRES_ACCEPTS:,}/s; ≥ {POSTGRES_CYCLES:,}/s",
        f"{accepts:,.0f}/s; {cycles:,.0f}/s: {verdict(holds)}",
        "python -m bench.queue --store postgres",
    )
    await measure_rival(server, cycles, runs)
    await measure_quiet(server, runs)


async def measure_rival(server: LocalServer, cycles: float, runs: int) -> None:
    rates = []
    for _ in range(runs):
        async with server.database() as url:
            rates.append(await rival.cycles_per_second(url, _RIVAL_CYCLES))
    print("procrastinate", [f"{rate:,.0f}/s" for rate in rates], flush=True)
    times = cycles / median(rates)
    write(
        "full cycles on PostgreSQL against procrastinate with `lock=`, on the same server",
        f"≥ {TIMES} × as many",
        f"{times:.0f} × ({cycles:,.0f}/s against {median(rates):,.0f}/s, with as many workers "
        f"and waiting jobs as suit it best): {verdict(times >= TIMES)}",
        "python -m bench.queue --store postgres",
    )


async def measure_quiet(server: LocalServer, runs: int) -> None:
    middle, worst = [], []
    for _ in range(runs):
        async with stores.postgres(server) as opened:
            delays = await entered(opened.store, _QUIET * _QUIET_SECONDS)
        middle.append(percentile(delays, 0.50))
        worst.append(percentile(delays, 0.99))
    p50, p99 = median(middle), median(worst)
    write(
        f"PostgreSQL: accept to handler entered at {_QUIET} events/s",
        f"p50 ≤ {P50:g} ms, p99 ≤ {P99:g} ms",
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms: {verdict(p50 <= P50 and p99 <= P99)}",
        "python -m bench.queue --store postgres",
    )


async def entered(store: Store, events: int) -> list[float]:
    """Milliseconds from the call of accept to the handler, at a steady rate."""
    called: dict[str, float] = {}
    delays: list[float] = []

    async def handle(claim: Claim) -> Done:
        delays.append((time.monotonic() - called[claim.job.key]) * 1000)
        return Done()

    async def drip() -> None:
        began = time.monotonic()
        for number, arrival in enumerate(arrivals(events)):
            await asyncio.sleep(began + number / _QUIET - time.monotonic())
            called[arrival.jobs[0].key] = time.monotonic()
            store.accept(arrival)

    async with asyncio.TaskGroup() as group:
        group.create_task(work_off(store, events, handle))
        group.create_task(drip())
    return delays


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.queue", description=__doc__)
    parser.add_argument("--store", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args(arguments)
    tune()
    if options.store == "postgres":
        with local_server() as server:
            asyncio.run(measure_postgres(server, options.events, options.runs))
    else:
        asyncio.run(measure_sqlite(options.events, options.runs))
        asyncio.run(measure_slow_disk(options.events, options.runs))


if __name__ == "__main__":
    main()
