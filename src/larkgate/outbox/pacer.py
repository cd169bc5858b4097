"""Keeps the platform's limits before the platform has to."""

from __future__ import annotations

from collections import deque

import msgspec

from larkgate.clock import Clock

__all__ = ["Pace", "Pacer"]

# Our calls may reach the platform closer together than they left.
_MARGIN = 1.05


class Pace(msgspec.Struct, frozen=True):
    """Most calls an account makes; 0 means no limit.

    The defaults are the platform's: 50 a second and 1000 a minute for each app, 5 a second into
    each chat (official documents "Send message" and "Frequency control").
    """

    per_second: int = 50
    per_minute: int = 1000
    per_chat: int = 5


class Pacer:
    """Makes each call of one account wait until no limit is in its way, in order of asking."""

    def __init__(self, pace: Pace, clock: Clock) -> None:
        self._clock = clock
        self._per_chat = pace.per_chat
        self._account = [
            _Window(limit, seconds)
            for limit, seconds in ((pace.per_second, 1.0), (pace.per_minute, 60.0))
            if limit
        ]
        self._chats: dict[str, _Window] = {}

    async def wait(self, chat: str) -> None:
        """Return when a message may go to `chat`; its place in the limits is taken at once."""
        now = self._clock.monotonic()
        windows = [*self._account, *self._window_of(chat, now)]
        at = max((window.next_free(now) for window in windows), default=now)
        for window in windows:
            window.take(at)
        if at > now:
            await self._clock.sleep(at - now)

    def _window_of(self, chat: str, now: float) -> list[_Window]:
        if not self._per_chat:
            return []
        if chat not in self._chats:
            if len(self._chats) > 1000:
                self._chats = {c: w for c, w in self._chats.items() if not w.idle(now)}
            self._chats[chat] = _Window(self._per_chat, 1.0)
        return [self._chats[chat]]


class _Window:
    """At most `limit` calls in any `seconds`, wherever one begins to count."""

    def __init__(self, limit: int, seconds: float) -> None:
        self._seconds = seconds * _MARGIN
        self._taken: deque[float] = deque(maxlen=limit)

    def next_free(self, now: float) -> float:
        if len(self._taken) < (self._taken.maxlen or 0):
            return now
        return max(now, self._taken[0] + self._seconds)

    def take(self, at: float) -> None:
        self._taken.append(at)

    def idle(self, now: float) -> bool:
        return not self._taken or self._taken[-1] + self._seconds < now
