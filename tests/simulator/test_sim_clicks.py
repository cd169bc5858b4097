"""Who clicks gets an answer within 3 s, or an error with a number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from simclient import Link, client_of

from larkgate.clock import VirtualClock
from larkgate.protocol.events import CARD_CLICK, CardClick, card_click, envelope
from larkgate.simulator import Clicked, Message, Simulator, StandardWorld, WorldError
from larkgate.simulator import standard_world as make_world


class Table:
    """A card on the platform, and a client that answers by hand."""

    def __init__(self, sim: Simulator, world: StandardWorld, link: Link, card: Message) -> None:
        self.sim = sim
        self.world = world
        self.link = link
        self.card = card

    def click(self) -> asyncio.Task[Clicked]:
        return asyncio.create_task(self.sim.click(self.card, self.world.people[0], {"a": 1}))


@pytest.fixture
async def table(clock: VirtualClock) -> AsyncIterator[Table]:
    async with Simulator(clock) as sim:
        world = make_world(sim)
        card = sim.world.post(world.development, world.app, "interactive", "{}")
        async with client_of(sim, world.app) as client, client.link() as link:
            yield Table(sim, world, link, card)


async def test_what_is_pushed(table: Table) -> None:
    clicking = table.click()
    found = envelope((await table.link.frame()).payload)
    clicking.cancel()
    assert found.event_type == CARD_CLICK
    assert card_click(found) == CardClick(
        open_id=table.sim.world.open_id(table.world.people[0], table.world.app),
        value={"a": 1},
        tag="button",
        open_message_id=table.card.id,
        open_chat_id=table.world.development.id,
    )


@pytest.mark.parametrize(
    ("code", "body", "expected"),
    [
        (200, b"{}", Clicked({})),
        (200, b'{"toast":{"content":"ok"}}', Clicked({"toast": {"content": "ok"}})),
        (200, None, Clicked(None, 200672)),
        (200, b"[]", Clicked(None, 200672)),
        (200, b"not json", Clicked(None, 200672)),
        (200, b'{"toast":{"type":"loud"}}', Clicked(None, 200672)),
        (200, b'{"card":{"type":"raw"}}', Clicked(None, 200672)),
        (500, b"{}", Clicked(None, 200671)),
    ],
)
async def test_an_acknowledgement_in_time(
    table: Table, code: int, body: bytes | None, expected: Clicked
) -> None:
    clicking = table.click()
    await table.link.acknowledge(await table.link.frame(), code, body)
    assert await clicking == expected


async def test_one_that_is_late_or_never_comes(table: Table, clock: VirtualClock) -> None:
    clicking = table.click()
    frame = await table.link.frame()
    await clock.advance(3)
    assert await clicking == Clicked(None, 200341)
    await table.link.acknowledge(frame, 200, b"{}")
    await clock.advance(8 * 3600)
    [push] = table.sim.pushes
    assert len(push.attempts) == 1, "a click is never pushed again"


async def test_nobody_is_connected(clock: VirtualClock) -> None:
    async with Simulator(clock) as sim:
        world = make_world(sim)
        card = sim.world.post(world.development, world.app, "interactive", "{}")
        assert await sim.click(card, world.people[0]) == Clicked(None, 200341)


async def test_only_what_an_app_has_sent_can_be_clicked(table: Table) -> None:
    said = table.sim.say(table.world.development, table.world.people[0], "hello")
    with pytest.raises(WorldError, match="nothing to click on"):
        await table.sim.click(said, table.world.people[0])


async def test_more_of_an_action(table: Table) -> None:
    form = {"reason": "done"}
    clicking = asyncio.create_task(
        table.sim.click(table.card, table.world.people[0], name="send", form_value=form)
    )
    payload = msgspec.json.decode((await table.link.frame()).payload)
    clicking.cancel()
    action = payload["event"]["action"]
    assert (action["name"], action["form_value"]) == ("send", form)
