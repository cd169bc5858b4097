"""A clock that somebody sets while time goes on."""

from __future__ import annotations

from larkgate.clock import VirtualClock


class SettableClock(VirtualClock):
    """`ahead`: by how many seconds the clock on the wall is wrong."""

    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead
