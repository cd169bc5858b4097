"""What a store says happened, once every gateway on it has stopped."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from larkgate.database import open_read_only
from larkgate.simulator import Message

__all__ = ["Ledger"]

_QUERIES = {
    "events": "select key from {}event",
    "deliveries": "select event from {}job where event is not null",
    "unfinished": "select state, result, count(*) from {}job where state <> 'done' group by 1, 2",
    "effects": "select body, result from {}job where event is null",
    "owned": "select name from {}lane where owner is not null",
}

Rows = Sequence[Sequence[Any]]


class _Effect(msgspec.Struct):
    target: str
    content: str


class _Receipt(msgspec.Struct):
    message_id: str


class Ledger(msgspec.Struct, frozen=True):
    """The rows of a store that the platform's view is held against."""

    events: Rows
    deliveries: Rows
    unfinished: Rows
    effects: Rows
    owned: Rows

    @classmethod
    def of_sqlite(cls, store: Path) -> Ledger:
        with contextlib.closing(open_read_only(store)) as connection:
            read = {
                name: connection.execute(query.format("")).fetchall()
                for name, query in _QUERIES.items()
            }
        return cls(**read)

    @classmethod
    async def of_postgres(cls, url: str) -> Ledger:
        import asyncpg

        connection = await asyncpg.connect(url)
        try:
            read = {
                name: await connection.fetch(query.format("larkgate."))
                for name, query in _QUERIES.items()
            }
        finally:
            await connection.close()
        return cls(**read)

    def differences(self, said: set[str], messages: Iterable[Message]) -> Iterator[str]:
        """Sentences about what platform and ledger see differently.

        Args:
            said: the ledger keys of all that was said.
            messages: all that the app has written.
        """
        yield from self._kept(said)
        yield from self._settled()
        yield from self._visible(messages)

    def _kept(self, said: set[str]) -> Iterator[str]:
        kept = [key for (key,) in self.events]
        if len(kept) != len(said) or set(kept) != said:
            yield f"{len(said)} events said, {len(kept)} kept, {len(said - set(kept))} missing"
        events = {event for (event,) in self.deliveries}
        if not len(self.deliveries) == len(events) == len(said):
            yield f"{len(said)} events, {len(self.deliveries)} deliveries of {len(events)}"

    def _settled(self) -> Iterator[str]:
        yield from (f"{n} jobs are {state}: {result}" for state, result, n in self.unfinished)
        if self.owned:
            yield f"{len(self.owned)} lanes are owned though nobody runs"

    def _visible(self, messages: Iterable[Message]) -> Iterator[str]:
        visible = {each.id: (each.parent, each.content) for each in messages}
        for body, result in self.effects:
            effect = msgspec.json.decode(body, type=_Effect)
            receipt = msgspec.json.decode(result or '{"message_id":""}', type=_Receipt)
            if visible.pop(receipt.message_id, None) != (effect.target, effect.content):
                yield f"the reply {receipt.message_id} to {effect.target} is not on the platform"
        yield from (f"the platform's message {each} is not in the ledger" for each in visible)
