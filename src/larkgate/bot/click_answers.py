"""The answer to a click goes back in the acknowledgement of its push, or not at all.

The platform shows an error after 3 s and never pushes a click again (official document "Card
callback"). So who clicked is told in any case: what the handler answered, that it is still at
work, or that the click was not kept.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Literal

import msgspec

from larkgate.clock import Clock
from larkgate.protocol.events import Answer, Push
from larkgate.queue import Store, Stored
from larkgate.texts import say, table

__all__ = ["ClickAnswer"]

_WAY_BACK = 0.05  # seconds from here to the door


class ClickAnswer:
    """Waits for what a click is answered with, as long as its push says.

    Args:
        key: of the job that handles it, wherever that runs.
        kept: 200 once the click is on disk.

    Attributes:
        answer: 200 in any case.
    """

    def __init__(
        self, store: Store, clock: Clock, push: Push, key: str, kept: asyncio.Future[Answer]
    ) -> None:
        self.answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._store = store
        self._key = key
        self._ended: asyncio.Future[Stored] | None = None
        self._timer = clock.call_later(_patience(push, clock), self._overdue)
        self.answer.add_done_callback(self._forget)
        kept.add_done_callback(self._look)

    def _look(self, kept: asyncio.Future[Answer]) -> None:
        if self.answer.done():
            return
        if kept.cancelled() or kept.result().code != HTTPStatus.OK:
            self._give(_toast("warning", "bot.click_again"))
            return
        self._ended = self._store.ended(self._key)
        self._ended.add_done_callback(self._over)

    def _over(self, ended: asyncio.Future[Stored]) -> None:
        if ended.cancelled() or ended.exception():  # it is kept all the same
            self._give(_toast("info", "bot.click_late"))
        elif (stored := ended.result()).state == "done":
            self._give((stored.result or "{}").encode())
        else:
            self._give(_toast("error", "bot.click_dead"))

    def _overdue(self) -> None:
        if self._ended is None:
            self._give(_toast("warning", "bot.click_again"))
        else:
            self._give(_toast("info", "bot.click_late"))

    def _give(self, body: bytes) -> None:
        if not self.answer.done():
            self.answer.set_result(Answer(HTTPStatus.OK, body))

    def _forget(self, _: asyncio.Future[Answer]) -> None:
        self._timer.cancel()
        if self._ended is not None:
            self._ended.cancel()


def _patience(push: Push, clock: Clock) -> float:
    """Seconds left. Never more than at the door, whatever its clock says or ours did since."""
    left = min(push.answer_by - clock.now(), push.answer_by - push.received_at)
    return max(0.0, left - _WAY_BACK)


def _toast(kind: Literal["info", "warning", "error"], key: str) -> bytes:
    """In our language, and in that of who clicked where the client tells it."""
    chinese, english = table()[key]
    i18n = {"zh_cn": chinese, "en_us": english}
    return msgspec.json.encode({"toast": {"type": kind, "content": say(key), "i18n": i18n}})
