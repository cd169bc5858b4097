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
from settable_clock import SettableClock

from larkgate.clock import VirtualClock
from larkgate.errors import StoreError
from larkgate.queue import Settlement, State
from larkgate.texts import say
from sqlite_log import commits

KILLED = Path(__file__).with_name("queue_to_kill.py")


@pytest.fixture
async def site(tmp_path: Path, clock: VirtualClock) -> AsyncIterator[SqliteSite]:
    async with sqlite_site(tmp_path, clock) as site:
        yield site


async def ask(site: SqliteSite, statement: str) -> list[tuple[Any, ...]]:
    return await site.database.read(lambda connection: connection.execute(statement).fetchall())


async def attempts(site: SqliteSite) -> list[tuple[Any, ...]]:
    statement = "select job.key, n, started, ended, error from attempt join job on job = job.id"
    return await ask(site, statement)


async def _change(site: SqliteSite, statement: str) -> None:
    def change(connection: sqlite3.Connection, items: list[None]) -> list[None]:
        connection.execute(statement)
        return items

    await site.database.write(change, None)


def _fail(connection: sqlite3.Connection, items: list[None]) -> list[None]:
    raise ValueError("never")


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


async def test_runs_that_were_held_for_one_reason_share_a_row(site: SqliteSite) -> None:
    """A queue that waits for a day leaves no thousand rows for each message."""
    began = site.clock.now()
    await site.store.accept(arrival("e"))
    for error, held in (("a", 1), ("a", 1), ("a", 1), ("b", 1), ("b", 0), ("b", 1), ("b", 1)):
        claim = await take_one(site)
        await site.clock.advance(1)
        await site.store.settle(Settlement(claim, "open", error, not held, undone=bool(held)))
    assert await attempts(site) == [
        ("d:e", 1, began, began + 3, "a"),
        ("d:e", 2, began + 3, began + 4, "b"),
        ("d:e", 3, began + 4, began + 5, "b"),
        ("d:e", 4, began + 5, began + 7, "b"),
    ]


async def test_errors_have_a_bound(site: SqliteSite) -> None:
    await site.store.accept(arrival("e"))
    await site.store.settle(Settlement(await take_one(site), "open", "x" * 5000))
    [(*_, error)] = await attempts(site)
    assert error == "x" * 2000


async def test_the_run_that_killed_is_on_record(site: SqliteSite) -> None:
    began = site.clock.now()
    await site.store.accept(arrival("e"))
    for _ in range(5):
        await take_one(site)
        await site.clock.advance(1)
        await site.crash()
    reason = say("queue.killed_process", crashes=5)
    assert await attempts(site) == [("d:e", 1, began + 4, began + 5, reason)]


async def test_when_a_job_was_stored_and_claimed(site: SqliteSite) -> None:
    began = site.clock.now()
    await site.store.accept(arrival("e"))
    await site.clock.advance(5)
    await take_one(site)
    statement = "select created_at, claimed_at from job join lane on lane.name = job.lane"
    assert await ask(site, statement) == [(began, began + 5)]


async def test_what_is_rolled_back_was_not_claimed(site: SqliteSite) -> None:
    """What the store remembers of lanes in flight goes with the commit they were taken in."""
    await site.store.accept(arrival("e"))
    claims = site.store.claim("q", 1)
    with pytest.raises(ValueError, match="never"):
        await site.database.write(_fail, None, last=True)
    await site.clock.settle()
    [claim] = claims.result()
    assert claim.job.epoch == 1
    assert await site.store.settle(Settlement(claim, "done"))


async def test_what_is_rolled_back_was_not_settled(site: SqliteSite) -> None:
    await site.store.accept(arrival("e"))
    claim = await take_one(site)
    settled = site.store.settle(Settlement(claim, "done"))
    with pytest.raises(ValueError, match="never"):
        await site.database.write(_fail, None, last=True)
    assert await settled, "it is tried again by itself"
    assert await ask(site, "select state from job") == [("done",)]


async def test_a_lane_without_work_is_let_go(site: SqliteSite) -> None:
    """Whoever has changed the file by hand: nothing is handed out, and nothing is stuck."""
    await site.store.accept(arrival("e"))
    await _change(site, "update job set state = 'withdrawn'")
    assert await take(site) == []
    await site.store.accept(arrival("f"))
    assert keys(await take(site)) == ["d:f"]


class TestTheClock:
    async def test_it_was_set_back_while_nothing_ran(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        clock = SettableClock()
        async with sqlite_site(tmp_path, clock) as site:
            await site.store.accept(arrival("e"))
            stopped = site.store.now()
            await site.close()
            clock.ahead -= 7200
            await site.open()
            assert stopped <= site.store.now() < stopped + 1
            assert keys(await take(site)) == ["d:e"]
        assert "7200 s behind" in caplog.text

    async def test_what_backs_off_runs_in_time_although_it_was_set_back(
        self, tmp_path: Path
    ) -> None:
        clock = SettableClock()
        async with sqlite_site(tmp_path, clock) as site:
            await site.store.accept(arrival("e", run_at=site.store.now() + 60))
            claims = site.store.claim("q", 1)
            await clock.advance(30)
            clock.ahead -= 86_400
            await clock.advance(31)
            assert keys(await claims) == ["d:e"]

    async def test_what_was_due_during_a_sleep_runs_soon_after(self, tmp_path: Path) -> None:
        clock = SettableClock()
        async with sqlite_site(tmp_path, clock) as site:
            await site.store.accept(arrival("e", run_at=site.store.now() + 3600))
            claims = site.store.claim("q", 1)
            await clock.advance(1)
            clock.ahead += 7200
            await clock.advance(30)
            assert keys(await claims) == ["d:e"]


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
