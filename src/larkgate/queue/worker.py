"""Runs the jobs of one queue: many lanes at once, one job of a lane at a time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from larkgate.clock import Clock
from larkgate.errors import Ending, GiveUp, Hold, Retry, StoreError
from larkgate.queue.jobs import Claim, Extra, NewJob, Settlement
from larkgate.queue.retries import Retries
from larkgate.queue.store import Store
from larkgate.texts import tell

__all__ = ["Done", "Handle", "Worker", "is_abandoned"]

log = logging.getLogger(__name__)

_STORE_PAUSE = 1.0  # seconds between tries while the store cannot be written
_LONGEST = 2000  # characters of a reason: rows are read by people


class Done(NamedTuple):
    """What a job leaves behind, all of it in the commit that settles it.

    `result` may be an answer that others read: it is kept whole.
    """

    result: str | None = None
    jobs: tuple[NewJob, ...] = ()
    writes: tuple[Extra, ...] = ()


Handle = Callable[[Claim], Awaitable[Done]]
"""Does the work of a claim. It may raise an `Ending`; any other exception is a `Retry`."""


class Worker:
    """Claims jobs of `queue` and runs at most `limit` of them at a time.

    Args:
        settled: called with each settlement once it is on disk.
        random: uniform in [0, 1), for the jitter of retries.
        burst, exclusive: as for `Store.claim`.
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
        burst: int = 1,
        exclusive: bool = False,
    ) -> None:
        self.queue = queue
        self._store = store
        self._handle = handle
        self._clock = clock
        self._limit = limit
        self._retries = retries
        self._random = random
        self._settled = settled
        self._burst = burst
        self._exclusive = exclusive
        self._running: set[asyncio.Task[None]] = set()
        self._lost: set[asyncio.Task[None]] = set()
        self._claims: asyncio.Future[list[Claim]] | None = None
        self._free = asyncio.Event()
        self._stopping = False
        self._store_fails = False
        self._paused_for = ""
        store.on_lost(self._lose)

    @property
    def running(self) -> int:
        """Jobs being worked on right now."""
        return len(self._running)

    def stop(self) -> None:
        """Ask for no more work; what runs may finish until `run` is told to abandon it."""
        self._stopping = True
        self._free.set()
        if self._claims is not None:
            self._claims.cancel()

    async def run(self) -> None:
        """Work until `stop`, then until what was running has finished.

        Cancelling it cancels what still runs; those jobs are let go uncharged, to run again.
        """
        async with asyncio.TaskGroup() as group:
            while not self._stopping:
                await self._start_next(group)

    async def _start_next(self, group: asyncio.TaskGroup) -> None:
        room = self._limit - len(self._running)
        if not room:
            self._free.clear()
            await self._free.wait()
            return
        self._claims = claims = self._store.claim(
            self.queue, room, burst=self._burst, exclusive=self._exclusive
        )
        try:
            await asyncio.wait((claims,))
        finally:
            self._claims = None
            claims.cancel()
        if not claims.cancelled():
            await self._start(group, claims)

    async def _start(self, group: asyncio.TaskGroup, claims: asyncio.Future[list[Claim]]) -> None:
        try:
            found = claims.result()
        except StoreError as error:
            await self._store_failed(error)
            return
        self._store_fails = False
        for claim in found:
            task = group.create_task(self._run_one(claim), name=claim.job.key)
            self._running.add(task)
            task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._lost.discard(task)
        self._free.set()

    def _lose(self) -> None:
        """Others do this work now: whatever these runs leave behind would be refused."""
        lost, self._running = self._running, set()
        self._lost |= lost
        self._free.set()
        for task in lost:
            task.cancel()

    async def _run_one(self, claim: Claim) -> None:
        try:
            settlement = _done(claim, await self._handle(claim))
        except Ending as ending:
            settlement, reason = self._end(claim, ending), ending.reason
        except StoreError as error:
            # Ours, not the message's: it waits without being charged.
            hold = Hold(error, seconds=_STORE_PAUSE, lane=True)
            settlement, reason = self._hold(claim, hold), hold.reason
        except (Exception, asyncio.CancelledError, SystemExit) as error:
            if is_abandoned():
                await self._let_go(claim)
                return
            # The exception's own words may quote a message: they are kept, not logged.
            reason = type(error).__name__
            settlement = self._retry(claim, Retry(f"{reason}: {error}"))
        else:
            reason = ""
        await self._write(settlement, reason)

    async def _let_go(self, claim: Claim) -> None:
        if asyncio.current_task() in self._lost:
            return
        # One try: a store out of order must not keep the process from ending.
        with contextlib.suppress(StoreError):
            await self._store.settle(Settlement(claim, "open", "stopped", charge=False))

    def _end(self, claim: Claim, ending: Ending) -> Settlement:
        match ending:
            case GiveUp(reason=reason):
                return _dead(claim, reason)
            case Hold():
                return self._hold(claim, ending)
            case Retry():
                return self._retry(claim, ending)
        raise AssertionError(ending)

    def _hold(self, claim: Claim, hold: Hold) -> Settlement:
        reason = _bounded(hold.reason)
        held = Settlement(claim, "open", reason, charge=False, undone=True)
        until = self._store.now() + hold.seconds
        if hold.lane:
            return held._replace(run_at=until)
        return held._replace(hold=(until, reason))

    def _retry(self, claim: Claim, retry: Retry) -> Settlement:
        wait = self._retries.delay(claim.job.attempts + 1, self._random)
        if wait is None:
            return _dead(claim, retry.reason)
        if retry.after is not None:
            wait = retry.after
        return Settlement(claim, "open", _bounded(retry.reason), run_at=self._store.now() + wait)

    async def _write(self, settlement: Settlement, reason: str) -> None:
        """An outcome is written, however long the store is out of order."""
        while True:
            try:
                # Who is cancelled here need not wait for it: it is written all the same.
                ours = await self._store.settle(settlement)
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
            wait = max(0.0, (settlement.run_at or 0.0) - self._store.now())
            values = {"job": job.key, "attempt": job.attempts + 1, "seconds": wait}
            tell(log, logging.WARNING, "queue.retry", **values, reason=reason)
        elif reason != self._paused_for:
            self._paused_for = reason
            key = "queue.held" if settlement.hold else "queue.lane_held"
            tell(log, logging.WARNING, key, queue=self.queue, lane=job.lane, reason=reason)


def _done(claim: Claim, done: Done) -> Settlement:
    result = None if done.result is None else _storable(done.result)
    return Settlement(claim, "done", result=result, jobs=done.jobs, writes=done.writes)


def _dead(claim: Claim, reason: str) -> Settlement:
    reason = _bounded(reason)
    return Settlement(claim, "dead", reason, result=reason)


def _bounded(reason: str) -> str:
    """As much of a reason as a row keeps."""
    if len(reason) > _LONGEST:
        reason = f"{reason[: _LONGEST - 1]}…"
    return _storable(reason)


def _storable(text: str) -> str:
    """A text without what some database takes for none."""
    return text.encode("utf-8", "replace").decode().replace("\0", "�")


def is_abandoned() -> bool:
    """Whether the task that asks was cancelled, rather than something that it waited for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
