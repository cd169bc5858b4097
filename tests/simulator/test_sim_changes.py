"""Reading along."""

import asyncio

import pytest

from larkgate.simulator import WorldError
from larkgate.simulator.changes import MAX_BEHIND, Changes


async def test_a_reader_gets_all_changes_at_once_and_then_the_end() -> None:
    changes = Changes(show=str)
    with changes.watch() as watcher:
        changes.tell("message", 1)
        changes.tell("push", 2)
        assert await watcher.next() == [
            b'{"change":"message","message":"1"}',
            b'{"change":"push","push":"2"}',
        ]
        changes.tell("push", 3)
        changes.close()
        changes.tell("push", 4)
        assert len(await watcher.next()) == 1
        assert await watcher.next() == []


async def test_a_reader_too_far_behind_is_let_go() -> None:
    changes = Changes(show=str)
    with changes.watch() as watcher:
        for number in range(MAX_BEHIND + 1):
            changes.tell("push", number)
        assert len(await watcher.next()) == MAX_BEHIND
        assert await watcher.next() == []


async def test_who_waits_is_told_of_the_end() -> None:
    changes = Changes(show=str)
    waiting = asyncio.ensure_future(changes.until(lambda: False, 60))
    await asyncio.sleep(0)
    changes.close()
    with pytest.raises(WorldError):
        await waiting
    with pytest.raises(WorldError):
        changes.next()
    assert await changes.until(lambda: "yes", 60) == "yes"
