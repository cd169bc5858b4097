"""Work for a store, as fast as it takes it: what intakes give it and workers take."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator

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
_AT_A_TIME = 256  # so many of each door wait for their commit
_ROOM = 8  # times so many may be kept and not yet done
_PAYLOAD = received_message()


def arrivals(
    number: int, lane: Callable[[int], int] = lambda each: each % LANES, clock: Clock | None = None
) -> Iterator[Arrival]:
    """Messages with one delivery each; `lane` gives each number's lane."""
    now = (clock or SystemClock()).now
    for each in range(number):
        key = f"{APP_ID}:om_{each:012}"
        event = Event(key, APP_ID, "im.message.receive_v1", now(), _PAYLOAD)
        name = f"{APP_ID}/oc_{lane(each):06}/ou_{lane(each):06}"
        yield Arrival(event, (NewJob(f"bench:{key}", QUEUE, name),))


async def flood(
    store: Store, events: Iterator[Arrival], room: asyncio.Semaphore | None = None
) -> None:
    """Keep all events, as many at a time as an intake lets wait, while there is room for more."""

    async def keep() -> None:
        while some := list(itertools.islice(events, _AT_A_TIME)):
            if room:
                await room.acquire()
            kept = [store.accept(each) for each in some]
            await asyncio.wait(kept[-1:])  # the rest are kept by then, or nearly
            for each in kept:
                await each

    async with asyncio.TaskGroup() as doors:
        for _ in range(_DOORS):
            doors.create_task(keep())


async def nothing(claim: Claim) -> Done:
    return Done()


async def work_off(
    store: Store, number: int, handle: Handle = nothing, room: asyncio.Semaphore | None = None
) -> None:
    """Run one worker until it has settled so many jobs, making room for as many."""
    done = 0

    def settled(_: Settlement) -> None:
        nonlocal done
        done += 1
        if room and done % _AT_A_TIME == 0:
            room.release()
        if done == number:
            worker.stop()

    worker = Worker(
        store,
        QUEUE,
        handle,
        SystemClock(),
        limit=_HANDLERS,
        retries=Retries(),
        random=random.random,
        settled=settled,
    )
    await worker.run()


async def cycle(store: Store, number: int, events: Iterator[Arrival] | None = None) -> None:
    """Keep so many events, never far ahead of a worker with an empty handler."""
    room = asyncio.Semaphore(_ROOM)
    async with asyncio.TaskGroup() as group:
        group.create_task(work_off(store, number, room=room))
        group.create_task(flood(store, events or arrivals(number), room))
