"""What went wrong in a bot while a test went on, with the handler's own traceback."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

import larkgate.errors
from larkgate.errors import Ending, LarkgateError
from larkgate.texts import say

__all__ = ["BotFailed", "Failure", "Watch"]

_OURS = str(Path(larkgate.errors.__file__).parent)
_LOG = logging.getLogger("larkgate")
_FAILED = {"bot.handler_failed", "bot.click_failed"}
_OVER = {"queue.retry", "queue.dead"}


class BotFailed(LarkgateError):
    """A test has ended, and something went wrong that it did not allow for."""


class Failure(Struct, frozen=True):
    """One thing that went wrong.

    Attributes:
        reason: a sentence.
        handler: the name of the handler that failed, or "".
        error: what it raised, None if nothing was raised.
        dead: whether the work has become a dead letter.
    """

    reason: str
    handler: str = ""
    error: BaseException | None = None
    dead: bool = False

    @property
    def traceback(self) -> str:
        """The traceback of `error` without what is Larkgate's, or ""."""
        if self.error is None:
            return ""
        told = traceback.TracebackException.from_exception(self.error)
        *led_here, last = told.stack
        theirs = [frame for frame in led_here if not frame.filename.startswith(_OURS)]
        told.stack = traceback.StackSummary.from_list([*theirs, last])
        return "".join(told.format()).rstrip()

    @property
    def cause(self) -> BaseException | None:
        """`error`, its traceback beginning in the handler."""
        trace = self.error.__traceback__ if self.error else None
        while trace and trace.tb_next and trace.tb_frame.f_code.co_filename.startswith(_OURS):
            trace = trace.tb_next
        return self.error.with_traceback(trace) if self.error else None

    def __str__(self) -> str:
        return self.reason


class Watch(logging.Handler):
    """Reads along what a gateway says of work that fails.

    A handler has failed when its run was charged or ended: not where `bot.error` had an answer,
    nor where it raised `Retry` or `Hold` itself.

    Args:
        thread: the one in which the gateway runs; others may run in this process.
    """

    def __init__(self, thread: Callable[[], int]) -> None:
        super().__init__(logging.WARNING)
        self._thread_id = thread
        self._raised: dict[str, tuple[str, BaseException | None]] = {}
        self.failures: list[Failure] = []

    def attach(self) -> None:
        self._level_before = _LOG.level
        if _LOG.getEffectiveLevel() > logging.WARNING:
            _LOG.setLevel(logging.WARNING)
        _LOG.addHandler(self)

    def detach(self) -> None:
        _LOG.removeHandler(self)
        _LOG.setLevel(self._level_before)

    def emit(self, record: logging.LogRecord) -> None:
        event, values = record.__dict__.get("event"), record.__dict__.get("values", {})
        if record.thread != self._thread_id():
            return
        if event in _FAILED:
            self._note(str(values.get("handler")), sys.exc_info()[1])
        elif event in _OVER:
            self._end(str(values.get("job")), record.getMessage(), dead=event == "queue.dead")
        elif event == "gateway.app_broken":
            self.failures.append(Failure(record.getMessage()))

    def _note(self, handler: str, error: BaseException | None) -> None:
        """What `bot.error` raises again stays the failure of the handler."""
        job = _current_job()
        if job not in self._raised or self._raised[job][1] is not error:
            self._raised[job] = (handler, error)

    def _end(self, job: str, reason: str, *, dead: bool) -> None:
        handler, error = self._raised.pop(job, ("", None))
        meant = error is None or isinstance(error, Ending)
        if meant and not dead:
            return  # it is tried again, as it should be
        if error is not None and not meant:
            reason = say("testing.handler_failed", handler=handler, error=_in_words(error))
        self.failures.append(Failure(reason, handler, None if meant else error, dead))


def _current_job() -> str:
    """A worker names each task after its job."""
    task = asyncio.current_task()
    return task.get_name() if task else ""


def _in_words(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()
