"""Many deadlines, one timer."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable

from larkgate.clock import Clock, Timer

__all__ = ["Agenda"]


class Agenda:
    """Calls back at each deadline, in their order, with one timer for the earliest.

    A deadline cannot be taken back: what is called looks whether it is still wanted. With ten
    thousand pushes a second that is cheaper than a timer for each.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._order = itertools.count()
        self._entries: list[tuple[float, int, Callable[..., object], tuple[object, ...]]] = []
        self._timer: Timer | None = None
        self._armed_for = 0.0
        self._closed = False

    def after(self, seconds: float, callback: Callable[..., object], *args: object) -> None:
        if self._closed:
            return
        due = self._clock.monotonic() + seconds
        heapq.heappush(self._entries, (due, next(self._order), callback, args))
        if self._timer is None or due < self._armed_for:
            self._arm()

    def close(self) -> None:
        """Forget everything, also what comes later."""
        self._closed = True
        self._entries.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = self._entries[0][0]
        wait = self._armed_for - self._clock.monotonic()
        self._timer = self._clock.call_later(wait, self._run)

    def _run(self) -> None:
        self._timer = None
        while self._entries and self._entries[0][0] <= self._clock.monotonic():
            _, _, callback, args = heapq.heappop(self._entries)
            callback(*args)
        if self._entries and self._timer is None:
            self._arm()
