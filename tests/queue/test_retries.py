"""Five attempts in about ten minutes, never all at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from larkgate.queue import Retries


def test_the_default_makes_five_attempts_in_about_ten_minutes() -> None:
    waits = [Retries().delay(attempt, lambda: 0.5) for attempt in range(1, 6)]
    assert waits == [5, 30, 120, 420, None]
    assert 9 * 60 < sum(wait or 0 for wait in waits) < 11 * 60


@given(
    delays=st.lists(st.floats(0.1, 1e6), min_size=1, max_size=5).map(tuple),
    jitter=st.floats(0, 1),
    random=st.floats(0, 1, exclude_max=True),
)
def test_jitter_stays_within_its_bounds(
    delays: tuple[float, ...], jitter: float, random: float
) -> None:
    retries = Retries(delays, jitter)
    for number, delay in enumerate(delays, start=1):
        wait = retries.delay(number, lambda: random)
        assert wait is not None
        assert delay * (1 - jitter) * 0.999 <= wait <= delay * (1 + jitter) * 1.001
    assert retries.delay(len(delays) + 1, lambda: random) is None


def test_jitter_uses_its_whole_range() -> None:
    retries = Retries((100.0,), jitter=0.2)
    assert [retries.delay(1, lambda r=r: r) for r in (0.0, 0.5)] == [80, 100]  # type: ignore[misc]
    assert round(retries.delay(1, lambda: 0.999999) or 0) == 120


def test_without_delays_there_is_one_attempt() -> None:
    assert Retries(()).delay(1, lambda: 0.5) is None
