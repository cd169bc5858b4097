"""Wakes who waits for work that is due later."""

from __future__ import annotations

from collections.abc import Callable

from larkgate.clock import Clock, Timer

__all__ = ["Alarm"]

# A timer stands still while the machine sleeps, and the store's time does not.
_LOOK_EVERY = 30.0


class Alarm:
    """Rings once, at the earliest time it was set to. Lives on the event loop.

    Args:
        now: the time that it goes by.
    """

    def __init__(self, clock: Clock, now: Callable[[], float], ring: Callable[[], object]) -> None:
        self._clock = clock
        self._now = now
        self._ring = ring
        self._set: tuple[float, Timer] | None = None

    def rings_by(self, due: float) -> bool:
        """May be asked from any thread."""
        alarm = self._set  # read once: the loop changes it meanwhile
        return alarm is not None and alarm[0] <= due

    def set(self, due: float) -> None:
        if not self.rings_by(due):
            self.cancel()
            self._wait(due)

    def cancel(self) -> None:
        if self._set:
            self._set[1].cancel()
            self._set = None

    def _wait(self, due: float) -> None:
        wait = min(_LOOK_EVERY, max(0.0, due - self._now()))
        self._set = due, self._clock.call_later(wait, self._look, due)

    def _look(self, due: float) -> None:
        if self._now() < due:
            self._wait(due)
        else:
            self._set = None
            self._ring()
