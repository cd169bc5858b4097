"""Who clicks gets an answer within 3 s, or an error with a number."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha1
from typing import Any

import msgspec
import pytest
from aiohttp import web
from receiver import Received, Receiver, listening
from simclient import Link, client_of

from larkgate.clock import VirtualClock
from larkgate.protocol.events import CARD_CLICK, CardClick, card_click, envelope
from larkgate.secret import Secret
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
        (200, b'{"card":{"type":"raw"}}', Clicked(None, 200673)),
        (200, b'{"card":{"type":"new","data":{}}}', Clicked(None, 200673)),
        (200, b'{"card":{"type":"raw","data":{"elements":{}}}}', Clicked(None, 200673)),
        (200, b'{"card":{"type":"template","data":{}}}', Clicked(None, 200673)),
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


@pytest.mark.parametrize(
    ("card", "error"),
    [({"elements": []}, 200830), ({"schema": "2.0", "body": {"elements": []}}, None)],
)
async def test_only_a_card_of_json_2_replaces_one(
    table: Table, card: dict[str, Any], error: int | None
) -> None:
    table.card.content = '{"schema":"2.0","body":{"elements":[{"tag":"hr"}]}}'
    clicking = table.click()
    answer = msgspec.json.encode({"card": {"type": "raw", "data": card}})
    await table.link.acknowledge(await table.link.frame(), 200, answer)
    assert (await clicking).error == error


@pytest.mark.parametrize(
    "change", [{"callbacks": frozenset()}, {"callback_mode": None}, {"bot": False}]
)
async def test_an_app_that_is_not_set_up_for_it(table: Table, change: dict[str, Any]) -> None:
    table.world.app.set(**change)
    assert await table.click() == Clicked(None, 200340)


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


NEW, OLD = "card.action.trigger", "card.action.trigger_v1"
LINK = "https://example.com/orders/7"


class Webhook:
    """A card, and the server its clicks go to."""

    def __init__(self, sim: Simulator, clock: VirtualClock, receiver: Receiver) -> None:
        self.sim = sim
        self.clock = clock
        self.receiver = receiver
        self.world = make_world(sim)
        self.app = self.world.app
        self.app.callback_url = receiver.url
        self.app.verification_token = Secret("v-tok")
        self.app.set(callback_mode="webhook")
        self.card = sim.world.post(self.world.development, self.app, "interactive", "{}")

    async def click(self) -> Clicked:
        return await self.sim.click(self.card, self.world.people[0], {"a": 1})

    def answer(self, new: tuple[int, str], old: tuple[int, str]) -> None:
        """Status and body of what clicks of each version are answered with."""

        async def answer(request: Received) -> web.Response:
            status, body = new if "schema" in request.json else old
            return web.Response(status=status, text=body)

        self.receiver.answer = answer


@pytest.fixture
async def webhook(clock: VirtualClock) -> AsyncIterator[Webhook]:
    async with listening() as receiver, Simulator(clock) as sim:
        yield Webhook(sim, clock, receiver)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, '{"toast":{"content":"ok"}}', Clicked({"toast": {"content": "ok"}})),
        (200, "", Clicked(None, 200672)),
        (200, "<html>", Clicked(None, 200672)),
        (200, '{"card":{}}', Clicked(None, 200673)),
        (302, "{}", Clicked(None, 200671)),
        (500, "{}", Clicked(None, 200671)),
    ],
)
async def test_an_answer_by_http(
    webhook: Webhook, status: int, body: str, expected: Clicked
) -> None:
    webhook.receiver.always(body, status=status)
    assert await webhook.click() == expected
    await webhook.clock.advance(8 * 3600)
    assert len(webhook.receiver.received) == 1


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("", 200340),
        ("http://bot.example.com/", 200340),
        ("http://127.0.0.1:1/", 200342),
        ("http://bot.invalid/", 200343),
    ],
)
async def test_an_address_where_nobody_answers(webhook: Webhook, url: str, number: int) -> None:
    webhook.app.callback_url = url
    assert await webhook.click() == Clicked(None, number)


async def test_an_answer_after_three_seconds(webhook: Webhook) -> None:
    webhook.receiver.wait()
    clicking = asyncio.create_task(webhook.click())
    await webhook.clock.advance(3)
    assert await clicking == Clicked(None, 200341)


async def test_a_legacy_click_is_flat_signed_and_never_encrypted(webhook: Webhook) -> None:
    webhook.app.encrypt_key = Secret("key")
    webhook.app.set(callbacks=frozenset({OLD}))
    assert await webhook.click() == Clicked({})
    [request] = webhook.receiver.received
    token = request.json.pop("token")
    assert msgspec.json.decode(request.body) == {
        "open_id": webhook.sim.world.open_id(webhook.world.people[0], webhook.app),
        "user_id": None,
        "tenant_key": webhook.sim.world.tenant_key,
        "open_message_id": webhook.card.id,
        "open_chat_id": webhook.world.development.id,
        "token": webhook.sim.pushes[0].event_id,
        "action": {"tag": "button", "timezone": "Asia/Shanghai", "value": {"a": 1}},
    }
    assert token.startswith("c-")
    stamp = (request.headers[f"X-Lark-Request-{name}"] for name in ("Timestamp", "Nonce"))
    signed = "".join(stamp).encode() + b"v-tok" + request.body
    assert request.headers["X-Lark-Signature"] == sha1(signed).hexdigest()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{}", Clicked({})),
        ('{"msg":"success"}', Clicked({})),
        ('{"toast":{"content":"ok"}}', Clicked({"toast": {"content": "ok"}})),
        (
            '{"toast":{},"header":{},"elements":[]}',
            Clicked({"toast": {}, "card": {"type": "raw", "data": {"header": {}, "elements": []}}}),
        ),
        (
            '{"type":"template","data":{"template_id":"T"}}',
            Clicked({"card": {"type": "template", "data": {"template_id": "T"}}}),
        ),
        ('{"type":"template"}', Clicked(None, 200673)),
        ('{"elements":1}', Clicked(None, 200673)),
        ('{"toast":1}', Clicked(None, 200672)),
        ("[]", Clicked(None, 200672)),
    ],
)
async def test_the_answer_to_a_legacy_click(webhook: Webhook, body: str, expected: Clicked) -> None:
    webhook.app.set(callbacks=frozenset({OLD}))
    webhook.receiver.always(body)
    assert await webhook.click() == expected


GOOD = (200, '{"toast":{"content":"ok"}}')


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (GOOD, (500, ""), Clicked({"toast": {"content": "ok"}})),
        ((500, ""), GOOD, Clicked({"toast": {"content": "ok"}})),
        ((500, ""), (200, "[]"), Clicked(None, 200671)),
    ],
)
async def test_of_two_versions_either_answer_counts(
    webhook: Webhook, new: tuple[int, str], old: tuple[int, str], expected: Clicked
) -> None:
    webhook.app.set(callbacks=frozenset({NEW, OLD}))
    webhook.answer(new, old)
    assert await webhook.click() == expected
    assert {push.event_type for push in webhook.sim.pushes} == {NEW, OLD}


async def test_the_slower_of_two_answers_is_waited_for(webhook: Webhook) -> None:
    webhook.app.set(callbacks=frozenset({NEW, OLD}))
    released = asyncio.Event()

    async def answer(request: Received) -> web.Response:
        if "schema" not in request.json:
            return web.Response(status=500)
        await released.wait()
        return web.json_response({})

    webhook.receiver.answer = answer
    clicking = asyncio.create_task(webhook.click())
    await webhook.clock.settle()
    assert len(webhook.receiver.received) == 2
    assert not clicking.done()
    released.set()
    assert await clicking == Clicked({})


async def test_a_legacy_click_needs_a_webhook(table: Table) -> None:
    table.world.app.set(callbacks=frozenset({OLD}))
    assert await table.click() == Clicked(None, 200340)
    assert table.sim.events.withheld[-1].reason == "webhook_only"


async def test_a_link_in_a_message(table: Table) -> None:
    person, chat = table.world.people[0], table.world.development
    message = table.sim.say(chat, person, f"看 {LINK}")
    tokens = []
    for _ in range(2):
        asking = asyncio.create_task(table.sim.preview(person, chat, LINK))
        frame = await table.link.frame()
        event = msgspec.json.decode(frame.payload)["event"]
        tokens.append(event["context"].pop("preview_token"))
        assert event["host"] == "im_message"
        assert event["context"] == {
            "url": LINK,
            "open_message_id": message.id,
            "open_chat_id": chat.id,
        }
        answer = {"inline": {"i18n_title": {"zh_cn": "订单 7"}}}
        await table.link.acknowledge(frame, data=msgspec.json.encode(answer))
        assert await asking == Clicked(answer)
    assert tokens[0]
    assert tokens[0] == tokens[1]


async def test_a_link_being_typed(table: Table) -> None:
    person, chat = table.world.people[0], table.world.development
    asking = asyncio.create_task(table.sim.preview(person, chat, LINK))
    frame = await table.link.frame()
    context = msgspec.json.decode(frame.payload)["event"]["context"]
    assert context == {
        "url": LINK,
        "preview_token": "",
        "open_message_id": "",
        "open_chat_id": "",
    }
    await table.link.acknowledge(frame, data=b'{"inline":[]}')
    assert await asking == Clicked(None, 200672)


async def test_a_link_nobody_knows(table: Table) -> None:
    table.world.app.set(callbacks=frozenset({NEW}))
    shown = await table.sim.preview(table.world.people[0], table.world.development, LINK)
    assert shown == Clicked(None, 200340)
    assert not table.sim.pushes


async def test_who_has_clicked_when_the_simulator_closes_is_told(clock: VirtualClock) -> None:
    async with Simulator(clock) as sim:
        world = make_world(sim)
        card = sim.world.post(world.development, world.app, "interactive", "{}")
        async with client_of(sim, world.app) as client, client.link() as link:
            clicking = asyncio.create_task(sim.click(card, world.people[0]))
            await link.frame()
    with pytest.raises(WorldError):
        await clicking
