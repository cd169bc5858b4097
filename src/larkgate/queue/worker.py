"""Runs the jobs of one queue: many lanes at once, one job of a lane at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from larkgate.clock import Clock
from larkgate.errors import Ending, GiveUp, Hold, Retry, StoreError
from larkgate.queue.jobs import Claim, NewJob, Settlement
from larkgate.queue.retries import Retries
from larkgate.queue.store import Store
from larkgate.texts import tell

__all__ = ["Done", "Handle", "Worker"]

log = logging.getLogger(__name__)

_STORE_PAUSE = 1.0  # seconds between tries while the store cannot be written


class Done(NamedTuple):
    """What a job leaves behind, all of it in the commit that settles it."""

    result: str | None = None
    jobs: tuple[NewJob, ...] = ()
    writes: tuple[tuple[Any, Any], ...] = ()


Handle = Callable[[Claim], Awaitable[Done]]
"""Does the work of a claim. It may raise an `Ending`; any other exception is a `Retry`."""


class Worker:
    """Claims jobs of `queue` and runs at most `limit` of them at a time.

    Args:
        settled: called with each settlement once it is on disk.
        random: uniform in [0, 1), for the jitter of retries.
    """

    def __init__(
        self,
        store: Store,
        queue: str,
        handle: Handle,
        clock: Clock,
        *,
        limit: int,
        retries: Retries,
        random: Callable[[], float],
        settled: Callable[[Settlement], None] = lambda settlement: None,
    ) -> None:
        self.queue = queue
        self._store = store
        self._handle = handle
        self._clock = clock
        self._limit = limit
        self._retries = retries
        self._random = random
        self._settled = settled
        self._running: dict[asyncio.Task[None], Claim] = {}
        self._free = asyncio.Event()
        self._stopping = asyncio.Event()
        self._store_fails = False
        self._paused_for = ""

    @property
    def running(self) -> int:
        """Jobs being worked on right now."""
        return len(self._running)

    def stop(self) -> None:
        """Ask for no more work; what runs may finish until `run` is told to abandon it."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until `stop`, then until what was running has finished.

        Cancelling it cancels what still runs; those jobs are let go uncharged, to run again.
        """
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            async with asyncio.TaskGroup() as group:
                while not self._stopping.is_set():
                    await self._start_next(group, stopping)
        finally:
            stopping.cancel()

    async def _start_next(self, group: asyncio.TaskGroup, stopping: asyncio.Task[Any]) -> None:
        room = self._limit - len(self._running)
        if not room:
            self._free.clear()
            await self._free.wait()
            return
        claims = self._store.claim(self.queue, room)
        try:
            await asyncio.wait((claims, stopping), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waited = claims.cancel()
        if not waited and not claims.cancelled():
            await self._start(group, claims)

    async def _start(self, group: asyncio.TaskGroup, claims: asyncio.Future[list[Claim]]) -> None:
        try:
            found = claims.result()
        except StoreError as error:
            await self._store_failed(error)
            return
        for claim in found:
            task = group.create_task(self._run_one(claim), name=claim.job.key)
            self._running[task] = claim
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._running[task]
        self._free.set()

    async def _run_one(self, claim: Claim) -> None:
        try:
            settlement = self._done(claim, await self._handle(claim))
        except Ending as ending:
            settlement, reason = self._end(claim, ending), ending.reason
        except StoreError as error:
            # Ours, not the message's: it waits without being charged.
            hold = Hold(error, seconds=_STORE_PAUSE, lane=True)
            settlement, reason = self._hold(claim, hold), hold.reason
        except (Exception, asyncio.CancelledError, SystemExit) as error:
            if _abandoned():
                await self._let_go(claim)
                raise
            # The exception's own words may quote a message: they are kept, not logged.
            reason = type(error).__name__
            settlement = self._retry(claim, Retry(f"{reason}: {error}"))
        else:
            reason = ""
        await self._write(settlement, reason)

    async def _let_go(self, claim: Claim) -> None:
        # One try: a store out of order must not keep the process from ending.
        with contextlib.suppress(StoreError):
            await self._store.settle(Settlement(claim, "open", "stopped", charge=False))

    def _done(self, claim: Claim, done: Done) -> Settlement:
        return Settlement(claim, "done", result=done.result, jobs=done.jobs, writes=done.writes)

    def _end(self, claim: Claim, ending: Ending) -> Settlement:
        match ending:
            case GiveUp(reason=reason):
                return Settlement(claim, "dead", reason, result=reason)
            case Hold():
                return self._hold(claim, ending)
            case Retry():
                return self._retry(claim, ending)
        raise AssertionError(ending)

    def _hold(self, claim: Claim, hold: Hold) -> Settlement:
        held = Settlement(claim, "open", hold.reason, charge=False, undone=True)
        until = self._clock.now() + hold.seconds
        if hold.lane:
            return held._replace(run_at=until)
        return held._replace(hold=(until, hold.reason))

    def _retry(self, claim: Claim, retry: Retry) -> Settlement:
        wait = self._retries.delay(claim.job.attempts + 1, self._random)
        if wait is None:
            return Settlement(claim, "dead", retry.reason, result=retry.reason)
        if retry.after is not None:
            wait = retry.after
        return Settlement(claim, "open", retry.reason, run_at=self._clock.now() + wait)

    async def _write(self, settlement: Settlement, reason: str) -> None:
        """An outcome is written, however long the store is out of order."""
        while True:
            try:
                ours = await asyncio.shield(self._store.settle(settlement))
            except StoreError as error:
                await self._store_failed(error)
            except Exception as error:
                # What the handler left cannot be written: the job itself must not be lost.
                reason = type(error).__name__
                settlement = self._retry(settlement.claim, Retry(repr(error)))
            else:
                break
        self._store_fails = False
        if ours:
            self._tell(settlement, reason)
            self._settled(settlement)

    async def _store_failed(self, error: StoreError) -> None:
        if not self._store_fails:
            self._store_fails = True
            tell(log, logging.ERROR, "queue.store_failed", queue=self.queue, cause=error)
        await self._clock.sleep(_STORE_PAUSE)

    def _tell(self, settlement: Settlement, reason: str) -> None:
        """Every ending but a good one is told; a pause once for each reason."""
        job = settlement.claim.job
        if settlement.state == "done":
            self._paused_for = ""
        elif settlement.state == "dead":
            tell(log, logging.ERROR, "queue.dead", job=job.key, reason=reason)
        elif settlement.charge:
            wait = max(0.0, (settlement.run_at or 0.0) - self._clock.now())
            values = {"job": job.key, "attempt": job.attempts + 1, "seconds": wait}
            tell(log, logging.WARNING, "queue.retry", **values, reason=reason)
        elif reason != self._paused_for:
            self._paused_for = reason
            key = "queue.held" if settlement.hold else "queue.lane_held"
            tell(log, logging.WARNING, key, queue=self.queue, lane=job.lane, reason=reason)


def _abandoned() -> bool:
    """Whether this task was cancelled, rather than something that its handler waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
