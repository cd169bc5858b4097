"""Orders as the control door takes them: each names one thing a store does, and no more."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from larkgate import config
from larkgate.clock import VirtualClock
from larkgate.database import open_directory
from larkgate.gateway.operations import (
    Discard,
    Move,
    Order,
    Pause,
    Prune,
    Replay,
    Resume,
    Retry,
    action,
)
from larkgate.gateway.stores import open_stores

ORDERS: list[Order] = [
    Retry((1, 2)),
    Discard((1,), "why"),
    Replay((1,), 5.0, "g"),
    Pause("app:a", "why"),
    Resume("app:a"),
    Move("a", "b"),
    Prune(7 * 86400.0, 30 * 86400.0),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: type(order).__name__)
def test_an_order_arrives_as_it_was_given(order: Order) -> None:
    sent = msgspec.json.encode(order)
    assert msgspec.json.decode(sent)["do"] == type(order).__name__.lower()
    assert msgspec.json.decode(sent, type=Order) == order


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: type(order).__name__)
async def test_an_order_is_carried_out_on_an_empty_store(
    order: Order, tmp_path: Path, clock: VirtualClock
) -> None:
    found = config.load(tmp_path, {}, need_account=False)
    open_directory(found.gateway.data)
    async with open_stores(found, clock) as stores:
        answer = await action(stores.operations, stores.store)(msgspec.json.encode(order))
    assert msgspec.json.decode(msgspec.json.encode(answer)) == answer


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b"{}",
        b'{"do":"drop"}',
        b'{"do":"retry"}',
        b'{"do":"retry","ids":["1"]}',
        b'{"do":"retry","ids":[1],"keys":[]}',
        b'{"do":"replay","ids":[1],"rate":0,"generation":"g"}',
        b'{"do":"pause","queue":"","reason":""}',
        b'{"do":"prune","done":-1,"dead":0}',
        b'{"do":"prune","done":0,"dead":0}',
        b'{"do":"prune","done":28799,"dead":1e9}',
    ],
)
async def test_anything_else_is_refused(body: bytes, tmp_path: Path, clock: VirtualClock) -> None:
    found = config.load(tmp_path, {}, need_account=False)
    open_directory(found.gateway.data)
    async with open_stores(found, clock) as stores:
        with pytest.raises(msgspec.MsgspecError):
            await action(stores.operations, stores.store)(body)
