"""Hours pass in seconds, over a real socket."""

import asyncio

from simclient import Link, client_of

from larkgate.clock import Clock, VirtualClock
from larkgate.simulator import Simulator, standard_world

HOUR = 3600.0


async def heartbeats(link: Link, clock: Clock) -> None:
    while True:
        await link.ping()
        await clock.sleep(10)


async def test_thirty_hours_of_heartbeats() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            beating = asyncio.create_task(heartbeats(link, clock))
            await clock.advance(30 * HOUR)
            (connection,) = sim.connections
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    assert connection.pings == 30 * 360 + 1
    assert connection.last_ping_at == clock.now()
