"""Times as people write them, and as they read them."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkgate.cli.times import age, duration, instant, moment

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("30m", 1800), ("2h", 7200), ("7d", 604800), ("1.5h", 5400), (" 2H ", 7200)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert duration(text) == seconds
    assert moment(text, NOW) == NOW - seconds


@pytest.mark.parametrize("text", ["", "h", "2", "-2h", "2w", "2h30m", "nanh", "1e9s", "\u0662h"])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(text) or "^$"):
        duration(text)


@pytest.mark.parametrize("text", ["2026-11-20", "2026-11-20T09:00", "2026-11-20 09:00:30"])
def test_a_moment_may_be_a_local_time(text: str) -> None:
    assert moment(text, NOW) == datetime.fromisoformat(text).timestamp()


def test_a_moment_may_name_its_zone() -> None:
    assert moment("2027-01-15T08:00:00+00:00", NOW) == NOW


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "0", "nan"])
def test_a_moment_that_is_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|month"):
        moment(text, NOW)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-5, "0s"), (0, "0s"), (59.9, "59s"), (60, "1m"), (7199, "1h"), (86400 * 12.5, "12d")],
)
def test_an_age_is_in_its_largest_unit(seconds: float, shown: str) -> None:
    assert age(seconds) == shown


@given(st.floats(0, 4e9))
def test_an_age_can_be_written_again_and_is_not_longer(seconds: float) -> None:
    assert duration(age(seconds)) <= seconds < 2 * duration(age(seconds)) + 1


def test_an_instant_is_local_to_the_millisecond() -> None:
    at = datetime(2026, 11, 20, 9, 5, 1, 123_999).timestamp()
    assert instant(at) == "11-20 09:05:01.123"
