"""The data directory is private, usable, and held by one process at a time, dead ones excepted."""

from __future__ import annotations

import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from larkgate.database import DirectoryLock, open_directory
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


def test_one_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert mode(open_directory(tmp_path)) == 0o700


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


def test_a_lock_that_cannot_be_opened(tmp_path: Path) -> None:
    """As after a run under another user; root can open everything but a directory."""
    (tmp_path / "lock").mkdir()
    with pytest.raises(SettingsError, match="cannot be used"), DirectoryLock(tmp_path):
        pass
