"""Programs of SDKs we did not write, in processes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from larkgate.simulator import App, Simulator

__all__ = ["Foreign", "account", "lark_oapi", "node_sdk"]

_PROGRAMS = Path(__file__).parent / "programs"
_NODE_SDK = "@larksuiteoapi/node-sdk@1.74.0"


class Foreign:
    """A program that does what it is told, one line of JSON each way."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    async def do(self, wish: str, **about: Any) -> Any:
        """Tell it to do something; what came of it.

        Raises:
            RuntimeError: it could not, or ended.
        """
        assert self._process.stdin
        assert self._process.stdout
        async with self._turn:
            self._process.stdin.write(json.dumps({"do": wish, **about}).encode() + b"\n")
            line = await self._process.stdout.readline()
        answer = json.loads(line or b'{"failed": "it has ended"}')
        if "failed" in answer:
            raise RuntimeError(answer["failed"])
        return answer["done"]


def account(sim: Simulator, app: App, secret: str = "") -> dict[str, str]:
    return {
        "app_id": app.id,
        "app_secret": secret or app.secret.reveal(),
        "domain": sim.url,
    }


@asynccontextmanager
async def lark_oapi() -> AsyncIterator[Foreign]:
    """The SDK for Python."""
    async with _started(sys.executable, str(_PROGRAMS / "official.py")) as foreign:
        yield foreign


@asynccontextmanager
async def node_sdk() -> AsyncIterator[Foreign]:
    """The SDK for Node.js; it is no fault of ours where that is missing."""
    directory = await _installed()
    program = str(_PROGRAMS / "official.mjs")
    async with _started("node", program, str(directory)) as foreign:
        yield foreign


@asynccontextmanager
async def _started(*command: str) -> AsyncIterator[Foreign]:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=1 << 24,
    )
    try:
        yield Foreign(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def _installed() -> Path:
    """Where the SDK is, kept between runs."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.xfail("there is no Node.js on this machine")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    directory = cache / "larkgate" / _NODE_SDK.rpartition("/")[2]
    if not directory.exists():
        await _install(directory)
    return directory


async def _install(directory: Path) -> None:
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent) as made:
        npm = await asyncio.create_subprocess_exec(
            "npm",
            "install",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--loglevel=error",
            "--fetch-retries=0",
            "--fetch-timeout=20000",
            "--prefix",
            made,
            _NODE_SDK,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, said = await npm.communicate()
        if npm.returncode:
            reason = said.decode().partition("\n")[0]
            pytest.xfail(f"npm could not install {_NODE_SDK}: {reason}")
        shutil.copytree(made, directory)
