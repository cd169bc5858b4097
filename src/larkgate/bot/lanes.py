"""One function gives lane and session: what must run in order is what shares a conversation."""

from __future__ import annotations

from typing import Literal

__all__ = ["Scope", "conversation"]

Scope = Literal["person", "topic", "chat"]
"""Who shares a conversation: one person in a topic, all people in a topic, a whole chat."""


def conversation(
    scope: Scope, *, account: str, chat: str, topic: str, person: str, otherwise: str
) -> str:
    """The name of a conversation, unique inside an app.

    Without a sender it is the chat's, without a chat the person's, without both `otherwise`.
    """
    if not chat:
        return f"{account}/person/{person}" if person else f"{account}/{otherwise}"
    if scope == "chat" or (scope == "person" and not person):
        return f"{account}/{chat}"
    if scope == "topic":
        return f"{account}/{chat}/{topic}"
    return f"{account}/{chat}/{topic}/{person}"
