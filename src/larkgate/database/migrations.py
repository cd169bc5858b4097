"""Each room exports its schema as a numbered list of scripts; the version is kept per room."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from larkgate.errors import StoreError

__all__ = ["Migrations", "migrate"]


class Migrations(NamedTuple):
    """The scripts of one room, in each dialect. Script n (from 1) leads from version n - 1 to n."""

    room: str
    sqlite: tuple[str, ...]
    postgres: tuple[str, ...] = ()


def migrate(connection: sqlite3.Connection, rooms: Sequence[Migrations]) -> None:
    """Bring each room to its newest version, each script in a transaction of its own.

    Raises:
        StoreError: the file was written by a newer version of Larkgate.
    """
    connection.execute(
        "create table if not exists schema_version"
        "(room text primary key, version integer not null) strict"
    )
    for room, scripts, _ in rooms:
        row = connection.execute(
            "select version from schema_version where room = ?", (room,)
        ).fetchone()
        version = row[0] if row else 0
        if version > len(scripts):
            raise StoreError("database.newer_schema", room=room, found=version, known=len(scripts))
        for number, script in enumerate(scripts[version:], start=version + 1):
            connection.executescript(f"begin immediate; {script};")
            connection.execute(
                "insert or replace into schema_version values (?, ?)", (room, number)
            )
            connection.execute("commit")
