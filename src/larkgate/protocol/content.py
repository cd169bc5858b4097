"""The text in the content of a received message.

Shapes from the official document "Structure of received message content". A text holds
placeholders for the people it mentions (`@_user_1`, `@_all`), a post holds them in its `at`
elements.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from larkgate.protocol.events import Mention

__all__ = ["text_of"]

_PLACEHOLDER = re.compile(r"(@_user_[0-9]+|@_all(?![0-9A-Za-z_]))( ?)")
_EVERYONE = "@_all"
_EVERYONE_AS_SHOWN = "所有人"


def text_of(
    message_type: str, content: str, mentions: Sequence[Mention] | None, self_open_id: str
) -> tuple[str, bool]:
    """What a message says, and whether it mentions the bot itself.

    The bot's own mention is left out of the text, others become `@name`. Posts are flattened,
    one paragraph a line; other types have no text. Odd content gives what text it has.

    Args:
        self_open_id: the bot's; empty while it is not known, and then nobody is the bot.
    """
    people = {mention.key: mention for mention in mentions or ()}
    itself = {key for key, mention in people.items() if _open_id(mention) == self_open_id != ""}

    def shown(placeholder: re.Match[str]) -> str:
        key = _longest_known(placeholder[1], people)
        rest = placeholder[0].removeprefix(key)
        return rest.removeprefix(" ") if key in itself else _shown(key, people) + rest

    text = _PLACEHOLDER.sub(shown, _written(message_type, content))
    return text.strip(), bool(itself)


def _longest_known(key: str, people: Mapping[str, Mention]) -> str:
    """`@_user_10` is the tenth mention, or the first and a zero somebody typed behind it."""
    known = key
    while known not in people and known[-1:].isdigit():
        known = known[:-1]
    return known if known in people else key


def _shown(key: str, people: Mapping[str, Mention]) -> str:
    name = people[key].name if key in people else None
    if name:
        return f"@{name}"
    return f"@{_EVERYONE_AS_SHOWN}" if key == _EVERYONE else key


def _open_id(mention: Mention) -> str | None:
    return mention.id.open_id if mention.id else None


def _written(message_type: str, content: str) -> str:
    """The text with its placeholders."""
    if message_type not in ("text", "post"):
        return ""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(body, dict):
        return ""
    text = _string(body, "text") if message_type == "text" else "\n".join(_lines(body))
    # Half of a surrogate pair, which JSON may hold, could not be stored.
    return text.encode("utf-8", "replace").decode()


def _lines(post: dict[str, Any]) -> Iterator[str]:
    if "content" not in post:  # as sent, with a wrapper per language
        post = next((body for body in post.values() if isinstance(body, dict)), {})
    if title := _string(post, "title"):
        yield title
    for paragraph in _list(post.get("content")):
        yield "".join(
            _element(element) for element in _list(paragraph) if isinstance(element, dict)
        )


def _element(element: dict[str, Any]) -> str:
    match element.get("tag"):
        case "at":
            user = _string(element, "user_id")
            return user if user.startswith("@_") else f"@{_string(element, 'user_name') or user}"
        case "a" if href := _string(element, "href"):
            return f"[{_string(element, 'text')}]({href})"
        case "emotion":
            return f"[{_string(element, 'emoji_type')}]"
        case "hr":
            return "---"
    return _string(element, "text")


def _string(body: dict[str, Any], key: str) -> str:
    value = body.get(key)
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
