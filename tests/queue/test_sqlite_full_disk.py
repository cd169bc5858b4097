"""A disk that is nearly full: nothing new is taken, and what was taken is worked off."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest
from queue_site import arrival, settle, sqlite_site, take_one, work_off

from larkgate.clock import VirtualClock
from larkgate.errors import StoreFull
from larkgate.queue import Accepted, NewJob
from small_disk import may_mount, small_disk

_MIB = 1 << 20
_LEFT = 200 << 10  # bytes: less than a twentieth, enough to end what was begun


def fill(file: Path) -> None:
    size = 0
    with file.open("wb", buffering=0) as ballast, suppress(OSError):
        while written := ballast.write(bytes(4096)):
            size += written
    os.truncate(file, size - _LEFT)


if may_mount():  # where nobody may mount one the test is not there, rather than skipped

    async def test_what_is_nearly_full_takes_nothing_new(clock: VirtualClock) -> None:
        with small_disk(8) as disk:
            async with sqlite_site(disk, clock, min_free=100 * _MIB) as site:
                await site.store.accept(arrival("e"))
                claim = await take_one(site)
                fill(disk / "ballast")
                await clock.advance(1)
                with pytest.raises(StoreFull, match="The disk is nearly full"):
                    await site.store.accept(arrival("f"))
                assert await site.store.accept(arrival("e")) == Accepted(duplicate=True)
                assert await settle(site, claim, jobs=(NewJob("s", "send", "chat"),))
                assert await work_off(site, "send") == ["s"]
                (disk / "ballast").unlink()
                await clock.advance(1)
                assert await site.store.accept(arrival("f")) == Accepted(duplicate=False)
