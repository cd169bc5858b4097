"""What a visible act is, and the key under which it happens once."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import Literal

import msgspec

__all__ = ["Effect", "EffectKeys", "platform_uuid"]


class Effect(msgspec.Struct, frozen=True, omit_defaults=True):
    """One act on the platform.

    Attributes:
        verb: `send` to a chat or person, or `reply` to a message.
        target: the receiver's id, or the id of the message replied to.
        chat: the chat it becomes visible in: its acts keep their order.
        msg_type, content: as the platform takes them; content is JSON text.
        in_thread: a reply opens a thread, or stays in the one it answers.
    """

    verb: Literal["send", "reply"]
    target: str
    chat: str
    msg_type: str
    content: str
    in_thread: bool = False


class EffectKeys:
    """Gives the effects of one run of a delivery their keys.

    A key is the delivery, the verb, the target, and how often this run has done that before;
    never a bare counter, because a second run may take other steps.

    Attributes:
        answer: for what the handler returns. It counts nothing: a former run, whose replies are
            stored, may have replied more often than the one that comes to its end.
    """

    def __init__(self, delivery: str) -> None:
        self.answer = f"{delivery}#answer"
        self._delivery = delivery
        self._done: Counter[tuple[str, str]] = Counter()

    def next(self, verb: str, target: str, key: str | None = None) -> str:
        if key is not None:
            return f"{self._delivery}#{verb}={key}"
        self._done[verb, target] += 1
        return f"{self._delivery}#{verb}:{target}:{self._done[verb, target]}"


def platform_uuid(key: str) -> str:
    """The platform's idempotency key: at most 50 characters, the same for the same effect.

    The platform makes at most one message of requests with one uuid within an hour (official
    document "Send message").
    """
    return sha256(key.encode()).hexdigest()[:40]
