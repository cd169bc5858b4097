"""Virtual time moves only when told to, in order, and never past work in another thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from larkgate.clock import Clock, SystemClock, VirtualClock


async def test_time_stands_still_until_it_is_advanced(clock: VirtualClock) -> None:
    began = clock.now()
    sleeper = asyncio.create_task(clock.sleep(10))
    await clock.settle()
    await clock.advance(9.9)
    assert not sleeper.done()
    await clock.advance(0.1)
    assert sleeper.done()
    assert (clock.now(), clock.monotonic()) == (began + 10, began + 10)


async def test_deadlines_fire_in_their_order_and_at_their_time(clock: VirtualClock) -> None:
    fired: list[tuple[str, float]] = []
    began = clock.now()

    def note(name: str) -> None:
        fired.append((name, clock.now() - began))

    for seconds, name in ((3, "c"), (1, "a"), (2, "b"), (1, "a2"), (7, "late")):
        clock.call_later(seconds, note, name)
    await clock.advance(5)
    assert fired == [("a", 1), ("a2", 1), ("b", 2), ("c", 3)]
    assert clock.now() == began + 5


async def test_what_a_deadline_starts_runs_before_the_next_deadline(clock: VirtualClock) -> None:
    told: list[str] = []

    async def several_steps() -> None:
        await asyncio.sleep(0)
        await clock.sleep(1)
        told.append("after 2 s")

    async with asyncio.TaskGroup() as group:
        clock.call_later(1, lambda: group.create_task(several_steps()))
        clock.call_later(3, told.append, "after 3 s")
        await clock.advance(3)
    assert told == ["after 2 s", "after 3 s"]


async def test_a_cancelled_call_is_not_made(clock: VirtualClock) -> None:
    fired: list[str] = []
    clock.call_later(1, fired.append, "kept")
    clock.call_later(1, fired.append, "cancelled").cancel()
    await clock.advance(2)
    assert fired == ["kept"]


async def test_a_cancelled_sleep_leaves_nothing_behind(clock: VirtualClock) -> None:
    sleeper = asyncio.create_task(clock.sleep(1))
    await clock.settle()
    sleeper.cancel()
    await clock.advance(2)
    assert sleeper.cancelled()


async def _limited(clock: Clock, limit: float | None, work: float) -> str:
    try:
        async with clock.timeout(limit):
            await clock.sleep(work)
    except TimeoutError:
        return "late"
    return "in time"


@pytest.mark.parametrize(
    ("limit", "work", "ending"),
    [(2, 1, "in time"), (1, 2, "late"), (None, 1000, "in time"), (0, 1, "late"), (-1, 1, "late")],
)
async def test_a_limit(clock: VirtualClock, limit: float | None, work: float, ending: str) -> None:
    running = asyncio.create_task(_limited(clock, limit, work))
    await clock.advance(1000)
    assert await running == ending


@pytest.mark.parametrize("make", [SystemClock, VirtualClock])
async def test_a_deadline_in_the_past_is_due_at_once(make: Callable[[], Clock]) -> None:
    called = asyncio.Event()
    clock = make()
    clock.call_later(-1, called.set)
    async with asyncio.timeout(5):
        await called.wait()
        assert await _limited(clock, 0, 1000) == "late"


async def test_a_limit_that_was_kept_no_longer_threatens(clock: VirtualClock) -> None:
    async with clock.timeout(1):
        pass
    sleeper = asyncio.create_task(clock.sleep(2))
    await clock.advance(2)
    await sleeper


async def test_a_limit_leaves_other_cancellations_alone(clock: VirtualClock) -> None:
    running = asyncio.create_task(_limited(clock, 10, 5))
    await clock.settle()
    running.cancel()
    await clock.advance(20)
    assert running.cancelled()


async def test_the_inner_of_two_limits_fires_alone(clock: VirtualClock) -> None:
    async def nested() -> str:
        async with clock.timeout(10):
            return await _limited(clock, 1, 5)

    running = asyncio.create_task(nested())
    await clock.advance(2)
    assert await running == "late"


async def test_time_waits_for_a_busy_thread(clock: VirtualClock) -> None:
    """A thread that works moves no time; what it says on the loop comes before the deadline."""
    told: list[str] = []
    may_finish = threading.Event()
    loop = asyncio.get_running_loop()

    def work() -> None:
        may_finish.wait(10)
        loop.call_soon_threadsafe(told.append, "work is done")
        clock.release()

    clock.hold()
    thread = threading.Thread(target=work)
    thread.start()
    clock.call_later(1, told.append, "deadline")
    advancing = asyncio.create_task(clock.advance(1))
    for _ in range(50):
        await asyncio.sleep(0)
    assert told == []
    may_finish.set()
    await advancing
    thread.join()
    assert told == ["work is done", "deadline"]


async def test_a_thread_that_never_rests_is_named_after_a_while() -> None:
    """A test that waits for it fails, and does not hang."""
    clock = VirtualClock(patience=0.01)
    with clock.busy(), pytest.raises(TimeoutError, match=r"still work after 0\.01 s"):
        await clock.advance(1)


async def test_every_hold_needs_its_release(clock: VirtualClock) -> None:
    with clock.busy(), clock.busy():
        pass
    with pytest.raises(ZeroDivisionError), clock.busy():
        _ = 1 / 0
    await clock.advance(1)


async def test_a_conversation_over_loopback_comes_to_rest_between_deadlines(
    clock: VirtualClock,
) -> None:
    """Ten round trips through a real socket for every virtual second, and none is cut short."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    async def talk(host: str, port: int) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        for _ in range(20):
            for _ in range(10):
                writer.write(b"x")
                await reader.readexactly(1)
            heard.append(clock.now() - began)
            await clock.sleep(1)
        writer.close()

    heard: list[float] = []
    began = clock.now()
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, asyncio.TaskGroup() as group:
        group.create_task(talk(*server.sockets[0].getsockname()))
        await clock.advance(30)
    assert heard == list(range(20))


async def test_real_time_passes_by_itself() -> None:
    clock = SystemClock()
    began, wall = clock.monotonic(), clock.now()
    assert await _limited(clock, 0.01, 60) == "late"
    assert 0.005 < clock.monotonic() - began < 30
    assert abs(clock.now() - wall) < 30
