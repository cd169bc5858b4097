"""Deletes what is older than its retention, a little at a time, beside the work."""

from __future__ import annotations

import logging
from collections.abc import Callable

from larkgate.clock import Clock
from larkgate.errors import StoreError
from larkgate.queue.operations import Operations, Pruned, Retention
from larkgate.texts import tell

__all__ = ["Keeper"]

log = logging.getLogger(__name__)

_EVERY = 60.0
_BATCH = 500
# Between two batches: what has come meanwhile is written before the next one.
_PAUSE = 0.003
_TOLD_EVERY = 3600.0
_JUMP = 3600.0
_WAIT_AFTER_JUMP = 8 * 3600.0


class Keeper:
    """Prunes by the time of the store, unless that has just jumped: a clock that is wrong must not
    delete everything before somebody could put it right.

    Args:
        now: the time by which the store judges ages; `clock.now` if not given.
    """

    def __init__(
        self,
        operations: Operations,
        clock: Clock,
        retention: Retention,
        *,
        now: Callable[[], float] | None = None,
    ) -> None:
        self._operations = operations
        self._clock = clock
        self._retention = retention
        self._now = now or clock.now
        self._offset = self._now() - clock.monotonic()
        self._wait_until = clock.monotonic()
        self._untold = Pruned(0, 0, more=False)
        self._tell_at = clock.monotonic()
        self._failing = False

    async def run(self) -> None:
        """Look once a minute, until cancelled."""
        while True:
            await self._clock.sleep(_EVERY)
            await self._round()

    async def _round(self) -> None:
        more = True
        try:
            while more and self._trusts_the_time():
                pruned = await self._operations.prune(self._retention, _BATCH)
                self._count(pruned)
                more = pruned.more
                await self._clock.sleep(_PAUSE)
        except StoreError as error:
            self._fail(error)
        else:
            self._failing = False
        self._tell()

    def _trusts_the_time(self) -> bool:
        monotonic = self._clock.monotonic()
        jump = self._now() - monotonic - self._offset
        self._offset += jump
        if jump > _JUMP:
            self._wait_until = monotonic + _WAIT_AFTER_JUMP
            tell(log, logging.WARNING, "queue.prune_waits", seconds=jump)
        return monotonic >= self._wait_until

    def _count(self, pruned: Pruned) -> None:
        if pruned.events or pruned.jobs:
            log.debug("pruned %d events, %d jobs", pruned.events, pruned.jobs)
            events, jobs = self._untold.events + pruned.events, self._untold.jobs + pruned.jobs
            self._untold = Pruned(events, jobs, more=False)

    def _tell(self) -> None:
        told = self._untold
        if (told.events or told.jobs) and self._clock.monotonic() >= self._tell_at:
            tell(log, logging.INFO, "queue.pruned", events=told.events, jobs=told.jobs)
            self._untold = Pruned(0, 0, more=False)
            self._tell_at = self._clock.monotonic() + _TOLD_EVERY

    def _fail(self, error: StoreError) -> None:
        if not self._failing:
            self._failing = True
            tell(log, logging.WARNING, "queue.prune_failed", cause=error)
