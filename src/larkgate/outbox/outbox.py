"""Where effects are stored, and where those who want to know learn what became of them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import NamedTuple

import msgspec

from larkgate.clock import Clock
from larkgate.errors import LarkgateError
from larkgate.outbox.effects import Effect
from larkgate.outbox.sender import Receipt, send_queue
from larkgate.queue import NewJob, Settlement, State, Store

__all__ = ["Outbox", "Sent"]


class Outbox:
    """Stores effects of one account's apps and hands out receipts."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._waiting: defaultdict[str, list[asyncio.Future[_Outcome]]] = defaultdict(list)

    def job(self, account: str, key: str, effect: Effect) -> NewJob:
        """The effect as work for the account's sender, one lane for each chat."""
        body = msgspec.json.encode(effect).decode()
        return NewJob(key, send_queue(account), effect.chat, body)

    async def store(self, account: str, key: str, effect: Effect, parent: int | None) -> Sent:
        """Keep an effect; the first content stored under a key wins.

        Returns when it is on disk, before it is tried.
        """
        await self._store.add(self.job(account, key, effect), parent)
        return Sent(self, key)

    def settled(self, settlement: Settlement) -> None:
        """Tell those who wait for this effect's outcome."""
        if settlement.state == "open":
            return
        outcome = _Outcome(settlement.state, settlement.result)
        for waiting in self._waiting.pop(settlement.claim.job.key, ()):
            if not waiting.done():
                waiting.set_result(outcome)

    async def outcome(self, key: str, timeout: float) -> _Outcome:
        waiting: asyncio.Future[_Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[key].append(waiting)
        try:
            async with self._clock.timeout(timeout):
                # Asked only once the wait has begun: it may have been settled just before.
                stored = await self._store.find(key)
                if stored is not None and stored.state != "open":
                    return _Outcome(stored.state, stored.result)
                return await waiting
        finally:
            self._forget(key, waiting)

    def _forget(self, key: str, waiting: asyncio.Future[_Outcome]) -> None:
        if key in self._waiting:
            self._waiting[key].remove(waiting)
            if not self._waiting[key]:
                del self._waiting[key]


class _Outcome(NamedTuple):
    state: State
    result: str | None


class Sent:
    """An effect that is stored. It will be done once, also if this process dies now."""

    def __init__(self, outbox: Outbox, key: str) -> None:
        self._outbox = outbox
        self.key = key

    async def message_id(self, timeout: float = 10.0) -> str:
        """The platform's id of the message.

        Args:
            timeout: seconds to wait for it.

        Raises:
            TimeoutError: the platform has not answered yet; the effect stays stored.
            LarkgateError: the platform refused it for good; the sentence says why.
        """
        state, result = await self._outbox.outcome(self.key, timeout)
        if state != "done" or result is None:
            raise LarkgateError("outbox.not_sent", cause=result or state)
        return msgspec.json.decode(result, type=Receipt).message_id
