"""Messages that come to be handled long after they were written.

They do so when this process was down or busy, when the other side of a handler was, and when the
platform pushed them again: up to seven hours later (official document "Event subscription").
"""

from __future__ import annotations

from typing import Literal

from larkgate.texts import say

__all__ = ["Stale", "age_of", "duration", "in_one_line"]

Stale = Literal["answer", "note", "digest", "skip"]
"""What an app does with an old message: answer it as any other; say before the answer how old the
message is; handle none, and list them in one message; handle none, and say nothing."""

_SKEW = 300.0  # how far our clock and the platform's may be apart
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_ELLIPSIS = "…"
# A text message that holds <at user_id="all"> calls everybody.
_HARMLESS = str.maketrans("<>", "‹›")


def age_of(created_at: float, waited: float, now: float) -> float:
    """Seconds since a message was written.

    Args:
        created_at: by the platform's clock; 0 if it did not say.
        waited: seconds since it came in, by the store's time.
        now: by our clock.

    What two clocks disagree about makes no message old: the time before it came in counts only
    where it is more than five minutes.
    """
    age = now - created_at
    return age if created_at and age - waited > _SKEW else waited


def duration(seconds: float) -> str:
    """For people: about so long."""
    if seconds < 1.5 * _HOUR:
        return say("bot.minutes", count=max(1, round(seconds / _MINUTE)))
    if seconds < 1.5 * _DAY:
        return say("bot.hours", count=round(seconds / _HOUR))
    return say("bot.days", count=round(seconds / _DAY))


def in_one_line(text: str, longest: int) -> str:
    """The beginning of a text, as it can be quoted without doing anything."""
    words = " ".join(text[: 4 * longest].split()).translate(_HARMLESS)
    return words if len(words) <= longest else words[: longest - 1] + _ELLIPSIS
