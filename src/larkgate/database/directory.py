"""The data directory: private, writable, and held by one process at a time."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from types import TracebackType

from larkgate.errors import SettingsError, StoreLocked

__all__ = ["DirectoryLock", "open_directory"]


def open_directory(path: Path) -> Path:
    """Make the directory if need be, readable by nobody else: it holds message bodies.

    Raises:
        SettingsError: it cannot be made or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(OSError):  # some file systems have no modes
            path.chmod(0o700)
        probe = path / f".write-test-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _unusable(path, error) from error
    return path


def _unusable(path: Path, error: OSError) -> SettingsError:
    cause = error.strerror or error
    return SettingsError("database.directory_unusable", path=path, cause=cause)


class DirectoryLock:
    """Held for as long as the process lives; the system lets go of it even after `kill -9`."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        self._file: int | None = None

    def __enter__(self) -> DirectoryLock:
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:  # made by another user
            raise _unusable(self._path.parent, error) from error
        try:
            _lock(file)
        except OSError as error:
            holder = os.read(file, 20).decode("ascii", "replace").strip() or "?"
            os.close(file)
            raise StoreLocked("database.locked", path=self._path.parent, process=holder) from error
        self._file = file
        with contextlib.suppress(OSError):  # on a full disk nobody learns who holds it
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


if sys.platform == "win32":  # not run here: no Windows machine
    import msvcrt

    # The byte far behind the text is locked, so that others may still read who holds it.
    _LOCKED_BYTE = 1 << 20

    def _lock(file: int) -> None:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)

else:
    import fcntl

    def _lock(file: int) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
