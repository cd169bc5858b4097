"""What a log line looks like, and where it goes: the console and a file that rotates.

    2026-11-20 09:44:05.123 INFO    longconn.connected  connected to wss://…

Time, level, event name (for lines of other libraries the logger's name), sentence. Whatever a
line holds beyond its first end of line is indented, so that every line that starts with a time
is a record.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import sys
import threading
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Literal, TextIO

import msgspec

from larkgate import texts
from larkgate.secret import Secret

__all__ = ["Level", "LogFile", "LogSettings", "setup"]

log = logging.getLogger(__name__)

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]

# Libraries that tell at INFO or DEBUG what is ours to tell, URLs included.
_TALKATIVE = (
    "aiohttp",
    "asyncio",
    "charset_normalizer",
    "httpcore",
    "httpx",
    "openai",
    "urllib3",
    "websockets",
)
_COLOURS = {
    logging.DEBUG: "\x1b[2m",
    logging.WARNING: "\x1b[33m",
    logging.ERROR: "\x1b[31m",
    logging.CRITICAL: "\x1b[1;31m",
}
_CONTROL = {
    **{code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))},
    **{ord("\t"): "\t", ord("\n"): "\n    ", 0x2028: "\\u2028", 0x2029: "\\u2029"},
}
# Shorter ones would blot out ordinary words.
_SHORTEST_SECRET = 6


class LogSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`file` None: console only. `content`: whether message bodies may be logged."""

    level: Level = "INFO"
    file: Path | None = Path("logs/larkgate.log")
    content: bool = False
    max_bytes: int = 10 * 1024 * 1024
    backups: int = 5


def setup(
    settings: LogSettings,
    language: texts.Language,
    *,
    secrets: Iterable[Secret] = (),
    console: TextIO | None = None,
    colour: bool | None = None,
) -> ExitStack:
    """Send the log of this process to the console (stderr) and to the file.

    A file that cannot be written is told once, and the console goes on. Values of `secrets` are
    blotted out of every line. Uncaught exceptions, of threads too, are logged.

    Returns:
        What puts everything back as it was: use it in `with`, or `close()` it.
    """
    undo = ExitStack()
    undo.callback(texts.use, texts.language())
    texts.use(language)
    _set_levels(settings.level, undo)
    _catch_uncaught(undo)
    formatter = _Formatter(secrets)
    _add(_Console(console or sys.stderr, colour), formatter, undo)
    if settings.file is not None:
        file = LogFile(settings.file, settings.max_bytes, settings.backups)
        _add(file, formatter, undo)
        file.open()
    return undo


