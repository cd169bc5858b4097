"""The official SDK decrypts, verifies and answers what the simulator posts."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from receiver import Received, Receiver, listening

from larkgate.clock import VirtualClock
from larkgate.secret import Secret
from larkgate.simulator import Clicked, Simulator, StandardWorld, WorldError, standard_world

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import lark_oapi as lark
    from lark_oapi.core.model import RawRequest

KEY = "0123456789abcdef"
TOKEN = "v-tok"
TOAST = {"toast": {"type": "info", "content": "好的"}}


class Table:
    """The standard world; its app's server is the official SDK."""

    def __init__(self, sim: Simulator, clock: VirtualClock, receiver: Receiver, key: str) -> None:
        self.sim = sim
        self.clock = clock
        self.receiver = receiver
        self.world: StandardWorld = standard_world(sim)
        self.app = self.world.app
        self.app.encrypt_key, self.app.verification_token = Secret(key), Secret(TOKEN)
        self.seen: list[Any] = []
        self.serve(
            lark.EventDispatcherHandler.builder(key, TOKEN)
            .register_p2_im_message_receive_v1(self.seen.append)
            .register_p1_customized_event("p2p_chat_create", self.seen.append)
            .register_p2_card_action_trigger(lambda event: self.saw(event, TOAST))
            .register_p2_url_preview_get(lambda event: self.saw(event, {"inline": {"title": "T"}}))
            .build()
        )

    def saw(self, event: Any, answer: dict[str, Any]) -> dict[str, Any]:
        self.seen.append(event)
        return answer

    def serve(self, handler: Any) -> None:
        async def answer(received: Received) -> web.Response:
            request = RawRequest()
            request.uri, request.body = received.path, received.body
            request.headers = dict(received.headers)
            response = handler.do(request)
            return web.Response(body=response.content, status=response.status_code)

        self.receiver.answer = answer

    async def save(self) -> None:
        await self.sim.save_request_url(self.app, f"{self.receiver.url}/events")
        await self.sim.save_request_url(self.app, f"{self.receiver.url}/callbacks", "callback")


@pytest.fixture(params=["", KEY], ids=["plain", "encrypted"])
async def table(clock: VirtualClock, request: pytest.FixtureRequest) -> AsyncIterator[Table]:
    async with listening() as receiver, Simulator(clock) as sim:
        yield Table(sim, clock, receiver, request.param)


async def test_the_address_is_checked_and_an_event_arrives(table: Table) -> None:
    await table.save()
    message = table.sim.say(table.world.private[0], table.world.people[0], "在吗")
    await table.clock.settle()
    assert table.sim.pushes[0].acked_at is not None
    [event] = table.seen
    assert event.event.message.message_id == message.id
    assert event.header.token == TOKEN


async def test_an_event_of_schema_1(table: Table) -> None:
    await table.save()
    chat = table.sim.enter(table.world.people[1], table.app)
    await table.clock.settle()
    first = table.sim.pushes[0]
    assert (first.event_type, first.attempts[0].code) == ("p2p_chat_create", 200)
    [event] = table.seen
    assert event.uuid == first.event_id
    assert event.event["chat_id"] == chat.id
    assert event.event["user"]["name"] == "李四"


async def test_what_the_sdk_does_not_handle_is_pushed_again(table: Table) -> None:
    await table.save()
    table.sim.recall(table.sim.say(table.world.private[0], table.world.people[0], "说错了"))
    await table.clock.advance(15)
    recalled = table.sim.pushes[-1]
    assert [attempt.code for attempt in recalled.attempts] == [500, 500]


async def test_a_click(table: Table) -> None:
    await table.save()
    card = table.sim.world.post(table.world.development, table.app, "interactive", "{}")
    assert await table.sim.click(card, table.world.people[0], {"a": 1}) == Clicked(TOAST)
    [event] = table.seen
    assert event.event.action.value == {"a": 1}
    assert event.event.context.open_message_id == card.id


async def test_a_link(table: Table) -> None:
    await table.save()
    shown = await table.sim.preview(
        table.world.people[0], table.world.development, "https://example.com/1"
    )
    assert shown == Clicked({"inline": {"title": "T"}})
    assert table.seen[0].event.context.url == "https://example.com/1"


async def test_a_legacy_click(table: Table) -> None:
    answer = {"elements": [{"tag": "hr"}]}
    key = table.app.encrypt_key.reveal()
    table.serve(
        lark.CardActionHandler.builder(key, TOKEN)
        .register(lambda card: table.saw(card, answer))
        .build()
    )
    table.app.set(callbacks=frozenset({"card.action.trigger_v1"}))
    await table.sim.save_request_url(table.app, table.receiver.url, "callback")
    card = table.sim.world.post(table.world.development, table.app, "interactive", "{}")
    clicked = await table.sim.click(card, table.world.people[0], {"a": 1})
    assert clicked == Clicked({"card": {"type": "raw", "data": answer}})
    [found] = table.seen
    assert found.action.value == {"a": 1}
    assert found.open_message_id == card.id
    assert found.open_id == table.sim.world.open_id(table.world.people[0], table.app)


async def test_another_token_is_noticed(table: Table) -> None:
    table.app.verification_token = Secret("another")
    with pytest.raises(WorldError, match="HTTP 500"):
        await table.save()
