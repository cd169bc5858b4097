"""Starts the measured programs and reads what the system says of them (Linux)."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from bench.pusher import APP_ID, APP_SECRET

__all__ = [
    "Client",
    "cpu_seconds",
    "larkgate_run",
    "ours",
    "peak_mb",
    "percentile",
    "resident_mb",
    "theirs",
]

ROOT = Path(__file__).parent.parent
_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def resident_mb(pid: int) -> float:
    """Memory of the process that is its own or shared and in use, in MB."""
    return _memory(pid, "VmRSS")


def peak_mb(pid: int) -> float:
    """The most it ever was."""
    return _memory(pid, "VmHWM")


def _memory(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no {name}")


def percentile(values: Sequence[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


class Client:
    """A measured program while it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.pid = process.pid

    async def stop(self) -> dict[str, Any]:
        """End it; what it printed last, if that was JSON."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        out, _ = await self.process.communicate()
        lines = out.decode().strip().splitlines()
        if not lines or not lines[-1].startswith("{"):
            return {}
        said: dict[str, Any] = json.loads(lines[-1])
        return said


@asynccontextmanager
async def _started(
    arguments: Sequence[str], environment: dict[str, str], directory: Path
) -> AsyncIterator[Client]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=(directory / "stderr").open("wb"),
    )
    client = Client(process)
    try:
        yield client
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def ours(kind: str, url: str, **environment: str) -> AbstractAsyncContextManager[Client]:
    """A bot in code, of this kind, on a data directory of its own."""
    return _larkgate(["-m", "bench.clients.ours", kind], url, environment)


def larkgate_run(url: str, **environment: str) -> AbstractAsyncContextManager[Client]:
    """`larkgate run`, with the support app over its sample work orders."""
    return _larkgate(["-m", "larkgate", "run"], url, environment)


@asynccontextmanager
async def _larkgate(
    arguments: Sequence[str], url: str, environment: dict[str, str]
) -> AsyncIterator[Client]:
    # On the disk this project is on: the temporary directory may be memory.
    directory = Path(tempfile.mkdtemp(prefix=".bench-", dir=ROOT))
    settings = {
        "FEISHU_APP_ID": APP_ID,
        "FEISHU_APP_SECRET": APP_SECRET,
        "FEISHU_DOMAIN": url,
        "LOG_LEVEL": "WARNING",
        "LARKGATE_LANG": "en",
        **environment,
    }
    (directory / "larkgate.toml").write_text("[http]\nport = 0\n", "utf-8")
    try:
        async with _started(arguments, settings, directory) as client:
            yield client
    finally:
        shutil.rmtree(directory)


@asynccontextmanager
async def theirs(url: str) -> AsyncIterator[Client]:
    """The official SDK."""
    with tempfile.TemporaryDirectory() as directory:
        arguments = ["-m", "bench.clients.official", url]
        async with _started(arguments, {}, Path(directory)) as client:
            yield client
