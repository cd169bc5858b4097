"""What an app may answer to a callback.

Official documents "卡片回传交互回调", "消息卡片回传交互（旧）", "拉取链接预览数据".
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

__all__ = ["BadAnswer", "of_click", "of_legacy_click", "of_preview"]

_MALFORMED = 200672
_BAD_CARD = 200673
_OLDER_CARD = 200830
_LEGACY_CARD = ("header", "elements", "i18n_elements", "config", "card_link")

Answer = dict[str, Any]


class BadAnswer(Exception):
    """`number` is what a client shows."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class _Toast(Struct):
    content: str = ""
    type: Literal["info", "success", "error", "warning"] = "info"
    i18n: dict[str, str] = {}


class _Click(Struct):
    toast: _Toast | None = None


class _Inline(Struct):
    title: str = ""
    i18n_title: dict[str, str] = {}
    image_key: str = ""
    url: dict[str, str] = {}


class _Preview(Struct):
    inline: _Inline | None = None


class _TemplateData(Struct):
    template_id: str
    template_variable: dict[str, Any] = {}
    template_version_name: str = ""


class _Template(Struct, tag_field="type", tag="template"):
    data: _TemplateData


class _RawData(Struct):
    schema: Literal["1.0", "2.0"] = "1.0"
    header: dict[str, Any] = {}
    config: dict[str, Any] = {}
    elements: list[Any] = []
    i18n_elements: dict[str, list[Any]] = {}
    body: dict[str, Any] = {}


class _Raw(Struct, tag_field="type", tag="raw"):
    data: _RawData


_Card = _Template | _Raw


def of_click(body: bytes, sent: str) -> Answer:
    """The answer to `card.action.trigger`.

    Args:
        sent: the content of the message with the card.

    Raises:
        BadAnswer: malformed, a card that is none, or an older one than was sent.
    """
    answer = _decode(body, _Click)
    _check_card(answer.get("card"), sent)
    return answer


def of_legacy_click(body: bytes, sent: str) -> Answer:
    """The answer to `card.action.trigger_v1`, in the form of the new one: there the card stands
    beside the toast, without a name."""
    answer = _decode(body, _Click)
    found = {"toast": answer["toast"]} if "toast" in answer else {}
    if answer.get("type") == "template":
        found["card"] = {"type": "template", "data": answer.get("data")}
    elif card := {name: answer[name] for name in _LEGACY_CARD if name in answer}:
        found["card"] = {"type": "raw", "data": card}
    _check_card(found.get("card"), sent)
    return found


def of_preview(body: bytes) -> Answer:
    """The answer to `url.preview.get`."""
    answer = _decode(body, _Preview)
    _check_card(answer.get("card"), "{}")
    return answer


def _decode(body: bytes, shape: type[Struct]) -> Answer:
    try:
        msgspec.json.decode(body, type=shape)
        answer: Answer = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise BadAnswer(_MALFORMED) from None
    return answer


def _check_card(card: object, sent: str) -> None:
    if card is None:
        return
    try:
        checked = msgspec.convert(card, _Card)
    except msgspec.ValidationError:
        raise BadAnswer(_BAD_CARD) from None
    if isinstance(checked, _Template):
        return
    if checked.data.schema != "2.0" and _was_second(sent):
        raise BadAnswer(_OLDER_CARD)


def _was_second(sent: str) -> bool:
    """Card entities are of JSON 2.0 always."""
    try:
        card = msgspec.json.decode(sent, type=dict[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return card.get("schema") == "2.0" or card.get("type") == "card"
