"""Which messages a handler wants. A filter may hand its finding to the handler by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any, Literal

from larkgate.bot.message import Content

__all__ = ["Filter", "Finding", "message_filters"]

Finding = dict[str, Any] | None
"""What a filter found, as arguments for the handler; None when the message is not wanted."""

Filter = Callable[[Content], Finding]


def message_filters(
    *,
    mentioned: bool,
    chat_type: Literal["p2p", "group"] | None,
    chats: Collection[str],
    pattern: str | re.Pattern[str] | None,
) -> list[Filter]:
    filters: list[Filter] = [_from_a_person]
    if mentioned:
        filters.append(_addressed)
    if chat_type:
        filters.append(lambda content: {} if content.chat.type == chat_type else None)
    if chats:
        wanted = frozenset(chats)
        filters.append(lambda content: {} if content.chat.id in wanted else None)
    if pattern is not None:
        filters.append(_matching(re.compile(pattern)))
    return filters


def _from_a_person(content: Content) -> Finding:
    """Two bots that answer each other would never stop."""
    return {} if content.sender.type == "user" else None


def _addressed(content: Content) -> Finding:
    """In a chat of two nobody needs to be mentioned."""
    return {} if content.mentioned or content.chat.type == "p2p" else None


def _matching(pattern: re.Pattern[str]) -> Filter:
    def search(content: Content) -> Finding:
        match = pattern.search(content.text)
        return {"match": match} if match else None

    return search
