"""The installed command, as a person at a terminal uses it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sysconfig
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from larkgate.clock import SystemClock
from larkgate.dial import Dialer
from larkgate.simulator import APP_ID, APP_SECRET

__all__ = ["Process", "Result", "command", "environment", "larkgate", "running", "settings"]

COMMAND = Path(sysconfig.get_path("scripts"), "larkgate")
PATIENCE = 30.0
NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing listens there


class Result(NamedTuple):
    status: int
    out: str
    error: str


def environment(url: str = NOWHERE, **more: str) -> dict[str, str]:
    """One Feishu app, and nothing of this machine's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    ours = {
        "FEISHU_APP_ID": APP_ID,
        "FEISHU_APP_SECRET": APP_SECRET,
        "FEISHU_DOMAIN": url,
        "LARKGATE_LANG": "en",
    }
    return kept | ours | more


def settings(directory: Path, extra: str = "") -> None:
    (directory / "larkgate.toml").write_text(f"{extra}\n[http]\nport = 0\n", "utf-8")


def larkgate(directory: Path, *arguments: str, env: Mapping[str, str]) -> Result:
    """Run a command to its end."""
    done = subprocess.run(
        [COMMAND, *arguments],
        cwd=directory,
        env=dict(env),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE,
    )
    return Result(done.returncode, done.stdout, done.stderr)


async def command(directory: Path, *arguments: str, env: Mapping[str, str]) -> Result:
    """The same, while this process goes on being the platform."""
    return await asyncio.to_thread(lambda: larkgate(directory, *arguments, env=env))


class Process:
    """A `larkgate run` that goes on; everything it says is kept."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self._heard = asyncio.Condition()

    async def listen(self) -> None:
        assert self.process.stderr
        async for line in self.process.stderr:
            async with self._heard:
                self.lines.append(line.decode().rstrip())
                self._heard.notify_all()

    async def says(self, text: str) -> str:
        """The first line with this text."""
        async with asyncio.timeout(PATIENCE), self._heard:
            await self._heard.wait_for(lambda: any(text in line for line in self.lines))
        return next(line for line in self.lines if text in line)

    async def ready(self) -> tuple[int, dict[str, Any]]:
        """What its page of that name answers."""
        url = (await self.says("/health")).split()[-1].replace("/health", "/ready")
        async with Dialer(SystemClock()) as dialer:
            answer = await dialer.request("GET", url, timeout=PATIENCE)
        return answer.status, msgspec.json.decode(answer.body)

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    async def stop(self) -> int:
        self.process.terminate()
        return await self.ended()


@asynccontextmanager
async def running(
    directory: Path, *arguments: str, env: Mapping[str, str]
) -> AsyncIterator[Process]:
    """A `larkgate run` with these arguments, killed at the end if it still runs."""
    process = await asyncio.create_subprocess_exec(
        COMMAND,
        "run",
        *arguments,
        cwd=directory,
        env=dict(env),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    made = Process(process)
    async with asyncio.TaskGroup() as group:
        listening = group.create_task(made.listen())
        try:
            yield made
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await listening
