"""A file system with little room, where one may be mounted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["may_mount", "small_disk"]


@contextmanager
def small_disk(mebibytes: int) -> Iterator[Path]:
    with TemporaryDirectory() as directory:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "none", directory]
        subprocess.run(mount, check=True, capture_output=True)
        try:
            yield Path(directory)
        finally:
            subprocess.run(["umount", "--lazy", directory], check=True)


def may_mount() -> bool:
    try:
        with small_disk(1):
            return True
    except (OSError, subprocess.CalledProcessError):
        return False
