from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkgate.protocol.backoff import delay, server_delay
from larkgate.protocol.endpoint import ClientConfig

chances = st.floats(0, 1, exclude_max=True)


@given(chances, st.floats(0, 1e9))
def test_the_first_attempt_comes_within_a_second(chance: float, outage: float) -> None:
    assert 0 <= delay(1, outage, chance) <= 1


@given(st.integers(2, 10**6), st.floats(0, 600), chances)
def test_for_ten_minutes_every_two_to_four_seconds(
    attempt: int, outage: float, chance: float
) -> None:
    assert 2 <= delay(attempt, outage, chance) <= 4


@given(st.integers(2, 10**6), st.floats(600, 1e9), chances)
def test_then_slower_but_never_beyond_half_a_minute(
    attempt: int, outage: float, chance: float
) -> None:
    assert 2 <= delay(attempt, outage, chance) <= 30
    assert delay(attempt, outage, chance) <= delay(attempt, outage + 60, chance)


def test_a_long_outage_reaches_half_a_minute() -> None:
    assert delay(1000, 2 * 3600, 1.0) == 30
    assert delay(1000, 2 * 3600, 0.0) == 15


@pytest.mark.parametrize(
    ("attempt", "expected"), [(1, 15.0), (2, 90.0), (3, 90.0), (4, None), (5, None)]
)
def test_the_pace_of_the_server(attempt: int, expected: float | None) -> None:
    config = ClientConfig(reconnect_nonce=30, reconnect_interval=90, reconnect_count=3)
    assert server_delay(attempt, config, 0.5) == expected


def test_a_negative_count_has_no_end() -> None:
    assert server_delay(10**9, ClientConfig(), 0.5) == 120
