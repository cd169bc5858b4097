"""The time of a store on one machine: it never goes back, whatever the machine's clock does."""

from __future__ import annotations

import logging
import threading

from larkgate.clock import Clock
from larkgate.texts import tell

__all__ = ["LedgerTime"]

log = logging.getLogger(__name__)

# A clock that is kept right by the network strays by less between two looks at it.
_SLACK = 0.5
_FORWARD = 300.0
_BACK = 60.0


class LedgerTime:
    """Follows the machine's clock forwards, as after a suspend, and never backwards.

    Args:
        recorded: the latest time that the store has seen, in seconds since 1970.
    """

    def __init__(self, clock: Clock, recorded: float) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._monotonic = clock.monotonic()
        self._last = max(recorded, clock.now())
        self._told = False

    def now(self) -> float:
        """Seconds since 1970; may be asked from any thread."""
        with self._lock:
            wall, monotonic = self._clock.now(), self._clock.monotonic()
            steady = self._last + (monotonic - self._monotonic)
            self._tell(wall - steady)
            self._last = max(wall, steady if steady - wall > _SLACK else self._last)
            self._monotonic = monotonic
            return self._last

    def _tell(self, jump: float) -> None:
        if jump > _FORWARD:
            tell(log, logging.WARNING, "queue.clock_forward", seconds=jump)
        elif jump < -_BACK and not self._told:
            tell(log, logging.WARNING, "queue.clock_back", seconds=-jump)
        self._told = jump < -_BACK
