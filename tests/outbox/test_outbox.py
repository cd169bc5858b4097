"""Who waits for an effect's outcome is told, whoever else waits and whenever it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from larkgate.clock import VirtualClock
from larkgate.database import Database
from larkgate.errors import LarkgateError
from larkgate.outbox import Effect, Outbox, Sent, send_queue
from larkgate.queue import SCHEMA, Settlement, SqliteStore

EFFECT = Effect("send", "oc_1", "oc_1", "text", "{}")


@pytest.fixture
async def store(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteStore]:
    async with Database(tmp_path / "larkgate.db", clock, [SCHEMA]) as database:
        store = SqliteStore(database, clock)
        await store.open()
        yield store
        await store.close()


@pytest.fixture
def outbox(store: SqliteStore, clock: VirtualClock) -> Outbox:
    return Outbox(store, clock)


@pytest.fixture
async def sent(outbox: Outbox) -> Sent:
    return await outbox.store("cli_1", "d#1", EFFECT, None)


async def done(store: SqliteStore, result: str = '{"message_id":"om_1"}') -> Settlement:
    """The effect is done, and the outbox has not heard of it yet."""
    [claim] = await store.claim(send_queue("cli_1"), 1)
    settlement = Settlement(claim, "done", result=result)
    assert await store.settle(settlement)
    return settlement


async def test_who_asks_while_others_are_being_told(
    outbox: Outbox, store: SqliteStore, sent: Sent, clock: VirtualClock
) -> None:
    early = asyncio.create_task(sent.message_id())
    await clock.settle()
    settlement = await done(store)
    late = asyncio.create_task(sent.message_id())
    outbox.settled(settlement)
    assert [await early, await late] == ["om_1", "om_1"]


async def test_who_gave_up_waiting_is_forgotten(
    outbox: Outbox, store: SqliteStore, sent: Sent, clock: VirtualClock
) -> None:
    patient, hasty = (asyncio.create_task(sent.message_id()) for _ in range(2))
    await clock.settle()
    hasty.cancel()
    await clock.settle()
    outbox.settled(await done(store))
    assert await patient == "om_1"


async def test_an_outcome_of_another_effect_tells_nobody(
    outbox: Outbox, store: SqliteStore, sent: Sent, clock: VirtualClock
) -> None:
    other = await outbox.store("cli_1", "d#2", EFFECT, None)
    waiting = asyncio.create_task(other.message_id())
    await clock.settle()
    outbox.settled(await done(store))
    await clock.settle()
    assert not waiting.done()
    assert await sent.message_id() == "om_1"
    outbox.settled(await done(store, '{"message_id":"om_2"}'))
    assert await waiting == "om_2"


async def test_an_effect_without_its_message_says_so(
    outbox: Outbox, store: SqliteStore, sent: Sent
) -> None:
    [claim] = await store.claim(send_queue("cli_1"), 1)
    outcome = Settlement(claim, "withdrawn")
    await store.settle(outcome)
    with pytest.raises(LarkgateError, match="withdrawn"):
        await sent.message_id()
