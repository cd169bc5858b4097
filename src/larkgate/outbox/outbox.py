"""Where effects are stored, and where those who want to know learn what became of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from contextlib import suppress
from math import inf
from typing import NamedTuple

import msgspec

from larkgate.clock import Clock
from larkgate.errors import LarkgateError, NotSentYet
from larkgate.outbox.effects import Effect
from larkgate.outbox.sender import Receipt, send_queue
from larkgate.queue import Job, NewJob, Settlement, State, Store
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

    async def store(self, account: str, key: str, effect: Effect, parent: Job | None) -> Sent:
        """Keep an effect; the first content stored under a key wins.

        Returns when it is on disk, before it is tried.
        """
        await self._store.add(self.job(account, key, effect), parent)
        return Sent(self, key, send_queue(account))

    def settled(self, settlement: Settlement) -> None:
        """Tell those who wait for this effect that a try has failed.

        Who cannot wait until the next one is told at once. Of the tries of another node only the
        outcome is known here.
        """
        if settlement.state != "open":
            return
        again = settlement.hold[0] if settlement.hold else settlement.run_at or 0.0
        for waiter in self._waiting.get(settlement.claim.job.key, ()):
            waiter.delayed(settlement.error or "", again)

    async def outcome(self, key: str, queue: str, timeout: float) -> _Outcome:
        """What became of an effect; `open` and why when that is not known in time."""
        waiter = _Waiter(self._store.now() + timeout)
        self._waiting[key].append(waiter)
        ended = self._store.ended(key)
        try:
            with suppress(TimeoutError):
                async with self._clock.timeout(timeout):
                    await self._look_at_pauses(key, queue, waiter)
                    await asyncio.wait((ended, waiter.gave_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended.cancel()
            self._forget(key, waiter)
        if ended.cancelled():
            return _Outcome("open", waiter.trouble or say("outbox.no_answer_yet", seconds=timeout))
        return _Outcome(ended.result().state, ended.result().result)

    async def _look_at_pauses(self, key: str, queue: str, waiter: _Waiter) -> None:
        pause = (await self._store.pauses()).get(queue)
        if pause is None:
            return
        stored = await self._store.find(key)
        if stored is None or stored.state == "open":
            waiter.delayed(pause.reason, inf if pause.until is None else pause.until)

    def _forget(self, key: str, waiter: _Waiter) -> None:
        others = [other for other in self._waiting.pop(key, ()) if other is not waiter]
        if others:
            self._waiting[key] = others


class _Waiter:
    """Somebody who wants to know what became of an effect, `until` when."""

    def __init__(self, until: float) -> None:
        self.until = until
        self.trouble = ""
        self.gave_up: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def delayed(self, trouble: str, again: float) -> None:
        """It is not tried before `again`."""
        self.trouble = trouble
        if again > self.until and not self.gave_up.done():
            self.gave_up.set_result(None)


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
