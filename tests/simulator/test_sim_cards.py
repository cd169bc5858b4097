"""What a card is: what is taken, what people read on it, what they can use and what that sends."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simcards import (
    TABLE,
    button,
    calls_back,
    columns,
    field,
    form,
    image,
    markdown,
    plain,
    select,
    titled,
    v1,
    v2,
)

from larkgate.simulator import Simulator, WorldError
from larkgate.simulator.cards import Card, Option, Rules, check_card
from larkgate.simulator.cards.controls import action, control, controls
from larkgate.simulator.cards.elements import lines
from larkgate.simulator.codes import Refused

NOBODY = Rules(has_image=lambda _: False, knows=lambda user_id: user_id == "all")


KEYS = (
    *("schema", "config", "body", "header", "elements", "i18n_elements", "columns", "rows", "tag"),
    *("element_id", "content", "text", "i18n", "name", "label", "options", "value", "behaviors"),
    *("type", "update_multi", "img_list", "persons", "display_name", "form_action_type"),
)
TAGS = ("markdown", "plain_text", "table", "form", "button", "select_static", "checker", "input")
VALUES = st.sampled_from([None, True, 7, "", "x", "2.0", "callback", "submit", TABLE, *TAGS])
ANYTHING = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=30,
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING))
def test_whatever_a_card_holds(card: Card) -> None:
    with suppress(Refused):
        check_card(card, NOBODY)
    assert isinstance("\n".join(lines(card, str)), str)
    for each in controls(card):
        with suppress(WorldError):
            action(card, each)


def deep(levels: int) -> Card:
    inner = markdown("deep")
    for _ in range(levels):
        inner = columns(inner)
    return inner


@pytest.mark.parametrize(
    "card",
    [
        v1(),
        v1(unheard_of=1, config={"nobody": "knows"}),
        v1(*[plain("x")] * 300),
        v1(config={"update_multi": False}),
        v1({"tag": "action", "actions": []}),
        v2(config={"streaming_mode": True, "update_multi": True, "width_mode": "fill"}),
        v2(*[markdown("x")] * 200),
        v2(markdown(TABLE * 3)),
        v2(markdown(f"```\n{TABLE * 9}```")),
        v2(markdown("a | b\n---\nno table")),
        v2(markdown("x", element_id="a_1"), markdown("y", element_id="A2")),
        v2(button("ok", {"tag": "action", "element_id": "!"})),
        v2(markdown("<at id=all></at> <at email=nobody@example.com></at>")),
        v2(deep(20)),
        v2({"tag": "table", "columns": [{"name": "a"}], "rows": [{"a": 1}, {}]}),
        {"type": "template", "data": {"template_id": "AAq"}},
    ],
)
def test_a_card_that_is_taken(card: Card) -> None:
    check_card(card, NOBODY)


@pytest.mark.parametrize(
    ("card", "sub_code", "said"),
    [
        (v2(*[markdown("x")] * 201), 11310, "element exceeds the limit"),
        (v2(elements=[]), 200621, "unknown property, property: elements, path: ROOT;"),
        (v2(config={"wide_screen_mode": True}), 200621, "path: ROOT -> config;"),
        (v2(config=[]), 200621, "parse card json err"),
        (v2(config={"update_multi": False}), 300302, "update_multi"),
        (v2(body="none"), 200621, "parse card json err"),
        (v2({"tag": "action", "actions": []}), 200861, "unsupported tag action"),
        (v2(markdown("", element_id="a"), plain("") | {"element_id": "a"}), 300301, "Duplicate"),
        (v2(markdown("x", element_id="1a")), 200621, "invalid element_id"),
        (v2(markdown("x", element_id="a-b")), 200621, "invalid element_id"),
        (v2(markdown("x", element_id="a" * 21)), 200621, "invalid element_id"),
        (v2(markdown("x", element_id=7)), 200621, "invalid element_id"),
        (v2(*[{"tag": "table"}] * 4), 11310, "card table number over limit"),
        (v1(markdown(TABLE + TABLE), markdown(TABLE), {"tag": "table"}), 11310, "table number"),
        (v2({"tag": "table", "rows": "[]"}), 200914, "table rows is invalid"),
        (v2({"tag": "table", "rows": [1]}), 200914, "table rows is invalid"),
        (v2({"tag": "table", "columns": [], "rows": [{"a": 1}]}), 200915, "rows name"),
        (v1(image("img_x")), 200570, "ErrorValue: image key img_x"),
        (v1({"tag": "img_combination", "img_list": [{"img_key": "y"}]}), 200570, "image key y"),
        (v2(markdown("<at id=ou_x></at>")), 100290, "ErrorValue: ou_x"),
        (v2({"tag": "person", "user_id": "ou_y"}), 100290, "ErrorValue: ou_y"),
        (v2({"tag": "person_list", "persons": [{"id": "ou_z"}]}), 100290, "ErrorValue: ou_z"),
        (deep(60), 200621, "nested"),
    ],
)
def test_a_card_that_is_refused(card: Card, sub_code: int, said: str) -> None:
    with pytest.raises(Refused) as refused:
        check_card(card, NOBODY)
    assert refused.value.code == 230099
    start = f"Failed to create card content, ext=ErrCode: {sub_code}; ErrMsg: "
    assert refused.value.message.startswith(start)
    assert said in refused.value.message


def test_a_card_of_30_kb() -> None:
    check_card(v1(plain("x" * ((30 << 10) - 100))))
    with pytest.raises(Refused) as refused:
        check_card(v1(plain("x" * (30 << 10))))
    assert refused.value.code == 230025


def test_what_reports_differ_about_is_a_switch() -> None:
    check_card(v2(config={"wide_screen_mode": True}), Rules(any_config=True))
    check_card(v2(markdown(TABLE * 5)), Rules(tables=5))


def text_of(sim: Simulator, card: Card) -> str:
    return sim.cards.text(card)


@pytest.mark.parametrize(
    ("card", "read"),
    [
        (v2(markdown("one"), columns(plain("two"), button("three")), header=titled("zero")), None),
        (v1({"tag": "div", "text": plain("one"), "fields": [{"text": plain("two")}]}), "one\ntwo"),
        (v1(select("select_static", "choose", "a", "b")), "choose"),
        (v1(button("ok", confirm={"text": plain("sure?")})), "ok"),
        (v1(image("img_x") | {"alt": plain("seen by nobody")}), ""),
        ({"i18n_elements": {"en_us": [plain("hello")], "zh_cn": [plain("你好")]}}, "你好"),
        (v1({"tag": "plain_text", "i18n": {"en_us": "hello", "zh_cn": "你好"}}), "你好"),
        (v1({"tag": "plain_text", "content": 7}), ""),
        ({"type": "template", "data": {"template_variable": {"a": plain("b")}}}, ""),
    ],
)
def test_what_is_read_on_a_card(card: Card, read: str | None) -> None:
    text = Simulator().cards.text(card)
    assert text == ("zero\none\ntwo\nthree" if read is None else read)


def test_mentions_and_tables_are_read_as_people_see_them() -> None:
    sim = Simulator()
    app = sim.add_app("cli_1", "secret", "bot")
    open_id = sim.world.open_id(sim.person("张三"), app)
    said = markdown(f"<at id={open_id}></at> <at id=all></at> <at id=ou_x></at>")
    table = {
        "tag": "table",
        "columns": [{"name": "who", "display_name": "Who"}, {"name": "n"}],
        "rows": [{"who": "张三", "n": 3}, {"who": [{"text": "a"}, {"text": "b"}]}],
    }
    assert sim.cards.text(v2(said, table)).splitlines() == [
        "@张三 @所有人 @ou_x",
        "Who | n",
        "张三 | 3",
        "a, b | ",
    ]


FORM = v2(
    button("outside", {"a": 1}),
    form(
        "leave",
        field("input", "reason", "Reason", default_value="ill", required=True),
        columns(select("select_static", "Kind", "1", "2", name="kind")),
        select("multi_select_static", "Days", "mon", "tue", name="days", selected_values=["mon"]),
        field("select_person", "deputy", "Deputy"),
        field("date_picker", "from", "From"),
        field("picker_time", "at", "At"),
        field("picker_datetime", "until", "Until", initial_datetime="2024-04-29 07:07"),
        field("checker", "paid", checked=True, text=plain("Paid")),
        button("Send", {"b": 2}, form_action_type="submit", name="send"),
        button("Clear", form_action_type="reset"),
    ),
)


def test_what_people_can_use() -> None:
    found = {each.label: each for each in controls(FORM)}
    assert list(found) == [
        *("outside", "Reason", "Kind", "Days", "Deputy"),
        *("From", "At", "Until", "Paid", "Send", "Clear"),
    ]
    assert found["outside"].form == ""
    assert {each.form for each in found.values()} == {"", "leave"}
    assert found["outside"].value == {"a": 1}
    assert found["Kind"].options == (Option("1", "option 1"), Option("2", "option 2"))
    assert (found["Reason"].initial, found["Reason"].required) == ("ill", True)
    assert (found["Send"].submits, found["Clear"].resets) == (True, True)


@pytest.mark.parametrize(
    ("entered", "sent"),
    [
        ({}, {}),
        ({"Reason": "tired"}, {"reason": "tired"}),
        ({"reason": "tired"}, {"reason": "tired"}),
        ({"Kind": "option 2"}, {"kind": "2"}),
        ({"kind": "1"}, {"kind": "1"}),
        ({"Days": ["option tue", "mon"]}, {"days": ["tue", "mon"]}),
        ({"Days": "tue"}, {"days": ["tue"]}),
        ({"deputy": "ou_1"}, {"deputy": "ou_1"}),
        ({"From": date(2024, 4, 1)}, {"from": "2024-04-01 +0800"}),
        ({"From": "2024-04-01"}, {"from": "2024-04-01 +0800"}),
        ({"From": "2024-04-01 +0800"}, {"from": "2024-04-01 +0800"}),
        ({"At": time(7, 5)}, {"at": "07:05 +0800"}),
        ({"Until": datetime(2025, 1, 2, 3, 4)}, {"until": "2025-01-02 03:04 +0800"}),
        ({"Paid": False}, {"paid": False}),
    ],
)
def test_a_form_is_submitted(entered: dict[str, Any], sent: dict[str, Any]) -> None:
    untouched = {
        "reason": "ill",
        "days": ["mon"],
        "until": "2024-04-29 07:07 +0800",
        "paid": True,
    }
    assert action(FORM, control(FORM, "Send"), form=entered) == {
        "tag": "button",
        "name": "send",
        "value": {"b": 2},
        "form_value": untouched | sent,
    }


@pytest.mark.parametrize(
    ("element", "used", "sent"),
    [
        (button("go", {"a": 1}), {}, {"value": {"a": 1}}),
        (button("go", "text"), {}, {"value": "text"}),
        (select("select_static", "go", "1", "2"), {"option": "option 2"}, {"option": "2"}),
        (select("overflow", "go", "1", value={"a": 1}), {"option": "1"}, None),
        (select("multi_select_static", "go", "1", "2"), {"option": ["2"]}, {"options": ["2"]}),
        (select("multi_select_person", "go"), {"option": ["ou_1"]}, {"options": ["ou_1"]}),
        (field("input", "who", "go"), {"text": "me"}, {"name": "who", "input_value": "me"}),
        (
            field("date_picker", "", "go"),
            {"option": date(2024, 4, 1)},
            {"option": "2024-04-01 +0800"},
        ),
        (field("checker", "", "go"), {}, {"checked": True}),
        (field("checker", "", "go", checked=True), {}, {"checked": False}),
        (field("checker", "", "go", checked=True), {"option": True}, {"checked": True}),
        (
            {"tag": "interactive_container", "elements": [plain("go")], **calls_back({"a": 1})},
            {},
            {"value": {"a": 1}},
        ),
    ],
)
def test_something_is_used(
    element: Card, used: dict[str, Any], sent: dict[str, Any] | None
) -> None:
    card = v2(element)
    if sent is None:
        sent = {"option": "1", "value": {"a": 1}}
    assert action(card, control(card, "go"), **used) == {"tag": element["tag"], **sent}


def test_buttons_of_json_1_call_back_with_their_value() -> None:
    card = v1({"tag": "action", "actions": [button("go") | {"value": {"a": 1}}]})
    assert action(card, control(card, "go")) == {"tag": "button", "value": {"a": 1}}


@pytest.mark.parametrize(
    ("card", "label", "used", "said"),
    [
        (FORM, "nothing", {}, "0 controls of the card are called 'nothing'.*outside, Reason"),
        (v2(button("go", {"a": 1}), button("go", {"a": 2})), "go", {}, "2 controls"),
        (v2(button("go", {"a": 1}, disabled=True)), "go", {}, "disabled"),
        (v2(button("go")), "go", {}, "give it a callback behavior"),
        (v2(button("go") | {"value": {"a": 1}}), "go", {}, "give it a callback behavior"),
        (v1(button("go", url="https://example.com")), "go", {}, "give it a callback behavior"),
        (FORM, "Clear", {}, "does not call"),
        (FORM, "Reason", {"text": "x"}, "what is in a form is sent by its button"),
        (FORM, "Send", {"form": {"Nobody": "x"}}, "no field of the form is called 'Nobody'"),
        (FORM, "Send", {"form": {"Reason": ""}}, "'Reason' is required"),
        (FORM, "Send", {"form": {"Kind": "3"}}, "'3' is not one of the options.*option 1"),
        (v2(select("select_static", "go", "1")), "go", {}, "not one of the options"),
    ],
)
def test_what_nobody_can_do(card: Card, label: str, used: dict[str, Any], said: str) -> None:
    with pytest.raises(WorldError) as error:
        action(card, control(card, label), **used)
    assert re.search(said, str(error.value))
