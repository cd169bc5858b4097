"""What may be deleted: pure logic, shared by both stores.

Events, their deliveries and the effects of those are a tree, and go together, when all of it is
over for long enough: a delivery that runs again must find what it has done already. So do other
jobs with their effects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from larkgate.queue.operations import Retention

__all__ = ["Cutoffs", "Doomed", "Leaf", "Sweep", "doomed", "older"]

_AGAIN_AFTER = 3600.0
_SOON = 60.0


class Cutoffs(NamedTuple):
    """What ended before these times, in seconds of `Store.now`, may go."""

    done: float
    dead: float

    @classmethod
    def at(cls, now: float, retention: Retention) -> Cutoffs:
        return cls(now - retention.done, now - retention.dead)


class Sweep(NamedTuple):
    """How far has been looked, as the ids of an event and of a job.

    Ids grow with time, so what is old comes first. What could not go yet stays behind, such as
    dead letters, and is looked at again by a sweep from the start, once an hour.
    """

    event: int = 0
    job: int = 0
    began: float = 0.0

    def ended(self, now: float) -> Sweep:
        return Sweep(began=now) if now - self.began >= _AGAIN_AFTER else self


class Leaf(NamedTuple):
    """A job of a tree; `over` is since when, None for an open one."""

    tree: int
    id: int
    lane: str
    over: float | None
    dead: bool


class Doomed(NamedTuple):
    """What goes: the roots of trees, all jobs in them, and their lanes if those are idle.

    `waits` is the first tree that may go within a minute: the sweep stays before it.
    """

    trees: list[int]
    jobs: list[int]
    lanes: list[str]
    waits: int | None

    def reached(self, looked_at: int) -> int:
        """Where the next batch begins, when the last row of this one was `looked_at`."""
        return looked_at if self.waits is None else self.waits - 1


def older(rows: Iterable[Sequence[Any]], cutoff: float) -> list[Sequence[Any]]:
    """Those of rows (id, time, …) that are old enough to be looked at."""
    return [row for row in rows if row[1] < cutoff]


def doomed(trees: Sequence[int], leaves: Sequence[Leaf], cutoffs: Cutoffs) -> Doomed:
    """Those of the trees in which nothing is open or too young."""
    kept = {leaf.tree for leaf in leaves if not _is_past(leaf, cutoffs)}
    soon = Cutoffs(cutoffs.done + _SOON, cutoffs.dead + _SOON)
    stay = {leaf.tree for leaf in leaves if not _is_past(leaf, soon)}
    gone = [leaf for leaf in leaves if leaf.tree not in kept]
    return Doomed(
        [tree for tree in trees if tree not in kept],
        [leaf.id for leaf in gone],
        sorted({leaf.lane for leaf in gone}),
        min(kept - stay, default=None),
    )


def _is_past(leaf: Leaf, cutoffs: Cutoffs) -> bool:
    return leaf.over is not None and leaf.over < (cutoffs.dead if leaf.dead else cutoffs.done)
