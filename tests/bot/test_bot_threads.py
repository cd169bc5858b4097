"""Plain handlers have threads of their own, which end nothing and delay nothing."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from larkgate.bot import ThreadPool
from larkgate.clock import VirtualClock

BLOCKED = """
import asyncio, threading
from larkgate.bot import ThreadPool
from larkgate.clock import SystemClock

def block(begun):
    begun.wait()
    threading.Event().wait()

async def main():
    pool, begun = ThreadPool(4, SystemClock()), threading.Barrier(5)
    for _ in range(8):
        pool.run(block, begun)
    await asyncio.to_thread(begun.wait)
    print("stopped", flush=True)

asyncio.run(main())
"""


@pytest.fixture
def pool(clock: VirtualClock) -> ThreadPool:
    return ThreadPool(4, clock)


async def test_what_a_function_returns(pool: ThreadPool) -> None:
    assert await pool.run(divmod, 7, 2) == (3, 1)
    assert await pool.run(threading.current_thread) is not threading.current_thread()


async def test_what_a_function_raises(pool: ThreadPool) -> None:
    with pytest.raises(ZeroDivisionError, match="by zero"):
        await pool.run(divmod, 1, 0)


@pytest.mark.parametrize(
    "error", [SystemExit(3), KeyboardInterrupt(), StopIteration("x"), GeneratorExit()], ids=repr
)
async def test_what_no_future_can_carry(pool: ThreadPool, error: BaseException) -> None:
    def leave() -> None:
        raise error

    with pytest.raises(RuntimeError, match=type(error).__name__) as caught:
        await pool.run(leave)
    assert caught.value.__cause__ is error
    assert await pool.run(lambda: "still there") == "still there"


async def test_threads_are_started_as_they_are_needed(pool: ThreadPool) -> None:
    names = {(await pool.run(threading.current_thread)).name for _ in range(20)}
    assert len(names) <= 2  # one may be free a moment after its work is done


async def test_there_are_no_more_than_allowed(pool: ThreadPool) -> None:
    meet = threading.Barrier(4, timeout=10)
    inside: list[int] = []
    most: list[int] = []

    def work(number: int) -> None:
        inside.append(number)
        meet.wait()
        most.append(len(inside))
        meet.wait()
        inside.remove(number)

    await asyncio.gather(*(pool.run(work, number) for number in range(20)))
    assert max(most) == 4


async def test_they_run_side_by_side(pool: ThreadPool) -> None:
    meet = threading.Barrier(4, timeout=10)
    await asyncio.gather(*(pool.run(meet.wait) for _ in range(4)))


async def test_a_cancelled_future_disturbs_nobody(pool: ThreadPool) -> None:
    may_finish = threading.Event()
    abandoned = pool.run(may_finish.wait, 10)
    abandoned.cancel()
    may_finish.set()
    assert await pool.run(lambda: "next") == "next"


async def test_virtual_time_waits_from_the_moment_work_is_given(
    pool: ThreadPool, clock: VirtualClock
) -> None:
    told: list[str] = []
    clock.call_later(1, told.append, "deadline")
    for _ in range(12):  # more than there are threads
        pool.run(time.sleep, 0.01).add_done_callback(lambda _: told.append("work"))
    await clock.advance(1)
    assert told == ["work"] * 12 + ["deadline"]


def test_a_blocked_handler_does_not_keep_the_process_alive() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED], capture_output=True, text=True, timeout=30
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "stopped\n", "")
