"""Several gateways on one PostgreSQL are one bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from e2e_command import command, environment
from e2e_stage import answers, settings

from larkgate import App, Message, simulator
from larkgate.clock import SystemClock
from larkgate.gateway import Gateway
from larkgate.queue import Selection
from larkgate.simulator import Simulator, StandardWorld, standard_world
from postgres_server import LocalServer, Server, local_server

PATIENCE = 20.0


def echo(name: str = "bot", **rest: Any) -> App:
    app = App(name, **rest)

    @app.message()
    async def answer(message: Message) -> str:
        sent = await message.reply(f"got {message.text}")
        await sent.message_id()
        return f"echo {message.text}"

    return app


@asynccontextmanager
async def node(
    directory: Path, sim: Simulator, url: str, role: str, *apps: App, extra: str = ""
) -> AsyncIterator[Gateway]:
    found = settings(
        directory, sim.url, extra, LARKGATE_STORE_URL=url, LARKGATE_ROLE=role, LOG_LEVEL="WARNING"
    )
    async with Gateway(found, apps or [echo()]) as running:
        yield running


@asynccontextmanager
async def platform() -> AsyncIterator[tuple[Simulator, StandardWorld]]:
    async with Simulator() as sim:
        sim.repush_after = (0.5,) * 1000
        yield sim, standard_world(sim)


def say(sim: Simulator, world: StandardWorld, text: str) -> simulator.Message:
    return sim.say(world.private[0], world.people[0], text)


async def answered(sim: Simulator, *said: simulator.Message) -> list[list[str]]:
    await sim.until(lambda: all(len(answers(sim, each)) > 1 for each in said), PATIENCE)
    return [answers(sim, each) for each in said]


async def becomes_ready(running: Gateway, ready: bool) -> None:
    """Nothing on the platform changes when a node looks at its database."""
    async with asyncio.timeout(PATIENCE):
        while running.status()["ready"] is not ready:
            await SystemClock().sleep(0.05)


async def test_one_receives_and_two_others_handle(tmp_path: Path, postgres: Server) -> None:
    """The handlers wait for what they sent, which one of the two sends for both."""
    async with postgres.database() as url, platform() as (sim, world):
        async with (
            node(tmp_path / "a", sim, url, "ingress") as ingress,
            node(tmp_path / "b", sim, url, "worker") as worker,
            node(tmp_path / "c", sim, url, "worker"),
        ):
            await sim.until(lambda: sim.connections, PATIENCE)
            said = [
                sim.say(chat, person, f"@{world.app.name} {number}")
                for number in range(10)
                for chat, person in zip(world.private, world.people, strict=True)
            ]
            for message, told in zip(said, await answered(sim, *said), strict=True):
                text = message.text.removeprefix(f"@{world.app.name} ")
                assert told == [f"got {text}", f"echo {text}"]
            assert len(sim.connections) == 1
            assert ingress.status()["running"] == {}
            assert worker.status()["accounts"] == []
            assert worker.status()["ready"]
            nodes = await worker.stores.operations.nodes()
            assert sorted(each.role for each in nodes) == ["ingress", "worker", "worker"]
            assert len({each.routers for each in nodes}) == 1
        assert not sim.complaints


async def test_a_planned_stop_hands_over_at_once(tmp_path: Path, postgres: Server) -> None:
    """Long before a lease runs out, and the message is not charged for it."""
    stuck = asyncio.Event()
    slow = App()

    @slow.message()
    async def never(message: Message) -> None:
        stuck.set()
        await SystemClock().sleep(60)

    async with postgres.database() as url, platform() as (sim, world):
        short = "[gateway]\nstop_deadline = 0"
        async with node(tmp_path / "a", sim, url, "all", slow, extra=short):
            await sim.until(lambda: sim.connections, PATIENCE)
            message = say(sim, world, "hello")
            async with asyncio.timeout(PATIENCE):
                await stuck.wait()
            waiting = node(tmp_path / "b", sim, url, "worker")
            other = await waiting.__aenter__()
        try:
            async with asyncio.timeout(5):
                assert await answered(sim, message) == [["got hello", "echo hello"]]
            [row] = await other.stores.operations.select(Selection(queue="app:"))
            [trace] = await other.stores.operations.trace(row.key)
            assert (trace.job.attempts, trace.job.crashes) == (1, 0)
        finally:
            await waiting.__aexit__(None, None, None)


async def test_nodes_with_other_handlers_are_noticed(tmp_path: Path, postgres: Server) -> None:
    async with (
        postgres.database() as url,
        platform() as (sim, _),
        node(tmp_path / "a", sim, url, "worker", echo()),
        node(tmp_path / "b", sim, url, "worker", echo(scope="chat")),
    ):
        said = await command(
            tmp_path, "queue", "status", env=environment(sim.url, LARKGATE_STORE_URL=url)
        )
    assert said.status == 0
    assert "have loaded different handlers" in f"{said.out}{said.error}".replace("\n", " ")


async def test_a_database_that_is_away_is_not_ready_and_loses_nothing(
    tmp_path: Path, own_server: LocalServer
) -> None:
    async with (
        own_server.database() as url,
        platform() as (sim, world),
        node(tmp_path / "a", sim, url, "all") as running,
        node(tmp_path / "b", sim, url, "worker") as worker,
    ):
        await sim.until(lambda: sim.connections, PATIENCE)
        before = say(sim, world, "before")
        await answered(sim, before)
        await asyncio.to_thread(own_server.stop)
        during = [say(sim, world, str(number)) for number in range(3)]
        for each in (running, worker):
            await becomes_ready(each, False)
        await asyncio.to_thread(own_server.start)
        assert await answered(sim, *during) == [[f"got {n}", f"echo {n}"] for n in range(3)]
        for each in (running, worker):
            await becomes_ready(each, True)
        assert answers(sim, before) == ["got before", "echo before"]


@pytest.fixture(scope="module")
def own_server() -> Iterator[LocalServer]:
    with local_server() as server:
        yield server
