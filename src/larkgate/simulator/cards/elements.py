"""What stands on a card, in the order readers meet it.

Official documents: "卡片 JSON 1.0 结构", "卡片 JSON 2.0 结构" and those of the components.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

__all__ = [
    "Card",
    "Place",
    "depth",
    "find",
    "is_shared",
    "is_v2",
    "lines",
    "listed",
    "walk",
    "words",
]

Card = dict[str, Any]
Place = tuple[Any, Any]
"""A list or an object, and the index or key an element has in it."""

# What apps get back or charts are drawn from: whatever it holds, it is no element.
_DATA = frozenset({"value", "behaviors", "chart_spec", "rows", "template_variable"})
# What readers see only after another click, or never.
_HIDDEN = frozenset({"options", "confirm", "alt", "hover_tips", "disabled_tips", "i18n_elements"})
_ABOVE = ("header", "title")
_TEXTS = frozenset({"plain_text", "lark_md", "markdown", "text"})
_AT = re.compile(r"<at\s+(?:id|email|user_id)=\"?([^\s\">]*)\"?\s*>[^<]*</at>")


def is_v2(card: Mapping[str, Any]) -> bool:
    """Whether it is of JSON 2.0; a template is not."""
    return card.get("schema") == "2.0"


def is_shared(card: Mapping[str, Any]) -> bool:
    """Whether an update is for everybody; before JSON 2.0 only where the card says so. What a
    template says is not known here."""
    config = card.get("config")
    said = config.get("update_multi") if isinstance(config, dict) else None
    return is_v2(card) or card.get("type") == "template" or said is True


def depth(node: object) -> int:
    """How deep objects and lists are nested."""
    deepest, todo = 0, [(node, 1)]
    while todo:
        each, level = todo.pop()
        deepest = max(deepest, level)
        if isinstance(each, dict):
            todo.extend((child, level + 1) for child in each.values())
        elif isinstance(each, list):
            todo.extend((child, level + 1) for child in each)
    return deepest


def places(node: object, leave_out: frozenset[str] = _DATA) -> Iterator[Place]:
    """Where every element below this node is, outer ones first, titles before the rest."""
    todo = list(reversed(_inside(node, leave_out)))
    while todo:
        parent, key = todo.pop()
        child = parent[key]
        if isinstance(child, dict) and isinstance(child.get("tag"), str):
            yield parent, key
        todo.extend(reversed(_inside(child, leave_out)))


def walk(node: object) -> Iterator[Card]:
    """Every element below this node."""
    return (parent[key] for parent, key in places(node))


def find(card: Card, element_id: str) -> Place | None:
    """Where the element with this id is."""
    for parent, key in places(card):
        if parent[key].get("element_id") == element_id:
            return parent, key
    return None


def lines(node: object, name: Callable[[str], str]) -> Iterator[str]:
    """The texts people read; `name(user id)` is who a mention means."""
    for parent, key in places(_one_language(node), _DATA | _HIDDEN):
        element = parent[key]
        if element["tag"] == "table":
            yield from _table(element)
        elif element["tag"] in _TEXTS and (said := words(element)):
            yield _AT.sub(lambda at: "@" + name(at[1]), said)


def words(text: object) -> str:
    """What a text says: a plain string or a text element, of many languages the first."""
    if isinstance(text, str):
        return text
    if not isinstance(text, dict):
        return ""
    for said in (text.get("content"), text.get("text"), *_translations(text)):
        if said and isinstance(said, str):
            return said
    return ""


def _inside(node: object, leave_out: frozenset[str]) -> list[Place]:
    if isinstance(node, list):
        return [(node, index) for index in range(len(node))]
    if not isinstance(node, dict):
        return []
    keys = (key for key in node if key not in leave_out)
    return [(node, key) for key in sorted(keys, key=lambda key: key not in _ABOVE)]


def _translations(text: Mapping[str, Any]) -> Iterable[object]:
    for key in ("i18n", "i18n_content"):
        if isinstance(spoken := text.get(key), dict):
            yield spoken.get("zh_cn")
            yield from spoken.values()


def _one_language(node: object) -> object:
    """A card of JSON 1.0 may have its elements once for each language."""
    if not isinstance(node, dict) or not isinstance(spoken := node.get("i18n_elements"), dict):
        return node
    translated = spoken.get("zh_cn") or next(iter(spoken.values()), None)
    return {**node, "elements": node.get("elements") or translated}


def _table(table: Mapping[str, Any]) -> Iterator[str]:
    columns = [each for each in listed(table.get("columns")) if isinstance(each, dict)]
    yield " | ".join(str(each.get("display_name") or each.get("name", "")) for each in columns)
    for row in listed(table.get("rows")):
        if isinstance(row, dict):
            yield " | ".join(_cell(row.get(str(each.get("name")))) for each in columns)


def _cell(cell: object) -> str:
    if isinstance(cell, list):
        return ", ".join(map(_cell, cell))
    return words(cell) if isinstance(cell, dict) else "" if cell is None else str(cell)


def listed(node: object) -> list[Any]:
    """Nothing in place of what is no list."""
    return node if isinstance(node, list) else []
