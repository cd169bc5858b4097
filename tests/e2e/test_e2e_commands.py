"""The installed command from start to stop, and what its keeper reads meanwhile."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from e2e_command import NOWHERE, PATIENCE, command, environment, running, settings
from e2e_stage import answers

from larkgate.database import DirectoryLock, open_directory
from larkgate.secret import Secret
from larkgate.simulator import APP_ID, APP_SECRET, Simulator, standard_world

EVENTS = (
    "longconn.endpoint_obtained",
    "longconn.connecting",
    "longconn.connected",
    "longconn.first_pong",
    "bot.message_received",
    "bot.session_created",
    "bot.handler_started",
    "bot.handler_finished",
    "bot.reply_stored",
    "outbox.sent",
)
BANNER = {
    "en": ("account", "store", "model", "log", "long connection", "/health", "Ctrl+C stops"),
    "zh": ("账号", "存储", "模型", "日志", "长连接", "/health", "按 Ctrl+C 停止"),
}


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_what_a_keeper_reads(tmp_path: Path, language: str) -> None:
    settings(tmp_path)
    async with Simulator() as sim:
        world = standard_world(sim)
        env = environment(sim.url, LARKGATE_LANG=language)
        async with running(tmp_path, env=env) as process:
            await process.says("longconn.first_pong")
            asked = sim.say(
                world.development, world.people[0], f"@{world.app.name} 车辆无法连接网络怎么办"
            )
            (answer,) = await sim.until(lambda: answers(sim, asked), PATIENCE)
            await process.says("outbox.sent")
            assert await process.stop() == 0
        replied = next(each for each in sim.messages if each.parent == asked.id)
    said = "\n".join(process.lines)
    for shown in (*BANNER[language], APP_ID, "larkgate.db", "INFO"):
        assert shown in said
    (received,) = (line for line in process.lines if "bot.message_received" in line)
    opener = sim.world.open_id(world.people[0], world.app)
    assert all(part in received for part in (asked.id, world.development.id, opener, "text"))
    (stored,) = (line for line in process.lines if "bot.reply_stored" in line)
    assert str(len(answer)) in stored
    (sent,) = (line for line in process.lines if "outbox.sent" in line)
    assert replied.id in sent
    assert f"connected to ws://127.0.0.1:{sim.port}" in said
    log = (tmp_path / "logs/larkgate.log").read_text("utf-8")
    for event in EVENTS:
        assert event in said
        assert event in log
    for hidden in (APP_SECRET, "ticket=", "怎么办", "Traceback"):
        assert hidden not in said + log


async def test_send_status_and_stop_go_through_the_one_that_runs(tmp_path: Path) -> None:
    settings(tmp_path)
    async with Simulator() as sim:
        world = standard_world(sim)
        env = environment(sim.url)
        async with running(tmp_path, env=env) as process:
            await process.says("longconn.first_pong")
            sent = await command(tmp_path, "send", "--chat", world.service.id, "维护", env=env)
            assert (sent.status, sent.error) == (0, "")
            assert world.service.messages[-1].id in sent.out
            status = await command(tmp_path, "status", "--json", env=env)
            assert status.status == 0
            assert json.loads(status.out)["ready"]
            assert (await command(tmp_path, "status", env=env)).status == 0
            second = await command(tmp_path, "run", env=env)
            assert (second.status, str(process.process.pid) in second.error) == (2, True)
            assert (await command(tmp_path, "stop", env=env)).status == 0
            assert await process.ended() == 0
        assert [each.text for each in world.service.messages] == ["维护"]


async def test_send_while_nobody_runs(tmp_path: Path) -> None:
    settings(tmp_path)
    async with Simulator() as sim:
        world = standard_world(sim)
        opener = sim.world.open_id(world.people[0], world.app)
        for receiver in (("--chat", world.service.id), ("--user", opener)):
            sent = await command(tmp_path, "send", *receiver, "维护", env=environment(sim.url))
            assert (sent.status, sent.error) == (0, "")
        texts = [
            [each.text for each in chat.messages] for chat in (world.service, world.private[0])
        ]
        assert texts == [["维护"], ["维护"]]
        refused = await command(
            tmp_path, "send", "--chat", "oc_nobody", "维护", env=environment(sim.url)
        )
        assert (refused.status, refused.error.count("\n")) == (1, 1)


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_a_wrong_secret(tmp_path: Path, language: str) -> None:
    """It stays up and says so; a send fails at once, and goes out when the secret is right."""
    settings(tmp_path)
    async with Simulator() as sim:
        world = standard_world(sim)
        world.app.secret = Secret("another")
        env = environment(sim.url, LARKGATE_LANG=language)
        send = ("send", "--chat", world.service.id, "维护")
        alone = await command(tmp_path, *send, env=env)
        async with running(tmp_path, env=env) as process:
            await process.says("longconn.refused")
            status, told = await process.ready()
            assert (status, told["accounts"][0]["phase"]) == (503, "refused")
            assert "app_secret" in told["accounts"][0]["reason"]
            beside = await command(tmp_path, *send, env=env)
            assert (await command(tmp_path, "status", env=env)).status == 1
            assert await process.stop() == 0
        for failed in (alone, beside):
            assert (failed.status, failed.error.count("\n")) == (1, 1)
            assert "App Secret" in failed.error
        world.app.secret = Secret(APP_SECRET)
        async with running(tmp_path, env=env):
            await sim.until(lambda: len(world.service.messages) == 2, PATIENCE)


async def test_a_platform_that_cannot_be_reached(tmp_path: Path) -> None:
    settings(tmp_path)
    async with running(tmp_path, env=environment(NOWHERE)) as process:
        await process.says("longconn.next_attempt")
        status, told = await process.ready()
        assert (status, told["accounts"][0]["reason_key"]) == (503, "dial.refused")
        sent = await command(tmp_path, "send", "--chat", "oc_x", "维护", env=environment(NOWHERE))
        assert (sent.status, sent.error.count("\n")) == (1, 1)
        assert "127.0.0.1:9" in sent.error
        assert await process.stop() == 0
    assert not [line for line in process.lines if "Traceback" in line]


@pytest.mark.parametrize("arguments", [("status",), ("run", "--check"), ("--help",)])
async def test_a_terminal_without_chinese(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    settings(tmp_path)
    env = environment(LARKGATE_LANG="zh", PYTHONIOENCODING="latin-1")
    result = await command(tmp_path, *arguments, env=env)
    assert "\\u" in result.out
    assert "Traceback" not in result.error


BREAKS = """
from larkgate import Bot

class Breaking(Bot):
    @property
    def queue(self):
        raise ZeroDivisionError("by nothing")

bot = Breaking()
"""


async def test_what_ends_it_is_also_in_the_file(tmp_path: Path) -> None:
    """Nobody saw the console of a service that ended at night."""
    (tmp_path / "breaks.py").write_text(BREAKS)
    settings(tmp_path)
    crashed = await command(tmp_path, "run", "breaks:bot", env=environment())
    assert crashed.status == 1
    with DirectoryLock(open_directory(tmp_path / "data/larkgate")):
        refused = await command(tmp_path, "run", env=environment())
    assert refused.status == 2
    log = (tmp_path / "logs/larkgate.log").read_text("utf-8")
    for said in (log, crashed.error):
        assert said.count("Traceback") - said.count("  | Traceback") == 1
        assert "by nothing" in said
    for said in (log, refused.error):
        assert said.count("larkgate stop") == 1
