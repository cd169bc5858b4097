"""Many deadlines, one timer."""

from hypothesis import given
from hypothesis import strategies as st

from larkgate.clock import VirtualClock
from larkgate.simulator.agenda import Agenda


@given(delays=st.lists(st.integers(0, 100), min_size=1))
async def test_each_deadline_is_met_in_its_order(delays: list[int]) -> None:
    clock = VirtualClock(start=0)
    agenda = Agenda(clock)
    met: list[tuple[int, float]] = []
    for delay in delays:
        agenda.after(delay, lambda due: met.append((due, clock.monotonic())), delay)
    await clock.advance(100)
    assert met == [(delay, float(delay)) for delay in sorted(delays)]


async def test_a_deadline_met_may_set_another() -> None:
    clock = VirtualClock(start=0)
    agenda = Agenda(clock)
    met: list[float] = []
    agenda.after(1, lambda: agenda.after(1, lambda: met.append(clock.monotonic())))
    await clock.advance(10)
    assert met == [2]


async def test_closed_it_forgets() -> None:
    clock = VirtualClock(start=0)
    agenda = Agenda(clock)
    met: list[int] = []
    agenda.after(1, met.append, 1)
    agenda.close()
    agenda.after(1, met.append, 2)
    await clock.advance(10)
    assert met == []
