"""`larkgate simulate`: the platform alone, and the commands that talk to it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

from larkgate import texts
from larkgate.cli import simulated
from larkgate.cli.simulate import Options, announced, run
from larkgate.cli.simulated import speak
from larkgate.errors import LarkgateError, NotRunning, SettingsError
from larkgate.simulator import Simulator, StandardWorld, standard_world


def test_a_simulator_is_announced_while_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    with announced("http://127.0.0.1:1"):
        (file,) = [each for each in tmp_path.rglob("*") if each.is_file()]
        assert file.read_text() == "http://127.0.0.1:1"
    assert not file.exists()


def test_the_announcement_of_a_later_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    later = announced("http://127.0.0.1:2")
    with announced("http://127.0.0.1:1"):
        later.__enter__()
    (file,) = [each for each in tmp_path.rglob("*") if each.is_file()]
    assert file.read_text() == "http://127.0.0.1:2"
    later.__exit__(None, None, None)
    assert not file.exists()


@pytest.mark.parametrize("home", ["~", "/proc"])
def test_without_a_home_it_runs_all_the_same(monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    """As in a container whose user has no entry: "~" stays what it is."""
    monkeypatch.setenv("HOME", home)
    with announced("http://127.0.0.1:1"), pytest.raises(NotRunning, match="--url"):
        speak(None, "张三", "研发群", "在吗", 0, False)


class Here(NamedTuple):
    """A simulator in this process, and its commands in a thread."""

    sim: Simulator
    world: StandardWorld
    output: pytest.CaptureFixture[str]

    async def command(self, act: Callable[..., None], *arguments: Any) -> str:
        await asyncio.to_thread(act, self.sim.url, *arguments)
        return self.output.readouterr().out

    async def json(self, act: Callable[..., None], *arguments: Any) -> Any:
        return json.loads(await self.command(act, *arguments, True))


@pytest.fixture
async def here(capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Here]:
    texts.use("en")
    async with Simulator() as sim:
        yield Here(sim, standard_world(sim), capsys)


async def test_people_act_on_what_is_newest(here: Here) -> None:
    said = here.sim.say(here.world.development, here.world.people[0], "在吗")
    other = here.sim.say(here.world.development, here.world.people[1], "在")
    shown = await here.command(simulated.react, "OK", None, "王五", False)
    assert shown == f"{other.id}  李四: 在\n"
    await here.command(simulated.react, "OK", said.id, "王五", False)
    assert [len(each.reactions) for each in here.sim.messages] == [1, 1]
    assert (await here.json(simulated.recall, None, "张三"))["id"] == said.id
    assert said.recalled
    with pytest.raises(LarkgateError, match="there is no such message"):
        await here.command(simulated.recall, None, "王五", False)


async def test_a_click_shows_the_error_of_the_card(here: Here) -> None:
    button = {"tag": "button", "text": {"tag": "plain_text", "content": "同意"}, "value": {}}
    card = json.dumps({"elements": [{"tag": "action", "actions": [button]}]})
    here.sim.world.post(here.world.development, here.world.app, "interactive", card)
    here.world.app.set(callback_mode=None)
    with pytest.raises(typer.Exit) as ended:
        await here.command(simulated.click, "同意", None, "李四", False)
    assert ended.value.exit_code == 1
    assert "error 200340" in here.output.readouterr().err


async def test_faults_are_injected_listed_and_lifted(here: Here) -> None:
    fields = ["path=*/reply", "code=230020", "times=3"]
    assert await here.command(simulated.fault, "answer", fields, False) == "f1\n"
    await here.command(simulated.fault, "drop", [], False)
    shown = await here.command(simulated.fault, None, [], False)
    assert 'path="*/reply" code=230020' in shown
    [listed] = await here.json(simulated.fault, None, [])
    assert (listed["fault"]["do"], listed["fault"]["times"]) == ("answer", 3)
    await here.command(simulated.fault, "hang", [], False)
    assert [each["id"] for each in await here.json(simulated.heal, ["f1"])] == ["f3"]
    assert await here.json(simulated.heal, []) == []


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("explode", [], "no fault is called 'explode'; there are: answer, mangle, "),
        ("slow", ["secs=1"], "slow has no field 'secs'; there are: .*seconds"),
        ("refuse", [], "nobody outside could heal it"),
        ("cut", ["times=0"], "Expected `int` >= 1"),
        ("cut", ["times"], "write name=value"),
    ],
)
async def test_a_fault_that_is_none_is_one_sentence(
    here: Here, kind: str, fields: list[str], sentence: str
) -> None:
    with pytest.raises(LarkgateError, match=sentence) as wrong:
        await here.command(simulated.fault, kind, fields, False)
    assert "\n" not in str(wrong.value)


async def test_switches_are_set_and_shown(here: Here) -> None:
    assert (await here.json(simulated.switch, ["fragment_size=7"]))["fragment_size"] == 7
    assert here.sim.fragment_size == 7
    assert "connection_limit" in await here.command(simulated.switch, [], False)


async def test_a_switch_nobody_knows_lists_those_there_are(here: Here) -> None:
    with pytest.raises(LarkgateError, match="'nope'; there are: rate_limits, "):
        await here.command(simulated.switch, ["nope=1"], False)


async def test_who_gets_no_answer_is_told_why(here: Here) -> None:
    chat = here.world.development.name
    for text, why in (
        ("在吗", "nobody mentions the bot"),
        ("@TSP助手 在吗", "TSP助手 is offline"),
    ):
        with pytest.raises(typer.Exit):
            await here.command(speak, "张三", chat, text, 0.01, False)
        assert why in here.output.readouterr().out


async def test_an_address_with_nobody_behind_it_is_named(here: Here) -> None:
    async with Simulator() as gone:
        url = gone.url
    with pytest.raises(NotRunning, match=f"No simulator answers at {url}:"):
        await asyncio.to_thread(simulated.status, f"{url}/", True)
    await asyncio.to_thread(simulated.status, f"{here.sim.url}/", True)


async def test_a_mistake_is_made_and_the_status_shows_it(here: Here) -> None:
    catalogue = await here.json(simulated.misconfigure, None, "")
    assert {"no_group_scope", "no_bot"} <= {each["key"] for each in catalogue}
    said = await here.command(simulated.misconfigure, "no_group_scope", "TSP助手", False)
    assert "mentions bring no event" in said
    here.sim.say(here.world.development, here.world.people[0], "@TSP助手 在吗")
    status = await here.command(simulated.status, False)
    assert "TSP助手" in status
    assert "no_scope" in status
    here.world.app.published = None
    assert (await here.json(simulated.status))["apps"][0]["in_force"] is None
    assert "unpublished" in await here.command(simulated.status, False)


async def test_a_world_goes_out_and_comes_back(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    await here.command(simulated.export, file, False)
    assert "demo-secret" not in file.read_text()
    await here.command(simulated.export, file, True)
    assert "demo-secret" in file.read_text()
    assert file.stat().st_mode & 0o077 == 0
    here.sim.say(here.world.development, here.world.people[0], "在吗")
    await here.command(simulated.load, file)
    assert here.sim.messages == []
    assert json.loads(await here.command(simulated.export, Path("-"), True))["version"] == 1
    for act, arguments in ((simulated.load, (tmp_path,)), (simulated.export, (tmp_path, False))):
        with pytest.raises(SettingsError, match=tmp_path.name):
            await here.command(act, *arguments)


def test_a_port_that_is_taken_is_one_sentence() -> None:
    texts.use("en")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=rf":{port} \(Address already in use\): choose"):
            run(Options(port))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[script]]\nat = 1", r"night\.toml: .*script\[0\]"),
        ("groups = [{ name = 'g', members = ['x'] }]", r"night\.toml: .*groups\[0\]"),
    ],
)
def test_a_wrong_scenario_names_file_and_key(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "night.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError, match=sentence):
        run(Options(scenario=file))


async def ready(tmp_path: Path, *options: str) -> tuple[asyncio.subprocess.Process, str]:
    """A simulator whose script has begun, and its address."""
    say = '{ chat = "研发群", as = "张三", text = "在吗" }'
    (tmp_path / "night.toml").write_text(f"[[script]]\nat = 0\nsay = {say}\n", "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "larkgate", "simulate", "--scenario", "night.toml", *options),
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path), "PYTHONUNBUFFERED": "1"},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    first = (await process.stdout.readline()).decode()
    while b"0 s  say" not in await process.stdout.readline():
        pass
    return process, first.split()[1]


async def ended(process: asyncio.subprocess.Process) -> int | None:
    process.send_signal(signal.SIGINT)
    await process.communicate()
    return process.returncode


async def test_it_runs_alone_and_leaves_what_it_was_asked_for(tmp_path: Path) -> None:
    process, url = await ready(tmp_path, "--save", "world.json", "--settings", ".env")
    assert f"FEISHU_DOMAIN={url}" in (tmp_path / ".env").read_text()
    assert await ended(process) == 0
    saved = json.loads((tmp_path / "world.json").read_text())
    assert [message["sender"] for message in saved["messages"]] == [saved["people"][0]["id"]]
    again = Simulator()
    again.load((tmp_path / "world.json").read_bytes())
    assert [each.text for each in again.messages] == ["在吗"]


async def test_a_step_that_cannot_be_done_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "night.json"
    file.write_text('{"script": [{"at": 0, "heal": "f9"}]}', "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "larkgate", "simulate", "--scenario", file),
        env={**os.environ, "HOME": str(tmp_path), "LARKGATE_LANG": "en"},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    assert b"night.json: this is no scenario: script[0].heal" in await process.stderr.readline()
    assert await ended(process) == 0


@pytest.mark.parametrize(("options", "count"), [((), 2), (("--seed", "0"), 1)])
async def test_a_later_run_repeats_no_ids_unless_seeded(
    tmp_path: Path, options: tuple[str, ...], count: int
) -> None:
    """A bot that remembers the first run would take the second for a repetition."""
    messages, groups = set(), set()
    for _ in range(2):
        process, _ = await ready(tmp_path, "--save", "world.json", *options)
        await ended(process)
        saved = json.loads((tmp_path / "world.json").read_text())
        messages.add(saved["messages"][0]["id"])
        groups.add(saved["chats"][0]["id"])
    assert (len(messages), len(groups)) == (count, 1)
