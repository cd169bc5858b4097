"""Who waits for which job to be over."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from larkgate.queue.jobs import Stored

__all__ = ["Endings"]


class Endings:
    """Lives on the event loop."""

    def __init__(self) -> None:
        self._waiting: dict[str, set[asyncio.Future[Stored]]] = {}

    @property
    def keys(self) -> Collection[str]:
        """The jobs somebody waits for."""
        return self._waiting.keys()

    def wait(self, key: str) -> asyncio.Future[Stored]:
        ended: asyncio.Future[Stored] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, set()).add(ended)
        ended.add_done_callback(lambda ended: self._forget(key, ended))
        return ended

    def tell(self, stored: Stored) -> None:
        """Wake who waits for this job, if it is over."""
        if stored.state != "open":
            for ended in self._take(stored.key):
                ended.set_result(stored)

    def fail(self, error: BaseException) -> None:
        for key in [*self._waiting]:
            for ended in self._take(key):
                ended.set_exception(error)

    def cancel(self) -> None:
        for key in [*self._waiting]:
            for ended in self._take(key):
                ended.cancel()

    def _take(self, key: str) -> list[asyncio.Future[Stored]]:
        return [ended for ended in self._waiting.pop(key, ()) if not ended.done()]

    def _forget(self, key: str, ended: asyncio.Future[Stored]) -> None:
        others = self._waiting.get(key, set())
        others.discard(ended)
        if not others:
            self._waiting.pop(key, None)
