"""From the start of `larkgate run` to its first pong, and the memory it then has.

`python -m bench.start`; beside it a bare interpreter that imports the official SDK.
"""

from __future__ import annotations

import asyncio
import sys
import time

from bench.measure import larkgate_run, resident_mb
from bench.pusher import Pusher
from bench.report import median, verdict, write

__all__ = ["main"]

RUNS = 5
SECONDS = 0.5
MEGABYTES = 55


async def once() -> tuple[float, float]:
    async with Pusher() as pusher:
        began = time.monotonic()
        async with larkgate_run(pusher.url) as client:
            await asyncio.wait_for(pusher.ponged.wait(), 30)
            took = time.monotonic() - began
            await asyncio.sleep(1)
            return took, resident_mb(client.pid)


async def official_import() -> float:
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "import lark_oapi")
    await process.wait()
    return time.monotonic() - began


async def measure() -> None:
    await once()
    found = [await once() for _ in range(RUNS)]
    theirs = median([await official_import() for _ in range(RUNS)])
    seconds, memory = median([f[0] for f in found]), median([f[1] for f in found])
    write(
        "process start to first pong (`larkgate run`, support app, no model)",
        f"≤ {SECONDS} s, ≤ {MEGABYTES} MB resident",
        f"{seconds:.2f} s, {memory:.0f} MB "
        f"(`import lark_oapi` alone: {theirs:.2f} s): "
        f"{verdict(seconds <= SECONDS and memory <= MEGABYTES)}",
        "python -m bench.start",
    )


def main() -> None:
    asyncio.run(measure())


if __name__ == "__main__":
    main()
