"""How long a failed job waits before it runs again."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

__all__ = ["Retries"]


class Retries(msgspec.Struct, frozen=True):
    """Back-off at the head of the lane: after attempt n the job waits `delays[n - 1]` seconds.

    The default makes five attempts in about ten minutes.
    """

    delays: tuple[float, ...] = (5.0, 30.0, 120.0, 420.0)
    jitter: float = 0.2

    def delay(self, attempt: int, random: Callable[[], float]) -> float | None:
        """Seconds to wait after the attempt of this number (from 1), or None: no more attempts."""
        if attempt > len(self.delays):
            return None
        spread = 1 + self.jitter * (2 * random() - 1)
        return self.delays[attempt - 1] * spread
