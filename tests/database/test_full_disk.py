"""A full disk: one sentence, nothing lost, and all is well again once there is space."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import TypeVar

import pytest

from larkgate.clock import VirtualClock
from larkgate.database import (
    PARKED,
    Database,
    DirectoryLock,
    Migrations,
    insert,
    open_directory,
    open_read_only,
)
from larkgate.errors import StoreFull
from small_disk import may_mount, small_disk

Test = TypeVar("Test", bound=Callable[..., object])

SCHEMA = Migrations("notes", ("create table note (text text not null) strict",))


_MAY_MOUNT = may_mount()


def on_a_small_disk(test: Test) -> Test | None:
    """Where nobody may mount one the test is not there; limited pages stand for it."""
    return test if _MAY_MOUNT else None


@pytest.fixture
def disk() -> Iterator[Path]:
    with small_disk(1) as directory:
        yield directory


class Ballast:
    """A file that takes all space but a few bytes."""

    def __init__(self, directory: Path, leave: int = 0) -> None:
        self._path = directory / "ballast"
        size = 0
        with self._path.open("wb", buffering=0) as file, suppress(OSError):
            while written := file.write(bytes(4096)):
                size += written
        os.truncate(self._path, size - leave)

    def drop(self) -> None:
        self._path.unlink()


def keep(connection: sqlite3.Connection, texts: list[str]) -> list[str]:
    insert(connection, "insert into note", [(text,) for text in texts])
    return texts


def keep_once(connection: sqlite3.Connection, texts: list[str]) -> list[str]:
    return keep(connection, [text for text in texts if text not in all_notes(connection)]) or texts


def keep_or_park(connection: sqlite3.Connection, texts: list[str]) -> list[str]:
    """Writes, and finds nothing, as a claim does that takes lanes."""
    keep(connection, texts)
    return [PARKED] * len(texts)


def limit_pages(connection: sqlite3.Connection, pages: list[int]) -> list[int]:
    return [connection.execute(f"pragma max_page_count = {n}").fetchone()[0] for n in pages]


def all_notes(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("select text from note")]


def notes(path: Path) -> set[str]:
    with closing(open_read_only(path)) as connection:
        return set(all_notes(connection))


async def write_until_full(database: Database) -> set[str]:
    """What was acknowledged before the disk was full."""
    kept: set[str] = set()
    try:
        while True:
            text = f"{len(kept)} {'x' * 2000}"
            await database.write(keep, text)
            kept.add(text)
    except StoreFull:
        return kept


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "larkgate.db"


async def refused(database: Database, texts: list[str]) -> None:
    futures = [database.write(keep, text) for text in texts]
    await asyncio.wait(futures)
    assert {type(future.exception()) for future in futures} == {StoreFull}


async def write_first(path: Path, clock: VirtualClock) -> None:
    async with Database(path, clock, [SCHEMA]) as database:
        await database.write(keep_once, "first")


MORE = [f"refused {number} {'y' * 4000}" for number in range(20)]


async def test_no_more_pages(path: Path, clock: VirtualClock) -> None:
    async with Database(path, clock, [SCHEMA]) as database:
        await database.write(limit_pages, 50)
        kept = await write_until_full(database)
        await refused(database, MORE)
        with pytest.raises(StoreFull, match=r"disk is full.*larkgate\.db.*free some space"):
            await database.write(keep, MORE[0])
        assert notes(path) == kept
        await database.write(limit_pages, 5000)
        await asyncio.gather(*(database.write(keep, text) for text in MORE))
    assert notes(path) == {*kept, *MORE}


async def test_what_waits_is_told_too(path: Path, clock: VirtualClock) -> None:
    """Who claims must hear of it, and may try again."""
    async with Database(path, clock, [SCHEMA]) as database:
        await database.write(limit_pages, 10)
        await write_until_full(database)
        with pytest.raises(StoreFull):
            await database.write(keep_or_park, "x" * 10_000, last=True)


@on_a_small_disk
async def test_a_disk_runs_full_while_we_write(disk: Path, clock: VirtualClock) -> None:
    async with Database(disk / "larkgate.db", clock, [SCHEMA]) as database:
        ballast = Ballast(disk, leave=200 * 1024)
        kept = await write_until_full(database)
        await refused(database, MORE)
        assert notes(database.path) == kept
        ballast.drop()
        await asyncio.gather(*(database.write(keep, text) for text in MORE))
    assert notes(disk / "larkgate.db") == {*kept, *MORE}


@on_a_small_disk
@pytest.mark.parametrize("leave", range(0, 88 * 1024, 4096))
async def test_starting_on_a_full_disk(disk: Path, clock: VirtualClock, leave: int) -> None:
    """However little is left, it is told as what it is, and a later start finds all in order."""
    ballast = Ballast(disk, leave)
    with DirectoryLock(open_directory(disk)):
        with suppress(StoreFull):
            await write_first(disk / "larkgate.db", clock)
        ballast.drop()
        await write_first(disk / "larkgate.db", clock)
    assert notes(disk / "larkgate.db") == {"first"}


@on_a_small_disk
async def test_stopping_on_a_full_disk_loses_nothing(disk: Path, clock: VirtualClock) -> None:
    async with Database(disk / "larkgate.db", clock, [SCHEMA]) as database:
        ballast = Ballast(disk, leave=100 * 1024)
        kept = await write_until_full(database)
    assert notes(disk / "larkgate.db") == kept
    ballast.drop()
    async with Database(disk / "larkgate.db", clock, [SCHEMA]) as database:
        await database.write(keep, "more")
    assert notes(disk / "larkgate.db") == {*kept, "more"}
