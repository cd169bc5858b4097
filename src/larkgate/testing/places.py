"""Where somebody's code waits, for the sentence that says so."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import CoroutineType, FrameType
from typing import Any

import larkgate.errors

__all__ = ["place_of"]

_OURS = str(Path(larkgate.errors.__file__).parent)
_STANDARD = str(Path(asyncio.__file__).parent.parent)


def place_of(task: asyncio.Task[Any]) -> str:
    """`file:line in function` of the handler that a task runs: its innermost line that is neither
    ours nor the standard library's. Of plain functions, those of all threads."""
    found = [_line(frame) for frame in _frames(task.get_coro()) if _is_theirs(frame)]
    return found[-1] if found else ", ".join(_in_threads())


def _frames(coroutine: object) -> Iterator[FrameType]:
    while isinstance(coroutine, CoroutineType) and coroutine.cr_frame is not None:
        yield coroutine.cr_frame
        coroutine = coroutine.cr_await


def _in_threads() -> Iterator[str]:
    frames = sys._current_frames()
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        while thread.name.startswith("larkgate-handler") and frame is not None:
            if _is_theirs(frame):
                yield _line(frame)
                break
            frame = frame.f_back


def _is_theirs(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return "site-packages" in file or not file.startswith((_OURS, _STANDARD))


def _line(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}"
