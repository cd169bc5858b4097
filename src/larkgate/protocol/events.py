"""What a push holds: the envelopes of events and callbacks, and the bodies Larkgate reads itself.

Shapes from the official documents "Event overview", "Receive message", "Message recalled",
"Card callback" and "Card callback (legacy)".
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256
from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from larkgate.errors import ProtocolError

__all__ = [
    "CARD_CLICK",
    "CARD_CLICK_LEGACY",
    "LINK_PREVIEW",
    "MESSAGE_RECALLED",
    "MESSAGE_RECEIVED",
    "Answer",
    "CardClick",
    "Envelope",
    "Glance",
    "Mention",
    "MessageBody",
    "Push",
    "RecalledMessage",
    "ReceivedMessage",
    "Sender",
    "UserId",
    "card_click",
    "envelope",
    "glance",
    "ledger_key",
    "may_be_callback",
    "message_key",
    "recalled_message",
    "received_message",
]

MESSAGE_RECEIVED = "im.message.receive_v1"
MESSAGE_RECALLED = "im.message.recalled_v1"
CARD_CLICK = "card.action.trigger"
CARD_CLICK_LEGACY = "card.action.trigger_v1"
LINK_PREVIEW = "url.preview.get"


class Push(Struct, frozen=True, gc=False):
    """One push as a door hands it to `accept`. Times are seconds since 1970.

    Attributes:
        payload: the JSON of an event or callback, fragments joined, decrypted.
        account: app id of the account whose door it came through.
        answer_by: when a callback must have its answer.
    """

    payload: bytes
    trace_id: str
    received_at: float
    answer_by: float
    account: str


class Answer(Struct, frozen=True, gc=False):
    """What the platform is told about a push.

    Attributes:
        code: 200 kept, 500 push it again.
        data: the JSON a callback is answered with.
    """

    code: int
    data: bytes | None = None


class Envelope(Struct, frozen=True, gc=False):
    """The outside of an event or callback; what a push does not say is empty.

    Attributes:
        schema: "2.0", "1.0", or "" for a legacy card click and for what has neither.
        event_id: `header.event_id` (2.0) or `uuid` (1.0).
        create_time: milliseconds since 1970.
        token: of a legacy card click; the Verification Token of the others is not kept.
        event: JSON of the `event` object; the whole body where there is none.
    """

    schema: str
    event_id: str
    event_type: str
    create_time: int | None
    app_id: str
    tenant_key: str
    token: str
    event: Raw


class UserId(Struct, frozen=True, gc=False):
    open_id: str | None = None
    union_id: str | None = None
    user_id: str | None = None


class Sender(Struct, frozen=True, gc=False):
    """Attributes:
    sender_type: "user" or "bot".
    """

    sender_id: UserId | None = None
    sender_type: str | None = None
    tenant_key: str | None = None


class Mention(Struct, frozen=True, gc=False):
    """Attributes:
    key: the placeholder in the content, `@_user_1` or `@_all`.
    """

    key: str = ""
    id: UserId | None = None
    name: str | None = None
    mentioned_type: str | None = None
    tenant_key: str | None = None


class MessageBody(Struct, frozen=True, gc=False):
    """`event.message` of a received message.

    Attributes:
        thread_id: only in a thread, whose root message `root_id` then names.
        create_time: milliseconds since 1970, as text.
        chat_type: "p2p" or "group".
        content: JSON text, see `larkgate.protocol.content`.
    """

    message_id: str
    chat_id: str = ""
    chat_type: str = ""
    message_type: str = ""
    content: str = ""
    create_time: str | None = None
    update_time: str | None = None
    root_id: str | None = None
    parent_id: str | None = None
    thread_id: str | None = None
    mentions: list[Mention] | None = None


class ReceivedMessage(Struct, frozen=True, gc=False):
    """`event` of im.message.receive_v1."""

    message: MessageBody
    sender: Sender = Sender()


class RecalledMessage(Struct, frozen=True, gc=False):
    """`event` of im.message.recalled_v1; `recall_time` in milliseconds, as text."""

    message_id: str
    chat_id: str = ""
    recall_time: str | None = None
    recall_type: str | None = None


class CardClick(Struct, frozen=True, gc=False):
    """`event` of card.action.trigger: who did what to which element; what is not said is empty.

    Attributes:
        open_id: of the person.
        value: what the card gave the element, an object or text; None if nothing.
        tag: the kind of element, such as "button".
        option: what was chosen in a menu or a picker.
        form_value: what was filled into a form, by the names of its elements.
        input_value: what was typed into an input box that is in no form.
    """

    open_id: str = ""
    value: Any = None
    tag: str = ""
    name: str = ""
    option: str = ""
    form_value: dict[str, Any] = {}
    input_value: str = ""
    open_message_id: str = ""
    open_chat_id: str = ""


class Glance(Struct, frozen=True, gc=False):
    """What deciding about a received message takes, read in one pass."""

    event_id: str
    message_id: str
    message_type: str
    chat_id: str
    thread_id: str
    open_id: str


class _Header(Struct, frozen=True, gc=False):
    event_id: str = ""
    event_type: str = ""
    create_time: str = ""
    app_id: str = ""
    tenant_key: str = ""


class _Event1(Struct, frozen=True, gc=False):
    type: str = ""
    app_id: str = ""
    tenant_key: str = ""


class _Body(Struct, frozen=True, gc=False):
    """All three envelopes at once: their keys do not clash."""

    schema: str = ""
    header: _Header = _Header()
    event: Raw = Raw()
    uuid: str = ""
    ts: str = ""
    token: str = ""
    open_message_id: str = ""
    tenant_key: str = ""
    action: Raw = Raw()


class _Identified(Struct, frozen=True, gc=False):
    message_id: str = ""


class _WithMessage(Struct, frozen=True, gc=False):
    message: _Identified = _Identified()


class _ClickAction(Struct, frozen=True, gc=False):
    value: Any = None
    tag: str | None = None
    name: str | None = None
    option: str | None = None
    form_value: dict[str, Any] | None = None
    input_value: str | None = None


class _ClickContext(Struct, frozen=True, gc=False):
    open_message_id: str | None = None
    open_chat_id: str | None = None


class _Click(Struct, frozen=True, gc=False):
    action: _ClickAction
    operator: UserId | None = None
    context: _ClickContext | None = None


_CALLBACK_NAMES = tuple(f'"{name}'.encode() for name in (CARD_CLICK, LINK_PREVIEW))


class _GlanceMessage(Struct, frozen=True, gc=False):
    message_id: str
    chat_id: str = ""
    message_type: str = ""
    thread_id: str | None = None


class _GlanceSender(Struct, frozen=True, gc=False):
    sender_id: UserId | None = None


class _GlanceEvent(Struct, frozen=True, gc=False):
    message: _GlanceMessage
    sender: _GlanceSender = _GlanceSender()


class _GlanceHeader(Struct, frozen=True, gc=False):
    event_id: str
    event_type: Literal["im.message.receive_v1"]


class _GlancePush(Struct, frozen=True, gc=False):
    schema: str
    header: _GlanceHeader
    event: _GlanceEvent


_read_glance = msgspec.json.Decoder(_GlancePush).decode
_read_body = msgspec.json.Decoder(_Body).decode
_read_parts = msgspec.json.Decoder(dict[str, Raw]).decode
_read_word = msgspec.json.Decoder(str | int).decode
_read_event_1 = msgspec.json.Decoder(_Event1).decode
_read_identity = msgspec.json.Decoder(_WithMessage).decode
_read_received = msgspec.json.Decoder(ReceivedMessage).decode
_read_recalled = msgspec.json.Decoder(RecalledMessage).decode
_read_click = msgspec.json.Decoder(_Click).decode
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def envelope(payload: bytes) -> Envelope:
    """The envelope of an event or callback. A field of an unexpected type counts as empty.

    Raises:
        ProtocolError: the payload is not a JSON object.
    """
    try:
        body = _read_body(payload)
    except msgspec.ValidationError:
        body = _read_leniently(payload)
    except _UNREADABLE as error:
        raise ProtocolError("protocol.push_unreadable", size=len(payload)) from error
    if body.schema:
        return _schema_2(body)
    if body.uuid:
        return _schema_1(body)
    return _without_schema(body, payload)


def glance(payload: bytes) -> Glance | None:
    """The heart of a received message of schema 2.0; None for anything else, and for odd ones.

    Nearly every push is one of these, and `envelope` with `received_message` takes three times
    as long.
    """
    try:
        push = _read_glance(payload)
    except _UNREADABLE:
        return None
    message, sender = push.event.message, push.event.sender.sender_id
    if not message.message_id:
        return None
    return Glance(
        push.header.event_id,
        message.message_id,
        message.message_type,
        message.chat_id,
        message.thread_id or "",
        (sender.open_id if sender else None) or "",
    )


def may_be_callback(payload: bytes) -> bool:
    """Whether its sender waits for more than a code. A look at the bytes, not a parse: an event
    that quotes a callback's name passes for one.
    """
    return any(name in payload for name in _CALLBACK_NAMES)


def ledger_key(app_id: str, found: Envelope, payload: bytes) -> str:
    """What two pushes of the same event share, and pushes of different events do not.

    The platform asks to recognise received messages by `message_id` and everything else by
    `event_id` (2.0) or `uuid` (1.0). A legacy card click has only its token. What has nothing of
    these is recognised by its bytes.
    """
    if found.event_type == MESSAGE_RECEIVED and (message_id := _message_id(found)):
        return message_key(app_id, message_id)
    if found.event_id:
        return f"{app_id}/event{found.schema}/{found.event_id}"
    if found.event_type == CARD_CLICK_LEGACY and found.token:
        return f"{app_id}/click/{found.token}"
    return f"{app_id}/sha256/{sha256(payload).hexdigest()}"


def message_key(app_id: str, message_id: str) -> str:
    """`ledger_key` of a received message."""
    return f"{app_id}/message/{message_id}"


def received_message(found: Envelope) -> ReceivedMessage:
    """The body of im.message.receive_v1. Raises ProtocolError when it is none."""
    try:
        return _read_received(found.event)
    except _UNREADABLE as error:
        raise ProtocolError("protocol.event_unreadable", type=found.event_type) from error


def recalled_message(found: Envelope) -> RecalledMessage:
    """The body of im.message.recalled_v1. Raises ProtocolError when it is none."""
    try:
        return _read_recalled(found.event)
    except _UNREADABLE as error:
        raise ProtocolError("protocol.event_unreadable", type=found.event_type) from error


def card_click(found: Envelope) -> CardClick:
    """The body of card.action.trigger. Raises ProtocolError when it is none."""
    try:
        click = _read_click(found.event)
    except _UNREADABLE as error:
        raise ProtocolError("protocol.event_unreadable", type=found.event_type) from error
    action, context = click.action, click.context or _ClickContext()
    return CardClick(
        open_id=(click.operator and click.operator.open_id) or "",
        value=action.value,
        tag=action.tag or "",
        name=action.name or "",
        option=action.option or "",
        form_value=action.form_value or {},
        input_value=action.input_value or "",
        open_message_id=context.open_message_id or "",
        open_chat_id=context.open_chat_id or "",
    )


def _read_leniently(payload: bytes) -> _Body:
    parts = _parts(payload)
    if parts is None:
        raise ProtocolError("protocol.push_unreadable", size=len(payload))
    return _Body(
        header=_Header(**_words(_Header, _parts(parts.get("header", b"")) or {})),
        event=parts.get("event", Raw()),
        action=parts.get("action", Raw()),
        **_words(_Body, parts),
    )


def _parts(data: bytes | Raw) -> dict[str, Raw] | None:
    try:
        return _read_parts(data)
    except _UNREADABLE:
        return None


def _words(shape: type[Struct], parts: dict[str, Raw]) -> dict[str, str]:
    """The text fields of a shape, with numbers as text, without those of any other type."""
    found = {}
    for field in msgspec.structs.fields(shape):
        if field.type is str and field.name in parts:
            with suppress(*_UNREADABLE):
                found[field.name] = str(_read_word(parts[field.name]))
    return found


def _schema_2(body: _Body) -> Envelope:
    header = body.header
    return Envelope(
        "2.0",
        header.event_id,
        header.event_type,
        _milliseconds(header.create_time),
        header.app_id,
        header.tenant_key,
        "",
        body.event,
    )


def _schema_1(body: _Body) -> Envelope:
    event = _event_1(body.event)
    return Envelope(
        "1.0",
        body.uuid,
        event.type,
        _milliseconds(body.ts),
        event.app_id,
        event.tenant_key,
        "",
        body.event,
    )


def _without_schema(body: _Body, payload: bytes) -> Envelope:
    click = body.open_message_id and body.action
    return Envelope(
        "",
        "",
        CARD_CLICK_LEGACY if click else body.header.event_type,
        _milliseconds(body.header.create_time),
        body.header.app_id,
        body.tenant_key or body.header.tenant_key,
        body.token,
        Raw(payload),
    )


def _milliseconds(digits: str) -> int | None:
    """Of a time in seconds (10 digits, or with a fraction), milliseconds or microseconds (16)."""
    whole, _, fraction = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(whole) > 19:
        return None
    if len(whole) <= 10:
        thousandths = fraction[:3].ljust(3, "0")
        return int(whole) * 1000 + (int(thousandths) if thousandths.isdecimal() else 0)
    return int(whole) if len(whole) < 16 else int(whole) // 1000


def _message_id(found: Envelope) -> str:
    try:
        return _read_identity(found.event).message.message_id
    except _UNREADABLE:
        return ""


def _event_1(event: Raw) -> _Event1:
    try:
        return _read_event_1(event)
    except _UNREADABLE:
        return _Event1(**_words(_Event1, _parts(event) or {}))
