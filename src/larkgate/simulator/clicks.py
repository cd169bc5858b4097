"""What becomes of a click on a card: it is pushed once and answered in the acknowledgement.

The answer and the numbers that a client shows instead: official documents "卡片回传交互回调" and
"卡片回调通信".
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from larkgate.simulator.pushes import PushRecord

__all__ = ["LATE", "MALFORMED", "NOT_CONFIGURED", "REFUSED", "Clicked", "outcome"]

NOT_CONFIGURED = 200340
LATE = 200341
REFUSED = 200671
MALFORMED = 200672


class Clicked(NamedTuple):
    """What who clicked gets: the answer, or the number of an error."""

    answer: dict[str, Any] | None
    error: int | None = None


class _Toast(Struct):
    content: str = ""
    type: Literal["info", "success", "error", "warning"] = "info"
    i18n: dict[str, str] = {}


class _Card(Struct):
    type: Literal["raw", "template"]
    data: dict[str, Any]


class _Answer(Struct):
    toast: _Toast | None = None
    card: _Card | None = None


def outcome(push: PushRecord) -> Clicked | None:
    """None while the acknowledgement may still come."""
    if push.acked_at is not None:
        return _answered(push.answer or b"")
    if not push.given_up:
        return None
    return Clicked(None, LATE if push.attempts[0].code is None else REFUSED)


def _answered(body: bytes) -> Clicked:
    try:
        msgspec.json.decode(body, type=_Answer)
        return Clicked(msgspec.json.decode(body))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return Clicked(None, MALFORMED)
