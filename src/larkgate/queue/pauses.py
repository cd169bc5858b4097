"""Which queues hand out no work."""

from __future__ import annotations

from collections.abc import Iterable

from larkgate.queue.jobs import Pause

__all__ = ["Pauses"]

Row = tuple[str, float | None, str | None, str | None]


class Pauses:
    """Holds, which end by themselves, and what a person has paused: that goes before a hold.

    Args:
        rows: (queue, until, reason of the hold, reason of the person).
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._holds: dict[str, tuple[float, Pause]] = {}
        self._stops: dict[str, Pause] = {}
        for queue, until, reason, stop in rows:
            if until is not None:
                self.hold(queue, until, reason or "")
            if stop is not None:
                self._stops[queue] = Pause(None, stop)

    def hold(self, queue: str, until: float, reason: str) -> None:
        self._holds[queue] = until, Pause(until, reason)

    def of(self, queue: str, now: float) -> Pause | None:
        if stop := self._stops.get(queue):
            return stop
        until, hold = self._holds.get(queue, (0.0, None))
        return hold if now < until else None

    def all(self, now: float) -> dict[str, Pause]:
        found = {queue: self.of(queue, now) for queue in (*self._holds, *self._stops)}
        return {queue: pause for queue, pause in found.items() if pause}
