"""Finding work orders: BM25 over search terms, weighted by the field a term stands in.

Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009); of
BM25F the simple form: a term counts as often as the weights of its fields add up to.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from larkgate.apps.support.orders import WorkOrder
from larkgate.apps.support.words import normalized, terms

__all__ = ["Hit", "Index"]

# Customers ask in the words of the symptom; the steps of a cure name many things in passing.
_ID, _SYMPTOM, _CATEGORY, _CAUSE, _STEP = 6.0, 3.0, 2.0, 1.5, 1.0
_SATURATION = 1.2
_LENGTH = 0.5
_OWN_MODEL = 1.5
# Measured with the questions of test_support_search.py: what shares only an everyday pair of
# characters with an order stays below.
_ENOUGH = 6.5
# A next best order far below the best one is none.
_NEAR = 0.35


class Hit(msgspec.Struct, frozen=True):
    """A work order that was found.

    Attributes:
        score: BM25, comparable within one index.
        coverage: how much of the question it meets, 0 to 1; rare terms count more.
    """

    order: WorkOrder
    score: float
    coverage: float


class Index:
    """Work orders that can be searched."""

    def __init__(self, orders: Iterable[WorkOrder]) -> None:
        self.orders = tuple(orders)
        self._models = {order.model: normalized(order.model).split() for order in self.orders}
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        lengths = [self._add(number, order) for number, order in enumerate(self.orders)]
        average = sum(lengths) / max(1, len(lengths))
        self._damping = [_SATURATION * (1 - _LENGTH + _LENGTH * n / average) for n in lengths]

    def search(self, question: str, limit: int = 12) -> list[Hit]:
        """The orders that answer a question, best first; empty when all are too weak.

        A vehicle model named in the question prefers its orders, but alone finds none.
        """
        text, models = self._without_models(normalized(question))
        hits = self._score(text)
        bar = _NEAR * max((hit.score for hit in hits), default=0.0)
        good = [hit for hit in hits if hit.score >= bar and _is_enough(hit)]
        good.sort(key=lambda hit: -hit.score * (_OWN_MODEL if hit.order.model in models else 1))
        return good[:limit]

    def _add(self, number: int, order: WorkOrder) -> float:
        weights = _weights(order)
        for term, weight in weights.items():
            self._postings[term].append((number, weight))
        return sum(weights.values())

    def _without_models(self, text: str) -> tuple[str, set[str]]:
        named = {
            model
            for model, parts in self._models.items()
            if any(part in text for part in parts if not part.isdecimal())
        }
        for part in (part for model in named for part in self._models[model]):
            text = text.replace(part, " ")
        return text, named

    def _score(self, text: str) -> list[Hit]:
        scores: dict[int, float] = defaultdict(float)
        met: dict[int, float] = defaultdict(float)
        asked = {term: self._rarity(term) for term in terms(text)}
        for term, rarity in asked.items():
            for number, weight in self._postings.get(term, ()):
                saturated = weight * (_SATURATION + 1) / (weight + self._damping[number])
                scores[number] += rarity * saturated
                met[number] += rarity
        whole = sum(asked.values())
        return [Hit(self.orders[n], scores[n], met[n] / whole) for n in sorted(scores)]

    def _rarity(self, term: str) -> float:
        holding = len(self._postings.get(term, ()))
        return math.log(1 + (len(self.orders) - holding + 0.5) / (holding + 0.5))


def _weights(order: WorkOrder) -> dict[str, float]:
    fields = {
        order.id: _ID,
        order.symptom: _SYMPTOM,
        order.category: _CATEGORY,
        order.cause: _CAUSE,
        " ".join(order.resolution): _STEP,
    }
    weights: dict[str, float] = defaultdict(float)
    for text, weight in fields.items():
        for term in terms(text):
            weights[term] += weight
    return weights


def _is_enough(hit: Hit) -> bool:
    """Strong, or all that was asked for, however short ("T-Box")."""
    return hit.score >= _ENOUGH or hit.coverage > 0.99
