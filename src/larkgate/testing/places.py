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

__all__ = ["place_in", "place_of"]

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


def place_in(thread_id: int) -> str:
    """The same for what a thread does now; "" if it is nobody's code."""
    frame = sys._current_frames().get(thread_id)
    while frame is not None and not _is_theirs(frame):
        frame = frame.f_back
    return _line(frame) if frame is not None else ""


def _in_threads() -> Iterator[str]:
    for thread in threading.enumerate():
        if thread.name.startswith("larkgate-handler") and (place := place_in(thread.ident or 0)):
            yield place


def _is_theirs(frame: FrameType) -> bool:
    file = frame.f_code.co_filename
    return "site-packages" in file or not file.startswith((_OURS, _STANDARD))


def _line(frame: FrameType) -> str:
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_qualname}"
