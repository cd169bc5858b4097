"""What only the store on SQLite has: its commits, its attempts on record, a real `kill -9`."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from queue_site import SqliteSite, arrival, keys, sqlite_site, take, take_one

from larkgate.clock import VirtualClock
from larkgate.errors import StoreError
from larkgate.queue import Settlement, State
from sqlite_log import commits

KILLED = Path(__file__).with_name("queue_to_kill.py")


@pytest.fixture
async def site(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteSite]:
    async with sqlite_site(tmp_path, clock) as site:
        yield site


async def attempts(site: SqliteSite) -> list[tuple[Any, ...]]:
    statement = "select job.key, n, started, ended, error from attempt join job on job = job.id"
    return await site.database.read(lambda connection: connection.execute(statement).fetchall())


async def test_every_run_is_on_record(site: SqliteSite) -> None:
    began = site.clock.now()
    await site.store.accept(arrival("e"))
    runs: list[tuple[str | None, State]] = [("no", "open"), ("held", "open"), (None, "done")]
    for error, state in runs:
        claim = await take_one(site)
        await site.clock.advance(2)
        await site.store.settle(Settlement(claim, state, error, charge=error != "held"))
    assert await attempts(site) == [
        ("d:e", 1, began, began + 2, "no"),
        ("d:e", 2, began + 2, began + 4, "held"),
        ("d:e", 3, began + 4, began + 6, None),
    ]


async def test_accept_and_claim_share_a_commit(site: SqliteSite) -> None:
    """That is what makes an event's way to its handler one fsync long."""
    claims = site.store.claim("q", 5)
    await site.clock.settle()
    before = commits(site.database.path)
    await site.store.accept(arrival("e"))
    await site.clock.settle()
    assert keys(claims.result()) == ["d:e"]
    assert commits(site.database.path) == before + 1


async def test_nothing_runs_while_all_lanes_wait(site: SqliteSite) -> None:
    """Lanes that are not due cost no commit until they are."""
    for number in range(50):
        await site.store.accept(arrival(f"e{number}", lane=f"l{number}", run_at=2e9))
    claims = site.store.claim("q", 5)
    await site.clock.settle()
    before = commits(site.database.path)
    await site.clock.advance(3600)
    assert commits(site.database.path) == before
    claims.cancel()


@pytest.mark.parametrize("milliseconds", [30, 90, 200])
async def test_kill_9_loses_nothing_that_was_acknowledged(
    tmp_path: Path, clock: VirtualClock, milliseconds: int
) -> None:
    """Another process accepts and works, and tells of each step once it is on disk."""
    (tmp_path / "0").mkdir()
    told = await asyncio.to_thread(_run_and_kill, tmp_path / "0", milliseconds / 1000)
    accepted = {line.split()[1] for line in told if line.startswith("accepted")}
    done = [line.split()[1] for line in told if line.startswith("done")]
    assert accepted
    site = SqliteSite(tmp_path, clock)
    await site.open()
    rest: list[str] = []
    crashes: Counter[int] = Counter()
    while claims := await take(site):
        crashes.update(claim.job.crashes for claim in claims)
        rest += [claim.job.key for claim in claims]
        await asyncio.gather(*(site.store.settle(Settlement(claim, "done")) for claim in claims))
    found = [await site.store.find(key) for key in accepted]
    await site.close()
    assert {job.state for job in found if job} == {"done"}
    assert None not in found
    assert not {*done} & {*rest}
    assert max(crashes, default=0) <= 1
    for lane in range(10):
        order = [int(key[2:]) for key in (*done, *rest) if int(key[2:]) % 10 == lane]
        assert order == sorted(order)


def _run_and_kill(directory: Path, seconds: float) -> list[str]:
    command = [sys.executable, str(KILLED), str(directory / "larkgate.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        first = process.stdout.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()
        whole_lines = process.stdout.read().split("\n")[:-1]
    return [first.strip(), *whole_lines]


async def test_an_alarm_that_finds_the_file_locked_is_no_traceback(
    site: SqliteSite, caplog: pytest.LogCaptureFixture
) -> None:
    """Who waits for the job hears of it, and nobody else has to."""

    def hurry(connection: sqlite3.Connection, items: list[None]) -> list[None]:
        connection.execute("pragma busy_timeout = 0")
        return items

    await site.database.write(hurry, None)
    await site.store.accept(arrival("e", run_at=site.clock.now() + 5))
    claims = site.store.claim("q", 1)
    await site.clock.settle()
    with closing(sqlite3.connect(site.database.path, isolation_level=None)) as other:
        other.execute("begin immediate")
        await site.clock.advance(5)
    assert isinstance(claims.exception(), StoreError)
    del claims
    await site.database.write(hurry, None)  # the writer forgets what it wrote before
    gc.collect()
    assert caplog.records == []
