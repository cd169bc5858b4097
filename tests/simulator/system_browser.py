"""A Chromium for tests: the one that is there, else the system's package where we may install."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("C:/Program Files/Google/Chrome/Application/chrome.exe"),
    Path("C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe"),
)
CURE = (
    "no browser for the test of the simulator's page: install Chromium or Chrome "
    "(Debian, Ubuntu: apt-get install chromium), or run: python -m playwright install chromium"
)


def browser_path(own: Path, tell: Callable[[str], None]) -> Path:
    """A browser that can be started; `own` is where Playwright would have put its.

    Without one the test fails where `CI` is set and is skipped elsewhere.
    """
    if found := _found(own):
        return found
    if _may_install():
        _install(tell)
    if found := _found(own):
        return found
    if os.environ.get("CI", "").lower() in ("1", "true", "yes"):
        pytest.fail(CURE)
    pytest.skip(CURE)


def _found(own: Path) -> Path | None:
    named = (Path(path) for name in NAMES if (path := shutil.which(name)))
    return next((path for path in (*named, own, *PLACES) if path.is_file()), None)


def _may_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def _install(tell: Callable[[str], None]) -> None:
    tell("installing chromium for the browser test (once; about half a minute) ...")
    began = time.monotonic()
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (
        ("apt-get", "update", "-qq"),
        ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"),
    ):
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
    tell(f"apt-get ended with {done.returncode} after {time.monotonic() - began:.0f} s")
