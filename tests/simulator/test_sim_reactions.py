"""Emojis on messages by call."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from simclient import Client, client_of

from larkgate.simulator import App, Message, Simulator, StandardWorld, standard_world


class Desk:
    def __init__(self, sim: Simulator, client: Client, world: StandardWorld) -> None:
        self.sim = sim
        self.client = client
        self.world = world
        self.message = sim.say(world.development, world.people[0], "你好")

    async def add(self, emoji: str, message: Message | None = None) -> Any:
        path = f"/im/v1/messages/{(message or self.message).id}/reactions"
        return await self.client.call("POST", path, {"reaction_type": {"emoji_type": emoji}})

    async def list(self, **query: str) -> Any:
        path = f"/im/v1/messages/{self.message.id}/reactions"
        return await self.client.call("GET", path, **query)

    async def remove(self, reaction_id: str, message: Message | None = None) -> Any:
        path = f"/im/v1/messages/{(message or self.message).id}/reactions/{reaction_id}"
        return await self.client.call("DELETE", path)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            yield Desk(sim, client, world)


async def test_an_emoji_is_put_and_taken_away(desk: Desk) -> None:
    added = (await desk.add("SMILE"))["data"]
    (reaction,) = desk.message.reactions
    assert added == {
        "reaction_id": reaction.id,
        "operator": {"operator_id": desk.world.app.id, "operator_type": "app"},
        "action_time": str(reaction.at),
        "reaction_type": {"emoji_type": "SMILE"},
    }
    assert (await desk.remove(reaction.id))["data"] == added
    assert desk.message.reactions == ()


async def test_once_each(desk: Desk) -> None:
    first = (await desk.add("OK"))["data"]["reaction_id"]
    assert (await desk.add("OK"))["data"]["reaction_id"] == first
    assert (await desk.add("DONE"))["data"]["reaction_id"] != first
    assert len(desk.message.reactions) == 2


async def test_upper_and_lower_case_count(desk: Desk) -> None:
    assert (await desk.add("OnIt"))["code"] == 0
    assert (await desk.add("ONIT"))["code"] == 231001
    assert (await desk.add("no emoji"))["code"] == 231001


async def test_all_reactions_page_by_page(desk: Desk) -> None:
    for person in desk.world.people:
        desk.sim.react(desk.message, person, "SMILE")
    await desk.add("OK")
    first = (await desk.list(page_size="3"))["data"]
    assert [each["operator"]["operator_type"] for each in first["items"]] == ["user"] * 3
    open_id = desk.sim.world.open_id(desk.world.people[0], desk.world.app)
    assert first["items"][0]["operator"]["operator_id"] == open_id
    assert first["has_more"]
    second = (await desk.list(page_size="3", page_token=first["page_token"]))["data"]
    assert [each["reaction_type"]["emoji_type"] for each in second["items"]] == ["OK"]
    assert not second["has_more"]
    assert not (await desk.list(page_size="4"))["data"]["has_more"]
    only = (await desk.list(reaction_type="OK", user_id_type="user_id"))["data"]["items"]
    assert len(only) == 1
    assert (await desk.list(page_token="zz"))["code"] == 231012
    assert (await desk.list(page_token="ff"))["code"] == 231012
    assert (await desk.list(user_id_type="name"))["code"] == 99992402


async def test_what_is_not_its_own_stays(desk: Desk) -> None:
    theirs = desk.sim.react(desk.message, desk.world.people[0], "SMILE")
    assert (await desk.remove(theirs.id))["code"] == 231007
    other = desk.sim.say(desk.world.development, desk.world.people[0], "x")
    assert (await desk.remove(theirs.id, other))["code"] == 231010
    assert (await desk.remove("none"))["code"] == 231011


async def test_messages_out_of_reach(desk: Desk) -> None:
    elsewhere = desk.sim.group("别处", [desk.world.people[0]])
    message = desk.sim.say(elsewhere, desk.world.people[0], "x")
    assert (await desk.add("OK", message))["code"] == 231002
    assert (await desk.remove("x", message))["code"] == 231008
    desk.sim.recall(desk.message)
    assert (await desk.add("OK"))["code"] == 231003
    desk.message.recalled = False
    desk.message.deleted = True
    assert (await desk.add("OK"))["code"] == 230110


async def test_scopes(desk: Desk) -> None:
    app = desk.world.app
    app.withdraw("im:message", "im:message.reactions:write_only")
    assert (await desk.add("OK"))["code"] == 99991672
    assert (await desk.list())["code"] == 0
    app.withdraw("im:message.reactions:read")
    assert (await desk.list())["code"] == 99991672


async def test_the_other_apps_are_told(desk: Desk) -> None:
    other = desk.sim.add_app("cli_other", "secret", "别的助手")
    desk.world.development.members.append(other)
    await desk.add("OK")
    reaction_id = (await desk.add("OK"))["data"]["reaction_id"]
    await desk.remove(reaction_id)
    told = [push for push in desk.sim.pushes if "reaction" in push.event_type]
    assert [push.event_type for push in told if push.app_id == other.id] == [
        "im.message.reaction.created_v1",
        "im.message.reaction.deleted_v1",
    ]
    assert b'"operator_type":"app","app_id":"' + _bytes(desk.world.app) in told[0].payload


def _bytes(app: App) -> bytes:
    return app.id.encode()
