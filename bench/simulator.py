"""What the simulator costs: `python -m bench.simulator`, or one figure by its name."""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.measure import resident_mb
from bench.pusher import received_message
from bench.report import median, verdict, write
from larkgate.clock import Clock, SystemClock, VirtualClock
from larkgate.dial import Dialer
from larkgate.ingress import LinkSettings, LongConnection
from larkgate.protocol.events import Answer
from larkgate.secret import Secret
from larkgate.simulator import APP_ID, APP_SECRET, Simulator, StandardWorld, standard_world

__all__ = ["acknowledging", "flood", "main"]

ROOT = Path(__file__).parent.parent
RUNS = 5
WINDOW = 256
MESSAGES = 100_000
SIMULATORS = 100
HOURS = 30
PATIENCE = 120.0


# What the figures are made with


@asynccontextmanager
async def acknowledging(sim: Simulator) -> AsyncIterator[None]:
    """A client that acknowledges everything, in a process of its own."""
    arguments = ("-m", "bench.clients.trivial", sim.url, APP_ID, APP_SECRET)
    process = await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT)
    try:
        await sim.until(lambda: sim.connections, PATIENCE)
        yield
    finally:
        process.kill()
        await process.wait()


async def flood(sim: Simulator, push: Callable[[], object], number: int) -> float:
    """Events a second, at most `WINDOW` of them unacknowledged."""
    began = time.monotonic()
    for _ in range(number):
        if sim.unacknowledged >= WINDOW:
            await sim.until(lambda: sim.unacknowledged < WINDOW, PATIENCE)
        push()
    await acknowledged(sim)
    return number / (time.monotonic() - began)


async def acknowledged(sim: Simulator) -> None:
    await sim.until(lambda: not sim.unacknowledged, PATIENCE)


def say(sim: Simulator, world: StandardWorld) -> None:
    sim.say(world.development, world.people[0], "@TSP助手 车辆无法连接网络怎么办")


@asynccontextmanager
async def linked(sim: Simulator, clock: Clock) -> AsyncIterator[LongConnection]:
    """Our long connection, which acknowledges everything."""

    def accept(push: object) -> asyncio.Future[Answer]:
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(Answer(200))
        return answer

    settings = LinkSettings(
        name=APP_ID, app_id=APP_ID, app_secret=Secret(APP_SECRET), domain=sim.url
    )
    async with Dialer(clock) as dialer:
        link = LongConnection(settings, dialer, clock, accept)
        running = asyncio.create_task(link.run())
        try:
            await sim.until(lambda: sim.connections, PATIENCE)
            yield link
        finally:
            running.cancel()
            await asyncio.wait((running,))


async def said_by(*arguments: str) -> str:
    """What a Python program prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(out.decode())
    return out.decode()


# The figures


async def push() -> None:
    rates = [await pushed(20_000) for _ in range(RUNS)]
    ready, said = (median(each) for each in zip(*rates, strict=True))
    write(
        f"simulator: events pushed to a trivial client, window {WINDOW}",
        "≥ 8,000/s",
        f"{ready:,.0f}/s, {said:,.0f}/s when people write them: "
        f"{verdict(min(ready, said) >= 8000)}",
        "python -m bench.simulator push",
    )


async def pushed(number: int) -> tuple[float, float]:
    """Ready-made events a second, and messages that people write."""
    payload = received_message().encode()
    async with Simulator() as sim:
        world = standard_world(sim)
        async with acknowledging(sim):
            await flood(sim, lambda: sim.push(APP_ID, payload), 1000)
            ready = await flood(sim, lambda: sim.push(APP_ID, payload), number)
            said = await flood(sim, lambda: say(sim, world), number)
        if sim.complaints or any(len(push.attempts) > 1 for push in sim.pushes):
            raise RuntimeError("not all was acknowledged in time")
    return ready, said


async def history() -> None:
    empty, full = await filled()
    _, with_pushes = await filled("pushes")
    write(
        f"simulator: memory with {MESSAGES:,} messages of history",
        "≤ 400 MB in all",
        f"{full:.0f} MB, {with_pushes:.0f} MB when each was pushed and acknowledged "
        f"({empty:.0f} MB empty): {verdict(max(full, with_pushes) <= 400)}",
        "python -m bench.simulator history",
    )


async def filled(*options: str) -> tuple[float, float]:
    out = await said_by("-m", "bench.clients.history", str(MESSAGES), *options)
    empty, full = map(float, out.split())
    return empty, full


async def test() -> None:
    found = [await tested() for _ in range(RUNS)]
    alone, whole = (median(each) for each in zip(*found, strict=True))
    write(
        "simulator: a test of message, reply, click and card update with `larkgate.testing`",
        "< 1 s",
        f"{alone:.2f} s ({whole:.2f} s with the start and end of pytest): {verdict(alone < 1)}",
        "python -m bench.simulator test",
    )


async def tested() -> tuple[float, float]:
    """Seconds of the test, and of the process."""
    began = time.monotonic()
    options = ("-p", "no:cacheprovider", "--durations=0", "-vv")
    out = await said_by("-m", "pytest", "bench/clients/ten_lines.py", *options)
    parts = re.findall(r"([\d.]+)s (?:setup|call|teardown) ", out)
    return sum(map(float, parts)), time.monotonic() - began


async def life() -> None:
    took = median([await lived() for _ in range(50)]) * 1000
    write(
        "simulator: start and stop",
        "< 50 ms",
        f"{took:.1f} ms: {verdict(took < 50)}",
        "python -m bench.simulator life",
    )


async def lived() -> float:
    began = time.monotonic()
    async with Simulator():
        pass
    return time.monotonic() - began


async def side_by_side() -> None:
    before, began = resident_mb(os.getpid()), time.monotonic()
    async with AsyncExitStack() as stack:
        sims = [await stack.enter_async_context(Simulator(seed=n)) for n in range(SIMULATORS)]
        worlds = [standard_world(sim) for sim in sims]
        for sim in sims:
            await stack.enter_async_context(linked(sim, SystemClock()))
        for sim, world in zip(sims, worlds, strict=True):
            say(sim, world)
        for sim in sims:
            await acknowledged(sim)
        alone = all(len(sim.pushes) == 1 and sim.pushes[0].acked_at for sim in sims)
        memory = resident_mb(os.getpid()) - before
    write(
        f"simulator: {SIMULATORS} in one process, each with our client and a message",
        "each hears its own",
        f"{time.monotonic() - began:.1f} s, {memory:.0f} MB: {verdict(alone)}",
        "python -m bench.simulator side_by_side",
    )


async def heartbeats() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        standard_world(sim)
        async with linked(sim, clock):
            began = time.monotonic()
            await clock.advance(HOURS * 3600.0)
            took = time.monotonic() - began
            (connection,) = sim.connections
    write(
        f"simulator: {HOURS} hours of heartbeats of our client, every 10 s, over a real socket",
        "< 60 s",
        f"{took:.1f} s, {connection.pings:,} pings on one connection: "
        f"{verdict(took < 60 and connection.pings >= HOURS * 360)}",
        "python -m bench.simulator heartbeats",
    )


FIGURES: dict[str, Callable[[], Awaitable[None]]] = {
    each.__name__: each for each in (push, history, test, life, side_by_side, heartbeats)
}


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.simulator", description=__doc__)
    parser.add_argument("figure", nargs="*", choices=[[], *FIGURES], default=[])
    chosen = parser.parse_args(arguments).figure or FIGURES
    for name in chosen:
        asyncio.run(run(name))


async def run(name: str) -> None:
    await FIGURES[name]()


if __name__ == "__main__":
    main()
