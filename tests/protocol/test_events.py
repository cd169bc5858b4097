from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkgate.errors import ProtocolError
from larkgate.protocol import events
from larkgate.protocol.events import envelope, ledger_key

APP = "cli_1"
HEADER = {
    "event_id": "5e37",
    "event_type": "im.message.receive_v1",
    "create_time": "1608725989000",
    "token": "verification",
    "app_id": "cli_a",
    "tenant_key": "tenant",
}
MESSAGE = {
    "sender": {
        "sender_id": {"open_id": "ou_1", "union_id": "on_1", "user_id": None},
        "sender_type": "user",
    },
    "message": {
        "message_id": "om_1",
        "chat_id": "oc_1",
        "chat_type": "group",
        "message_type": "text",
        "create_time": "1609073151345",
        "content": '{"text":"@_user_1 hello"}',
        "mentions": [{"key": "@_user_1", "id": {"open_id": "ou_bot"}, "name": "Bot"}],
    },
}


def payload(**body: Any) -> bytes:
    return msgspec.json.encode(body)


def schema_2(event: Any = MESSAGE, **header: Any) -> bytes:
    return payload(schema="2.0", header=HEADER | header, event=event)


def key(body: bytes) -> str:
    return ledger_key(APP, envelope(body), body)


def test_schema_2() -> None:
    found = envelope(schema_2())
    assert (found.schema, found.event_id, found.event_type) == ("2.0", "5e37", HEADER["event_type"])
    assert (found.create_time, found.app_id, found.tenant_key) == (1608725989000, "cli_a", "tenant")
    assert msgspec.json.decode(found.event) == MESSAGE


def test_schema_1() -> None:
    event = {"type": "add_bot", "app_id": "cli_a", "tenant_key": "tenant", "chat_id": "oc_1"}
    body = payload(
        ts="1502199207.7171419", uuid="u-1", token="t", type="event_callback", event=event
    )
    found = envelope(body)
    assert (found.schema, found.event_id, found.event_type) == ("1.0", "u-1", "add_bot")
    assert (found.create_time, found.app_id, found.tenant_key) == (1502199207717, "cli_a", "tenant")
    assert msgspec.json.decode(found.event) == event
    assert key(body) == "cli_1/event1.0/u-1"


def test_a_legacy_card_click() -> None:
    body = payload(
        open_id="ou_1",
        tenant_key="tenant",
        open_message_id="om_1",
        token="c-1",
        action={"value": "yes", "tag": "button"},
    )
    found = envelope(body)
    assert (found.event_type, found.tenant_key) == ("card.action.trigger_v1", "tenant")
    assert bytes(found.event) == body
    assert key(body) == "cli_1/click/c-1"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1608725989000", 1608725989000),
        ("1603977298000000", 1603977298000),
        ("1603977298", 1603977298000),
        ("1603977298.5", 1603977298500),
        ("1603977298.x", 1603977298000),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("١٢", None),
        ("9" * 5000, None),
        (1608725989000, 1608725989000),
        (None, None),
    ],
)
def test_the_unit_of_a_time_shows_in_its_length(written: Any, expected: int | None) -> None:
    assert envelope(schema_2(create_time=written)).create_time == expected


def test_fields_of_an_unexpected_type_are_empty() -> None:
    found = envelope(
        payload(schema=2.5, header={"event_id": ["x"], "event_type": "a"}, uuid=None, event=[1])
    )
    assert (found.schema, found.event_id, found.event_type) == ("", "", "a")
    found = envelope(payload(schema="2.0", header=5, event=None))
    assert (found.schema, found.event_type, bytes(found.event)) == ("2.0", "", b"null")


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"5", b'{"schema":"\xff"}', b'{"event":' + b"[" * 99_999]
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ProtocolError) as refusal:
        envelope(body)
    assert str(refusal.value)


def test_a_received_message_is_known_by_its_message_id() -> None:
    assert key(schema_2()) == "cli_1/message/om_1"
    assert key(schema_2(event_id="another")) == "cli_1/message/om_1"


def test_other_events_are_known_by_their_event_id() -> None:
    assert key(schema_2(event_type="im.message.recalled_v1")) == "cli_1/event2.0/5e37"
    assert key(schema_2(event={"message": "odd"})) == "cli_1/event2.0/5e37"


def test_what_has_no_id_is_known_by_its_bytes() -> None:
    assert key(b'{"a":1}').startswith("cli_1/sha256/")
    assert key(b'{"a":1}') != key(b'{"a":2}')


def test_keys_of_two_accounts_and_of_two_kinds_differ() -> None:
    same_id = [
        schema_2(event_type="x", event_id="1"),
        schema_2(event={"message": {"message_id": "1"}}),
        payload(uuid="1", event={"type": "x"}),
        payload(open_message_id="om", action={}, token="1"),
    ]
    assert len({key(body) for body in same_id}) == len(same_id)
    found = envelope(same_id[0])
    assert ledger_key("cli_2", found, same_id[0]) != key(same_id[0])


