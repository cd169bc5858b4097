"""What a bot may send as the `content` of a message, and what the platform keeps of it.

Official document: "发送消息内容结构"; sizes from "发送消息".
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from larkgate.simulator.codes import Refused

__all__ = ["KINDS", "parse"]

KINDS = frozenset(
    {"text", "post", "image", "file", "audio", "media", "sticker", "interactive"}
    | {"share_chat", "share_user", "system"}
)
_TEXT_LIMIT = 150 << 10
_RICH_LIMIT = 30 << 10


class _Text(Struct):
    text: str


class _Post(Struct):
    content: list[list[dict[str, Any]]]
    title: str = ""


_SHAPES: dict[str, Any] = {"text": _Text, "post": dict[str, _Post]}


def parse(kind: str, content: str) -> dict[str, Any]:
    """The object in the content string.

    Raises:
        Refused: 230001 for an unknown kind or a content of another shape, 230025 too long.
    """
    if kind not in KINDS:
        raise Refused(230001, "ext=invalid msg_type")
    if len(content.encode()) > (_RICH_LIMIT if kind in ("post", "interactive") else _TEXT_LIMIT):
        raise Refused(230025)
    try:
        parsed: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
        msgspec.convert(parsed, _SHAPES.get(kind, dict[str, Any]))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Refused(230001, f"ext=content is not in {kind} format") from None
    if not parsed:
        raise Refused(230001, "ext=content is empty")
    return parsed
