"""Notices a disk that is nearly full while there is still room to finish what was begun."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from larkgate.clock import Clock
from larkgate.errors import StoreFull

__all__ = ["DiskGuard"]

_LOOK_EVERY = 1.0  # seconds
_MIB = 1024 * 1024
_SHARE = 20


class DiskGuard:
    """Says no while fewer than `min_free` bytes are free where `directory` is; 0: never.

    Of a small disk a twentieth is enough.
    """

    def __init__(
        self,
        directory: Path,
        min_free: int,
        clock: Clock,
        usage: Callable[[Path], Any] = shutil.disk_usage,
    ) -> None:
        self._directory = directory
        self._min_free = min_free
        self._clock = clock
        self._usage = usage
        self._looked: float | None = None
        self._refusal: StoreFull | None = None

    def refusal(self) -> StoreFull | None:
        """Why nothing new should be kept now."""
        if not self._min_free:
            return None
        now = self._clock.monotonic()
        if self._looked is None or now - self._looked >= _LOOK_EVERY:
            self._looked = now
            self._refusal = self._look()
        return self._refusal

    def _look(self) -> StoreFull | None:
        disk = self._usage(self._directory)
        bound = min(self._min_free, disk.total // _SHARE)
        if disk.free >= bound:
            return None
        return StoreFull(
            "database.nearly_full",
            path=self._directory,
            free=disk.free / _MIB,
            bound=bound / _MIB,
        )
