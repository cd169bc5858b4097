"""What a person reads in a message (kinds: official document "接收消息内容")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

__all__ = ["plain_text"]

_KEY = re.compile(r"@_user_\d+|@_all(?!\w)")
_VARIABLE = re.compile(r"\{(\w+)\}")

# What stands for each kind, and the key of its content that is shown beside it.
_SHOWN = {
    "image": ("图片", ""),
    "file": ("文件", "file_name"),
    "folder": ("文件夹", "file_name"),
    "audio": ("语音", ""),
    "media": ("视频", "file_name"),
    "sticker": ("表情", ""),
    "share_chat": ("群名片", ""),
    "share_user": ("个人名片", ""),
    "merge_forward": ("聊天记录", ""),
    "location": ("位置", "name"),
    "video_chat": ("视频会议", "topic"),
    "vote": ("投票", "topic"),
    "hongbao": ("红包", "text"),
    "share_calendar_event": ("日程", "summary"),
    "calendar": ("日程", "summary"),
    "general_calendar": ("日程", "summary"),
}


def plain_text(kind: str, content: str, names: Mapping[str, str]) -> str:
    """What a person reads in a message: names for keys, `[图片]` for what is not text."""
    parsed = {} if kind == "merge_forward" else msgspec.json.decode(content)
    text = _READ[kind](parsed) if kind in _READ else _label(kind, parsed)
    return _KEY.sub(lambda key: "@" + names.get(key[0], key[0][1:]), text)


def _label(kind: str, content: dict[str, Any]) -> str:
    label, key = _SHOWN.get(kind, (kind, ""))
    return f"[{label}] {content.get(key, '')}".rstrip()


def _text(content: dict[str, Any]) -> str:
    return str(content.get("text", ""))


def _post(content: dict[str, Any]) -> str:
    rows = ("".join(map(_element, row)) for row in content.get("content", ()))
    return "\n".join(filter(None, (content.get("title", ""), *rows)))


def _element(element: dict[str, Any]) -> str:
    match element.get("tag"):
        case "at":
            return str(element.get("user_id", ""))
        case "img":
            return "[图片]"
        case "media":
            return "[视频]"
        case "emotion":
            return f"[{element.get('emoji_type', '')}]"
        case "hr":
            return "---"
        case _:
            return str(element.get("text", ""))


def _card(content: dict[str, Any]) -> str:
    """A card by its title; an entity or a template, which are elsewhere, without."""
    header = content.get("header")
    title = header.get("title") if isinstance(header, dict) else None
    words = title.get("content") if isinstance(title, dict) else ""
    return f"[卡片] {words or ''}".rstrip()


def _todo(content: dict[str, Any]) -> str:
    return f"[任务] {_post(content.get('summary') or {})}".rstrip()


def _system(content: dict[str, Any]) -> str:
    if "divider_text" in content.get("params", {}):
        return str(content["params"]["divider_text"].get("text", ""))
    return _VARIABLE.sub(
        lambda name: _joined(content.get(name[1], "")), str(content.get("template", ""))
    )


def _joined(value: object) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


_READ: dict[str, Callable[[dict[str, Any]], str]] = {
    "text": _text,
    "post": _post,
    "interactive": _card,
    "todo": _todo,
    "system": _system,
}
