"""Several accounts in one process, several people in one chat, and what a restart keeps."""

from __future__ import annotations

from pathlib import Path

from e2e_stage import Stage, answers, gateway, platform, settings, stage

from larkgate import App, Message, Session
from larkgate.clock import VirtualClock
from larkgate.simulator import faults

TWO = """
[[feishu]]
name = "first"

[[feishu]]
app_id = "cli_second"
app_secret = "second-secret"
name = "second"
domain = "{url}"
"""


def counter() -> App:
    """Counts the messages of each conversation."""
    app = App()

    @app.message()
    async def count(message: Message, session: Session) -> str:
        session.state["heard"] = session.state.get("heard", 0) + 1
        return f"{message.account} {session.state['heard']}"

    return app


async def test_two_accounts_in_one_process_have_nothing_in_common(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with platform(clock) as (sim, world):
        other = sim.add_app("cli_second", "second-secret", "另一个助手")
        both = sim.group("两个助手", [*world.people, world.app, other])
        found = settings(tmp_path, sim.url, TWO.format(url=sim.url))
        async with gateway(found, [counter()], clock) as running:
            assert {each.app_id for each in sim.connections} == {"cli_second", world.app.id}
            names = f"@{world.app.name} @{other.name}"
            for number in (1, 2):
                asked = sim.say(both, world.people[0], f"{names} 在吗")
                await clock.settle()
                told = {each.sender: each.text for each in sim.messages if each.parent == asked.id}
                assert told == {
                    world.app: f"{world.app.id} {number}",
                    other: f"cli_second {number}",
                }
            sim.faults.inject(faults.Drop(app="cli_second"))
            await clock.advance(2)
            counts = {a["name"]: a["counters"]["connections"] for a in running.status()["accounts"]}
            assert counts == {"first": 1, "second": 2}


async def test_everybody_has_a_conversation_in_every_chat(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with stage(tmp_path, clock, counter()) as here:
        app_id = here.world.app.id
        for number in (1, 2):
            for person in (0, 1):
                for chat in (here.world.development, here.world.service):
                    asked = await here.ask("在吗", person=person, chat=chat)
                    assert here.answers(asked) == [f"{app_id} {number}"]


async def test_a_restart_keeps_the_conversation(tmp_path: Path, clock: VirtualClock) -> None:
    async with platform(clock) as (sim, world):
        found = settings(tmp_path, sim.url)
        for number in (1, 2, 3):
            async with gateway(found, [counter()], clock) as running:
                here = Stage(clock, sim, world, running)
                assert here.answers(await here.ask("在吗")) == [f"{world.app.id} {number}"]


async def test_a_restart_keeps_the_dialogue_of_the_support_desk(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with platform(clock) as (sim, world):
        found = settings(tmp_path, sim.url)
        async with gateway(found, [], clock) as running:
            here = Stage(clock, sim, world, running)
            (first,) = here.answers(await here.ask("车辆无法连接网络怎么办"))
        async with gateway(found, [], clock) as running:
            here = Stage(clock, sim, world, running)
            (second,) = here.answers(await here.ask("还有其他方法吗"))
            (stranger,) = here.answers(await here.ask("还有其他方法吗", person=1))
    assert "TSP-" in first
    assert "TSP-" in second
    assert first != second
    assert "TSP-" not in stranger


async def test_what_was_pushed_while_nobody_ran_is_answered_after_the_start(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with platform(clock) as (sim, world):
        found = settings(tmp_path, sim.url)
        async with gateway(found, [counter()], clock):
            pass
        asked = sim.say(world.private[0], world.people[0], "在吗")
        await clock.advance(60)
        async with gateway(found, [counter()], clock):
            await clock.advance(300)
        assert answers(sim, asked) == [f"{world.app.id} 1"]
