"""A store that hangs or is full costs re-pushes: no reconnect, nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e_stage import answers, gateway, platform, settings

from larkgate import App, Message
from larkgate.clock import SystemClock, VirtualClock
from larkgate.errors import StoreLocked
from larkgate.gateway import Gateway
from larkgate.simulator import Simulator, standard_world

HANG = 10.0  # seconds
PATIENCE = 20.0


@contextlib.contextmanager
def locked(store: Path) -> Iterator[None]:
    """Nobody else can write to the file meanwhile."""
    with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("begin exclusive")
        yield


async def test_a_store_that_hangs_costs_repushes_and_never_a_reconnect(tmp_path: Path) -> None:
    app = App()

    @app.message()
    async def answer(message: Message) -> str:
        return f"echo {message.text}"

    async with Simulator() as sim:
        sim.repush_after = (1.0,) * 100
        world = standard_world(sim)
        found = settings(tmp_path, sim.url)
        async with Gateway(found, [app]) as gateway:
            await sim.until(lambda: sim.connections, PATIENCE)
            (connection,) = sim.connections
            with locked(found.store.path):
                said = [
                    sim.say(chat, person, f"@{world.app.name} {number}")
                    for number, (chat, person) in enumerate(
                        zip(world.private * 4, world.people * 4, strict=True)
                    )
                ]
                await asyncio.gather(
                    SystemClock().sleep(HANG),
                    sim.until(lambda: any(p.attempts[0].code == 500 for p in sim.pushes), HANG),
                )
                assert not any(push.acked_at for push in sim.pushes)
            await sim.until(lambda: all(push.acked_at for push in sim.pushes), PATIENCE)
            await sim.until(lambda: all(answers(sim, each) for each in said), PATIENCE)
            assert [answers(sim, each) for each in said] == [[f"echo {n}"] for n in range(12)]
            assert sim.connections == [connection]
            assert gateway.status()["accounts"][0]["counters"]["connections"] == 1
    assert not sim.complaints


@pytest.mark.parametrize("own", [True, False])
async def test_two_data_directories_may_not_share_a_store(
    tmp_path: Path, clock: VirtualClock, own: bool
) -> None:
    """The second would take over what the first one works on, and handle it again."""
    (tmp_path / "first/data/larkgate").mkdir(parents=True)
    store = "data/larkgate/larkgate.db" if own else "shared.db"
    async with platform(clock) as (sim, _):
        first = settings(
            tmp_path / "first", sim.url, "" if own else f'store.url = "sqlite:///{store}"'
        )
        shared = f'[store]\nurl = "sqlite:///{tmp_path}/first/{store}"'
        second = settings(tmp_path / "second", sim.url, shared)
        assert first.store.path == second.store.path
        async with gateway(first, [], clock):
            with pytest.raises(StoreLocked, match=r"\[store\] url"):
                await Gateway(second, [], clock).run()
