"""Which cards the platform takes.

What the documents do not forbid is taken. Sources: official documents "卡片 JSON 2.0 结构",
"卡片 JSON 2.0 版本更新说明", "发送消息" (sub-codes of 230099) and those of CardKit; the words of
the messages from captured answers. Calls of CardKit have codes of their own for the same defects.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import Struct

from larkgate.simulator.cards.elements import Card, depth, is_v2, listed, walk
from larkgate.simulator.codes import Refused

__all__ = ["Defect", "Rules", "check_card", "defect_of"]

_SIZE_LIMIT = 30 << 10
_ELEMENT_LIMIT = 200
_DEPTH_LIMIT = 100  # far deeper than containers may be nested, far from Python's own limit
_ELEMENT_ID = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}")
_TOP = frozenset({"schema", "config", "card_link", "header", "body"})
_CONFIG = frozenset(
    {"streaming_mode", "streaming_config", "summary", "enable_forward", "update_multi"}
    | {"width_mode", "locales", "style", "use_custom_translation", "enable_forward_interaction"}
)
_GONE = frozenset({"action", "note"})
_AT = re.compile(r"<at\s+id=\"?([^\s\">]*)")
_CODE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_TABLE_RULE = frozenset("|-: \t")


class Defect(Struct, frozen=True):
    """Why a card is not taken.

    Attributes:
        sub_code: inside the message of a 230099; None: it is 230025, too long.
        code: of CardKit's calls.
    """

    sub_code: int | None
    code: int
    message: str

    @property
    def refusal(self) -> Refused:
        """As the calls for messages refuse it."""
        if self.sub_code is None:
            return Refused(230025)
        return Refused(230099, f"ext=ErrCode: {self.sub_code}; ErrMsg: {self.message}; ")

    @property
    def cardkit_refusal(self) -> Refused:
        return Refused(self.code, f"ErrMsg: {self.message}; ")


class Rules(Struct, frozen=True):
    """What depends on the platform's state, or is not documented.

    Attributes:
        tables: how many a card may have, those in its Markdown included.
        any_config: properties nobody knows are taken in the `config` of JSON 2.0.
        has_image: whether there is an image with this key; None takes every key.
        knows: whether somebody has this id; None takes every id.
    """

    tables: int = 3
    any_config: bool = False
    has_image: Callable[[str], bool] | None = None
    knows: Callable[[str], bool] | None = None


_DEFAULT = Rules()


def check_card(card: Card, rules: Rules = _DEFAULT) -> None:
    """As sending and updating messages check it. A template is taken as it is.

    Raises:
        Refused: 230099 with a sub-code, 230025 longer than 30 KB.
    """
    if defect := defect_of(card, rules):
        raise defect.refusal


def defect_of(card: Card, rules: Rules = _DEFAULT) -> Defect | None:
    """The first that is found."""
    if depth(card) > _DEPTH_LIMIT:
        return _unreadable("nested too deeply")
    return next(_defects(card, rules), None)


def _defects(card: Card, rules: Rules) -> Iterator[Defect]:
    if len(msgspec.json.encode(card)) > _SIZE_LIMIT:
        yield Defect(None, 200860, "card content exceeds limit")
    if is_v2(card):
        yield from _v2_defects(card, rules)
    if sum(map(_tables, walk(card))) > rules.tables:
        yield Defect(11310, 200220, "card table number over limit; ErrorValue: table")
    yield from _table_defects(each for each in walk(card) if each["tag"] == "table")
    for key in _unknown(_image_keys(card), rules.has_image):
        yield Defect(
            200570, 200220, f"card contains invalid image keys; ErrorValue: image key {key}"
        )
    for user_id in _unknown(_people(card), rules.knows):
        yield Defect(
            100290,
            200220,
            f"There is an invalid user resource(at/person) in your card; ErrorValue: {user_id}",
        )


def _v2_defects(card: Card, rules: Rules) -> Iterator[Defect]:
    yield from _strangers(card, _TOP, "ROOT")
    config, body = card.get("config", {}), card.get("body", {})
    if not isinstance(config, dict) or not isinstance(body, dict):
        yield _unreadable("config and body are objects")
        return
    if not rules.any_config:
        yield from _strangers(config, _CONFIG, "ROOT -> config")
    if config.get("update_multi", True) is not True:
        yield Defect(300302, 300302, "update_multi property is false")
    yield from _element_defects(list(walk(card)))


def _element_defects(elements: list[Card]) -> Iterator[Defect]:
    if len(elements) > _ELEMENT_LIMIT:
        yield Defect(11310, 300305, "element exceeds the limit")
    for tag in (each["tag"] for each in elements if each["tag"] in _GONE):
        yield Defect(
            200861,
            200220,
            "cards of schema V2 no longer support this capability; "
            f"ErrorValue: unsupported tag {tag}",
        )
    ids = [each["element_id"] for each in elements if "element_id" in each]
    for each in ids:
        if not isinstance(each, str) or not _ELEMENT_ID.fullmatch(each):
            yield _unreadable(f"invalid element_id {each}")
    for element_id, count in Counter(map(str, ids)).items():
        if count > 1:
            yield Defect(300301, 300301, f"Duplicate element_id: {element_id}")


def _strangers(node: Card, known: Container[str], path: str) -> Iterator[Defect]:
    for key in node:
        if key not in known:
            yield _unreadable(f"unknown property, property: {key}, path: {path}")


def _unreadable(value: str) -> Defect:
    words = "parse card json err, please check whether the card json is correct"
    return Defect(200621, 200220, f"{words}; ErrorValue: {value}")


def _tables(element: Card) -> int:
    if element["tag"] == "table":
        return 1
    content = element.get("content")
    if element["tag"] != "markdown" or not isinstance(content, str):
        return 0
    lines = _CODE.sub("", content).splitlines()
    return sum("|" in line and "-" in line and _TABLE_RULE.issuperset(line) for line in lines)


def _table_defects(tables: Iterable[Card]) -> Iterator[Defect]:
    for table in tables:
        columns = [each for each in listed(table.get("columns")) if isinstance(each, dict)]
        names = [each.get("name") for each in columns]
        rows = table.get("rows", [])
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            yield Defect(200914, 200220, "table rows is invalid")
        elif any(name not in names for row in rows for name in row):
            yield Defect(200915, 200220, "table rows name is invalid")


def _unknown(keys: Iterator[Any], is_known: Callable[[str], bool] | None) -> Iterator[str]:
    if is_known is not None:
        yield from (key for key in map(str, keys) if not is_known(key))


def _image_keys(card: Card) -> Iterator[Any]:
    for element in walk(card):
        if element["tag"] in ("img", "custom_icon") and element.get("img_key"):
            yield element["img_key"]
        for each in listed(element.get("img_list")):
            if isinstance(each, dict) and each.get("img_key"):
                yield each["img_key"]


def _people(card: Card) -> Iterator[Any]:
    for element in walk(card):
        if element["tag"] in ("markdown", "lark_md"):
            yield from _AT.findall(str(element.get("content", "")))
        if element["tag"] == "person":
            yield element.get("user_id")
        for each in listed(element.get("persons")):
            yield each.get("id") if isinstance(each, dict) else each
