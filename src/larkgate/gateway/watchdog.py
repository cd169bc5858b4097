"""Notices when something blocks the event loop, and says what."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path
from types import FrameType

from larkgate.clock import Clock, Timer
from larkgate.texts import tell

__all__ = ["Watchdog"]

log = logging.getLogger(__name__)

_BEAT = 0.25
_BLOCKED = 1.0  # seconds without a beat
_OURS = str(Path(__file__).parent.parent)


class Watchdog:
    """Inside `async with`, a thread watches the loop; a block is logged once, with name and line.

    While the loop is blocked nothing is acknowledged and no heartbeat leaves, so an `async def`
    handler that blocks must be found quickly.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._stop = threading.Event()
        self._loop_thread = threading.get_ident()
        self._told = False

    async def __aenter__(self) -> Watchdog:
        self._beat()
        threading.Thread(target=self._watch, name="larkgate-watchdog", daemon=True).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._stop.set()
        self._timer.cancel()

    def _beat(self) -> None:
        self._last = self._clock.monotonic()
        self._told = False
        self._timer: Timer = self._clock.call_later(_BEAT, self._beat)

    def _watch(self) -> None:
        while not self._stop.wait(_BEAT):
            if not self._told and self._clock.monotonic() - self._last > _BLOCKED + _BEAT:
                self._told = True
                self._tell(sys._current_frames().get(self._loop_thread))

    def _tell(self, frame: FrameType | None) -> None:
        where = _culprit(frame)
        if where is not None:
            name, file, line = where
            tell(log, logging.WARNING, "gateway.loop_blocked", name=name, file=file, line=line)


def _culprit(frame: FrameType | None) -> tuple[str, str, int] | None:
    """The innermost frame of somebody's own code; None when the loop itself only came late."""
    frames = []
    while frame is not None:
        code = frame.f_code
        frames.append((code.co_qualname, code.co_filename, frame.f_lineno))
        frame = frame.f_back
    if frames and frames[0][1].endswith(("selectors.py", "base_events.py")):
        return None
    foreign = [each for each in frames if _is_somebodys(each[1])]
    return next(iter(foreign or frames), None)


def _is_somebodys(file: str) -> bool:
    return not file.startswith((_OURS, sys.prefix, sys.base_prefix, "<"))