def test_a_received_message() -> None:
    received = events.received_message(envelope(schema_2()))
    message = received.message
    assert (message.message_id, message.chat_id, message.chat_type) == ("om_1", "oc_1", "group")
    assert (message.thread_id, message.content) == (None, '{"text":"@_user_1 hello"}')
    assert message.mentions is not None
    assert message.mentions[0].name == "Bot"
    assert received.sender.sender_id == events.UserId(open_id="ou_1", union_id="on_1")


def test_a_recalled_message() -> None:
    event = {
        "message_id": "om_1",
        "chat_id": "oc_1",
        "recall_time": "1609073151345",
        "recall_type": "message_owner",
    }
    found = envelope(schema_2(event, event_type=events.MESSAGE_RECALLED))
    assert events.recalled_message(found).message_id == "om_1"


CLICK = {
    "operator": {"open_id": "ou_1", "union_id": "on_1", "tenant_key": "tenant"},
    "token": "c-1",
    "action": {
        "value": {"action": "close"},
        "tag": "button",
        "name": "close",
        "timezone": "Asia/Shanghai",
        "form_value": {"reason": "done"},
        "input_value": "typed",
        "option": "b",
        "checked": True,
    },
    "host": "im_message",
    "context": {"open_message_id": "om_1", "open_chat_id": "oc_1"},
}


def click(event: Any) -> events.CardClick:
    return events.card_click(envelope(schema_2(event, event_type=events.CARD_CLICK)))


def test_a_card_click() -> None:
    assert click(CLICK) == events.CardClick(
        open_id="ou_1",
        value={"action": "close"},
        tag="button",
        name="close",
        option="b",
        form_value={"reason": "done"},
        input_value="typed",
        open_message_id="om_1",
        open_chat_id="oc_1",
    )


@pytest.mark.parametrize("value", ["text", {"a": [1]}, 7, None])
def test_what_a_click_does_not_say_is_empty(value: Any) -> None:
    absent = dict.fromkeys(("tag", "name", "option", "form_value", "input_value"))
    assert click({"action": {"value": value}}) == events.CardClick(value=value)
    assert click({"action": {**absent, "value": value}, "operator": None, "context": None}) == (
        events.CardClick(value=value)
    )


@pytest.mark.parametrize(
    "event",
    [None, 5, {}, {"action": None}, {"action": {"name": 5}}, {"action": {}, "operator": "ou_1"}],
)
def test_a_click_of_another_shape_is_refused(event: Any) -> None:
    with pytest.raises(ProtocolError, match="shape of"):
        click(event)


@pytest.mark.parametrize("event", [None, 5, {}, {"message": {}}, {"message": {"message_id": 5}}])
def test_a_body_of_another_shape_is_refused(event: Any) -> None:
    found = envelope(schema_2(event))
    with pytest.raises(ProtocolError, match="shape of"):
        events.received_message(found)
    with pytest.raises(ProtocolError, match="shape of"):
        events.recalled_message(found)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "schema",
                    "header",
                    "event",
                    "uuid",
                    "ts",
                    "token",
                    "action",
                    "open_message_id",
                    "event_id",
                    "event_type",
                    "create_time",
                    "message",
                    "message_id",
                    "type",
                ]
            ),
            inner | st.sampled_from(["2.0", "im.message.receive_v1", "1608725989000"]),
            max_size=6,
        )
    ),
    max_leaves=15,
)


@given(st.binary(max_size=40) | anything.map(msgspec.json.encode))
def test_any_bytes_have_a_key_or_are_refused(body: bytes) -> None:
    with suppress(ProtocolError):
        found = envelope(body)
        assert ledger_key(APP, found, body) == ledger_key(APP, envelope(body), body)
        events.received_message(found)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "operator": anything | st.fixed_dictionaries({"open_id": anything}),
            "context": anything | st.fixed_dictionaries({"open_chat_id": anything}),
            "action": anything
            | st.fixed_dictionaries({}, optional=dict.fromkeys(CLICK["action"], anything)),
        },
    )
)
def test_any_click_is_read_or_refused(event: Any) -> None:
    with suppress(ProtocolError):
        found = click(event)
        sent = msgspec.json.decode(msgspec.json.encode(event))  # JSON knows no infinity
        assert found.value == sent["action"].get("value")
        assert all(isinstance(getattr(found, name), str) for name in ("open_id", "name", "option"))


def test_a_click_nested_too_deep_is_refused() -> None:
    deep = b'{"action":{"value":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    with pytest.raises(ProtocolError):
        events.card_click(envelope(b'{"schema":"2.0","event":' + deep + b"}"))
