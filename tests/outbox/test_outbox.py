"""Who waits for an effect's outcome is told, whoever else waits and whenever it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from larkgate.clock import VirtualClock
from larkgate.database import Database
from larkgate.errors import LarkgateError, NotSentYet
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


async def done(store: SqliteStore, result: str = '{"message_id":"om_1"}') -> None:
    """The effect is done, as by another node: the outbox is told nothing."""
    [claim] = await store.claim(send_queue("cli_1"), 1)
    assert await store.settle(Settlement(claim, "done", result=result))


async def test_who_asks_while_others_are_being_told(
    outbox: Outbox, store: SqliteStore, sent: Sent, clock: VirtualClock
) -> None:
    early = asyncio.create_task(sent.message_id())
    await clock.settle()
    await done(store)
    late = asyncio.create_task(sent.message_id())
    assert [await early, await late] == ["om_1", "om_1"]


async def test_who_gave_up_waiting_is_forgotten(
    outbox: Outbox, store: SqliteStore, sent: Sent, clock: VirtualClock
) -> None:
    patient, hasty = (asyncio.create_task(sent.message_id()) for _ in range(2))
    await clock.settle()
    hasty.cancel()
    await clock.settle()
    await done(store)
    assert await patient == "om_1"


async def test_an_outcome_of_another_effect_tells_nobody(
    outbox: Outbox, store: SqliteStore, sent: Sent, clock: VirtualClock
) -> None:
    other = await outbox.store("cli_1", "d#2", EFFECT, None)
    waiting = asyncio.create_task(other.message_id())
    await clock.settle()
    await done(store)
    await clock.settle()
    assert not waiting.done()
    assert await sent.message_id() == "om_1"
    await done(store, '{"message_id":"om_2"}')
    assert await waiting == "om_2"


async def test_an_effect_without_its_message_says_so(
    outbox: Outbox, store: SqliteStore, sent: Sent
) -> None:
    [claim] = await store.claim(send_queue("cli_1"), 1)
    outcome = Settlement(claim, "withdrawn")
    await store.settle(outcome)
    with pytest.raises(LarkgateError, match="withdrawn"):
        await sent.message_id()


async def test_an_end_is_no_trouble_whatever_pauses_now(
    outbox: Outbox, store: SqliteStore, sent: Sent, clock: VirtualClock
) -> None:
    other = await outbox.store("cli_1", "d#2", EFFECT, None)
    await done(store)
    [claim] = await store.claim(send_queue("cli_1"), 1)
    hold = (store.now() + 3600, "down")
    await store.settle(Settlement(claim, "open", "down", charge=False, hold=hold))
    assert await sent.message_id() == "om_1"
    with pytest.raises(NotSentYet, match="down"):
        await other.message_id()


async def test_who_waits_in_vain_is_told_the_last_trouble(
    outbox: Outbox, store: SqliteStore, sent: Sent, clock: VirtualClock
) -> None:
    waiting = asyncio.create_task(sent.message_id(timeout=5))
    await clock.settle()
    [claim] = await store.claim(send_queue("cli_1"), 1)
    tried = Settlement(claim, "open", "nobody answers", run_at=store.now() + 2)
    await store.settle(tried)
    outbox.settled(tried)
    await clock.advance(4)
    assert not waiting.done()
    await clock.advance(1)
    with pytest.raises(NotSentYet, match="nobody answers"):
        await waiting
