"""A real process is sent real signals."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

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
