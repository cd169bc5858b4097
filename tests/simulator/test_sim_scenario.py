"""A scenario is played on the simulator's clock; a wrong one names file and key."""

from __future__ import annotations

import asyncio
import tomllib
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from simclient import client_of, post
from spoiled import spoiled

from larkgate.clock import VirtualClock
from larkgate.errors import SettingsError
from larkgate.simulator import App, Simulator, WorldError, standard_world
from larkgate.simulator.playing import play, prepare
from larkgate.simulator.scenario import Scenario, Step, parse, read

WHOLE = """
people = ["张三", { name = "访客", company = "别的公司" }]
switches = { fragment_size = 512 }
faults = [{ do = "duplicate", app = "机器人", times = 1 }]

[[apps]]
id = "cli_a1b2c3d4e5f60718"
secret = "demo-secret"
name = "机器人"
group_messages = true

[[apps]]
id = "cli_00000000000000ff"
secret = "s"
name = "旁听"
misconfigured = ["no_group_scope"]

[[groups]]
name = "群"
members = ["张三", "访客", "机器人", "旁听"]

[[bases]]
name = "客服"
app = "机器人"
tables = { "工单" = { "标题" = "text" } }

[[script]]
at = 5
name = "asked"
say = { chat = "群", as = "张三", text = "@机器人 @旁听 在吗" }

[[script]]
at = 6
say = { to = "机器人", as = "访客", text = "私下", reply_to = "" }

[[script]]
at = 7
react = { message = "asked", as = "访客", emoji = "OK" }

[[script]]
at = 9
recall = "asked"

[[script]]
at = 10
name = "slow"
fault = { do = "slow", seconds = 1 }

[[script]]
at = 10
fault = { do = "lose_ack" }

[[script]]
at = 12
heal = "slow"

[[script]]
at = 13
switch = { rate_limits = false }

[[script]]
at = 13
misconfigure = { key = "no_bot", app = "旁听" }

[[script]]
at = 20
heal = true
"""


async def test_it_is_played_on_the_simulators_clock() -> None:
    clock = VirtualClock()
    sim = Simulator(clock)
    scenario = parse(WHOLE.encode(), toml=True)
    prepare(sim, scenario)
    assert (sim.fragment_size, len(sim.faults.active)) == (512, 1)
    assert sim.world.person_named("访客").tenant_key != sim.world.tenant_key
    told: list[str] = []
    playing = asyncio.create_task(play(sim, scenario, told.append))
    await clock.advance(4.9)
    assert sim.messages == []
    await clock.advance(2.2)
    asked, private = sim.messages
    assert [each.emoji for each in asked.reactions] == ["OK"]
    assert private.chat_id == sim.p2p(sim.world.person_named("访客"), first(sim)).id
    assert [held.reason for held in sim.events.withheld if held.app_id.endswith("ff")] == [
        "no_scope"
    ]
    await clock.advance(4)
    assert asked.recalled
    assert len(sim.faults.active) == 3
    await clock.advance(2)
    assert (len(sim.faults.active), sim.rate_limits) == (2, False)
    await clock.advance(7)
    await playing
    assert sim.faults.active == []
    assert told[0] == "5 s  say"


def first(sim: Simulator) -> App:
    return next(iter(sim.world.apps.values()))


async def test_a_card_is_pressed() -> None:
    clock = VirtualClock()
    sim = Simulator(clock)
    world = standard_world(sim)
    button = {"tag": "button", "text": {"tag": "plain_text", "content": "好"}, "value": {"a": 1}}
    card = {"elements": [{"tag": "action", "actions": [button]}]}
    text = msgspec.json.encode(card).decode()
    sim.world.post(world.development, world.app, "interactive", text)
    press = {"at": 1, "press": {"chat": "研发群", "as": "张三", "label": "好"}}
    scenario = parse(msgspec.json.encode({"script": [press]}), toml=False)
    prepare(sim, scenario)
    playing = asyncio.create_task(play(sim, scenario))
    await clock.advance(5)
    await playing
    assert [push.event_type for push in sim.pushes] == ["card.action.trigger"]


