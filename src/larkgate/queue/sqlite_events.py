"""The events of claimed jobs: from memory while they are fresh, else from the file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from larkgate.database import json_rows
from larkgate.queue.jobs import Event
from larkgate.queue.sql import statements

__all__ = ["FreshEvents"]

_SQL = statements("sqlite")
_MOST = 4_096
_MOST_TEXT = 4 << 20  # characters of payload


class FreshEvents:
    """Remembers what was just kept, so that a claim need not read it back. Events never change."""

    def __init__(self) -> None:
        self._events: dict[int, Event] = {}
        self._text = 0

    def remember(self, id: int, event: Event) -> None:
        if id in self._events:  # its commit was undone, and the number given again
            self._text -= len(self._events.pop(id).payload)
        self._events[id] = event
        self._text += len(event.payload)
        while self._text > _MOST_TEXT or len(self._events) > _MOST:
            oldest = next(iter(self._events))
            self._text -= len(self._events.pop(oldest).payload)

    def find(self, connection: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Event]:
        wanted = {*ids}
        found = {id: self._events[id] for id in wanted & self._events.keys()}
        if len(found) < len(wanted):
            missing = json_rows(wanted - found.keys())
            rows = connection.execute(_SQL["events"], (missing,)).fetchall()
            found |= {id: Event(*event) for id, *event in rows}
        return found
