"""Work for a store, as fast as it takes it: what intakes give it and workers take."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator

from bench.pusher import APP_ID, received_message
from larkgate.clock import Clock, SystemClock
from larkgate.queue import (
    Arrival,
    Claim,
    Done,
    Event,
    Handle,
    NewJob,
    Retries,
    Settlement,
    Store,
    Worker,
)

__all__ = ["QUEUE", "arrivals", "cycle", "flood", "nothing", "work_off"]

QUEUE = "app:bench"
LANES = 1000
_HANDLERS = 256  # of one app, as in a gateway
_DOORS = 4
_WINDOW = 1024  # so many pushes may wait for their commit
_PAYLOAD = received_message()


def arrivals(
    number: int, *, first: int = 0, lanes: int = LANES, clock: Clock | None = None
) -> Iterator[Arrival]:
    """Messages with one delivery each, spread evenly over `lanes`."""
    now = (clock or SystemClock()).now
    for each in range(first, first + number):
        key = f"{APP_ID}:om_{each:012}"
        event = Event(key, APP_ID, "im.message.receive_v1", now(), _PAYLOAD)
        lane = f"{APP_ID}/oc_{each % lanes:06}/ou_{each % lanes:06}"
        yield Arrival(event, (NewJob(f"bench:{key}", QUEUE, lane),))


async def flood(store: Store, events: Iterator[Arrival]) -> None:
    """Keep all events, as many at a time as an intake lets wait."""

    async def keep() -> None:
        while some := list(itertools.islice(events, _WINDOW // _DOORS)):
            await asyncio.gather(*map(store.accept, some))

    async with asyncio.TaskGroup() as doors:
        for _ in range(_DOORS):
            doors.create_task(keep())


async def nothing(claim: Claim) -> Done:
    return Done()


async def work_off(
    store: Store, number: int, handle: Handle = nothing, clock: Clock | None = None
) -> None:
    """Run one worker until it has settled so many jobs."""
    left = number

    def settled(_: Settlement) -> None:
        nonlocal left
        left -= 1
        if not left:
            worker.stop()

    worker = Worker(
        store,
        QUEUE,
        handle,
        clock or SystemClock(),
        limit=_HANDLERS,
        retries=Retries(),
        random=random.random,
        settled=settled,
    )
    await worker.run()


async def cycle(store: Store, number: int) -> None:
    """Keep so many events while a worker with an empty handler takes them."""
    async with asyncio.TaskGroup() as group:
        group.create_task(work_off(store, number))
        group.create_task(flood(store, arrivals(number)))
