"""Changes of a card's parts, as CardKit makes them (official documents "流式更新文本", "新增组件",
"全量更新组件", "更新组件属性", "删除组件", "更新卡片实体配置", "局部更新卡片实体").

`apply` changes the card it is given and raises Refused; the card is then to be thrown away.
"""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypeVar

import msgspec
from msgspec import Struct

from larkgate.simulator.cards.elements import Card, Place, find
from larkgate.simulator.codes import Refused

__all__ = [
    "Action",
    "AddElements",
    "Batch",
    "DeleteElements",
    "Edit",
    "PatchElement",
    "ReplaceCard",
    "ReplaceElement",
    "SetText",
    "Settings",
    "Where",
    "copied",
    "read",
    "text_of",
]

T = TypeVar("T")

_NOT_TEXT = 300310
_TAG_FIXED = 300312
_NOT_PATCHED = 300313
_NOT_DELETED = 300314
_NOT_ADDED = 300315
_NOT_REPLACED = 300121
_NOT_SET = 300122


Where = Literal["insert_before", "insert_after", "append"]


class Settings(Struct, forbid_unknown_fields=True):
    """Of `config` what is named is replaced, the rest stays."""

    config: dict[str, Any] = {}
    card_link: dict[str, Any] | None = None

    def apply(self, card: Card) -> None:
        card["config"] = {**card.get("config", {}), **self.config}
        if self.card_link is not None:
            card["card_link"] = self.card_link


class AddElements(Struct):
    """Beside the target, or at the end of it or of the card."""

    elements: list[Card]
    type: Where
    target_element_id: str = ""

    def apply(self, card: Card) -> None:
        if self.type == "append":
            self._inside(card).extend(self.elements)
            return
        parent, index = _place(card, self.target_element_id, _NOT_ADDED)
        if not isinstance(parent, list):
            raise _failed(_NOT_ADDED, "the target is not in a list")
        index += self.type == "insert_after"
        parent[index:index] = self.elements

    def _inside(self, card: Card) -> list[Any]:
        if not self.target_element_id:
            body = card.setdefault("body", {})
            found = body.setdefault("elements", [])
        else:
            parent, key = _place(card, self.target_element_id, _NOT_ADDED)
            found = parent[key].get("elements")
        if not isinstance(found, list):
            raise _failed(_NOT_ADDED, "the target is no container")
        return found


class ReplaceElement(Struct):
    element_id: str
    element: Card

    def apply(self, card: Card) -> None:
        parent, key = _place(card, self.element_id, _NOT_REPLACED)
        if not isinstance(self.element.get("tag"), str):
            raise _failed(_NOT_REPLACED, "the element has no tag")
        parent[key] = self.element


class PatchElement(Struct):
    element_id: str
    partial_element: Card

    def apply(self, card: Card) -> None:
        parent, key = _place(card, self.element_id, _NOT_PATCHED)
        if self.partial_element.get("tag", parent[key]["tag"]) != parent[key]["tag"]:
            raise Refused(_TAG_FIXED)
        parent[key] = {**parent[key], **self.partial_element}


class DeleteElements(Struct):
    element_ids: list[str]

    def apply(self, card: Card) -> None:
        for element_id in self.element_ids:
            parent, key = _place(card, element_id, _NOT_DELETED)
            del parent[key]


class ReplaceCard(Struct):
    card: Card

    def apply(self, card: Card) -> None:
        card.clear()
        card.update(self.card)


class SetText(Struct):
    """The whole text, of a text or Markdown element only."""

    element_id: str
    content: str

    def apply(self, card: Card) -> None:
        parent, key = _place(card, self.element_id, _NOT_PATCHED)
        if parent[key]["tag"] not in ("plain_text", "markdown"):
            raise Refused(_NOT_TEXT)
        parent[key]["content"] = self.content


class _PartialSetting(Struct):
    settings: Settings


class Action(Struct):
    """One of a batch."""

    action: str
    params: msgspec.Raw


_ACTIONS: dict[str, tuple[Any, int]] = {
    "partial_update_setting": (_PartialSetting, _NOT_SET),
    "add_elements": (AddElements, _NOT_ADDED),
    "delete_elements": (DeleteElements, _NOT_DELETED),
    "partial_update_element": (PatchElement, _NOT_PATCHED),
    "update_element": (ReplaceElement, _NOT_REPLACED),
}


class Batch(Struct):
    """One after another, all or nothing."""

    actions: list[Action]

    def apply(self, card: Card) -> None:
        for each in self.actions:
            if each.action not in _ACTIONS:
                raise _failed(10002, f"unknown action {each.action}")
            shape, code = _ACTIONS[each.action]
            found = read(bytes(each.params), shape, code)
            (found.settings if isinstance(found, _PartialSetting) else found).apply(card)


class Edit(Protocol):
    """One of these."""

    def apply(self, card: Card) -> None: ...


def copied(card: Card) -> Card:
    return msgspec.json.decode(msgspec.json.encode(card), type=Card)


def text_of(card: Card, element_id: str) -> str:
    """The text an element shows; "" if there is none."""
    place = find(card, element_id)
    return str(place[0][place[1]].get("content", "")) if place else ""


def read(text: str | bytes, shape: type[T], code: int) -> T:
    """What a JSON text holds.

    Raises:
        Refused: 200220 for what is not JSON, `code` for another shape.
    """
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.ValidationError as error:
        raise _failed(code, str(error)) from None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Refused(200220) from None


def _place(card: Card, element_id: str, code: int) -> Place:
    if place := find(card, element_id):
        return place
    raise _failed(code, f"not find elementID : {element_id}")


def _failed(code: int, message: str) -> Refused:
    return Refused(code, f"ErrMsg: {message}; ")
