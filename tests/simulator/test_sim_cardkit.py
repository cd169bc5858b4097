"""Card entities: created, sent once, changed step by step, streamed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from simcards import TABLE, button, columns, form, image, markdown, plain, titled, v1, v2
from simclient import Client, Link, client_of

from larkgate.clock import VirtualClock
from larkgate.simulator import Clicked, Message, Simulator
from larkgate.simulator import standard_world as make_world
from larkgate.simulator.cards import Card, CardEntity

MINUTE = 60.0
DAY = 86400.0
STREAMING = {"streaming_mode": True}
CARD = v2(markdown("one", element_id="text"), button("Stop", {"stop": 1}, element_id="stop"))
STREAM = CARD | {"config": STREAMING}


class Kit:
    """CardKit in the eyes of a client; every answer is the code only."""

    def __init__(self, sim: Simulator, client: Client, link: Link) -> None:
        self.sim = sim
        self.client = client
        self.link = link
        self.card_id = ""
        self.sequence = 0

    @property
    def entity(self) -> CardEntity:
        return self.sim.cards.entities[self.card_id]

    @property
    def text(self) -> str:
        return self.sim.cards.text(self.entity.card)

    async def create(self, card: object, kind: str = "card_json") -> int:
        data = card if isinstance(card, str) else encoded(card)
        answer = await self.client.call("POST", "/cardkit/v1/cards", {"type": kind, "data": data})
        self.card_id = answer.get("data", {}).get("card_id", self.card_id)
        return int(answer["code"])

    async def send(self, card_id: str = "", client: Client | None = None) -> Any:
        chat = self.sim.world.chat_named("研发群")
        content = {"type": "card", "data": {"card_id": card_id or self.card_id}}
        body = {"receive_id": chat.id, "msg_type": "interactive", "content": encoded(content)}
        who = client or self.client
        return await who.call("POST", "/im/v1/messages", body, receive_id_type="chat_id")

    async def message(self, card: Card) -> Message:
        """One that shows a new entity with this card."""
        assert await self.create(card) == 0
        sent = await self.send()
        return self.sim.world.message_with(sent["data"]["message_id"])

    async def call(self, method: str, path: str = "", **body: Any) -> int:
        """A call about the entity, with the next sequence unless told another."""
        self.sequence += 1
        url = f"/cardkit/v1/cards/{self.card_id}{path}"
        answer = await self.client.call(method, url, {"sequence": self.sequence, **body})
        return int(answer["code"])

    async def stream(self, content: str, element_id: str = "text", **body: Any) -> int:
        return await self.call("PUT", f"/elements/{element_id}/content", content=content, **body)

    async def set(self, **config: object) -> int:
        return await self.call("PATCH", "/settings", settings=encoded({"config": config}))

    async def batch(self, *actions: tuple[str, Card]) -> int:
        listed = [{"action": action, "params": params} for action, params in actions]
        return await self.call("POST", "/batch_update", actions=encoded(listed))


@pytest.fixture
async def kit(clock: VirtualClock) -> AsyncIterator[Kit]:
    async with Simulator(clock) as sim:
        world = make_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            yield Kit(sim, client, link)


def encoded(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def test_what_a_message_shows_grows(kit: Kit) -> None:
    message = await kit.message(STREAM)
    growing = asyncio.create_task(kit.sim.until(lambda: "one two" in kit.text))
    assert await kit.stream("one two") == 0
    await growing
    assert kit.sim.cards.of(message) is kit.entity.card
    assert await kit.stream("something else") == 0
    done = [(each.kind, each.element_id, each.length, each.typed) for each in kit.entity.operations]
    assert done == [("content", "text", 7, True), ("content", "text", 14, False)]


async def test_who_watches_is_told_of_every_change(kit: Kit, clock: VirtualClock) -> None:
    message = await kit.message(STREAM)
    with kit.sim.changes.watch() as watcher:
        await kit.stream("two")
        await clock.advance(10 * MINUTE)
        told = [msgspec.json.decode(line) for line in await watcher.next()]
    ids = [each["message"]["id"] for each in told if each["change"] == "message"]
    assert ids == [message.id, message.id]


async def test_its_history_says_when(kit: Kit, clock: VirtualClock) -> None:
    await kit.message(STREAM)
    for count in range(3):
        await kit.stream("x" * (count + 1))
        await clock.advance(0.1)
    times = [each.at for each in kit.entity.operations]
    assert [round(at - times[0], 3) for at in times] == [0.0, 0.1, 0.2]


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (v2(config={"update_multi": False}), 300302),
        (v1(plain("one")), 300303),
        (v2(*[markdown("x")] * 201), 300305),
        (v2(plain("x") | {"element_id": "a"}, plain("y") | {"element_id": "a"}), 300301),
        (v2(markdown("x" * (30 << 10))), 200860),
        (v2(elements=[]), 200220),
        (v2(markdown(TABLE * 4)), 200220),
        (v2(image("img_x")), 200220),
        (v2({"tag": "note"}), 200220),
        ("{}", 300307),
        ("no json", 200220),
        ("[" * 5000, 200220),
        ("", 99992402),
    ],
)
async def test_a_card_that_becomes_no_entity(kit: Kit, card: object, code: int) -> None:
    assert await kit.create(card) == code
    assert not kit.sim.cards.entities


async def test_a_template_becomes_one(kit: Kit) -> None:
    data = {"template_id": "AAq", "template_variable": {"a": 1}}
    assert await kit.create(data, "template") == 0
    assert kit.entity.card == {"type": "template", "data": data}
    assert await kit.create({}, "template") == 200220
    assert await kit.create(data, "something") == 10002


async def test_its_id_has_twenty_characters_at_most(kit: Kit) -> None:
    await kit.create(CARD)
    assert kit.card_id.isdecimal()
    assert len(kit.card_id) <= 20


async def test_it_is_sent_once_and_by_its_app(kit: Kit, clock: VirtualClock) -> None:
    await kit.create(CARD)
    other = kit.sim.add_app("cli_other", "secret", "other")
    kit.sim.world.chat_named("研发群").members.append(other)
    async with client_of(kit.sim, other) as client:
        refused = await kit.send(client=client)
        assert (refused["code"], "300311" in refused["msg"]) == (230099, True)
    assert (await kit.send())["code"] == 0
    again = await kit.send()
    assert (again["code"], "cardid is invalid" in again["msg"]) == (230099, True)
    assert (await kit.send("7000"))["code"] == 230099
    await kit.create(CARD)
    await clock.advance(14 * DAY + 1)
    await kit.client.authorize()
    late = await kit.send()
    assert (late["code"], "200750" in late["msg"]) == (230099, True)


@pytest.mark.parametrize(
    "content",
    [{"type": "card"}, {"type": "card", "data": {"card_id": 7}}, {"type": "card", "data": 1}],
)
async def test_what_is_sent_names_no_entity(kit: Kit, content: Card) -> None:
    chat = kit.sim.world.chat_named("研发群")
    body = {"receive_id": chat.id, "msg_type": "interactive", "content": encoded(content)}
    answer = await kit.client.call("POST", "/im/v1/messages", body, receive_id_type="chat_id")
    assert answer["code"] == 230099
    assert not kit.sim.messages


async def test_the_sequence_grows_over_all_operations(kit: Kit) -> None:
    await kit.message(STREAM)
    assert await kit.stream("one", sequence=7) == 0
    assert await kit.call("PATCH", "/settings", settings="{}", sequence=7) == 300317
    assert await kit.stream("two", sequence=6) == 300317
    assert await kit.stream("three", sequence=2**31 - 1) == 0
    assert kit.text == "three\nStop"


@pytest.mark.parametrize("sequence", [0, -1, 2**31, "1", 1.5, None])
async def test_a_sequence_that_is_none(kit: Kit, sequence: object) -> None:
    await kit.message(STREAM)
    assert await kit.stream("one", sequence=sequence) == 99992402


async def test_a_refused_operation_changes_nothing(kit: Kit) -> None:
    await kit.message(STREAM)
    assert await kit.stream("x" * (30 << 10), sequence=3) == 200860
    assert await kit.stream("two", sequence=3) == 0
    assert len(kit.entity.operations) == 1


async def test_a_uuid_is_used_once(kit: Kit) -> None:
    await kit.message(STREAM)
    assert await kit.stream("two", uuid="a") == 0
    assert await kit.stream("three", uuid="a") == 200770
    assert await kit.stream("three", uuid="b") == 0
    assert await kit.stream("four", uuid="x" * 65) == 99992402


@pytest.mark.parametrize(
    ("element_id", "content", "code"),
    [
        ("stop", "x", 300310),
        ("nothing", "x", 300313),
        ("text", "", 99992402),
        ("text", "x" * 100_001, 99992402),
        ("text", TABLE * 4, 200220),
    ],
)
async def test_text_that_cannot_be_streamed(
    kit: Kit, element_id: str, content: str, code: int
) -> None:
    await kit.message(STREAM)
    assert await kit.stream(content, element_id) == code


async def test_streaming_is_switched_on_and_off(kit: Kit) -> None:
    await kit.message(CARD)
    assert await kit.stream("two") == 300309
    assert await kit.set(streaming_mode=True) == 0
    assert await kit.stream("two") == 0
    assert await kit.set(streaming_mode=False, summary={"content": "two"}) == 0
    assert await kit.stream("three") == 300309
    assert kit.entity.card["config"] == {"streaming_mode": False, "summary": {"content": "two"}}


async def test_streaming_ends_by_itself_after_ten_minutes(kit: Kit, clock: VirtualClock) -> None:
    message = await kit.message(STREAM)
    await clock.advance(10 * MINUTE - 1)
    assert await kit.stream("two") == 0, "an update does not make it longer"
    changed = asyncio.create_task(kit.sim.until(lambda: kit.entity.timed_out))
    await clock.advance(1)
    await changed
    assert await kit.stream("three") == 200850
    assert (kit.sim.cards.of(message) or {})["config"]["streaming_mode"] is False
    assert await kit.set(streaming_mode=True) == 0
    await clock.advance(10 * MINUTE - 1)
    assert await kit.stream("three") == 0
    await clock.advance(1)
    assert await kit.stream("four") == 200850
    assert await kit.set(streaming_mode=False) == 0
    assert await kit.stream("four") == 300309


async def test_switched_off_and_on_the_ten_minutes_begin_anew(
    kit: Kit, clock: VirtualClock
) -> None:
    await kit.message(STREAM)
    await clock.advance(9 * MINUTE)
    await kit.set(streaming_mode=False)
    await kit.set(streaming_mode=True)
    await clock.advance(9 * MINUTE)
    assert await kit.stream("two") == 0


async def test_the_whole_card_is_replaced(kit: Kit) -> None:
    await kit.message(STREAM)
    new = v2(markdown("new"), header=titled("title"))
    card = {"type": "card_json", "data": encoded(new)}
    assert await kit.call("PUT", card=card) == 0
    assert kit.entity.card == new
    assert await kit.stream("x") == 300309, "the new card does not stream"
    for data, code in ((v1(), 300303), ({}, 300307), (v2(x=1), 200220)):
        assert await kit.call("PUT", card={"type": "card_json", "data": encoded(data)}) == code
    assert await kit.call("PUT", card={"type": "template", "data": "{}"}) == 99992402


async def test_settings(kit: Kit) -> None:
    await kit.message(CARD)
    link = {"url": "https://example.com"}
    assert await kit.call("PATCH", "/settings", settings=encoded({"card_link": link})) == 0
    assert kit.entity.card["card_link"] == link
    for settings, code in (
        ("no json", 200220),
        ('{"body":{}}', 300122),
        ('{"config":1}', 300122),
        ('{"config":{"update_multi":false}}', 300302),
        ('{"config":{"unheard_of":1}}', 200220),
    ):
        assert await kit.call("PATCH", "/settings", settings=settings) == code


ADDED = encoded([markdown("added", element_id="added")])


@pytest.mark.parametrize(
    ("where", "target", "read"),
    [
        ("insert_before", "stop", "one added Stop in"),
        ("insert_after", "text", "one added Stop in"),
        ("insert_after", "inner", "one Stop in added"),
        ("append", "form", "one Stop in added"),
        ("append", None, "one Stop in added"),
    ],
)
async def test_elements_are_added(kit: Kit, where: str, target: str | None, read: str) -> None:
    inside = form("form", columns(markdown("in", element_id="inner"))) | {"element_id": "form"}
    await kit.message(v2(*CARD["body"]["elements"], inside))
    body = {"type": where, "elements": ADDED, "target_element_id": target}
    assert await kit.call("POST", "/elements", **body) == 0
    assert kit.text.split() == read.split()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "insert_before", "elements": ADDED}, 300315),
        ({"type": "insert_after", "elements": ADDED, "target_element_id": "x"}, 300315),
        ({"type": "append", "elements": ADDED, "target_element_id": "stop"}, 300315),
        ({"type": "append", "elements": "{}"}, 300315),
        ({"type": "append", "elements": "no json"}, 200220),
        ({"type": "somewhere", "elements": ADDED}, 99992402),
        ({"type": "append", "elements": encoded([markdown("", element_id="text")])}, 300301),
        ({"type": "append", "elements": encoded([markdown("")] * 200)}, 300305),
    ],
)
async def test_elements_that_cannot_be_added(kit: Kit, body: Card, code: int) -> None:
    await kit.message(CARD)
    assert await kit.call("POST", "/elements", **body) == code
    assert kit.entity.card == CARD


async def test_an_element_is_replaced_changed_and_deleted(kit: Kit) -> None:
    await kit.message(CARD)
    element = encoded(markdown("new", element_id="new"))
    assert await kit.call("PUT", "/elements/text", element=element) == 0
    assert kit.text == "new\nStop"
    assert await kit.call("PATCH", "/elements/new", partial_element='{"content":"newer"}') == 0
    assert kit.text == "newer\nStop"
    assert await kit.call("DELETE", "/elements/new") == 0
    assert kit.text == "Stop"


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("PUT", "/elements/x", {"element": encoded(markdown(""))}, 300121),
        ("PUT", "/elements/text", {"element": "{}"}, 300121),
        ("PUT", "/elements/text", {"element": "[]"}, 300121),
        ("PATCH", "/elements/x", {"partial_element": "{}"}, 300313),
        ("PATCH", "/elements/text", {"partial_element": '{"tag":"img"}'}, 300312),
        ("PATCH", "/elements/text", {"partial_element": '{"element_id":"stop"}'}, 300301),
        ("PATCH", "/elements/text", {"partial_element": "no json"}, 200220),
        ("DELETE", "/elements/x", {}, 300314),
        ("PUT", "/elements/text", {}, 99992402),
    ],
)
async def test_an_element_that_cannot_be_changed(
    kit: Kit, method: str, path: str, body: Card, code: int
) -> None:
    await kit.message(CARD)
    assert await kit.call(method, path, **body) == code
    assert kit.entity.card == CARD


async def test_a_batch(kit: Kit) -> None:
    await kit.message(CARD)
    code = await kit.batch(
        ("partial_update_setting", {"settings": {"config": STREAMING}}),
        ("add_elements", {"type": "append", "elements": [markdown("two", element_id="b")]}),
        ("partial_update_element", {"element_id": "b", "partial_element": {"content": "three"}}),
        ("update_element", {"element_id": "text", "element": markdown("four")}),
        ("delete_elements", {"element_ids": ["stop"]}),
    )
    assert code == 0
    assert kit.text == "four\nthree"
    assert await kit.stream("three and more", "b") == 0


@pytest.mark.parametrize(
    ("action", "params", "code"),
    [
        ("delete_elements", {"element_ids": ["x"]}, 300314),
        ("delete_elements", {}, 300314),
        ("add_elements", {"type": "nowhere", "elements": []}, 300315),
        ("update_element", {"element_id": "x", "element": {}}, 300121),
        ("partial_update_element", {"element_id": "x", "partial_element": {}}, 300313),
        ("partial_update_setting", {"settings": {"config": 1}}, 300122),
        ("something", {}, 10002),
    ],
)
async def test_a_batch_is_done_whole_or_not_at_all(
    kit: Kit, action: str, params: Card, code: int
) -> None:
    await kit.message(CARD)
    first = ("delete_elements", {"element_ids": ["text"]})
    assert await kit.batch(first, (action, params)) == code
    assert kit.entity.card == CARD


async def test_who_may_change_it_and_how_long(kit: Kit, clock: VirtualClock) -> None:
    await kit.message(STREAM)
    other = kit.sim.add_app("cli_other", "secret", "other")
    own, kit.client = kit.client, Client(kit.sim, other, kit.client.http)
    assert await kit.stream("two") == 300311
    kit.client, known, kit.card_id = own, kit.card_id, "7000"
    assert await kit.stream("two") == 200740
    kit.card_id = known
    kit.client.app.withdraw("cardkit:card:write")
    assert await kit.stream("two") == 99991672
    kit.client.app.grant("cardkit:card:write")
    await clock.advance(14 * DAY)
    await kit.client.authorize()
    assert await kit.set() == 0
    await clock.advance(1)
    assert await kit.set() == 200750


async def test_a_click_without_an_answer_locks_it(kit: Kit) -> None:
    message = await kit.message(STREAM)
    pressing = asyncio.create_task(kit.sim.press(message, kit.sim.person("张三"), "Stop"))
    frame = await kit.link.frame()
    assert await kit.stream("two") == 200810
    kit.sim.clicks_lock_cards = False
    assert await kit.stream("two") == 0
    kit.sim.clicks_lock_cards = True
    await kit.link.acknowledge(frame, 200, b"{}")
    await pressing
    assert await kit.stream("three") == 0


@pytest.mark.parametrize("streams", [True, False])
async def test_an_answer_replaces_it_unless_it_streams(kit: Kit, streams: bool) -> None:
    message = await kit.message(STREAM if streams else CARD)
    pressing = asyncio.create_task(kit.sim.press(message, kit.sim.person("张三"), "Stop"))
    answer = {"card": {"type": "raw", "data": v2(markdown("stopped", element_id="text"))}}
    await kit.link.acknowledge(await kit.link.frame(), 200, msgspec.json.encode(answer))
    assert await pressing == Clicked(answer)
    assert kit.text == ("one\nStop" if streams else "stopped")
    assert await kit.call("PATCH", "/elements/text", partial_element='{"content":"on"}') == 0
    assert kit.sim.cards.text(kit.sim.cards.of(message) or {}).startswith("on")
