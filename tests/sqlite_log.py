"""Reads SQLite's write-ahead log, to see what was committed and not what somebody says."""

from __future__ import annotations

import struct
from pathlib import Path


def commits(database: Path) -> int:
    """Commits since the last checkpoint: frames whose second word, a size, is not 0.

    See "The Write-Ahead Log" in SQLite's "Database File Format".
    """
    log = database.with_name(f"{database.name}-wal").read_bytes()
    page_size, salt = struct.unpack(">8xI4xQ", log[:24])
    frames = (log[at : at + 16] for at in range(32, len(log), 24 + page_size))
    headers = (struct.unpack(">4xIQ", frame) for frame in frames)
    return sum(size != 0 and frame_salt == salt for size, frame_salt in headers)
