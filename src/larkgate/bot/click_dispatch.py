"""Runs an app's handlers for clicks; what they return is what the clicks are answered with."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import msgspec

from larkgate.bot.app import App, ClickHandler
from larkgate.bot.calls import contained, in_thread, place_of
from larkgate.bot.click import Click, click_of
from larkgate.bot.threads import ThreadPool
from larkgate.clock import Clock
from larkgate.errors import Ending, GiveUp, ProtocolError
from larkgate.queue import Claim, Done
from larkgate.queue.worker import is_abandoned
from larkgate.texts import say, tell

__all__ = ["ClickDispatcher"]

log = logging.getLogger(__name__)

_UNCHANGED = "{}"
_ANSWERS = {"toast", "card"}
_LONGEST = 30_000  # characters; the platform takes cards of 30 KB


class ClickDispatcher:
    """Handles the clicks of one app. What such a job leaves is the JSON of its answer.

    Args:
        threads: for plain functions; not those of messages, which may all be taken.
    """

    def __init__(self, app: App, threads: ThreadPool, clock: Clock) -> None:
        self._app = app
        self._threads = threads
        self._clock = clock

    async def handle(self, claim: Claim) -> Done:
        """Run the first handler that wants the click."""
        try:
            click = click_of(claim.job)
        except ProtocolError as error:
            raise GiveUp(str(error)) from error
        handler = self._app.find_click(click)
        return Done(_UNCHANGED if handler is None else await self._run(handler, click))

    async def _run(self, handler: ClickHandler, click: Click) -> str:
        started = self._clock.monotonic()
        try:
            body = _body(handler, await self._call(handler, click))
        except Exception as error:
            if not is_abandoned():
                _tell_failed(handler, click, error)
            raise
        milliseconds = round((self._clock.monotonic() - started) * 1000)
        values = {"handler": handler.name, "click": click.event_id}
        tell(log, logging.INFO, "bot.click_handled", **values, milliseconds=milliseconds)
        return body

    async def _call(self, handler: ClickHandler, click: Click) -> Any:
        if not handler.blocking:
            return await contained(handler.function(click))
        return await in_thread(self._threads, handler.name, partial(handler.function, click))


def _body(handler: ClickHandler, answer: object) -> str:
    if answer is None or answer == "":
        return _UNCHANGED
    if isinstance(answer, str):
        answer = {"toast": {"type": "info", "content": answer}}
    if not isinstance(answer, dict) or answer.keys() - _ANSWERS:
        raise GiveUp(say("bot.bad_click_answer", handler=handler.name))
    try:
        body = msgspec.json.encode(answer).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise GiveUp(say("bot.bad_click_answer", handler=handler.name)) from error
    if len(body) > _LONGEST:
        raise GiveUp(say("bot.long_click_answer", handler=handler.name, limit=_LONGEST))
    return body


def _tell_failed(handler: ClickHandler, click: Click, error: Exception) -> None:
    meant = isinstance(error, Ending)
    level = logging.WARNING if meant else logging.ERROR
    cause = error if meant else place_of(error)
    values = {"handler": handler.name, "click": click.event_id}
    tell(log, level, "bot.click_failed", **values, cause=cause)
