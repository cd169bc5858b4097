"""People use cards; apps answer, or update the card later."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from simcards import button, field, form, image, markdown, plain, v1, v2
from simclient import Client, Link, client_of, text

from larkgate.clock import VirtualClock
from larkgate.simulator import Clicked, Message, Person, Simulator, WorldError
from larkgate.simulator import standard_world as make_world
from larkgate.simulator.cards import Card

MINUTE = 60.0
DAY = 86400.0
ASK = v2(markdown("sure?"), button("Yes", {"sure": True}))
DONE = v2(markdown("done"))
SHARED = {"update_multi": True}


class Table:
    """A bot that answers by hand, and somebody who uses its cards."""

    def __init__(self, sim: Simulator, client: Client, link: Link) -> None:
        self.sim = sim
        self.client = client
        self.link = link
        self.token = ""

    @property
    def person(self) -> Person:
        return self.sim.person("张三")

    async def try_to_send(self, card: Card) -> Any:
        chat = self.sim.world.chat_named("研发群")
        body = {"receive_id": chat.id, "msg_type": "interactive", "content": encoded(card)}
        return await self.client.call("POST", "/im/v1/messages", body, receive_id_type="chat_id")

    async def send(self, card: Card) -> Message:
        answer = await self.try_to_send(card)
        assert answer["code"] == 0, answer
        return self.sim.world.message_with(answer["data"]["message_id"])

    async def press(
        self, message: Message, label: str, answer: Card | None = None, **used: Any
    ) -> tuple[dict[str, Any], Clicked]:
        """What the app gets, and what who pressed gets for this answer."""
        pressing = asyncio.create_task(self.sim.press(message, self.person, label, **used))
        frame = await self.link.frame()
        event = msgspec.json.decode(frame.payload)["event"]
        self.token = event["token"]
        await self.link.acknowledge(frame, 200, msgspec.json.encode(answer or {}))
        return event["action"], await pressing

    async def patch(self, message: Message, card: object) -> int:
        body = {"content": card if isinstance(card, str) else encoded(card)}
        answer = await self.client.call("PATCH", f"/im/v1/messages/{message.id}", body)
        return int(answer["code"])

    async def update_later(self, card: object, token: str = "") -> int:
        body = {"token": token or self.token, "card": card}
        answer = await self.client.call("POST", "/interactive/v1/card/update", body)
        return int(answer["code"])

    def shown(self, message: Message) -> str:
        return self.sim.cards.text(self.sim.cards.of(message) or {})


@pytest.fixture
async def table(clock: VirtualClock) -> AsyncIterator[Table]:
    async with Simulator(clock) as sim:
        world = make_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            yield Table(sim, client, link)


def encoded(card: object) -> str:
    return msgspec.json.encode(card).decode()


def raw(card: Card) -> Card:
    return {"card": {"type": "raw", "data": card}}


async def test_a_card_names_who_and_what_there_is(table: Table) -> None:
    world, person = table.sim.world, table.person
    mine = world.open_id(person, table.client.app)
    other = world.open_id(person, table.sim.add_app("cli_other", "secret", "other"))
    key = table.sim.media.keep("image", "a.png", b"a")
    for user_id in (mine, person.id, person.union_id, "all"):
        await table.send(v2(markdown(f"<at id={user_id}></at>"), image(key)))
    file = table.sim.media.keep("file", "a.pdf", b"a")
    gone = table.sim.media.keep("image", "b.png", b"b")
    table.sim.media.delete(gone)
    for element, sub_code in (
        (markdown(f"<at id={other}></at>"), 100290),
        *((image(key), 200570) for key in ("x", file, gone)),
    ):
        answer = await table.try_to_send(v2(element))
        assert (answer["code"], f"ErrCode: {sub_code};" in answer["msg"]) == (230099, True)


async def test_a_button_and_a_toast(table: Table) -> None:
    message = await table.send(ASK)
    toast = {"toast": {"type": "success", "content": "thanks"}}
    action, clicked = await table.press(message, "Yes", toast)
    assert (action["tag"], action["value"]) == ("button", {"sure": True})
    assert clicked == Clicked(toast)
    assert table.shown(message) == "sure?\nYes"


async def test_a_form(table: Table) -> None:
    fields = field("input", "why", "Why"), field("select_person", "who", "Who")
    submit = button("Send", form_action_type="submit", name="send")
    message = await table.send(v2(form("ask", *fields, submit)))
    somebody = table.sim.person("李四")
    entered = {"Why": "so", "Who": somebody}
    action, _ = await table.press(message, "Send", form=entered)
    open_id = table.sim.world.open_id(somebody, table.client.app)
    assert (action["name"], action["form_value"]) == ("send", {"why": "so", "who": open_id})


async def test_a_field_without_a_name_is_an_error_for_who_submits(table: Table) -> None:
    message = await table.send(
        v2(form("ask", field("input", ""), button("Send", form_action_type="submit")))
    )
    assert await table.sim.press(message, table.person, "Send") == Clicked(None, 200530)


async def test_only_an_apps_card_can_be_used(table: Table) -> None:
    said = table.sim.say(table.sim.world.chat_named("研发群"), table.person, "hello")
    with pytest.raises(WorldError, match="nothing to click on"):
        await table.sim.press(said, table.person, "Yes")


async def test_a_returned_card_replaces_the_one_shown(table: Table) -> None:
    message = await table.send(ASK)
    _, clicked = await table.press(message, "Yes", raw(DONE))
    assert clicked == Clicked(raw(DONE))
    assert table.shown(message) == "done"
    assert table.sim.cards.controls(DONE) == []


@pytest.mark.parametrize(
    ("sent", "returned", "error"),
    [
        (ASK, v1(plain("done")), 200830),
        (ASK, v2(markdown("x", element_id="!")), 200673),
        (ASK, v2({"tag": "action"}), 200673),
    ],
)
async def test_a_returned_card_that_is_not_taken(
    table: Table, sent: Card, returned: Card, error: int
) -> None:
    message = await table.send(sent)
    _, clicked = await table.press(message, "Yes", raw(returned))
    assert clicked == Clicked(None, error)
    assert table.shown(message) == "sure?\nYes"


async def test_a_returned_template_is_kept(table: Table) -> None:
    message = await table.send(ASK)
    template = {"type": "template", "data": {"template_id": "AAq"}}
    await table.press(message, "Yes", {"card": template})
    assert table.sim.cards.of(message) == template


async def test_a_card_is_updated(table: Table) -> None:
    message = await table.send(v1(plain("one"), config=SHARED))
    assert await table.patch(message, v1(plain("two"), config=SHARED)) == 0
    assert table.shown(message) == "two"
    assert await table.patch(message, DONE) == 0
    assert table.shown(message) == "done"


@pytest.mark.parametrize(
    ("sent", "card", "code"),
    [
        (ASK, "no json", 230001),
        (ASK, "{}", 230001),
        (ASK, v2(elements=[]), 230099),
        (ASK, v1(config=SHARED), 230099),
        (ASK, v2(markdown("x" * (31 << 10))), 230025),
        (v1(), v1(config=SHARED), 230001),
        (v1(config=SHARED), v1(), 230001),
    ],
)
async def test_an_update_that_is_refused(table: Table, sent: Card, card: object, code: int) -> None:
    message = await table.send(sent)
    assert await table.patch(message, card) == code


async def test_what_cannot_be_updated(table: Table, clock: VirtualClock) -> None:
    message, old = await table.send(ASK), await table.send(ASK)
    said = table.sim.world.post(
        table.sim.world.chat_named("研发群"), table.client.app, "text", text("hello")
    )
    assert await table.patch(said, DONE) == 230054
    other = table.sim.add_app("cli_other", "secret", "other")
    by_other = table.sim.world.post(
        table.sim.group("both", [other, table.client.app]), other, "interactive", encoded(ASK)
    )
    assert await table.patch(by_other, DONE) == 230027
    table.sim.recall(message)
    assert await table.patch(message, DONE) == 230011
    old.deleted = True
    assert await table.patch(old, DONE) == 230110
    old.deleted = False
    await clock.advance(14 * DAY - 1)
    await table.client.authorize()
    assert await table.patch(old, DONE) == 0
    await clock.advance(2)
    assert await table.patch(old, DONE) == 230031


async def test_a_message_is_updated_five_times_a_second(table: Table, clock: VirtualClock) -> None:
    message = await table.send(ASK)
    codes = [await table.patch(message, DONE) for _ in range(6)]
    assert codes == [0, 0, 0, 0, 0, 230020]
    await clock.advance(1)
    assert await table.patch(message, DONE) == 0


async def test_a_card_is_updated_after_the_answer(table: Table) -> None:
    message = await table.send(ASK)
    await table.press(message, "Yes")
    assert await table.update_later(v2(markdown("one"))) == 0
    assert await table.update_later(v2(markdown("two"))) == 0
    assert table.shown(message) == "two"
    assert await table.update_later(v2(markdown("three"))) == 300040
    assert table.shown(message) == "two"


async def test_an_update_may_follow_the_answer_at_once(table: Table) -> None:
    message = await table.send(ASK)
    pressing = asyncio.create_task(table.sim.press(message, table.person, "Yes"))
    frame = await table.link.frame()
    token = msgspec.json.decode(frame.payload)["event"]["token"]
    await table.link.acknowledge(frame, 200, b"{}")
    assert await table.update_later(DONE, token) == 0
    assert (await pressing, table.shown(message)) == (Clicked({}), "done")


async def test_a_token_is_good_for_half_an_hour(table: Table, clock: VirtualClock) -> None:
    message = await table.send(ASK)
    await table.press(message, "Yes")
    await clock.advance(30 * MINUTE - 1)
    assert await table.update_later(DONE) == 0
    await clock.advance(1)
    assert await table.update_later(DONE) == 300030


@pytest.mark.parametrize(
    ("card", "code"),
    [
        (v2(elements=[]), 11311),
        (v1(config=SHARED), 11311),
        (v1(), 300090),
        (v1(open_ids=["ou_nobody"]), 200320),
        ("no card", 99992402),
    ],
)
async def test_a_later_card_that_is_refused(table: Table, card: object, code: int) -> None:
    message = await table.send(ASK)
    await table.press(message, "Yes")
    assert await table.update_later(card) == code
    assert table.shown(message) == "sure?\nYes"


async def test_tokens_that_are_refused(table: Table) -> None:
    message = await table.send(ASK)
    await table.press(message, "Yes")
    assert await table.update_later(DONE, "what") == 300020
    assert await table.update_later(DONE, "c-unknown") == 300030
    other = table.sim.add_app("cli_other", "secret", "other")
    async with client_of(table.sim, other) as client:
        body = {"token": table.token, "card": DONE}
        answer = await client.call("POST", "/interactive/v1/card/update", body)
        assert answer["code"] == 200310
    message.recalled = True
    assert await table.update_later(DONE) == 200000


async def test_a_card_for_some_of_its_readers(table: Table) -> None:
    message = await table.send(v1(button("Yes")))
    await table.press(message, "Yes")
    open_id = table.sim.world.open_id(table.person, table.client.app)
    assert await table.update_later(v1(plain("done"), open_ids=[open_id])) == 0
    assert table.sim.cards.of(message) == v1(plain("done"))


@pytest.mark.parametrize("code", [None, 300030])
async def test_an_update_before_the_answer(table: Table, code: int | None) -> None:
    table.sim.early_card_update = code
    message = await table.send(ASK)
    pressing = asyncio.create_task(table.sim.press(message, table.person, "Yes"))
    frame = await table.link.frame()
    token = msgspec.json.decode(frame.payload)["event"]["token"]
    assert await table.update_later(DONE, token) == (code or 0)
    await table.link.acknowledge(frame, 200, b"{}")
    assert await pressing == Clicked({})
    assert table.shown(message) == "sure?\nYes", "restored"
    assert bool(table.sim.complaints) == (code is None)
    assert await table.update_later(DONE, token) == 0
    assert table.shown(message) == "done"


async def test_the_answer_to_a_click_changes_no_recalled_card(table: Table) -> None:
    message = await table.send(ASK)
    before = message.content
    pressing = asyncio.create_task(table.sim.press(message, table.person, "Yes"))
    frame = await table.link.frame()
    table.sim.recall(message)
    await table.link.acknowledge(frame, data=encoded(raw(DONE)).encode())
    assert (await pressing).error is None
    assert message.content == before
