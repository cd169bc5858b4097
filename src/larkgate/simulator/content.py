"""What a bot may send as the `content` of a message.

Official document: "发送消息内容结构"; sizes from "发送消息".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from larkgate.simulator.codes import Refused

__all__ = ["ALONE", "KINDS", "parse"]

_TEXT_LIMIT = 150 << 10
_RICH_LIMIT = 30 << 10

# Elements of a post that fill a paragraph by themselves.
ALONE = frozenset({"md", "img", "media"})

_Key = Annotated[str, Meta(min_length=1)]
_Locale = Annotated[str, Meta(pattern="^[a-z]{2}_[a-z]{2}$")]


class _Text(Struct):
    text: str


class _Styled(Struct, tag_field="tag"):
    style: list[str] = []


class _Words(_Styled, tag="text", kw_only=True):
    text: str
    un_escape: bool = False


class _Link(_Styled, tag="a", kw_only=True):
    text: str
    href: str


class _At(_Styled, tag="at", kw_only=True):
    user_id: _Key
    user_name: str = ""


class _Picture(Struct, tag_field="tag", tag="img"):
    image_key: _Key


class _Video(Struct, tag_field="tag", tag="media"):
    file_key: _Key
    image_key: str = ""


class _Emotion(Struct, tag_field="tag", tag="emotion"):
    emoji_type: _Key


class _Code(Struct, tag_field="tag", tag="code_block"):
    text: str
    language: str = ""


class _Rule(Struct, tag_field="tag", tag="hr"):
    pass


class _Markdown(Struct, tag_field="tag", tag="md"):
    text: str


_Element = _Words | _Link | _At | _Picture | _Video | _Emotion | _Code | _Rule | _Markdown


class _Post(Struct):
    content: list[list[_Element]]
    title: str = ""


class _Image(Struct):
    image_key: _Key


class _File(Struct):
    file_key: _Key


class _Film(Struct):
    file_key: _Key
    image_key: str = ""


class _SharedChat(Struct):
    chat_id: _Key


class _SharedUser(Struct):
    user_id: _Key


class _Divider(Struct):
    text: _Key


class _DividerParams(Struct):
    divider_text: _Divider


class _System(Struct):
    type: Literal["divider"]
    params: _DividerParams


_SHAPES: dict[str, Any] = {
    "text": _Text,
    "post": Annotated[dict[_Locale, _Post], Meta(min_length=1)],
    "image": _Image,
    "file": _File,
    "audio": _File,
    "media": _Film,
    "sticker": _File,
    "interactive": Annotated[dict[str, Any], Meta(min_length=1)],
    "share_chat": _SharedChat,
    "share_user": _SharedUser,
    "system": _System,
}
KINDS = frozenset(_SHAPES)


def parse(kind: str, content: str) -> dict[str, Any]:
    """The object in the content string; what is on a card is not looked at.

    Raises:
        Refused: 230001 for an unknown kind or a content of another shape, 230025 too long.
    """
    if kind not in KINDS:
        raise Refused(230001, "ext=invalid msg_type")
    if len(content.encode()) > (_RICH_LIMIT if kind in ("post", "interactive") else _TEXT_LIMIT):
        raise Refused(230025)
    try:
        parsed: dict[str, Any] = msgspec.json.decode(content, type=dict[str, Any])
        msgspec.convert(parsed, _SHAPES[kind])
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Refused(230001, f"ext=content is not in {kind} format") from None
    if kind == "post":
        _check_paragraphs(parsed)
    return parsed


def _check_paragraphs(post: dict[str, Any]) -> None:
    for language in post.values():
        for row in language["content"]:
            if len(row) > 1 and any(element["tag"] in ALONE for element in row):
                raise Refused(230001, "ext=md, img and media stand alone in their paragraph")
