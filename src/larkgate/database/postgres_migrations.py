"""Brings the tables of a PostgreSQL database up to date, whoever else starts at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from larkgate.database.migrations import Migrations
from larkgate.errors import StoreError

__all__ = ["check_schema", "migrate_postgres"]

_LOCK = 7_524_110_936  # any number that is always the same
_VERSIONS = """
create table if not exists larkgate.schema_version (room text primary key, version integer not null)
"""


async def check_schema(connection: Any, rooms: Sequence[Migrations], place: str) -> bool:
    """Whether every room is at its newest version.

    Raises:
        StoreError: a newer version of Larkgate made the tables.
    """
    found = await _versions(connection)
    for room, _, scripts in rooms:
        if found.get(room, 0) > len(scripts):
            known = {"found": found[room], "known": len(scripts)}
            raise StoreError("postgres.newer_schema", place=place, room=room, **known)
    return all(found.get(room, 0) == len(scripts) for room, _, scripts in rooms)


async def require_schema(connection: Any, rooms: Sequence[Migrations], place: str) -> None:
    """Raise StoreError unless every room is at its newest version."""
    if await check_schema(connection, rooms, place):
        return
    found = await _versions(connection)
    for room, _, scripts in rooms:
        version = found.get(room, 0)
        if version < len(scripts):
            known = {"found": version, "known": len(scripts)}
            raise StoreError("postgres.older_schema", place=place, room=room, **known)


async def migrate_postgres(connection: Any, rooms: Sequence[Migrations], place: str) -> None:
    """Bring each room to its newest version; call it inside a transaction."""
    await connection.execute("select pg_advisory_xact_lock($1)", _LOCK)
    if await check_schema(connection, rooms, place):
        return  # another process did it while this one waited
    await connection.execute("create schema if not exists larkgate")
    await connection.execute(_VERSIONS)
    found = await _versions(connection)
    for room, _, scripts in rooms:
        for script in scripts[found.get(room, 0) :]:
            await connection.execute(script)
        await connection.execute(
            "insert into larkgate.schema_version values ($1, $2) "
            "on conflict (room) do update set version = excluded.version",
            room,
            len(scripts),
        )


async def _versions(connection: Any) -> dict[str, int]:
    if await connection.fetchval("select to_regclass('larkgate.schema_version')") is None:
        return {}
    rows = await connection.fetch("select room, version from larkgate.schema_version")
    return {row["room"]: row["version"] for row in rows}
