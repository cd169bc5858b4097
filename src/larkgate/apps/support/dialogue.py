"""What the desk remembers of a conversation; it lives in the session's state."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["Dialogue"]

_KEY = "dialogue"
_QUESTION = 600  # characters
_OFFERED = 60
_SAID = 6


class Dialogue(msgspec.Struct):
    """One conversation, bounded whatever its length.

    Attributes:
        question: what is being answered, with what was added to it since.
        offered: ids of the work orders already given for it.
        said: the last things the person said, oldest first.
    """

    question: str = ""
    offered: list[str] = []
    said: list[str] = []

    @classmethod
    def recall(cls, state: dict[str, Any]) -> Dialogue:
        """The conversation so far; what has another shape is a new conversation."""
        try:
            return msgspec.convert(state.get(_KEY, {}), cls)
        except msgspec.ValidationError:
            return cls()

    def keep(self, state: dict[str, Any]) -> None:
        state[_KEY] = msgspec.to_builtins(self)

    def begin(self, question: str) -> None:
        self.question = question
        self.offered = []

    def add(self, text: str) -> None:
        """Add to the question; of one that grows too long the latest part counts."""
        self.question = f"{self.question} {text}".strip()[-_QUESTION:]

    def offer(self, *ids: str) -> None:
        new = [id for id in ids if id not in self.offered]
        self.offered = [*self.offered, *new][-_OFFERED:]

    def hear(self, text: str) -> None:
        self.said = [*self.said, text][-_SAID:]
