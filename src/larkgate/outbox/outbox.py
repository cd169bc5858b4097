"""Where effects are stored, and where those who want to know learn what became of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import NamedTuple

import msgspec

from larkgate.clock import Clock
from larkgate.errors import LarkgateError, NotSentYet
from larkgate.outbox.effects import Effect
from larkgate.outbox.sender import Receipt, send_queue
from larkgate.queue import NewJob, Settlement, State, Store
from larkgate.texts import say

__all__ = ["Outbox", "Sent"]


class Outbox:
    """Stores effects of one account's apps and hands out receipts."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: defaultdict[str, list[_Waiter]] = defaultdict(list)

    def job(self, account: str, key: str, effect: Effect) -> NewJob:
        """The effect as work for the account's sender, one lane for each chat."""
        body = msgspec.json.encode(effect).decode()
        return NewJob(key, send_queue(account), effect.chat, body)

    async def store(self, account: str, key: str, effect: Effect, parent: int | None) -> Sent:
        """Keep an effect; the first content stored under a key wins.

        Returns when it is on disk, before it is tried.
        """
        await self._store.add(self.job(account, key, effect), parent)
        return Sent(self, key, send_queue(account))

    def settled(self, settlement: Settlement) -> None:
        """Tell those who wait for this effect's outcome."""
        key = settlement.claim.job.key
        if settlement.state == "open":
            self._delayed(key, settlement)
            return
        for waiter in self._waiting.pop(key, ()):
            waiter.tell(_Outcome(settlement.state, settlement.result))

    def _delayed(self, key: str, settlement: Settlement) -> None:
        """Who cannot wait until the next try is told at once."""
        again = settlement.hold[0] if settlement.hold else settlement.run_at or 0.0
        for waiter in self._waiting.get(key, ()):
            waiter.trouble = settlement.error or ""
            if again > waiter.until:
                waiter.tell(_Outcome("open", settlement.error))

    async def outcome(self, key: str, queue: str, timeout: float) -> _Outcome:
        """What became of an effect; `open` and why when that is not known in time."""
        waiter = _Waiter(self._clock.now() + timeout)
        self._waiting[key].append(waiter)
        try:
            async with self._clock.timeout(timeout):
                return await self._known(key, queue, waiter) or await waiter.told
        except TimeoutError:
            return _Outcome("open", waiter.trouble or say("outbox.no_answer_yet", seconds=timeout))
        finally:
            self._forget(key, waiter)

    async def _known(self, key: str, queue: str, waiter: _Waiter) -> _Outcome | None:
        """Asked only once the wait has begun: it may have been settled just before."""
        stored = await self._store.find(key)
        if stored is not None and stored.state != "open":
            return _Outcome(stored.state, stored.result)
        until, reason = (await self._store.holds()).get(queue, (0.0, ""))
        return _Outcome("open", reason) if until > waiter.until else None

    def _forget(self, key: str, waiter: _Waiter) -> None:
        # Between being told and coming here others may have begun to wait.
        others = [other for other in self._waiting.pop(key, ()) if other is not waiter]
        if others:
            self._waiting[key] = others


class _Waiter:
    """Somebody who wants to know what became of an effect, `until` when."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.trouble = ""
        self.told: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()

    def tell(self, outcome: _Outcome) -> None:
        if not self.told.done():
            self.told.set_result(outcome)


class _Outcome(NamedTuple):
    state: State
    result: str | None


class Sent:
    """An effect that is stored. It will be done once, also if this process dies now."""

    def __init__(self, outbox: Outbox, key: str, queue: str) -> None:
        self._outbox = outbox
        self._queue = queue
        self.key = key

    async def message_id(self, timeout: float = 10.0) -> str:
        """The platform's id of the message.

        Args:
            timeout: seconds to wait for it.

        Raises:
            NotSentYet: (a TimeoutError) it is not sent in that time, and the sentence says why;
                raised early when the next try is later. The effect stays stored.
            LarkgateError: the platform refused it for good; the sentence says why.
        """
        state, result = await self._outbox.outcome(self.key, self._queue, timeout)
        if state == "open":
            raise NotSentYet("outbox.not_sent_yet", cause=result)
        if state != "done" or result is None:
            raise LarkgateError("outbox.not_sent", cause=result or state)
        return msgspec.json.decode(result, type=Receipt).message_id