def test_what_is_there_already_stays() -> None:
    sim = Simulator(VirtualClock())
    scenario = parse(WHOLE.encode(), toml=True)
    for _ in range(2):
        prepare(sim, scenario)
    assert (len(sim.world.apps), len(sim.world.people)) == (2, 2)
    assert [chat.name for chat in sim.world.chats.values() if chat.mode == "group"] == ["群"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("people = [", "Invalid value"),
        ("colour = 1", "$: Object contains unknown field `colour`"),
        ("people = [1]", "people[0]: Expected `str | object`, got `int`"),
        ("[[script]]\nat = -1\nheal = true", "script[0].at: Expected `float` >= 0.0"),
        ("[[script]]\nat = 1", "script[0]: a step does one thing, this one: -"),
        (
            "[[script]]\nat = 1\nheal = true\nrecall = 'a'",
            "script[0]: a step does one thing, this one: recall, heal",
        ),
        ("faults = [{ do = 'explode' }]", "faults[0].do: Invalid value 'explode'"),
        ("faults = [{ do = 'cut', app = 'x' }]", "faults[0]: no app is called 'x'"),
        ("switches = { speed = 1 }", "switches: no switch is called 'speed'"),
        ("groups = [{ name = 'g', members = ['x'] }]", "groups[0]: nobody is called 'x'"),
        (
            "[[apps]]\nid = 'cli_1'\nsecret = 's'\nname = 'b'\nmisconfigured = ['bad']",
            "apps[0]: no mistake is called 'bad'",
        ),
        (
            "[[script]]\nat = 1\nsay = { chat = 'g', as = 'x', text = '' }",
            "script[0]: nobody is called 'x'",
        ),
        (
            "[[script]]\nat = 1\nrecall = 'asked'",
            "script[0]: there is no message with the id 'asked'",
        ),
    ],
)
def test_a_wrong_one_names_file_and_key(text: str, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text(text, "utf-8")
    with pytest.raises((SettingsError, WorldError)) as wrong:
        prepare(Simulator(VirtualClock()), read(file))
    assert sentence in str(wrong.value)
    assert isinstance(wrong.value, WorldError) or "night.toml" in str(wrong.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read"):
        read(tmp_path / "none.toml")


async def test_a_step_that_cannot_be_done_says_which() -> None:
    sim = Simulator(VirtualClock())
    scenario = parse(b'{"script": [{"at": 0, "heal": "f9"}]}', toml=False)
    prepare(sim, scenario)
    with pytest.raises(WorldError, match=r"script\[0\]\.heal: no fault"):
        await play(sim, scenario)


async def test_the_one_on_the_page_has_every_key_and_runs() -> None:
    page = Path(__file__).parents[2] / "docs" / "simulator.md"
    text = page.read_text("utf-8").split("```json\n")[1].split("```")[0]
    scenario = parse(text.encode(), toml=False)
    assert all(getattr(scenario, key) for key in scenario.__struct_fields__)
    assert {act for step in scenario.script for act in step.acts} == {*Step.__struct_fields__} - {
        "at",
        "name",
    }
    async with Simulator(clock := VirtualClock()) as sim:
        prepare(sim, scenario)
        playing = asyncio.create_task(play(sim, scenario))
        await clock.advance(30)
        [asked, reply, private] = sim.messages
        assert (asked.recalled, reply.parent, private.text) == (True, asked.id, "私下问一句")
        assert [each.fault.__struct_config__.tag for each in sim.faults.active] == ["duplicate"]
        [group] = [chat for chat in sim.world.chats.values() if chat.name == "值班群"]
        await clock.advance(3600)
        with pytest.raises(
            WorldError, match=f"no app has sent a card into the chat '{group.name}'"
        ):
            await playing


async def test_over_http() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            say = {"chat": "研发群", "as": "张三", "text": "在吗"}
            status, answer = await post(
                client, "/sim/scenario", {"script": [{"at": 0, "say": say}]}
            )
            assert (status, answer, [each.text for each in sim.messages]) == (200, {}, ["在吗"])
            status, answer = await post(client, "/sim/scenario", {"script": [{"at": 0}]})
            assert (status, "one thing" in answer["error"]) == (400, True)
            _, saved, _ = await client.request("GET", "/sim/export?secrets=1")
            sim.say(world.development, world.people[0], "以后")
            assert (await post(client, "/sim/import", saved))[0] == 200
            assert [each.text for each in sim.messages] == ["在吗"]
            status, answer = await post(client, "/sim/import", saved | {"version": 9})
            assert (status, "version 9" in answer["error"]) == (400, True)


def test_nothing_is_a_scenario() -> None:
    assert parse(b"", toml=True) == Scenario()


WANTED = msgspec.json.encode(tomllib.loads(WHOLE))


@settings(deadline=None, max_examples=100)
@given(values=spoiled(WANTED))
def test_any_wrong_scenario_is_refused_in_a_sentence(values: bytes) -> None:
    with suppress(WorldError):
        prepare(Simulator(VirtualClock()), parse(values, toml=False))
