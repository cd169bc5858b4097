"""The store's time goes on, whatever happens to the clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from settable_clock import SettableClock

from larkgate.queue.ledger_time import LedgerTime


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


async def test_it_is_the_time_of_the_machine(clock: SettableClock) -> None:
    time = LedgerTime(clock, 0.0)
    for _ in range(100):
        await clock.advance(0.1)
        assert time.now() == clock.now()


async def test_it_starts_no_earlier_than_it_was(clock: SettableClock) -> None:
    last = clock.now() + 1000
    time = LedgerTime(clock, last)
    assert time.now() == last
    await clock.advance(5)
    assert time.now() == pytest.approx(last + 5)
    await clock.advance(1000)
    assert time.now() == pytest.approx(last + 1005)


async def test_a_clock_that_is_set_back_does_not_stop_it(
    clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    time = LedgerTime(clock, 0.0)
    began = time.now()
    clock.ahead -= 3600
    for second in range(1, 20):
        await clock.advance(1)
        assert time.now() == pytest.approx(began + second)
    assert [record.getMessage().count("3600 s behind") for record in caplog.records] == [1]


async def test_a_clock_that_is_set_back_again_is_told_again(
    clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    time = LedgerTime(clock, 0.0)
    for ahead in (-3600, 0, -3600):
        clock.ahead = ahead
        await clock.advance(1)
        time.now()
    assert len(caplog.records) == 2


async def test_a_machine_that_slept_has_grown_older(
    clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    time = LedgerTime(clock, 0.0)
    clock.ahead += 7200
    assert time.now() == clock.now()
    time.now()
    assert [record.getMessage().count("ahead by 7200 s") for record in caplog.records] == [1]


async def test_small_corrections_are_no_news(
    clock: SettableClock, caplog: pytest.LogCaptureFixture
) -> None:
    time = LedgerTime(clock, 0.0)
    for correction in (200, -30, 0.2, -0.2):
        clock.ahead += correction
        await clock.advance(1)
        time.now()
    assert caplog.records == []


async def test_a_clock_put_right_again_is_followed(clock: SettableClock) -> None:
    time = LedgerTime(clock, 0.0)
    for ahead in (-3600, 0):
        clock.ahead = ahead
        await clock.advance(1)
        time.now()
    assert time.now() == clock.now()


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-1e5, 1e5))))
def test_it_never_goes_back_and_never_stands_still(steps: list[tuple[float, float]]) -> None:
    clock = SettableClock()
    time = LedgerTime(clock, 0.0)
    last = time.now()
    for seconds, ahead in steps:
        clock._now += seconds
        clock.ahead = ahead
        now = time.now()
        assert now >= last
        assert now >= clock.now()
        assert now - last >= seconds - 0.51
        last = now
