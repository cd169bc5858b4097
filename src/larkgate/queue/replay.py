"""Feeds deliveries in again, at a stated rate, as work like any other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

import msgspec

from larkgate.clock import Clock
from larkgate.queue.jobs import Claim, NewJob
from larkgate.queue.operations import Operations
from larkgate.queue.worker import Done

__all__ = ["REPLAY_QUEUE", "Replay", "replay_job"]

REPLAY_QUEUE = "replay"

_STEP = 0.1  # seconds: what is due in such a time goes in at once


class _Order(msgspec.Struct, frozen=True):
    ids: tuple[int, ...]
    rate: float
    generation: str


class _Report(msgspec.Struct, frozen=True):
    """What a replay leaves: how many deliveries were asked for, and how many its last run made."""

    deliveries: int
    made: int


def replay_job(ids: Iterable[int], rate: float, generation: str) -> NewJob:
    """Work for the queue `replay`: new deliveries of the events of deliveries `ids`.

    Args:
        rate: how many each second.
        generation: makes it happen once; part of the new deliveries' keys.
    """
    order = _Order(tuple(sorted(ids)), rate, generation)
    body = msgspec.json.encode(order)
    key = f"{REPLAY_QUEUE}:{generation}:{sha256(body).hexdigest()[:12]}"
    return NewJob(key, REPLAY_QUEUE, generation, body.decode())


class Replay:
    """Handles the jobs of `replay_job`.

    One that was cut off begins again: what it has made is there already, and costs no time.
    """

    def __init__(self, operations: Operations, clock: Clock) -> None:
        self._operations = operations
        self._clock = clock

    async def handle(self, claim: Claim) -> Done:
        order = msgspec.json.decode(claim.job.body, type=_Order)
        report = _Report(len(order.ids), await self._feed(order))
        return Done(msgspec.json.encode(report).decode())

    async def _feed(self, order: _Order) -> int:
        made = 0
        began = self._clock.monotonic()
        for ids in _portions(order.ids, max(1, round(order.rate * _STEP))):
            made += len(await self._operations.replay(ids, order.generation))
            await self._clock.sleep(began + made / order.rate - self._clock.monotonic())
        return made


def _portions(ids: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
