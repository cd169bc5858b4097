"""Rate limits (official document: "频控策略", and "发送消息" for those of a chat)."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable

from larkgate.simulator.codes import Refused

__all__ = ["Limits"]


class _Window:
    """At most `limit` calls in any `seconds`."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self._seconds = seconds
        self._calls: deque[float] = deque(maxlen=limit)

    def wait(self, now: float) -> float:
        """Seconds until there is room; 0 when there is."""
        if len(self._calls) < self.limit:
            return 0.0
        return max(0.0, self._calls[0] + self._seconds - now)

    def count(self, now: float) -> None:
        self._calls.append(now)


class Limits:
    """So many calls in so many seconds per app and API; 5/s per chat, for all its bots together.

    A refused call is not counted.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._calls: dict[tuple[str, str], tuple[_Window, ...]] = {}
        self._chats: dict[str, _Window] = {}

    def call(self, app_id: str, api: str, limits: Iterable[tuple[int, float]]) -> None:
        """`limits` are (calls, seconds).

        Raises Refused with 99991400 and the headers that say how long to wait."""
        now = self._monotonic()
        key = (app_id, api)
        if key not in self._calls:
            self._calls[key] = tuple(_Window(*limit) for limit in limits)
        for window in self._calls[key]:
            if wait := window.wait(now):
                raise Refused(99991400, headers=_headers(window.limit, wait))
        for window in self._calls[key]:
            window.count(now)

    def chat(self, chat_id: str) -> None:
        """Raises Refused with 230020; the platform does not say how long to wait."""
        now = self._monotonic()
        window = self._chats.setdefault(chat_id, _Window(5, 1.0))
        if window.wait(now):
            raise Refused(230020)
        window.count(now)


def _headers(limit: int, wait: float) -> dict[str, str]:
    return {
        "x-ogw-ratelimit-limit": str(limit),
        "x-ogw-ratelimit-reset": str(math.ceil(wait)),
    }
