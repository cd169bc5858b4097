"""What an app remembers of a conversation, across messages and restarts."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

import msgspec

from larkgate.database import Database, Migrations
from larkgate.errors import LarkgateError

__all__ = ["SCHEMA", "Session", "Sessions"]

SCHEMA = Migrations(
    "bot",
    (
        """
        create table session (
            key        text primary key,
            id         text not null,
            state      text not null,
            version    integer not null,
            created_at real not null,
            updated_at real not null
        ) strict, without rowid
        """,
    ),
)


class Session:
    """The memory of one conversation.

    Attributes:
        id: of this session, for logs and pages.
        state: any JSON; what a handler leaves in it is stored in the commit that settles.
        new: whether this message began it.
    """

    def __init__(self, key: str, id: str, state: dict[str, Any], version: int) -> None:
        self.id = id
        self.state = state
        self.new = version == 0
        self._key = key
        self._version = version
        self._stored = b"" if self.new else msgspec.json.encode(state)

    def change(self, now: float) -> SessionChange | None:
        """What must be written, if anything was changed.

        Raises:
            LarkgateError: the state holds what JSON cannot.
        """
        try:
            state = msgspec.json.encode(self.state)
        except TypeError as error:
            raise LarkgateError("bot.session_not_json", cause=error) from error
        if state == self._stored:
            return None
        return SessionChange(self._key, self.id, state.decode(), self._version, now)


class SessionChange(NamedTuple):
    key: str
    id: str
    state: str
    version: int
    now: float


class Sessions:
    """Loads sessions; changes are written by the settle of the delivery that made them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, key: str, new_id: str) -> Session:
        """The session of this conversation, or a new one with `new_id`."""

        def look(connection: sqlite3.Connection) -> Session:
            row = connection.execute(
                "select id, state, version from session where key = ?", (key,)
            ).fetchone()
            if row is None:
                return Session(key, new_id, {}, 0)
            return Session(key, row[0], msgspec.json.decode(row[1]), row[2])

        return await self._database.read(look)


def write_changes(connection: sqlite3.Connection, changes: list[SessionChange]) -> list[None]:
    """A batch for the settle. Raises LarkgateError when another run changed a session meanwhile."""
    for change in changes:
        cursor = connection.execute(
            "insert into session values (:key, :id, :state, 1, :now, :now) "
            "on conflict (key) do update set state = :state, version = version + 1, "
            "updated_at = :now where version = :version",
            change._asdict(),
        )
        if cursor.rowcount == 0:
            raise LarkgateError("bot.session_changed", session=change.id)
    return [None] * len(changes)
