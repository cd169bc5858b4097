"""A conversation as a person would read it, for whoever wonders why a test has failed."""

from __future__ import annotations

from collections.abc import Iterator

from larkgate.simulator import Chat, Message, Simulator
from larkgate.texts import say

__all__ = ["line_of", "lines_of", "text_of"]

_SHOWN = 20


def text_of(sim: Simulator, message: Message) -> str:
    """What a person reads; of a card all its texts."""
    card = sim.cards.of(message)
    return message.text if card is None else sim.cards.text(card)


def lines_of(sim: Simulator, chat: Chat) -> Iterator[str]:
    """Every message of a chat, with what it replies to unless that stands right above."""
    above = ""
    for message in chat.messages:
        parent = sim.world.messages.get(message.parent)
        line = line_of(sim, message).replace("\n", "\n    ")
        yield f"  {line}{'' if message.parent in ('', above) else f' {_beginning(parent)}'}"
        above = message.id


def line_of(sim: Simulator, message: Message) -> str:
    """Who says what, and what became of it."""
    said = f"{message.sender.name}: {text_of(sim, message)}"
    return " ".join([said, *_marks(sim, message)])


def _marks(sim: Simulator, message: Message) -> Iterator[str]:
    for control in sim.cards.controls(sim.cards.of(message) or {}):
        yield f"[{control.label or control.name}]"
    if message.recalled:
        yield say("testing.recalled")
    if message.edits:
        yield say("testing.edited")
    for reaction in message.reactions:
        yield f"({reaction.emoji} {reaction.who.name})"


def _beginning(parent: Message | None) -> str:
    text = parent.text.partition("\n")[0] if parent else ""
    return say("testing.in_reply", text=text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
