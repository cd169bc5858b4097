"""Acknowledgements and handlers under load that hurts: `python -m bench.latency`."""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Sequence
from typing import Any

from bench.measure import ours, percentile
from bench.pusher import Pusher
from bench.report import median, verdict, write

__all__ = ["main"]

RUNS = 5
PING_INTERVAL = 10.0


async def sleeping(seconds: float) -> float:
    """Ack p99 in ms at 200/s while 100 handlers sleep in their threads."""
    async with Pusher() as pusher, ours("sleeping", pusher.url) as client:
        await asyncio.wait_for(pusher.ponged.wait(), 30)
        await pusher.drip(100, 200)
        pusher.acked.clear()
        pusher.sent.clear()
        await pusher.drip(int(200 * seconds), 200)
        del client
        return percentile(pusher.latencies(), 0.99)


async def spinning(seconds: float) -> tuple[float, float]:
    """Ack p99 in ms at 50/s, and the longest wait between heartbeats, beside four CPU burners."""
    async with Pusher(lanes=100_000) as pusher, ours("spinning", pusher.url):
        await asyncio.wait_for(pusher.ponged.wait(), 30)
        await pusher.drip(4, 10)
        pusher.acked.clear()
        pusher.sent.clear()
        began = time.monotonic()
        await pusher.drip(int(50 * seconds), 50)
        beats = [began, *(at for at in pusher.pings if at > began)]
        longest = max((b - a for a, b in itertools.pairwise(beats)), default=seconds)
        return percentile(pusher.latencies(), 0.99), longest


async def entered(seconds: float) -> tuple[float, float]:
    """Frame in to handler entered, p50 and p99 in ms, at 500/s."""
    async with Pusher(lanes=100_000) as pusher, ours("timed", pusher.url) as client:
        await asyncio.wait_for(pusher.ponged.wait(), 30)
        await pusher.drip(200, 100)
        await pusher.drip(int(500 * seconds), 500)
        await asyncio.sleep(0.5)
        said: dict[str, Any] = await client.stop()
        delays: list[float] = said["delays"]
        return percentile(delays, 0.50), percentile(delays, 0.99)


async def measure_sleeping() -> None:
    slept = median([await sleeping(10) for _ in range(RUNS)])
    write(
        "ack p99 at 200 events/s while 100 handlers sleep in threads",
        "≤ 10 ms",
        f"{slept:.1f} ms: {verdict(slept <= 10)}",
        "python -m bench.latency sleeping",
    )


async def measure_entered() -> None:
    entries = [await entered(10) for _ in range(RUNS)]
    p50, p99 = median([e[0] for e in entries]), median([e[1] for e in entries])
    write(
        "frame in to handler entered at 500 events/s",
        "p50 ≤ 5 ms, p99 ≤ 30 ms",
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms: {verdict(p50 <= 5 and p99 <= 30)}",
        "python -m bench.latency entered",
    )


async def measure_spinning() -> None:
    burnt = [await spinning(25) for _ in range(RUNS)]
    ack, beat = median([b[0] for b in burnt]), max(b[1] for b in burnt)
    write(
        "ack p99 beside four plain handlers that burn CPU; heartbeats every 10 s",
        "≤ 500 ms, heartbeats on time (≤ 1 s late)",
        f"{ack:.0f} ms, at most {beat:.1f} s between heartbeats: "
        f"{verdict(ack <= 500 and beat <= PING_INTERVAL + 1)}",
        "python -m bench.latency spinning",
    )


PARTS = {"sleeping": measure_sleeping, "entered": measure_entered, "spinning": measure_spinning}


def main(parts: Sequence[str] = tuple(PARTS)) -> None:
    for part in parts:
        asyncio.run(PARTS[part]())


if __name__ == "__main__":
    main(sys.argv[1:] or tuple(PARTS))
