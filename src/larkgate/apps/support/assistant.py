"""Which work orders answer what was said, given what was said before.

Nothing here waits or calls anybody: text and state in, answer and state out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from larkgate.apps.support.dialogue import Dialogue
from larkgate.apps.support.orders import WorkOrder
from larkgate.apps.support.phrases import more_about, other_ways, small_talk
from larkgate.apps.support.search import Hit, Index
from larkgate.apps.support.speech import language_of, say
from larkgate.texts import Language

__all__ = ["Answer", "Assistant", "named"]

_LONGEST = 500  # characters of a message that are read
_CANDIDATES = 3
# A best order that meets less of the question is called the nearest one.
_FITS = 0.35
# A text that scores this by itself is about something, whatever was said before.
_CLEAR = 13.0


class Answer(msgspec.Struct, frozen=True):
    """What the desk says.

    Attributes:
        sources: the work orders the text is made from; none if nothing was found.
        question: what was searched for: what was asked, with what was added since.
        candidates: the sources and the next best, for a model to write from.
        earlier: what the person said before, oldest first.
    """

    text: str
    language: Language
    sources: tuple[WorkOrder, ...] = ()
    question: str = ""
    candidates: tuple[WorkOrder, ...] = ()
    earlier: tuple[str, ...] = ()


class Assistant:
    """Answers from closed work orders, by search alone."""

    def __init__(self, orders: Iterable[WorkOrder]) -> None:
        self._index = Index(orders)
        self._category = {order.id: order.category for order in self._index.orders}

    def answer(self, text: str, state: dict[str, Any]) -> Answer:
        """Answer one message.

        `state` is what the conversation left there last time, and is brought up to date.
        """
        text = text.strip()[:_LONGEST]
        language = language_of(text)
        if key := small_talk(text) if text else "support.hello":
            return Answer(say(language, key), language)
        dialogue = Dialogue.recall(state)
        self._listen(text, dialogue)
        if not dialogue.question:
            return Answer(say(language, "support.hello"), language)
        answer = self._find(dialogue, language)
        dialogue.offer(*(order.id for order in answer.sources))
        dialogue.hear(text)
        dialogue.keep(state)
        return answer

    def _listen(self, text: str, dialogue: Dialogue) -> None:
        """Take the text as a new question, or as part of the one before."""
        other = other_ways(text)
        content = text if other is None else other
        goes_on = other is not None or more_about(text)
        if dialogue.question and goes_on and not self._changes_topic(content, dialogue):
            dialogue.add(content)
        elif content:
            dialogue.begin(content)

    def _changes_topic(self, text: str, dialogue: Dialogue) -> bool:
        hits = self._index.search(text, limit=1)
        if not hits or hits[0].score < _CLEAR:
            return False
        topics = {self._category.get(id) for id in dialogue.offered}
        return hits[0].order.category not in topics

    def _find(self, dialogue: Dialogue, language: Language) -> Answer:
        """The best work order not given yet."""
        found = self._index.search(dialogue.question)
        hits = [hit for hit in found if hit.order.id not in dialogue.offered]
        if not hits:
            key = "support.no_more" if dialogue.offered else "support.nothing"
            return Answer(say(language, key), language, question=dialogue.question)
        return Answer(
            _told(hits, language, first=not dialogue.offered),
            language,
            sources=(hits[0].order,),
            question=dialogue.question,
            candidates=tuple(hit.order for hit in hits[:_CANDIDATES]),
            earlier=tuple(dialogue.said),
        )


def _told(hits: list[Hit], language: Language, *, first: bool) -> str:
    """The best of the hits as people read it, and how many more there are."""
    order = hits[0].order
    fits = "support.found" if hits[0].coverage >= _FITS else "support.nearest"
    lines = [
        say(language, fits if first else "support.next"),
        say(language, "support.cause", cause=order.cause),
        say(language, "support.steps"),
        *(f"{number}. {step}" for number, step in enumerate(order.resolution, 1)),
        named((order,), language),
    ]
    if len(hits) > 1:
        lines.append(say(language, "support.more", count=len(hits) - 1))
    return "\n".join(lines)


def named(sources: Iterable[WorkOrder], language: Language) -> str:
    """The lines that name the work orders an answer comes from."""
    return "\n".join(
        say(language, "support.source", id=order.id, model=order.model, symptom=order.symptom)
        for order in sources
    )
