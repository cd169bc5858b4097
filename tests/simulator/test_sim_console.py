"""What a developer sets, when it takes effect, and the same over the Open API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import msgspec
import pytest
from simclient import Client, client_of

from larkgate.clock import VirtualClock
from larkgate.simulator import Simulator, StandardWorld, WorldError, standard_world


class Desk(NamedTuple):
    sim: Simulator
    world: StandardWorld
    client: Client

    async def config(self, **body: object) -> Any:
        path = f"/application/v7/applications/{self.world.app.id}/config"
        return await self.client.call("PATCH", path, body)

    async def publish(self) -> Any:
        path = f"/application/v7/applications/{self.world.app.id}/publish"
        return await self.client.call("POST", path, {"version": "2.0.0"})


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            yield Desk(sim, world, client)


async def test_the_long_connection_is_saved_only_while_a_client_is_online(desk: Desk) -> None:
    console = desk.sim.console(desk.world.app)
    for save in (console.save_event_mode, console.save_callback_mode):
        with pytest.raises(WorldError, match="has not established a long connection"):
            save("websocket")
        save("webhook", "https://example.com/push")
    async with desk.client.link():
        await desk.sim.until(lambda: desk.sim.connections)
        console.save_event_mode("websocket")
    desk.sim.long_connection_first = False
    console.save_callback_mode("websocket")
    modes = desk.world.app.console
    assert (modes.event_mode, modes.callback_mode) == ("websocket", "websocket")


def test_changes_take_effect_when_they_are_published() -> None:
    sim = Simulator(VirtualClock())
    world = standard_world(sim)
    console, app = sim.console(world.app), world.app
    console.remove_scopes("im:message.p2p_msg:readonly")
    console.remove_callbacks("card.action.trigger")
    console.set_availability(["李四"])
    sim.say(world.private[0], world.people[0], "在吗")
    assert [push.event_type for push in sim.pushes] == ["im.message.receive_v1"]
    console.publish()
    sim.say(world.private[1], world.people[1], "在吗")
    sim.say(world.development, world.people[0], "@TSP助手 在吗")
    assert [held.reason for held in sim.events.withheld] == ["no_scope", "not_visible"]
    assert "card.action.trigger" not in app.in_force.callbacks


def test_events_and_callbacks_wait_for_their_own_mode() -> None:
    sim = Simulator()
    app = standard_world(sim).app
    app.set(event_mode=None, callback_mode=None)
    console = sim.console(app)
    for add in (console.add_events, console.add_callbacks):
        with pytest.raises(WorldError, match="no subscription mode yet"):
            add("card.action.trigger")


@pytest.mark.parametrize("closes", [False, True])
async def test_a_new_secret_ends_the_old_one_and_its_tokens(desk: Desk, closes: bool) -> None:
    desk.sim.rotation_closes_connections = closes
    await desk.client.authorize()
    async with desk.client.link():
        await desk.sim.until(lambda: desk.sim.connections)
        old = desk.world.app.secret
        new = desk.sim.rotate_secret(desk.world.app)
        if closes:
            await desk.sim.until(lambda: not desk.sim.connections)
        assert bool(desk.sim.connections) is not closes
    assert (await desk.client.call("GET", "/bot/v3/info"))["code"] == 99991663
    assert old != new
    assert (await desk.client.bootstrap())["code"] == 0, "the client reads the secret anew"
    body = {"app_id": desk.world.app.id, "app_secret": old.reveal()}
    path = "/open-apis/auth/v3/tenant_access_token/internal"
    assert (await desk.client.request("POST", path, body))[1]["code"] == 10015


async def test_the_console_by_api(desk: Desk) -> None:
    app = desk.world.app
    answer = await desk.config(
        scope={
            "add_scopes": [{"scope_name": "im:message.group_msg", "token_type": "tenant"}],
            "remove_scopes": [{"scope_name": "bitable:app"}],
        },
        event={"subscription_type": "webhook", "request_url": "https://example.com/e"},
        callback={"remove_callbacks": ["url.preview.get"]},
        event_and_callback_encrypt_strategy={"encryption_key": "k", "verification_token": "v"},
        visibility={"visible_list": {"user_ids": [desk.world.people[0].id]}},
    )
    assert answer["code"] == 0
    assert (app.encrypt_key.reveal(), app.verification_token.reveal()) == ("k", "v")
    assert app.event_url == "https://example.com/e"
    assert app.in_force.event_mode == "websocket", "not published yet"

    scopes = (await desk.client.call("GET", "/application/v6/scopes"))["data"]["scopes"]
    waiting = {each["scope_name"] for each in scopes if each["grant_status"] == 2}
    assert waiting == {"im:message.group_msg"}

    assert (await desk.publish())["data"]["version"] == "2.0.0"
    shown = (await desk.client.call("GET", "/application/v6/applications/me"))["data"]["app"]
    assert shown["event"]["subscription_type"] == "webhook"
    assert shown["callback_info"]["subscribed_callbacks"] == ["card.action.trigger"]
    names = {each["scope"] for each in shown["scopes"]}
    assert "im:message.group_msg" in names
    assert "bitable:app" not in names
    assert app.in_force.visible_to == frozenset({"张三"})
    path = f"/application/v6/applications/{app.id}/app_versions"
    [version] = (await desk.client.call("GET", path))["data"]["items"]
    assert version["version_id"] == shown["online_version_id"]


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"event": {"subscription_type": "websocket"}}, 10068),
        ({"callback": {"request_url": "ftp://example.com"}}, 210042),
        ({"event": {"request_url": "http://["}}, 210042),
        ({"event": {"subscription_type": "pigeon"}}, 99992402),
        ({"event_and_callback_encrypt_strategy": {"encryption_key": "k" * 33}}, 99992402),
        ({"visibility": {"visible_list": {"user_ids": ["ou_1"]}}}, 99992351),
    ],
)
async def test_what_the_api_refuses(desk: Desk, config: dict[str, object], code: int) -> None:
    before = msgspec.structs.asdict(desk.world.app)
    assert (await desk.config(**config))["code"] == code
    assert msgspec.structs.asdict(desk.world.app) == before


async def test_under_review_without_a_bot_and_of_others(desk: Desk) -> None:
    app = desk.world.app
    app.under_review = True
    assert (await desk.config())["code"] == 210040
    assert (await desk.publish())["code"] == 210040
    app.under_review = False
    app.set(bot=False)
    assert (await desk.config(callback={"callback_type": "webhook"}))["code"] == 210041
    path = "/application/v6/applications/cli_0000000000000000"
    assert (await desk.client.call("GET", path))["code"] == 99991676
