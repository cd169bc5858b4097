"""The installed command looks after the queues: beside a gateway, without one, on either store."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from e2e_command import PATIENCE, Process, Result, command, environment, running, settings
from e2e_stage import answers

from larkgate.simulator import Message, Simulator, StandardWorld, standard_world
from postgres_server import Server

BOT = """
from pathlib import Path
from larkgate import Bot, Message
from larkgate.errors import GiveUp

bot = Bot("desk")

@bot.message(mentioned=True)
async def answer(message: Message) -> str:
    if not Path("repaired").exists() and "坏" in message.text:
        raise GiveUp("没有这个工单")
    return f"收到：{message.text}"
"""
KIOSK = BOT.replace('"desk"', '"kiosk"')


class Site(NamedTuple):
    """A directory with a bot in it, and the platform it talks to."""

    directory: Path
    sim: Simulator
    world: StandardWorld
    env: Mapping[str, str]

    async def queue(self, *arguments: str) -> Result:
        return await command(self.directory, "queue", *arguments, env=self.env)

    async def read(self, *arguments: str) -> Any:
        """What programs read of a command that does its work."""
        result = await self.queue(*arguments, "--json")
        assert (result.status, result.error) == (0, ""), result
        return json.loads(result.out)

    def say(self, text: str) -> Message:
        world = self.world
        return self.sim.say(world.development, world.people[0], f"@{world.app.name} {text}")

    async def answered(self, message: Message, times: int = 1) -> None:
        await self.sim.until(lambda: len(answers(self.sim, message)) >= times, PATIENCE)
        assert len(answers(self.sim, message)) == times

    @asynccontextmanager
    async def gateway(self, bot: str = "desk:bot") -> AsyncIterator[Process]:
        async with running(self.directory, bot, env=self.env) as process:
            await process.says("longconn.first_pong")
            yield process
            assert await process.stop() == 0


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    settings(tmp_path)
    async with _site(tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgres"])
async def either(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Site]:
    """The same on a file and on a database."""
    if request.param == "sqlite":
        settings(tmp_path)
        async with _site(tmp_path) as made:
            yield made
        return
    server: Server = request.getfixturevalue("postgres")
    async with server.database() as url:
        settings(tmp_path, f'[store]\nurl = "{url}"\n')
        async with _site(tmp_path) as made:
            yield made


@asynccontextmanager
async def _site(directory: Path) -> AsyncIterator[Site]:
    (directory / "desk.py").write_text(BOT, "utf-8")
    (directory / "kiosk.py").write_text(KIOSK, "utf-8")
    async with Simulator() as sim:
        env = environment(sim.url, COLUMNS="80")
        yield Site(directory, sim, standard_world(sim), env)


# Beside a gateway


async def test_a_dead_letter_is_looked_at_and_retried_to_success(either: Site) -> None:
    async with either.gateway() as process:
        asked = either.say("坏了")
        await process.says("queue.dead")
        [row] = await either.read("list", "--state", "dead")
        assert (row["queue"], row["attempts"], row["reason"]) == ("app:desk", 1, "没有这个工单")
        (either.directory / "repaired").touch()
        assert await either.read("retry", str(row["id"])) == {"keys": [row["key"]]}
        await either.answered(asked)
        await process.says("outbox.sent")
        [life] = await either.read("show", asked.id)
    assert [run["error"] for run in life["attempts"]] == ["没有这个工单", None]
    [effect] = life["effects"]
    [reply] = [each for each in either.sim.messages if each.parent == asked.id]
    assert json.loads(effect["result"])["message_id"] == reply.id


async def test_a_replay_is_seen_again_and_a_look_at_it_is_not(either: Site) -> None:
    async with either.gateway() as process:
        asked = either.say("你好")
        await either.answered(asked)
        await process.says("outbox.sent")
        looked = await either.queue("replay", asked.id, "--dry-run")
        assert f"reply {asked.id}, done message_id om_" in looked.out
        refused = await either.queue("replay", asked.id)
        assert (refused.status, refused.error.count("\n")) == (1, 1)
        assert "--yes" in refused.error
        assert (await either.queue("replay", asked.id, "--yes")).status == 0
        await either.answered(asked, times=2)


async def test_a_paused_queue_keeps_what_comes_until_it_is_resumed(either: Site) -> None:
    paused = ("pause", "--app", "desk", "--reason", "维护")
    async with either.gateway() as process:
        await either.answered(either.say("一"))
        assert (await either.queue(*paused)).out == "queue app:desk is paused\n"
        asked = either.say("二")
        await process.says(asked.id)
    async with either.gateway():
        standing = await either.read()
        [desk] = [row for row in standing["queues"] if row["name"] == "app:desk"]
        assert (desk["waiting"], desk["paused"]) == (1, "维护")
        assert answers(either.sim, asked) == []
        assert (await either.queue("resume", "app:desk")).status == 0
        await either.answered(asked)


# While nobody runs


async def test_what_is_ordered_while_nobody_runs_is_done_at_the_next_start(site: Site) -> None:
    async with site.gateway():
        asked = site.say("你好")
        await site.answered(asked)
    ordered = await site.queue("replay", asked.id, "--yes")
    assert (ordered.status, ordered.error) == (0, "")
    assert "begins with the next `larkgate run`" in ordered.out
    async with site.gateway():
        await site.answered(asked, times=2)


async def test_an_app_with_a_new_name_gets_what_waits_for_the_old(site: Site) -> None:
    async with site.gateway() as process:
        await site.answered(site.say("一"))
        await site.read("pause", "--app", "desk")
        asked = site.say("二")
        await process.says(asked.id)
    moved = await site.queue("move", "desk", "kiosk")
    assert (moved.status, "1 waiting job(s)" in moved.out) == (0, True), moved
    async with site.gateway("kiosk:bot"):
        await site.answered(asked)
