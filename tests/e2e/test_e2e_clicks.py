"""A click is answered in the acknowledgement of its push, on whichever node its handler runs."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from e2e_stage import Stage, settings, stage

from larkgate import App, Click, Message, simulator
from larkgate.clock import SystemClock, VirtualClock
from larkgate.errors import SettingsError
from larkgate.gateway import Gateway
from larkgate.simulator import Clicked, Simulator, StandardWorld, standard_world
from pooling_proxy import pooling_proxy
from postgres_server import Server, local_server

PATIENCE = 20.0


def toast(content: str) -> Clicked:
    return Clicked({"toast": {"type": "info", "content": content}})


def shown(clicked: Clicked) -> Any:
    """The text of the toast that appears."""
    assert clicked.error is None
    assert clicked.answer is not None
    return clicked.answer["toast"]["content"]


def card(sim: Simulator, world: StandardWorld) -> simulator.Message:
    """A card of the bot."""
    return sim.world.post(world.development, world.app, "interactive", "{}")


class TestOneProcess:
    async def test_past_a_message_of_the_same_person(
        self, tmp_path: Path, clock: VirtualClock
    ) -> None:
        app, may_end = App(), asyncio.Event()

        @app.message()
        async def stuck(message: Message) -> str:
            await may_end.wait()
            return "at last"

        @app.click("close")
        def close(click: Click) -> str:
            return f"closed {click.value['id']}"

        async with stage(tmp_path, clock, app) as scene:
            message = await scene.ask("hello")
            clicked = await click(scene, {"action": "close", "id": 7})
            assert clicked == toast("closed 7")
            assert scene.answers(message) == []
            assert await click(scene, {"action": "open"}) == Clicked({})
            may_end.set()
            await clock.advance(1)
            assert scene.answers(message) == ["at last"]
            assert scene.sim.complaints == []

    async def test_a_slow_handler_goes_on_after_the_answer(
        self, tmp_path: Path, clock: VirtualClock
    ) -> None:
        app = App()
        ended: list[float] = []

        @app.click()
        async def slow(click: Click) -> str:
            await clock.sleep(60)
            ended.append(clock.now())
            return "done"

        async with stage(tmp_path, clock, app) as scene:
            start = clock.now()
            clicking = asyncio.create_task(click(scene))
            await clock.advance(2.4)
            assert not clicking.done()
            await clock.advance(0.1)
            assert shown(await clicking) == "Still working on it"
            await clock.advance(3600)
            assert ended == [start + 60]
            [push] = scene.sim.pushes
            assert len(push.attempts) == 1

    async def test_what_failed_says_so(self, tmp_path: Path, clock: VirtualClock) -> None:
        app = App()

        @app.click()
        async def mistaken(click: Click) -> int:
            return 7

        async with stage(tmp_path, clock, app) as scene:
            assert shown(await click(scene)) == "That did not work"

    async def test_a_store_that_hangs_asks_to_click_again(self, tmp_path: Path) -> None:
        app = App()
        app.click()(lambda click: "ok")
        async with Simulator() as sim:
            world = standard_world(sim)
            found = settings(tmp_path, sim.url)
            async with Gateway(found, [app]):
                await sim.until(lambda: sim.connections, PATIENCE)
                bot_card = card(sim, world)
                with contextlib.closing(
                    sqlite3.connect(found.store.path, isolation_level=None)
                ) as other:
                    other.execute("begin exclusive")
                    clicked = await sim.click(bot_card, world.people[0])
                assert shown(clicked).endswith("please click again")
                assert await patiently(sim, bot_card, world) == toast("ok")


async def click(scene: Stage, value: object = None) -> Clicked:
    return await scene.sim.click(card(scene.sim, scene.world), scene.world.people[0], value)


async def patiently(sim: Simulator, card: simulator.Message, world: StandardWorld) -> Clicked:
    """As a person who clicks again while they are asked to."""
    async with asyncio.timeout(PATIENCE):
        while True:
            clicked = await sim.click(card, world.people[0])
            if not shown(clicked).endswith("click again"):
                return clicked


@asynccontextmanager
async def node(
    directory: Path, sim: Simulator, url: str, role: str, app: App
) -> AsyncIterator[Gateway]:
    found = settings(directory, sim.url, LARKGATE_STORE_URL=url, LARKGATE_ROLE=role)
    async with Gateway(found, [app]) as running:
        yield running


def counting(ran: list[str], where: str) -> App:
    app = App()

    @app.click()
    async def handle(click: Click) -> str:
        ran.append(where)
        if click.value == "slowly":
            await SystemClock().sleep(3)
        return f"{click.value} {where}"

    return app


class TestNodes:
    async def test_another_node_answers(self, tmp_path: Path, postgres: Server) -> None:
        ran: list[str] = []
        async with postgres.database() as url, Simulator() as sim:
            world = standard_world(sim)
            async with (
                node(tmp_path / "a", sim, url, "ingress", counting(ran, "ingress")),
                node(tmp_path / "b", sim, url, "worker", counting(ran, "worker")),
            ):
                await sim.until(lambda: sim.connections, PATIENCE)
                bot_card = card(sim, world)
                async with asyncio.timeout(PATIENCE):
                    for number in range(10):
                        clicked = await sim.click(bot_card, world.people[0], number)
                        assert clicked == toast(f"{number} worker")
                    slow = await sim.click(bot_card, world.people[0], "slowly")
                assert shown(slow) == "Still working on it"
                assert ran == ["worker"] * 11
                times = [push.attempts[0] for push in sim.pushes[:10]]
                waited = [(each.acked_at or PATIENCE) - each.at for each in times]
                assert sorted(waited)[5] < 0.5, "told by a notification, not found by a poll"
            assert sim.complaints == []

    async def test_nobody_works(self, tmp_path: Path, postgres: Server) -> None:
        """Who clicked is told in time, and the click is handled once somebody does."""
        ran: list[str] = []
        async with postgres.database() as url, Simulator() as sim:
            world = standard_world(sim)
            async with node(tmp_path / "a", sim, url, "ingress", counting(ran, "ingress")):
                await sim.until(lambda: sim.connections, PATIENCE)
                clicked = await sim.click(card(sim, world), world.people[0], "x")
                assert shown(clicked) == "Still working on it"
                [push] = sim.pushes
                key = f"bot:{world.app.id}/event2.0/{push.event_id}"
                async with (
                    node(tmp_path / "b", sim, url, "worker", counting(ran, "worker")) as worker,
                    asyncio.timeout(PATIENCE),
                ):
                    stored = await worker.stores.store.ended(key)
            assert (stored.state, ran) == ("done", ["worker"])

    async def test_who_could_not_hear_the_answer_does_not_start(self, tmp_path: Path) -> None:
        """PgBouncer in transaction mode passes no notifications on."""
        with local_server() as server:
            async with server.database() as direct, pooling_proxy(server.port) as port:
                url = f"postgresql://trusted@127.0.0.1:{port}/{direct.rpartition('/')[2]}"
                async with Simulator() as sim:
                    standard_world(sim)
                    with pytest.raises(SettingsError, match="bot handles clicks on cards"):
                        async with node(tmp_path, sim, url, "ingress", counting([], "")):
                            pass
                    async with node(tmp_path, sim, url, "all", counting([], "")):
                        pass
