"""Times and durations as people write and read them."""

from __future__ import annotations

import re
from datetime import datetime

__all__ = ["age", "duration", "instant", "moment"]

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)([smhd])")


def duration(text: str) -> float:
    """Seconds of `90s`, `30m`, `2h`, `7d`. Raises ValueError for anything else."""
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(text)
    return float(found[1]) * _UNITS[found[2]]


def moment(text: str, now: float) -> float:
    """Seconds since 1970 of so long ago (`2h`), or of a local time (`2026-11-20T13:05`).

    Raises:
        ValueError: it is neither.
    """
    try:
        return now - duration(text)
    except ValueError:
        return datetime.fromisoformat(text.strip()).timestamp()


def age(seconds: float) -> str:
    """A duration in its largest unit that fits, rounded down: `59s`, `4m`, `3h`, `12d`."""
    for unit, size in reversed(_UNITS.items()):
        if seconds >= size:
            return f"{int(seconds // size)}{unit}"
    return "0s"


def instant(at: float) -> str:
    """A local time of this year, to the millisecond."""
    return datetime.fromtimestamp(at).strftime("%m-%d %H:%M:%S.%f")[:-3]
