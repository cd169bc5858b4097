"""Who may run beside whom once processes have died: so that a killer is found and nobody else.

As plain attempt counting, one message that kills its process buries all that happen to run beside
it. Here the first crash is forgiven. From the second on suspects run in groups of 16, then 4,
then alone, and only who kills a process alone is dead.
"""

from __future__ import annotations

__all__ = ["ALONE", "SUSPECT", "Suspects", "is_guilty"]

SUSPECT = 2
"""Crashes that make a job a suspect."""
ALONE = 4
"""Crashes after which it runs alone."""

_GROUPS = {2: 16, 3: 4}
_UNLIMITED = 1_000_000
# Their work is our own and short, and handlers wait for it: a run alone does not stop it.
_SERVANTS = ("send:",)


def is_guilty(crashes: int, in_flight: int) -> bool:
    """Whether a job is dead that has now crashed so often, one of so many in flight then."""
    return crashes > ALONE and in_flight == 1


class Suspects:
    """What this node has in flight, and how much more may join it."""

    def __init__(self) -> None:
        self._flying: dict[str, tuple[str, int]] = {}
        self._draining = False

    def claimed(self, lane: str, queue: str, crashes: int) -> None:
        self._flying[lane] = queue, crashes
        self._draining = False

    def let_go(self, lane: str) -> None:
        self._flying.pop(lane, None)

    def clear(self) -> None:
        self._flying.clear()
        self._draining = False

    def room(self, queue: str, crashes: int) -> int:
        """How many heads of `queue` that have crashed so often may be claimed now.

        Asking for one that must run alone keeps others away until it could.
        """
        if crashes < SUSPECT:
            return 0 if self._closed_to(queue) else _UNLIMITED
        if crashes >= ALONE:
            self._draining = bool(self._flying)
            return 0 if self._flying else 1
        if self._closed_to(queue):
            return 0
        suspects = [level for _, level in self._flying.values() if level >= SUSPECT]
        size = _GROUPS[max([crashes, *suspects])]
        return max(0, size - len(suspects))

    def _closed_to(self, queue: str) -> bool:
        alone = [name for name, level in self._flying.values() if level >= ALONE]
        if alone:
            return not queue.startswith(_SERVANTS) or alone[0].startswith(_SERVANTS)
        return self._draining and not queue.startswith(_SERVANTS)
