"""Mentions: names as people type them, tags as bots send them, keys as the platform keeps them.

Content on the platform holds `@_user_1`; a list beside it says who that is (official document:
"接收消息", `mentions`). Bots send `<at user_id="ou_…">name</at>` in text and `at` elements in
posts ("发送消息内容结构").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Generic, TypeVar

__all__ = ["EVERYBODY", "Mentions", "sent", "typed"]

EVERYBODY = "@_all"
_EVERYBODY_NAMES = ("所有人", "all")
_AT_TAG = re.compile(r'<at\s+(?:user_id|id|open_id)="?([^">\s]*)"?\s*>(.*?)</at>', re.DOTALL)
_KEY = re.compile(r"(@_user_\d+|@_all(?!\w))")

Who = TypeVar("Who")


class Mentions(Generic[Who]):
    """The keys handed out in one message. None stands for everybody."""

    def __init__(self) -> None:
        self._found: dict[Who | None, tuple[str, str]] = {}

    def key(self, who: Who | None, name: str) -> str:
        """The key of this one, the next free one at the first mention."""
        if who not in self._found:
            number = len(self._found.keys() - {None}) + 1
            self._found[who] = (EVERYBODY if who is None else f"@_user_{number}", name)
        return self._found[who][0]

    def split(self, text: str) -> list[tuple[str, str]]:
        """The pieces of a text with keys: (piece, ""), and (key, name) of a mention."""
        names = {key: name for key, name, _ in self}
        return [(piece, names.get(piece, "")) for piece in _KEY.split(text) if piece]

    def __iter__(self) -> Iterator[tuple[str, str, Who | None]]:
        """Yields (key, name, who) in the order of the keys."""
        return ((key, name, who) for who, (key, name) in self._found.items())


def typed(text: str, known: Mapping[str, Who], mentions: Mentions[Who]) -> str:
    """Text as a person types it, with keys in place of every "@name" of somebody known."""
    if "@" not in text:
        return text
    pattern = _at_any(tuple(known))
    return pattern.sub(lambda found: mentions.key(known.get(found[1]), found[1]), text)


def sent(kind: str, content: dict[str, Any], key: Callable[[str, str], str]) -> dict[str, Any]:
    """Content as a bot sends it, with `key(user id, name)` in place of every mention.

    A post also loses its locale wrapper: readers get the first of its languages.
    """
    if kind == "text":
        return content | {"text": _keyed_text(content["text"], key)}
    if kind == "post":
        post: dict[str, Any] = next(iter(content.values()))
        rows = [[_keyed(element, key) for element in row] for row in post["content"]]
        return post | {"content": rows}
    return content


def _keyed(element: dict[str, Any], key: Callable[[str, str], str]) -> dict[str, Any]:
    match element["tag"]:
        case "at":
            return element | {"user_id": key(element["user_id"], element.get("user_name", ""))}
        case "md":
            return element | {"text": _keyed_text(element["text"], key)}
        case _:
            return element


def _keyed_text(text: str, key: Callable[[str, str], str]) -> str:
    return _AT_TAG.sub(lambda at: key(at[1], at[2]), text)


@lru_cache(maxsize=256)
def _at_any(names: tuple[str, ...]) -> re.Pattern[str]:
    """Longest first: 王五 must not be found in @王五六."""
    longest_first = sorted({*names, *_EVERYBODY_NAMES} - {""}, key=len, reverse=True)
    return re.compile("@(" + "|".join(map(_whole, longest_first)) + ")")


def _whole(name: str) -> str:
    """Where letters and digits divide words, @all is not found in @alliance."""
    ends_a_word = name[-1].isascii() and name[-1].isalnum()
    return re.escape(name) + (r"(?![A-Za-z0-9])" if ends_a_word else "")
