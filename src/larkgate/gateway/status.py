"""What a store holds when no gateway runs on it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any

from larkgate.database import open_read_only
from larkgate.queue import count_jobs

__all__ = ["stored_counts"]


def stored_counts(file: Path) -> list[dict[str, Any]]:
    """Jobs by queue and state; nothing when there is no store yet."""
    if not file.exists():
        return []
    try:
        with contextlib.closing(open_read_only(file)) as connection:
            return [count._asdict() for count in count_jobs(connection)]
    except sqlite3.OperationalError:
        return []
