"""A simulator full of messages, in 100 groups: `history.py NUMBER [pushes]`.

Prints its memory in MB, empty and full; with `pushes` a client has acknowledged each message.
"""

from __future__ import annotations

import asyncio
import os
import sys

from bench.measure import resident_mb
from bench.simulator import acknowledging, flood
from larkgate.simulator import Simulator, standard_world

GROUPS = 100


async def fill(number: int, mention: str) -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        groups = [sim.group(f"群{n}", [*world.people, world.app]) for n in range(GROUPS)]
        empty = resident_mb(os.getpid())
        said = iter(range(number))

        def say() -> None:
            n = next(said)
            text = f"{mention}车辆无法连接网络怎么办？第 {n} 次"
            sim.say(groups[n % GROUPS], world.people[n % 3], text)

        async with acknowledging(sim):
            await flood(sim, say, number)
        if len(sim.messages) != number or (mention and len(sim.pushes) != number):
            raise RuntimeError("something is missing")
        print(empty, resident_mb(os.getpid()))


if __name__ == "__main__":
    asyncio.run(fill(int(sys.argv[1]), "@TSP助手 " if "pushes" in sys.argv else ""))
