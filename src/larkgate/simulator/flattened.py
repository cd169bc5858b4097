"""Cards and the Markdown of posts as others get them: flattened (official document
"接收消息内容"). Of a card of JSON 2.0, a template or an entity nothing but a notice is left, as
clients of the platform report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

__all__ = ["flattened"]

_NOTICE = [[{"tag": "text", "text": "请升级至最新版本客户端，以查看内容"}]]
_KEY = re.compile(r"(@_user_\d+|@_all(?!\w))")
_LEADING = re.compile(r"^\s*(?:#{1,6}\s+|>\s?)+")
_EMPHASIS = re.compile(r"(\*\*|~~|\*)(\S(?:.*?\S)?)\1")


def flattened(kind: str, content: str, names: Mapping[str, str]) -> str:
    """The content of a message for another reader than who sent it.

    Args:
        names: by the keys of mentions.
    """
    if kind == "interactive":
        return _json(_card(msgspec.json.decode(content)))
    if kind == "post" and '"md"' in content:
        post = msgspec.json.decode(content)
        rows = [row for each in post["content"] for row in _paragraph(each, names)]
        return _json(post | {"content": rows})
    return content


def _paragraph(row: list[dict[str, Any]], names: Mapping[str, str]) -> Iterator[list[Any]]:
    """Markdown makes a paragraph of each of its lines."""
    if not row or row[0].get("tag") != "md":
        yield row
        return
    for line in row[0]["text"].splitlines():
        plain = _EMPHASIS.sub(r"\2", _LEADING.sub("", line))
        yield [_piece(piece, names) for piece in _KEY.split(plain) if piece]


def _piece(text: str, names: Mapping[str, str]) -> dict[str, Any]:
    if text in names:
        return {"tag": "at", "user_id": text, "user_name": names[text], "style": []}
    return {"tag": "text", "text": text, "style": []}


def _card(card: dict[str, Any]) -> dict[str, Any]:
    if card.get("schema") == "2.0" or card.get("type") in ("card", "template"):
        return {"title": None, "elements": _NOTICE}
    rows = [_row(each) for each in _dicts(card.get("elements"))]
    return {"title": _words(_dict(card.get("header")).get("title")), "elements": rows}


def _row(element: dict[str, Any]) -> list[dict[str, Any]]:
    """An element of JSON 1.0 and what stands in it, side by side."""
    inner = [
        *_dicts(element.get("fields")),
        *_dicts(element.get("actions")),
        *_dicts(element.get("elements")),
    ]
    return [*_shown(element), *(piece for each in inner for piece in _row(each))]


def _shown(element: dict[str, Any]) -> list[dict[str, Any]]:
    match element.get("tag"):
        case "hr":
            return [{"tag": "hr"}]
        case "img":
            return [{"tag": "img", "image_key": element.get("img_key", "")}]
        case "button":
            return [{"tag": "button", "text": _words(element.get("text")), "type": "default"}]
        case _:
            text = _words(element.get("text", element))
            return [{"tag": "text", "text": text}] if text else []


def _words(text: object) -> str:
    if isinstance(text, str):
        return text
    said = _dict(text).get("content")
    return said if isinstance(said, str) else ""


def _dict(node: object) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _dicts(node: object) -> list[dict[str, Any]]:
    return [each for each in node if isinstance(each, dict)] if isinstance(node, list) else []


def _json(content: object) -> str:
    return msgspec.json.encode(content).decode()
