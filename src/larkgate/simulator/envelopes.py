"""What stands around an event on the wire, and which event a payload tells of.

Official documents "事件概述" (schemas 2.0 and 1.0) and "消息卡片回传交互（旧）" (a flat body).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from larkgate.simulator.apps import App
from larkgate.simulator.permissions import CALLBACKS

__all__ = ["LEGACY_CLICK", "Identity", "flat", "identify", "is_callback", "wrap"]

LEGACY_CLICK = "card.action.trigger_v1"


class Identity(NamedTuple):
    """`event_id` is the `uuid` of schema 1.0, and the `token` of a legacy click."""

    event_id: str
    event_type: str


class _Header(Struct, frozen=True):
    event_id: str = ""
    event_type: str = ""


class _Event(Struct):
    type: str = ""


class _Body(Struct):
    header: _Header = _Header()
    uuid: str = ""
    type: str = ""
    event: msgspec.Raw = msgspec.Raw(b"{}")
    token: str = ""
    open_message_id: str = ""


def is_callback(event_type: str) -> bool:
    return event_type in CALLBACKS or event_type == LEGACY_CLICK


def wrap(app: App, about: Identity, event: Mapping[str, object], at: int) -> Mapping[str, object]:
    """The whole body of a push made `at` ms since 1970.

    Types of schema 1.0 are one word, as `p2p_chat_create` is; those of 2.0 have dots.
    """
    if about.event_type == LEGACY_CLICK:
        return event
    if "." not in about.event_type:
        return _first(app, about, event, at)
    return _second(app, about, event, at)


def flat(click: Mapping[str, Any]) -> dict[str, object]:
    """The body of a legacy click: what the event of a new one says, without its sections."""
    operator, context = click["operator"], click["context"]
    return {
        "open_id": operator["open_id"],
        "user_id": operator["user_id"],
        "tenant_key": operator["tenant_key"],
        "open_message_id": context["open_message_id"],
        "open_chat_id": context["open_chat_id"],
        "token": click["token"],
        "action": click["action"],
    }


def identify(payload: bytes) -> Identity:
    """Which event this is; both are "" when the payload does not say."""
    try:
        body = msgspec.json.decode(payload, type=_Body)
        if body.uuid:
            return Identity(body.uuid, msgspec.json.decode(body.event, type=_Event).type)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Identity("", "")
    if body.open_message_id:
        return Identity(body.token, LEGACY_CLICK)
    return Identity(body.header.event_id, body.header.event_type or body.type)


def _second(app: App, about: Identity, event: object, at: int) -> dict[str, object]:
    """Callbacks count microseconds."""
    created = at * 1_000 if is_callback(about.event_type) else at
    header = {
        "event_id": about.event_id,
        "event_type": about.event_type,
        "create_time": str(created),
        "token": app.verification_token.reveal(),
        "app_id": app.id,
        "tenant_key": app.tenant_key,
    }
    return {"schema": "2.0", "header": header, "event": event}


def _first(app: App, about: Identity, event: Mapping[str, object], at: int) -> dict[str, object]:
    common = {"app_id": app.id, "tenant_key": app.tenant_key, "type": about.event_type}
    return {
        "uuid": about.event_id,
        "ts": f"{at / 1_000:.3f}",
        "token": app.verification_token.reveal(),
        "type": "event_callback",
        "event": {**common, **event},
    }
