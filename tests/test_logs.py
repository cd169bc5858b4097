"""What a log line looks like, and a log file that others empty, move, delete or lock."""

from __future__ import annotations

import asyncio
import io
import logging
import os
import re
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from larkgate import logs, texts
from larkgate.logs import LogSettings
from larkgate.secret import Secret

log = logging.getLogger("larkgate.sample")

LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) (\w+) +(\S+)  (.*)")
ENGLISH_LOST = "so the log goes to the console only"


class Screen(io.StringIO):
    """A console that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def undo() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def console() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def file(tmp_path: Path, undo: ExitStack, console: io.StringIO) -> Path:
    """A log that is running, at DEBUG, with files of at most 1000 bytes."""
    path = tmp_path / "logs" / "larkgate.log"
    settings = LogSettings(level="DEBUG", file=path, max_bytes=1000, backups=2)
    undo.enter_context(logs.setup(settings, "en", console=console))
    return path


def lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def test_a_line_has_time_level_event_and_sentence(file: Path, console: io.StringIO) -> None:
    texts.tell(log, logging.INFO, "lifecycle.stopping", signal="SIGTERM")
    (line,) = lines(file)
    found = LINE.fullmatch(line)
    assert found
    assert found[2] == "INFO"
    assert found[3] == "lifecycle.stopping"
    assert found[4].startswith("SIGTERM received")
    assert console.getvalue() == f"{line}\n"


def test_the_event_name_does_not_change_with_the_language(
    tmp_path: Path, undo: ExitStack, console: io.StringIO
) -> None:
    undo.enter_context(logs.setup(LogSettings(file=None), "zh", console=console))
    texts.tell(log, logging.INFO, "lifecycle.stopping", signal="SIGTERM")
    assert " lifecycle.stopping  收到 SIGTERM" in console.getvalue()
    assert not list(tmp_path.iterdir())


def test_a_plain_line_carries_its_loggers_name(file: Path) -> None:
    log.debug("ping %d", 7)
    assert lines(file)[0].endswith("DEBUG   larkgate.sample  ping 7")


def test_nobody_can_forge_a_line(file: Path) -> None:
    log.info("%s", "a\n2026-11-20 09:44:05.123 ERROR   forged  b\r\x1b[31m\x85\u2028c\u3000d")
    first, second = lines(file)
    assert first.endswith("  a")
    assert second.startswith("    2026")
    assert second.endswith(r"b\x0d\x1b[31m\x85\u2028c" + "\u3000d")


def test_a_traceback_belongs_to_its_line(file: Path) -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError:
        log.exception("it went wrong")
    assert [line for line in lines(file) if not line.startswith("    ")] == lines(file)[:1]
    assert lines(file)[-2:] == ["    ValueError: first", "    second"]


def test_half_a_character_is_no_reason_to_lose_a_line(file: Path) -> None:
    log.info("\ud83d")
    assert lines(file)[0].endswith(r"\ud83d")


def test_secrets_are_blotted_out_even_of_tracebacks(
    tmp_path: Path, undo: ExitStack, console: io.StringIO
) -> None:
    secrets = [Secret("canary"), Secret("canary-longer"), Secret(""), Secret("abc")]
    settings = LogSettings(level="DEBUG", file=tmp_path / "a.log")
    undo.enter_context(logs.setup(settings, "en", secrets=secrets, console=console))
    try:
        raise ValueError("canary-longer")
    except ValueError:
        log.exception("canary %s abc", {"key": "xcanaryx"})
    for text in (console.getvalue(), (tmp_path / "a.log").read_text()):
        assert "canary" not in text
        assert "-longer" not in text
        assert "*** {'key': 'x***x'} abc" in text


def test_colours_are_for_terminals_only(undo: ExitStack, console: io.StringIO) -> None:
    screen = Screen()
    undo.enter_context(logs.setup(LogSettings(file=None), "en", console=screen, colour=True))
    undo.enter_context(logs.setup(LogSettings(file=None), "en", console=console))
    log.warning("careful")
    log.info("fine")
    warning, info = screen.getvalue().splitlines()
    assert warning.startswith("\x1b[33m2")
    assert warning.endswith("careful\x1b[0m")
    assert not info.startswith("\x1b")
    assert "\x1b" not in console.getvalue()


@pytest.mark.skipif(sys.platform == "win32", reason="no colours there")
def test_a_terminal_is_recognised(undo: ExitStack) -> None:
    screen = Screen()
    undo.enter_context(logs.setup(LogSettings(file=None), "en", console=screen))
    log.error("no")
    assert screen.getvalue().startswith("\x1b[31m")


def test_other_libraries_speak_up_from_warning_on(file: Path) -> None:
    logging.getLogger("aiohttp.access").info("GET /")
    logging.getLogger("httpx").debug("POST /")
    logging.getLogger("asyncio").warning("slow")
    logging.getLogger("mybot").info("hello")
    assert [LINE.fullmatch(line)[3] for line in lines(file)] == ["asyncio", "mybot"]  # type: ignore[index]


def test_everything_is_put_back(tmp_path: Path, console: io.StringIO) -> None:
    root = logging.getLogger()
    before = (root.level, list(root.handlers), sys.excepthook, threading.excepthook)
    logs.setup(LogSettings(file=tmp_path / "a.log"), "zh", console=console).close()
    assert (root.level, root.handlers, sys.excepthook, threading.excepthook) == before
    assert texts.language() == "en"
    assert logging.getLogger("aiohttp").level == logging.NOTSET


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_nobody_else_reads_the_file(file: Path) -> None:
    log.info("once")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_full_files_are_put_aside(file: Path) -> None:
    for number in range(100):
        log.info("line %02d", number)
    names = sorted(path.name for path in file.parent.iterdir())
    assert names == ["larkgate.log", "larkgate.log.1", "larkgate.log.2"]
    kept = [*lines(file.with_name("larkgate.log.2")), *lines(file.with_name("larkgate.log.1"))]
    kept += lines(file)
    numbers = [int(line[-2:]) for line in kept]
    assert numbers == list(range(numbers[0], 100))
    assert all(path.stat().st_size <= 1000 for path in file.parent.iterdir())


def test_a_line_longer_than_a_file_is_kept_whole(file: Path) -> None:
    log.info("x" * 3000)
    log.info("after")
    assert len(lines(file)) == 1
    assert "x" * 3000 in lines(file.with_name("larkgate.log.1"))[0]


def test_without_backups_a_full_file_starts_anew(tmp_path: Path, undo: ExitStack) -> None:
    path = tmp_path / "a.log"
    settings = LogSettings(file=path, max_bytes=1000, backups=0)
    undo.enter_context(logs.setup(settings, "en", console=io.StringIO()))
    for _ in range(100):
        log.info("a line")
    assert path.stat().st_size <= 1000
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_put_aside_goes_on(file: Path) -> None:
    (file.parent / "larkgate.log.2").mkdir(parents=True)
    for _ in range(30):
        log.info("a line that has about fifty bytes")
    assert [line[-5:] for line in lines(file)] == ["bytes"] * 30


def test_emptied_while_running(file: Path) -> None:
    log.info("before")
    os.truncate(file, 0)
    log.info("after")
    assert file.read_bytes()[:2] == b"20"
    assert [line[-5:] for line in lines(file)] == ["after"]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be moved there")
def test_moved_while_running(file: Path) -> None:
    log.info("before")
    file.rename(file.with_name("moved.log"))
    log.info("after")
    assert [line[-5:] for line in lines(file)] == ["after"]
    assert [line[-6:] for line in lines(file.with_name("moved.log"))] == ["before"]


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_deleted_while_running_directory_and_all(file: Path) -> None:
    log.info("before")
    file.unlink()
    file.parent.rmdir()
    log.info("after")
    assert [line[-5:] for line in lines(file)] == ["after"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_what_a_link_leads_to_is_not_renamed(tmp_path: Path, undo: ExitStack) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    settings = LogSettings(file=tmp_path / "link", max_bytes=1000)
    undo.enter_context(logs.setup(settings, "en", console=io.StringIO()))
    for _ in range(100):
        log.info("a line")
    assert len(lines(tmp_path / "target")) == 100
    assert (tmp_path / "link").is_symlink()


def test_a_file_that_cannot_be_written_is_told_once(
    tmp_path: Path, undo: ExitStack, console: io.StringIO
) -> None:
    (tmp_path / "logs").write_text("in the way")
    path = tmp_path / "logs" / "a.log"
    undo.enter_context(logs.setup(LogSettings(file=path), "en", console=console))
    log.info("one")
    log.info("two")
    told, one, two = console.getvalue().splitlines()
    assert " WARNING logs.file_lost  " in told
    assert ENGLISH_LOST in told
    assert one.endswith("  one")
    assert two.endswith("  two")


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_a_file_that_comes_back_is_written_again(file: Path, console: io.StringIO) -> None:
    log.info("before")
    file.unlink()
    file.mkdir()
    log.info("lost")
    log.info("lost too")
    file.rmdir()
    log.info("after")
    assert [line[-5:] for line in lines(file)] == ["after"]
    assert console.getvalue().count(ENGLISH_LOST) == 1
    file.unlink()
    file.mkdir()
    log.info("lost again")
    assert console.getvalue().count(ENGLISH_LOST) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_full_disk_is_told_once(undo: ExitStack, console: io.StringIO) -> None:
    undo.enter_context(logs.setup(LogSettings(file=Path("/dev/full")), "en", console=console))
    log.info("one")
    log.info("two")
    assert console.getvalue().count(ENGLISH_LOST) == 1


def test_uncaught_exceptions_of_threads_are_logged(file: Path) -> None:
    def fail() -> None:
        raise ValueError("in a thread")

    thread = threading.Thread(target=fail, name="worker-7")
    thread.start()
    thread.join()
    assert " CRITICAL logs.uncaught_in_thread  The thread worker-7 ended" in lines(file)[0]
    assert lines(file)[-1] == "    ValueError: in a thread"


async def test_what_asyncio_cannot_hand_to_anybody_is_logged(file: Path) -> None:
    asyncio.get_running_loop().call_soon(lambda: 1 / 0)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert " ERROR   asyncio  " in lines(file)[0]
    assert lines(file)[-1] == "    ZeroDivisionError: division by zero"


def test_an_uncaught_exception_is_logged(tmp_path: Path) -> None:
    program = """
        from pathlib import Path
        from larkgate import logs
        logs.setup(logs.LogSettings(file=Path("a.log")), "en")
        raise ValueError("the end")
    """
    ended = subprocess.run(
        [sys.executable, "-c", "\n".join(map(str.strip, program.splitlines()))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    written = (tmp_path / "a.log").read_text()
    assert "CRITICAL logs.uncaught  The program ends" in written
    assert written.endswith("    ValueError: the end\n")
    assert ended.stderr == written
