"""Every event and callback of the simulator is one that the official SDK has a type for."""

from __future__ import annotations

import asyncio
import itertools
from typing import Any, NamedTuple

import msgspec
import pytest
from foreign import Foreign, account
from worlds import world_of

from larkgate.simulator import PushRecord, Simulator, StandardWorld, faults
from larkgate.simulator.permissions import EVENTS, USER_ID

pytestmark = pytest.mark.asyncio(loop_scope="session")

# Of schema 1.0, which the SDK has no type for.
UNTYPED = {"p2p_chat_create"}

CARD = '{"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "卡片"}]}}'


class Refusal(NamedTuple):
    code: int
    fatal: bool


@pytest.mark.parametrize(
    ("secret", "room", "refusal"),
    [
        ("another", 50, Refusal(1000040345, True)),
        ("", 0, Refusal(1000040350, True)),
    ],
    ids=["secret", "no room"],
)
async def test_the_bootstrap_refuses(
    python: Foreign, secret: str, room: int, refusal: Refusal
) -> None:
    async with Simulator() as sim:
        app = world_of(sim, "refused").app
        sim.connection_limit = room
        found = await python.do("refusal", account=account(sim, app, secret))
    assert (found["code"], found["fatal"]) == refusal


async def test_the_handshake_refuses_beyond_the_limit(python: Foreign) -> None:
    """It is full by the time the client shows its ticket."""
    async with Simulator() as sim, asyncio.TaskGroup() as tasks:
        app = world_of(sim, "late").app
        sim.faults.inject(faults.Slow(path="/ws/*", seconds=0.3))
        refused = tasks.create_task(python.do("refusal", account=account(sim, app)))
        await sim.until(lambda: [call for call in sim.calls if call.path.startswith("/ws/")])
        sim.connection_limit = 0
        found = await refused
    assert (found["code"], found["fatal"]) == (514, True)
    assert "exceeded the limit" in found["msg"]


async def test_every_event_is_typed(python: Foreign) -> None:
    async with Simulator() as sim:
        world = world_of(sim, "events")
        world.app.grant(*itertools.chain(*USER_ID))
        await python.do("link", account=account(sim, world.app))
        await sim.until(lambda: sim.connections, timeout=60)
        await everything_happens(sim, world)
        typed = [push for push in sim.pushes if push.event_type not in UNTYPED]
        await sim.until(
            lambda: all(push.attempts[0].code is not None for push in typed), timeout=20
        )
        received = await python.do("received")
    assert {push.event_type for push in sim.pushes} >= EVENTS.keys() | {"card.action.trigger"}
    assert [(push.event_type, push.attempts[0].code) for push in typed] == [
        (push.event_type, 200) for push in typed
    ]
    assert [each["strange"] for each in received] == [[]] * len(received)
    assert sorted(received, key=_key) == sorted(map(_pushed, typed), key=_key)


async def everything_happens(sim: Simulator, world: StandardWorld) -> None:
    person, group, private = world.people[0], world.development, world.private[0]
    said = sim.say(group, person, "@TSP助手 @李四 https://example.com/1 @所有人")
    sim.say(group, person, "@TSP助手 再说", reply_to=said, in_thread=True)
    sim.send_post(private, person, ["标题下 @TSP助手"], title="标题")
    sim.react(said, person, "SMILE")
    sim.unreact(said, person, "SMILE")
    sim.recall(said)
    card = sim.world.post(private, world.app, "interactive", CARD)
    sim.read(person, private)
    sim.enter(person, world.app)
    sim.menu(person, world.app, "help")
    sim.remove_member(group, world.app, by=person)
    sim.add_member(group, world.app, by=person)
    form = {"tag": "button", "name": "send", "form_value": {"when": "2026-01-01 +0800"}}
    await sim.click(card, person, {"k": "v"}, **form)
    sim.say(group, person, "https://example.com/2")
    await sim.preview(person, group, "https://example.com/2")


def _pushed(push: PushRecord) -> dict[str, Any]:
    """What the SDK makes of it when it knows every field."""
    event = _without_nulls(msgspec.json.decode(push.payload)["event"])
    return {"type": push.event_type, "event": event, "strange": []}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nulls(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: _without_nulls(each) for name, each in value.items() if each is not None}


def _key(event: dict[str, Any]) -> bytes:
    return msgspec.json.encode(event, order="deterministic")
