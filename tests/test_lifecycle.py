"""A real process is sent real signals, and ends with a true status."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from larkgate.errors import ApiError, LarkgateError, SettingsError, StoreError, StoreLocked
from larkgate.lifecycle import exit_status, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")

PROGRAM = """
import asyncio
from larkgate.lifecycle import stop_on_signals

async def main():
    async with stop_on_signals() as stop:
        print("ready", flush=True)
        await stop.wait()
        print("stopping", flush=True)
        {drain}
    print("stopped", flush=True)

asyncio.run(main())
"""

Start = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    processes = []

    def start(drain: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PROGRAM.format(drain=drain)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        processes.append(process)
        assert said(process) == "ready"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks(start: Start, number: signal.Signals) -> None:
    process = start("await asyncio.sleep(0)")
    process.send_signal(number)
    assert said(process) == "stopping"
    assert said(process) == "stopped"
    assert process.wait(10) == 0


def test_a_second_sigterm_asks_for_nothing_new(start: Start) -> None:
    process = start("await asyncio.sleep(0.2)")
    process.send_signal(signal.SIGTERM)
    assert said(process) == "stopping"
    process.send_signal(signal.SIGTERM)
    assert said(process) == "stopped"
    assert process.wait(10) == 0


def test_a_second_ctrl_c_ends_at_once_even_when_the_loop_is_blocked(start: Start) -> None:
    process = start("import time; time.sleep(60)")
    process.send_signal(signal.SIGINT)
    assert said(process) == "stopping"
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == -signal.SIGINT


def test_afterwards_signals_do_what_they_did_before(start: Start) -> None:
    process = start("pass\n    print('stopped', flush=True); await asyncio.sleep(60)")
    process.send_signal(signal.SIGTERM)
    assert [said(process), said(process)] == ["stopping", "stopped"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == -signal.SIGTERM


HANGS = """
import asyncio, threading
from larkgate.lifecycle import run

async def main():
    loop = asyncio.get_running_loop()
    assert await asyncio.to_thread(lambda: threading.current_thread().daemon)
    for _ in range(99):
        loop.run_in_executor(None, threading.Event().wait)
    assert threading.active_count() < 50
    return "done"

print(run(main()))
"""


def test_threads_that_hang_keep_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", HANGS], capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, "done\n", "")


def test_what_a_helping_thread_raises_is_raised() -> None:
    async def main() -> None:
        await asyncio.to_thread(int, "no number")

    with pytest.raises(ValueError, match="no number"):
        run(main())


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (SettingsError("gateway.stopped"), 2),
        (StoreLocked("gateway.stopped"), 2),
        (StoreError("gateway.stopped"), 1),
        (LarkgateError("gateway.stopped"), 1),
        (ApiError("gateway.stopped", code=1), 1),
        (OSError(), 1),
    ],
)
def test_the_status_says_whether_a_person_must_change_something_first(
    error: Exception, status: int
) -> None:
    assert exit_status(error) == status
