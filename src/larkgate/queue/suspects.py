"""Who may run beside whom once processes have died: so that a killer is found and nobody else.

As plain attempt counting, one message that kills its process buries all that happen to run beside
it. Here the first crash is forgiven. From the second on suspects run in groups of 16, then 4,
then alone, and only who kills a process alone is dead.
"""

from __future__ import annotations

__all__ = ["ALONE", "SUSPECT", "Suspects", "is_bystander", "is_guilty"]

SUSPECT = 2
"""Crashes that make a job a suspect."""
ALONE = 4
"""Crashes after which it runs alone."""

_GROUPS = {2: 16, 3: 4}
_UNLIMITED = 1_000_000


def is_guilty(crashes: int, in_flight: int) -> bool:
    """Whether a job is dead that has now crashed so often, one of so many in flight then.

    Bystanders are not counted.
    """
    return crashes > ALONE and in_flight == 1


def is_bystander(queue: str, crashes: int) -> bool:
    """Whether a job that has crashed so often may run beside one that runs alone.

    Sends go on then: the handler may wait for them.
    """
    return queue.startswith("send:") and crashes < SUSPECT


class Suspects:
    """What this node has in flight, and how much more may join it.

    Who looks for work asks for all suspects first, then for the others.
    """

    def __init__(self) -> None:
        self._flying: dict[str, tuple[str, int]] = {}
        self._one_waits = False

    def claimed(self, lane: str, queue: str, crashes: int) -> None:
        self._flying[lane] = queue, crashes

    def let_go(self, lane: str) -> None:
        self._flying.pop(lane, None)

    def clear(self) -> None:
        self._flying.clear()
        self._one_waits = False

    def look_again(self) -> None:
        """Keep nobody away any more for one that must run alone: it may have gone elsewhere."""
        self._one_waits = False

    def room(self, queue: str, crashes: int) -> int:
        """How many heads of `queue` that have crashed so often may be claimed now.

        Asking for one that must run alone keeps others away, until `look_again`.
        """
        if crashes >= ALONE:
            self._one_waits = bool(self._flying)
            return 0 if self._flying else 1
        if self._is_closed(queue, crashes):
            return 0
        return _UNLIMITED if crashes < SUSPECT else self._room_in_group(crashes)

    def _room_in_group(self, crashes: int) -> int:
        suspects = [level for _, level in self._flying.values() if level >= SUSPECT]
        return max(0, _GROUPS[max([crashes, *suspects])] - len(suspects))

    def _is_closed(self, queue: str, crashes: int) -> bool:
        alone = [name for name, level in self._flying.values() if level >= ALONE]
        if alone:
            return not is_bystander(queue, crashes) or is_bystander(alone[0], 0)
        if not self._one_waits:
            return False
        # Sends go on for those who wait for them; then they end as well, however many there are.
        only_sends = all(is_bystander(name, 0) for name, _ in self._flying.values())
        return only_sends or not is_bystander(queue, crashes)
