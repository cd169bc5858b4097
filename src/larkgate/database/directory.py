"""The data directory: usable, private if we made it, and held by one process at a time."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from pathlib import Path
from types import TracebackType

from larkgate.errors import LarkgateError, SettingsError, StoreLocked

__all__ = ["DirectoryLock", "FileLock", "StoreLock", "is_open_to_others", "open_directory"]

_HELD = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES}


def open_directory(path: Path) -> Path:
    """Make the directory if need be, readable by nobody else; one that is there stays as it is.

    Raises:
        SettingsError: it cannot be made or written.
    """
    try:
        if not path.is_dir():
            path.mkdir(0o700, parents=True)
        probe = path / f".write-test-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise _unusable("database.directory_unusable", path, error) from error
    return path


def is_open_to_others(path: Path) -> bool:
    """Whether other users may see what files a directory has."""
    return sys.platform != "win32" and bool(path.stat().st_mode & 0o077)


def _unusable(key: str, path: Path, error: OSError) -> SettingsError:
    return SettingsError(key, path=path, cause=error.strerror or error)


class FileLock:
    """Held for as long as the process lives; the system lets go of it even after `kill -9`.

    Args:
        file: is made, and says who holds it.
        owned: what it stands for.
        name: of that, in the keys of sentences.

    Raises (on entering):
        StoreLocked: another process holds it.
        SettingsError: the file cannot be made, or not locked, as on some network file systems.
    """

    def __init__(self, file: Path, owned: Path, name: str) -> None:
        self._path = file
        self._owned = owned
        self._name = name
        self._file: int | None = None

    def __enter__(self) -> FileLock:
        try:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:  # made by another user
            raise _unusable(f"database.{self._name}_unusable", self._owned, error) from error
        try:
            _lock(file)
        except OSError as error:
            holder = os.read(file, 20).decode("ascii", "replace").strip() or "?"
            os.close(file)
            raise self.refusal(error, holder) from error
        self._file = file
        with contextlib.suppress(OSError):  # on a full disk nobody learns who holds it
            os.ftruncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
        return self

    def refusal(self, error: OSError, holder: str) -> LarkgateError:
        """What it means that the system did not lock the file."""
        if error.errno not in _HELD:
            return _unusable(f"database.{self._name}_unusable", self._owned, error)
        return StoreLocked(f"database.{self._name}_locked", path=self._owned, process=holder)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


class DirectoryLock(FileLock):
    """One process for each data directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory / "lock", directory, "directory")


class StoreLock(FileLock):
    """One process for each store, which two data directories may name."""

    def __init__(self, store: Path) -> None:
        store = store.resolve()
        super().__init__(store.with_name(f"{store.name}.lock"), store, "store")


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
