"""The platform's limits hold in whatever span one looks, and order is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from larkgate.clock import VirtualClock
from larkgate.outbox import Pace, Pacer

Call = tuple[float, str]
"""When a call left, and into which chat."""


async def leave(pacer: Pacer, clock: VirtualClock, chat: str, calls: list[Call]) -> None:
    await pacer.wait(chat)
    calls.append((clock.monotonic(), chat))


async def all_at_once(pace: Pace, chats: Iterable[str], seconds: float) -> list[Call]:
    """The calls, asked for in this order at the same moment, as they left."""
    clock = VirtualClock()
    pacer = Pacer(pace, clock)
    calls: list[Call] = []
    async with asyncio.TaskGroup() as group:
        for chat in chats:
            group.create_task(leave(pacer, clock, chat, calls))
        await clock.advance(seconds)
    began = clock.monotonic() - seconds
    return [(when - began, chat) for when, chat in calls]


def most_in(calls: Iterable[Call], span: float) -> int:
    """Most calls in any half-open span of these seconds."""
    times = sorted(when for when, _ in calls)
    return max((sum(t <= u < t + span for u in times) for t in times), default=0)


def check(calls: list[Call], pace: Pace) -> None:
    if pace.per_second:
        assert most_in(calls, 1) <= pace.per_second
    if pace.per_minute:
        assert most_in(calls, 60) <= pace.per_minute
    for chat in {chat for _, chat in calls} if pace.per_chat else ():
        assert most_in([call for call in calls if call[1] == chat], 1) <= pace.per_chat


async def test_fifty_a_second() -> None:
    calls = await all_at_once(Pace(), (f"c{number}" for number in range(500)), 30)
    assert len(calls) == 500
    check(calls, Pace())
    assert calls[-1][0] <= 9 * 1.1


async def test_a_thousand_a_minute() -> None:
    calls = await all_at_once(Pace(), (f"c{number}" for number in range(1500)), 120)
    assert len(calls) == 1500
    check(calls, Pace())
    assert calls[-1][0] <= 60 * 1.1 + 11


async def test_five_a_second_into_each_chat() -> None:
    calls = await all_at_once(Pace(), ["slow"] * 20 + ["other"], 10)
    check(calls, Pace())
    assert calls[-1][0] <= 3 * 1.1
    assert ("other" in [chat for when, chat in calls if when == 0]) is True


async def test_the_order_of_asking_is_kept_in_a_chat() -> None:
    clock = VirtualClock()
    pacer = Pacer(Pace(), clock)
    left: list[int] = []

    async def call(number: int) -> None:
        await pacer.wait("chat")
        left.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(50):
            group.create_task(call(number))
        await clock.advance(30)
    assert left == list(range(50))


async def test_a_busy_chat_does_not_slow_the_others(clock: VirtualClock) -> None:
    """Its calls are made one after the other, so that one of them waits at a time."""
    pacer = Pacer(Pace(per_second=10, per_minute=0, per_chat=1), clock)
    calls: list[Call] = []

    async def busy() -> None:
        for _ in range(30):
            await leave(pacer, clock, "busy", calls)

    began = clock.monotonic()
    async with asyncio.TaskGroup() as group:
        group.create_task(busy())
        await clock.settle()
        for number in range(8):
            group.create_task(leave(pacer, clock, f"c{number}", calls))
        await clock.advance(60)
    assert [when for when, chat in calls if chat != "busy"] == [began] * 8


@pytest.mark.parametrize("pace", [Pace(0, 0, 0), Pace(per_second=0, per_minute=0)])
async def test_no_limit(pace: Pace) -> None:
    calls = await all_at_once(pace, (f"c{number}" for number in range(2000)), 1)
    assert [when for when, _ in calls] == [0.0] * 2000


async def test_a_pause_is_not_saved_up(clock: VirtualClock) -> None:
    pacer = Pacer(Pace(), clock)
    calls: list[Call] = []
    await leave(pacer, clock, "a", calls)
    await clock.advance(3600)
    async with asyncio.TaskGroup() as group:
        for number in range(200):
            group.create_task(leave(pacer, clock, f"c{number}", calls))
        await clock.advance(30)
    check(calls, Pace())
    assert len(calls) == 201


async def test_many_chats_are_not_remembered_for_ever_but_long_enough() -> None:
    """The limit of a chat holds, however many others had their turn meanwhile."""
    pace = Pace(per_second=0, per_minute=0, per_chat=1)
    others = [f"c{number}" for number in range(1500)]
    calls = await all_at_once(pace, ["chat", *others, "chat", *others, "chat"], 10)
    check([call for call in calls if call[1] in ("chat", "c7")], pace)
    assert len(calls) == 3003


async def test_who_gives_up_waiting_stops_nobody(clock: VirtualClock) -> None:
    pacer = Pacer(Pace(per_chat=1), clock)
    calls: list[Call] = []
    tasks = [asyncio.create_task(leave(pacer, clock, "c", calls)) for _ in range(5)]
    await clock.settle()
    for task in tasks[1:4]:
        task.cancel()
    await clock.advance(10)
    assert [task.done() for task in tasks] == [True] * 5
    assert len(calls) == 2


@settings(max_examples=150)
@given(
    pace=st.builds(Pace, st.integers(1, 6), st.integers(0, 15), st.integers(0, 3)),
    asked=st.lists(
        st.tuples(st.sampled_from([0.0, 0.0, 0.0, 0.3, 1.0, 1.05, 2.5]), st.sampled_from("abcd")),
        max_size=40,
    ),
)
def test_whatever_is_asked_the_limits_hold(pace: Pace, asked: list[tuple[float, str]]) -> None:
    async def run() -> list[Call]:
        clock = VirtualClock()
        pacer = Pacer(pace, clock)
        calls: list[Call] = []
        async with asyncio.TaskGroup() as group:
            for pause, chat in asked:
                await clock.advance(pause)
                group.create_task(leave(pacer, clock, chat, calls))
            await clock.advance(3600)
        return calls

    calls = asyncio.run(run())
    assert len(calls) == len(asked)
    check(calls, pace)
