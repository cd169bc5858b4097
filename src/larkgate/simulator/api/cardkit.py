"""CardKit: calls about card entities.

Official documents: "创建卡片实体", "流式更新文本", "更新卡片实体配置", "全量更新卡片实体",
"局部更新卡片实体", "新增组件", "全量更新组件", "更新组件属性", "删除组件". Which shapes the gateway
refuses before CardKit sees them (99992402, 9499) is from captured answers.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from msgspec import Meta, Struct

from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.cards import Card, Cards, Operation, edits
from larkgate.simulator.cards.edits import Edit
from larkgate.simulator.codes import Refused
from larkgate.simulator.permissions import CARDS

__all__ = ["CardKit"]

_CARDS = "/cardkit/v1/cards"
_CARD = f"{_CARDS}/{{card_id}}"
_ELEMENT = f"{_CARD}/elements/{{element_id}}"

Text = Annotated[str, Meta(min_length=1)]


class _Create(Struct):
    type: Text
    data: Text


class _Template(Struct):
    template_id: Text


class _Step(Struct, kw_only=True):
    """What every operation on an entity has."""

    sequence: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    uuid: Annotated[str, Meta(max_length=64)] | None = None

    def edit(self, element_id: str) -> Edit:
        raise NotImplementedError


class _CardData(Struct):
    type: Literal["card_json"]
    data: Text


class _Replace(_Step):
    card: _CardData

    def edit(self, element_id: str) -> Edit:
        return edits.ReplaceCard(edits.read(self.card.data, Card, 200220))


class _Settings(_Step):
    settings: Text

    def edit(self, element_id: str) -> Edit:
        return edits.read(self.settings, edits.Settings, 300122)


class _Batch(_Step):
    actions: Text

    def edit(self, element_id: str) -> Edit:
        return edits.Batch(edits.read(self.actions, list[edits.Action], 10002))


class _Add(_Step):
    type: edits.Where
    elements: Text
    target_element_id: Annotated[str, Meta(max_length=20)] | None = None

    def edit(self, element_id: str) -> Edit:
        elements = edits.read(self.elements, list[Card], 300315)
        return edits.AddElements(elements, self.type, self.target_element_id or "")


class _ReplaceElement(_Step):
    element: Text

    def edit(self, element_id: str) -> Edit:
        return edits.ReplaceElement(element_id, edits.read(self.element, Card, 300121))


class _PatchElement(_Step):
    partial_element: Text

    def edit(self, element_id: str) -> Edit:
        return edits.PatchElement(element_id, edits.read(self.partial_element, Card, 300313))


class _DeleteElement(_Step):
    def edit(self, element_id: str) -> Edit:
        return edits.DeleteElements([element_id])


class _Content(_Step):
    content: Annotated[str, Meta(min_length=1, max_length=100_000)]

    def edit(self, element_id: str) -> Edit:
        return edits.SetText(element_id, self.content)


_OPERATIONS: tuple[tuple[str, str, str, type[_Step]], ...] = (
    ("PUT", _CARD, "update", _Replace),
    ("PATCH", f"{_CARD}/settings", "settings", _Settings),
    ("POST", f"{_CARD}/batch_update", "batch_update", _Batch),
    ("POST", f"{_CARD}/elements", "create_element", _Add),
    ("PUT", _ELEMENT, "update_element", _ReplaceElement),
    ("PATCH", _ELEMENT, "patch_element", _PatchElement),
    ("DELETE", _ELEMENT, "delete_element", _DeleteElement),
    ("PUT", f"{_ELEMENT}/content", "content", _Content),
)


class CardKit:
    """What the calls do to card entities."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    def calls(self) -> tuple[Call, ...]:
        operations = (
            Call(method, path, partial(self._operate, kind, shape), CARDS)
            for method, path, kind, shape in _OPERATIONS
        )
        return (Call("POST", _CARDS, self._create, CARDS), *operations)

    def _create(self, asked: Asked) -> dict[str, object]:
        body = asked.json(_Create)
        card = edits.read(body.data, Card, 200220)
        if body.type == "template":
            edits.read(body.data, _Template, 200220)
            card = {"type": "template", "data": card}
        elif body.type != "card_json":
            raise Refused(10002, f"ErrMsg: type {body.type} is not supported; ")
        return {"data": {"card_id": self._cards.create(asked.app, card).id}}

    async def _operate(self, kind: str, shape: type[_Step], asked: Asked) -> dict[str, object]:
        step = asked.json(shape)
        element_id = asked.path.get("element_id", "")
        operation = Operation(kind, step.sequence, element_id, step.uuid or "")
        await self._cards.operate(
            asked.app, asked.path["card_id"], operation, step.edit(element_id)
        )
        return {"data": {}}
