"""What an app remembers of a conversation, across messages and restarts."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import msgspec

from larkgate.database import Database, Migrations
from larkgate.errors import LarkgateError

if TYPE_CHECKING:
    from larkgate.database.postgres import PostgresDatabase

__all__ = [
    "SCHEMA",
    "MovedSessions",
    "PostgresSessions",
    "Session",
    "SessionChange",
    "Sessions",
    "SqliteSessions",
]

SCHEMA = Migrations(
    "bot",
    sqlite=(
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
    postgres=(
        """
        create table larkgate.session (
            key        text primary key,
            id         text not null,
            state      text not null,
            version    integer not null,
            created_at double precision not null,
            updated_at double precision not null
        )
        """,
    ),
)
# A version that is not the one that was read was written by another run.
_WRITE_SQLITE = """
    insert into session values (:key, :id, :state, :version + 1, :now, :now)
    on conflict (key) do update set
        state = excluded.state, version = excluded.version, updated_at = excluded.updated_at
    where session.version = excluded.version - 1
"""
_WRITE_POSTGRES = """
    insert into larkgate.session select key, id, state, version + 1, now, now
    from unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::double precision[])
        as given (key, id, state, version, now)
    on conflict (key) do update set
        state = excluded.state, version = excluded.version, updated_at = excluded.updated_at
    where session.version = excluded.version - 1
    returning key
"""
# A conversation that the new name has begun already stays.
_MOVE_SQLITE = """
    update or ignore session set key = :new || substr(key, length(:old) + 1)
    where substr(key, 1, length(:old)) = :old
"""
_MOVE_POSTGRES = """
    update larkgate.session moved set key = $2::text || substr(key, length($1) + 1)
    where starts_with(key, $1) and not exists (
        select 1 from larkgate.session other
        where other.key = $2::text || substr(moved.key, length($1) + 1)
    )
"""


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
    """What a run leaves in a session; `version` is the one that it read.

    Writing it raises LarkgateError when another run changed the session meanwhile.
    """

    key: str
    id: str
    state: str
    version: int
    now: float

    @classmethod
    def write_sqlite(cls, connection: sqlite3.Connection, items: Sequence[SessionChange]) -> None:
        for change in items:
            if connection.execute(_WRITE_SQLITE, change._asdict()).rowcount == 0:
                raise LarkgateError("bot.session_changed", session=change.id)

    @classmethod
    async def write_postgres(cls, connection: Any, items: Sequence[SessionChange]) -> None:
        # Sorted: two nodes that write the same rows in another order would deadlock.
        rows = await connection.fetch(_WRITE_POSTGRES, *zip(*sorted(items), strict=True))
        written = {row[0] for row in rows}
        for change in items:
            if change.key not in written:
                raise LarkgateError("bot.session_changed", session=change.id)


class MovedSessions(NamedTuple):
    """The conversations of an app follow its deliveries into the queue of its new name.

    One that the new name has begun already stays as it is.
    """

    old_queue: str
    new_queue: str

    @classmethod
    def write_sqlite(cls, connection: sqlite3.Connection, items: Sequence[MovedSessions]) -> None:
        for old, new in items:
            connection.execute(_MOVE_SQLITE, {"old": f"{old}/", "new": f"{new}/"})

    @classmethod
    async def write_postgres(cls, connection: Any, items: Sequence[MovedSessions]) -> None:
        for old, new in items:
            await connection.execute(_MOVE_POSTGRES, f"{old}/", f"{new}/")


class Sessions(Protocol):
    """Loads sessions; changes are written by the settle of the delivery that made them."""

    async def load(self, key: str, new_id: str) -> Session:
        """The session of this conversation, or a new one with `new_id`."""


class SqliteSessions:
    """`Sessions` in a `Database` that was opened with `SCHEMA`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, key: str, new_id: str) -> Session:
        def look(connection: sqlite3.Connection) -> Session:
            row = connection.execute(
                "select id, state, version from session where key = ?", (key,)
            ).fetchone()
            return _session(key, new_id, row)

        return await self._database.read(look)


class PostgresSessions:
    """`Sessions` in a `PostgresDatabase` that was opened with `SCHEMA`."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def load(self, key: str, new_id: str) -> Session:
        rows = await self._database.read(
            "select id, state, version from larkgate.session where key = $1", key
        )
        return _session(key, new_id, next(iter(rows), None))


def _session(key: str, new_id: str, row: Sequence[Any] | None) -> Session:
    if row is None:
        return Session(key, new_id, {}, 0)
    return Session(key, row[0], msgspec.json.decode(row[1]), row[2])
