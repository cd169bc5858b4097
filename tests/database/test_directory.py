"""The data directory is private, usable, and held by one process at a time, dead ones excepted."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from larkgate.database import DirectoryLock, StoreLock, is_open_to_others, open_directory
from larkgate.errors import SettingsError, StoreLocked

HOLDER = """
import sys
from pathlib import Path
from larkgate.database import DirectoryLock
with DirectoryLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def held_elsewhere(directory: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the directory until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_directory_is_made_private_with_its_parents(tmp_path: Path) -> None:
    path = open_directory(tmp_path / "数据" / "larkgate")
    assert path.is_dir()
    assert mode(path) == 0o700
    assert list(path.iterdir()) == []


@pytest.mark.parametrize(
    ("before", "open_to_others"), [(0o755, True), (0o710, True), (0o700, False)]
)
def test_one_that_is_there_may_be_shared_and_stays_so(
    tmp_path: Path, before: int, open_to_others: bool
) -> None:
    """As with LARKGATE_DATA=. or a directory of a web server."""
    tmp_path.chmod(before)
    assert mode(open_directory(tmp_path)) == before
    assert is_open_to_others(tmp_path) == open_to_others


def test_a_file_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("mine")
    with pytest.raises(SettingsError, match=r"data cannot be used \(File exists\).*LARKGATE_DATA"):
        open_directory(path)
    assert path.read_text() == "mine"


def test_a_file_above_it(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="Not a directory"):
        open_directory(tmp_path / "file" / "data")


def test_a_directory_nobody_can_write() -> None:
    """Not even root: the kernel's own."""
    with pytest.raises(SettingsError, match="choose one that can be written"):
        open_directory(Path("/proc/self/fd"))


def test_a_second_process_is_told_who_holds_it(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path) as process:
        with (
            pytest.raises(StoreLocked, match=rf"\({process.pid}\).*larkgate stop"),
            DirectoryLock(tmp_path),
        ):
            pass
        process.communicate()
    with DirectoryLock(tmp_path):
        pass


def test_it_cannot_be_held_twice_in_one_process(tmp_path: Path) -> None:
    with DirectoryLock(tmp_path), pytest.raises(StoreLocked), DirectoryLock(tmp_path):
        pass


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        with DirectoryLock(tmp_path):
            pass


def test_a_child_that_lives_on_does_not_inherit_it(tmp_path: Path) -> None:
    """A handler may start a program that outlives the gateway."""
    with DirectoryLock(tmp_path):
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with DirectoryLock(tmp_path):
            pass
    finally:
        child.kill()
        child.communicate()


def test_a_store_is_held_by_one_process_whatever_it_is_called(tmp_path: Path) -> None:
    store = tmp_path / "larkgate.db"
    other_name = tmp_path / "link.db"
    other_name.symlink_to(store)
    with StoreLock(store):
        with (
            pytest.raises(StoreLocked, match=rf"larkgate.db is in use.*\({os.getpid()}\)"),
            StoreLock(other_name),
        ):
            pass
        with StoreLock(tmp_path / "another.db"), DirectoryLock(tmp_path):
            pass
    with StoreLock(other_name):
        pass


@pytest.mark.parametrize("lock", [DirectoryLock, StoreLock])
def test_only_a_lock_that_is_held_is_called_held(
    tmp_path: Path, lock: type[DirectoryLock | StoreLock]
) -> None:
    """Some network file systems have no locks: then no process can be stopped to get it."""
    for number in (errno.EWOULDBLOCK, errno.EACCES):
        refusal = lock(tmp_path / "x").refusal(OSError(number, "busy"), "123")
        assert isinstance(refusal, StoreLocked)
        assert "(123)" in str(refusal)
    refusal = lock(tmp_path / "x").refusal(OSError(errno.ENOLCK, "No locks available"), "?")
    assert isinstance(refusal, SettingsError)
    assert "(No locks available)" in str(refusal)


def test_a_lock_that_cannot_be_opened(tmp_path: Path) -> None:
    """As after a run under another user; root can open everything but a directory."""
    (tmp_path / "lock").mkdir()
    with pytest.raises(SettingsError, match="cannot be used"), DirectoryLock(tmp_path):
        pass
    with pytest.raises(SettingsError, match="cannot be locked"), StoreLock(tmp_path / "no" / "x"):
        pass
