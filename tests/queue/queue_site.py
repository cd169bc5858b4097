"""A store as the contract suite meets it: what it stands on can stop, die and come back."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, Protocol

from larkgate.clock import VirtualClock
from larkgate.database import Database, Migrations
from larkgate.queue import (
    SCHEMA,
    Arrival,
    Claim,
    Event,
    Job,
    NewJob,
    Settlement,
    SqliteStore,
    State,
    Store,
)

NOTES = Migrations(
    "notes",
    ("create table note (text text not null) strict",),
    ("create table larkgate.note (n bigint generated always as identity, text text not null)",),
)


class Note(NamedTuple):
    """A further write for a settlement."""

    text: str

    @classmethod
    def write_sqlite(cls, connection: sqlite3.Connection, items: Sequence[Note]) -> None:
        connection.executemany("insert into note values (?)", items)

    @classmethod
    async def write_postgres(cls, connection: Any, items: Sequence[Note]) -> None:
        await connection.executemany("insert into larkgate.note (text) values ($1)", items)


class BadNote(NamedTuple):
    """One that fails once it has written."""

    text: str

    @classmethod
    def write_sqlite(cls, connection: sqlite3.Connection, items: Sequence[BadNote]) -> None:
        Note.write_sqlite(connection, [Note(item.text) for item in items])
        raise ValueError(f"bad: {items[0].text}")

    @classmethod
    async def write_postgres(cls, connection: Any, items: Sequence[BadNote]) -> None:
        await Note.write_postgres(connection, [Note(item.text) for item in items])
        raise ValueError(f"bad: {items[0].text}")


class Site(Protocol):
    """One store under test."""

    clock: VirtualClock

    @property
    def store(self) -> Store: ...

    async def restart(self) -> None:
        """Stop in order, and start again."""

    async def crash(self) -> None:
        """Die without a word, and start again."""

    async def resume(self, queue: str) -> None:
        """End a hold, or a person's pause."""

    async def pause(self, queue: str, reason: str) -> None:
        """As a person does."""

    async def notes(self) -> list[str]:
        """The texts that notes have left."""


class SqliteSite:
    """`SqliteStore` on a file; each life after a crash has a copy of its own."""

    def __init__(
        self,
        directory: Path,
        clock: VirtualClock,
        synchronous: Literal["FULL", "NORMAL"] = "FULL",
        *,
        backlog: int = 0,
        min_free: int = 0,
    ) -> None:
        self.clock = clock
        self._directory = directory
        self._synchronous = synchronous
        self._backlog = backlog
        self._min_free = min_free
        self._life = 0

    @property
    def store(self) -> SqliteStore:
        return self._store

    @property
    def database(self) -> Database:
        return self._database

    async def open(self) -> None:
        self._database = Database(
            self._path,
            self.clock,
            [SCHEMA, NOTES],
            synchronous=self._synchronous,
            min_free=self._min_free,
        )
        await self._database.open()
        self._store = SqliteStore(self._database, self.clock, backlog=self._backlog)
        await self._store.open()

    async def close(self) -> None:
        await self._store.close()
        await self._database.close()

    async def restart(self) -> None:
        await self.close()
        await self.open()

    async def crash(self) -> None:
        """As after `kill -9`: what is on disk now is all that the next life finds."""
        await self.clock.settle()
        before = self._path
        self._life += 1
        self._path.parent.mkdir()
        for file in before.parent.glob(f"{before.name}*"):
            shutil.copy(file, self._path.parent)
        await self.close()  # of the life before, on its own files
        await self.open()

    @property
    def _path(self) -> Path:
        return self._directory / str(self._life) / "larkgate.db"

    async def resume(self, queue: str) -> None:
        await self._set_queue("paused_until = null, paused = null", queue)

    async def pause(self, queue: str, reason: str) -> None:
        await self._set_queue("paused = ?2", queue, reason)

    async def _set_queue(self, values: str, *given: str) -> None:
        def write(connection: sqlite3.Connection, items: list[None]) -> list[None]:
            connection.execute("insert or ignore into queue (name) values (?1)", given[:1])
            connection.execute(f"update queue set {values} where name = ?1", given)
            self._store.changed(connection)
            return items

        await self._database.write(write, None)

    async def notes(self) -> list[str]:
        return await self._database.read(_read_notes)


@asynccontextmanager
async def sqlite_site(
    directory: Path, clock: VirtualClock, **options: Any
) -> AsyncIterator[SqliteSite]:
    (directory / "0").mkdir()
    site = SqliteSite(directory, clock, **options)
    await site.open()
    yield site
    await site.close()


def _read_notes(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("select text from note order by rowid")]


def event(key: str, payload: str = "{}") -> Event:
    return Event(key, "cli_1", "im.message.receive_v1", 1_800_000_000.0, payload)


def arrival(
    key: str,
    lane: str = "lane",
    *,
    queue: str = "q",
    payload: str = "{}",
    run_at: float | None = None,
    together: str | None = None,
    withdraws: str | None = None,
) -> Arrival:
    """An event with one delivery, whose key is the event's with `d:` before it."""
    delivery = NewJob(f"d:{key}", queue, lane, "", run_at, together)
    return Arrival(event(key, payload), (delivery,), withdraws)


def keys(claims: Iterable[Claim]) -> list[str]:
    return sorted(claim.job.key for claim in claims)


def jobs(claims: Iterable[Claim]) -> dict[str, Job]:
    return {claim.job.key: claim.job for claim in claims}


async def take(site: Site, queue: str = "q", limit: int = 100, *, burst: int = 1) -> list[Claim]:
    """What can be claimed right now, in as many claims as it takes; nobody is left waiting."""
    taken: list[Claim] = []
    while len(taken) < limit:
        claims = site.store.claim(queue, limit - len(taken), burst=burst)
        await site.clock.settle()
        if not claims.done():
            claims.cancel()
            break
        assert 0 < len(await claims) <= limit - len(taken)
        taken += await claims
    return taken


async def take_one(site: Site, queue: str = "q", *, burst: int = 1) -> Claim:
    [claim] = await take(site, queue, burst=burst)
    return claim


async def settle(site: Site, claim: Claim, state: State = "done", **rest: Any) -> bool:
    return await site.store.settle(Settlement(claim, state, **rest))


async def work_off(site: Site, queue: str = "q") -> list[str]:
    """The keys of all jobs in the order in which they could be run, each done at once."""
    done: list[str] = []
    while claims := await take(site, queue):
        assert all(await asyncio.gather(*(settle(site, claim) for claim in claims)))
        done += [claim.job.key for claim in claims]
    return done


async def count(site: Site) -> dict[tuple[str, State], int]:
    return {(found.queue, found.state): found.jobs for found in await site.store.counts()}