class LogFile(logging.Handler):
    """Appends to a file of mode 0600, and starts it anew when it has grown to `max_bytes`.

    The file may be emptied, moved or deleted meanwhile: the next line goes to the file that has
    the name then. Full files get the names `<name>.1` (the newest) to `<name>.<backups>`.
    """

    def __init__(self, path: Path, max_bytes: int, backups: int) -> None:
        super().__init__()
        self._path = path
        self._max_bytes = max_bytes
        self._backups = backups
        self._file: int | None = None
        self._identity = (0, 0)
        self._failing = False

    def open(self) -> None:
        """Open the file now instead of with the first line."""
        self.acquire()
        try:
            self._ready_for(0)
        except OSError as error:
            self._tell_failure(error)
        finally:
            self.release()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
            file = self._ready_for(len(line))
            os.write(file, line)
            self._failing = False
        except OSError as error:
            self._tell_failure(error)
        except Exception:  # a line that cannot be formatted must not stop what it tells of
            self.handleError(record)

    def close(self) -> None:
        self._close_file()
        super().close()

    def _ready_for(self, length: int) -> int:
        """The open file, after a look at what has its name by now. One system call as a rule."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return self._open()
        if self._file is None or (found.st_dev, found.st_ino) != self._identity:
            return self._open()
        if found.st_size and found.st_size + length > self._max_bytes and self._rotates(found):
            return self._rotate()
        return self._file

    def _open(self) -> int:
        self._close_file()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        opened = os.fstat(file)
        self._identity = (opened.st_dev, opened.st_ino)
        self._file = file
        return file

    def _close_file(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _rotates(self, found: os.stat_result) -> bool:
        # /dev/stdout is a link, and may lead to a plain file: neither is ours to rename.
        return stat.S_ISREG(found.st_mode) and not self._path.is_symlink()

    def _rotate(self) -> int:
        self._close_file()  # Windows renames no open file
        with suppress(OSError):  # then the file grows beyond its size, which loses nothing
            newest_last = [self._backup(n) for n in range(self._backups, 0, -1)] + [self._path]
            newest_last[0].unlink(missing_ok=True)
            for older, newer in pairwise(newest_last):
                if newer.exists():
                    newer.replace(older)
        return self._open()

    def _backup(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")

    def _tell_failure(self, error: OSError) -> None:
        self._close_file()
        if not self._failing:
            self._failing = True
            cause = error.strerror or error
            texts.tell(log, logging.WARNING, "logs.file_lost", file=self._path, cause=cause)


class _Console(logging.StreamHandler[TextIO]):
    def __init__(self, stream: TextIO, colour: bool | None) -> None:
        super().__init__(stream)
        terminal = stream.isatty() and sys.platform != "win32"
        self._coloured = terminal if colour is None else colour

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        colour = _COLOURS.get(record.levelno) if self._coloured else None
        return f"{colour}{line}\x1b[0m" if colour else line


class _Formatter(logging.Formatter):
    """Makes a record's line once; the second handler finds it on the record."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        super().__init__()
        values = sorted((secret.reveal() for secret in secrets), key=len, reverse=True)
        hidden = [re.escape(value) for value in values if len(value) >= _SHORTEST_SECRET]
        self._hidden = re.compile("|".join(hidden)) if hidden else None
        self._second = -1
        self._stamp = ""

    def format(self, record: logging.LogRecord) -> str:
        line: str | None = record.__dict__.get("larkgate_line")
        if line is None:
            line = record.__dict__["larkgate_line"] = self._line(record)
        return line

    def _line(self, record: logging.LogRecord) -> str:
        event = record.__dict__.get("event") or record.name
        text = record.getMessage()
        if record.exc_info:
            text = f"{text}\n{self.formatException(record.exc_info)}"
        if record.stack_info:
            text = f"{text}\n{self.formatStack(record.stack_info)}"
        if self._hidden:
            text = self._hidden.sub("***", text)
        if not text.isprintable():
            text = text.translate(_CONTROL)
        return f"{self._time(record)} {record.levelname:<7} {event}  {text}"

    def _time(self, record: logging.LogRecord) -> str:
        second = int(record.created)
        if second != self._second:
            self._stamp = self.formatTime(record, "%Y-%m-%d %H:%M:%S")
            self._second = second
        return f"{self._stamp}.{int(record.msecs):03d}"


def _add(handler: logging.Handler, formatter: logging.Formatter, undo: ExitStack) -> None:
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    undo.callback(handler.close)
    undo.callback(root.removeHandler, handler)


def _set_levels(level: Level, undo: ExitStack) -> None:
    quiet = max(logging.WARNING, logging.getLevelNamesMapping()[level])
    levels: dict[str, int | str] = {"": level, **dict.fromkeys(_TALKATIVE, quiet)}
    for name, wanted in levels.items():
        logger = logging.getLogger(name)
        undo.callback(logger.setLevel, logger.level)
        logger.setLevel(wanted)


def _catch_uncaught(undo: ExitStack) -> None:
    undo.callback(setattr, sys, "excepthook", sys.excepthook)
    undo.callback(setattr, threading, "excepthook", threading.excepthook)
    sys.excepthook = _uncaught
    threading.excepthook = _uncaught_in_thread


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    _tell_uncaught("logs.uncaught", error)


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
        name = args.thread.name if args.thread else "?"
        _tell_uncaught("logs.uncaught_in_thread", args.exc_value, thread=name)


def _tell_uncaught(key: str, error: BaseException, **values: object) -> None:
    sentence = texts.Sentence(key, {"kind": type(error).__name__, "error": error, **values})
    log.critical(sentence, exc_info=error, extra={"event": key})
