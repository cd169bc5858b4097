"""Each set-up mistake shows what its sentence promises, at the wire, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from simclient import NO_TIMEOUT, Client, Link, client_of, text

from larkgate import texts
from larkgate.protocol import frames
from larkgate.simulator import Simulator, StandardWorld, WorldError, standard_world
from larkgate.simulator.misconfigurations import MISCONFIGURATIONS

ENDPOINT = "/callback/ws/endpoint"
TOKEN = "/open-apis/auth/v3/tenant_access_token/internal"
NO_SCOPE = 99991672
HEALTHY = {
    "endpoint": 0,
    "handshake": 101,
    "token": 0,
    "info": 0,
    "p2p": "pushed",
    "mention": "pushed",
    "any message": "pushed",
    "recall": "pushed",
    "reaction": "pushed",
    "click": None,
    "send to group": 0,
    "send to person": 0,
    "config": 0,
    "taken elsewhere": False,
    "twice": False,
    "header.token": "",
    "refused for a scope": set(),
}
CALLS = {
    "read": ("GET", "/im/v1/messages/{message}"),
    "react": ("POST", "/im/v1/messages/{message}/reactions"),
    "upload": ("POST", "/im/v1/images"),
    "chats": ("GET", "/im/v1/chats"),
    "card": ("POST", "/cardkit/v1/cards"),
    "base": ("GET", "/bitable/v1/apps/x/tables/y/records"),
}
NO_CALLS = {"info", "send to group", "send to person", "config"}
CONSEQUENCES = {99991663, 200340}  # of a mistake that has shown itself before
SILENT = {"p2p", "mention", "any message"}
ALL_EVENTS = SILENT | {"recall", "reaction"}


def each(names: set[str], value: object) -> dict[str, object]:
    return dict.fromkeys(names, value)


NOBODY = {"endpoint": 1000040345, "handshake": None} | each(NO_CALLS, 99991663)
SEEN: dict[str, dict[str, object]] = {
    "wrong_secret": {"endpoint": 1000040345, "handshake": None, "token": 10015},
    "wrong_app_id": NOBODY | {"token": 10014},
    "wrong_domain": NOBODY | {"token": 10014},
    "secret_rotated": NOBODY | {"token": 10015},
    "app_disabled": each(NO_CALLS, 99991662)
    | each(ALL_EVENTS, "disabled")
    | {"handshake": 403, "click": 200340},
    "no_bot": each(ALL_EVENTS, "no_bot")
    | {"click": 200340, "info": 11205}
    | each({"send to group", "send to person"}, 230006),
    "unpublished": each(ALL_EVENTS, "unpublished")
    | {"click": 200340, "info": 11205, "config": NO_SCOPE}
    | each({"send to group", "send to person"}, 230006)
    | {"refused for a scope": {"base", "card"}},
    "scope_not_published": each({"mention", "any message"}, "no_scope"),
    "under_review": each({"mention", "any message"}, "no_scope") | {"config": 210040},
    "no_p2p_scope": {"p2p": "no_scope"},
    "no_group_scope": each({"mention", "any message"}, "no_scope"),
    "only_mentions": {"any message": "no_scope"},
    "no_send_scope": each({"send to group", "send to person"}, NO_SCOPE),
    "no_read_scope": {"recall": "no_scope", "refused for a scope": {"read"}},
    "no_reaction_scope": {"refused for a scope": {"react"}},
    "no_resource_scope": {"refused for a scope": {"upload"}},
    "no_chat_scope": {"refused for a scope": {"chats"}},
    "no_card_scope": {"refused for a scope": {"card"}},
    "no_base_scope": {"refused for a scope": {"base"}},
    "event_not_subscribed": each(SILENT, "not_subscribed"),
    "both_schemas": {"twice": True},
    "event_mode_not_saved": each(ALL_EVENTS, "no_mode"),
    "event_mode_webhook": each(ALL_EVENTS, "no_address"),
    "callback_mode_not_saved": {"click": 200340},
    "callback_mode_webhook": {"click": 200340},
    "callback_not_subscribed": {"click": 200340},
    "not_visible": each(ALL_EVENTS, "not_visible") | {"send to person": 230013},
    "ip_not_allowed": each(NO_CALLS, 99991401),
    "too_many_connections": {"endpoint": 1000040350, "handshake": None},
    "quota_used_up": each({"send to group", "send to person"}, 99991403),
    "events_stolen": {"taken elsewhere": True},
    "bot_not_in_group": each(ALL_EVENTS - {"p2p"}, "nothing") | {"send to group": 230002},
    "unknown_encrypt_key": {},
    "other_verification_token": {"header.token": "another"},
}


async def look(key: str | None) -> dict[str, Any]:
    """What a client sees that was well set up, and connected, before the mistake."""
    async with Simulator() as sim:
        world = standard_world(sim)
        world.app.grant("im:message.group_msg")
        async with client_of(sim, world.app) as client, client.link() as link:
            patient = Patient(sim, world, client)
            acknowledging = asyncio.create_task(patient.acknowledge(link))
            await client.authorize()
            secret = world.app.secret.reveal()
            if key:
                sim.misconfigure(key, world.app)
            await patient.knock(secret)
            await patient.listen()
            await patient.call()
            acknowledging.cancel()
            return patient.seen


class Patient:
    """A client of an app, and what it meets."""

    def __init__(self, sim: Simulator, world: StandardWorld, client: Client) -> None:
        self.sim = sim
        self.world = world
        self.client = client
        self.seen: dict[str, Any] = {}
        self.tokens: set[str] = set()

    async def acknowledge(self, link: Link) -> None:
        async for message in link.socket:
            frame = frames.decode(message.data)
            body = msgspec.json.decode(frame.payload)
            self.tokens.add(body.get("header", body)["token"])
            await link.acknowledge(frame, data=b"{}")

    async def knock(self, secret: str) -> None:
        app_id = self.world.app.id
        body: dict[str, str] = {"AppID": app_id, "AppSecret": secret}
        _, answer, _ = await self.client.request("POST", ENDPOINT, body)
        self.seen["endpoint"] = answer["code"]
        self.seen["handshake"] = (
            await self.dial(answer["data"]["URL"]) if "data" in answer else None
        )
        body = {"app_id": app_id, "app_secret": secret}
        self.seen["token"] = (await self.client.request("POST", TOKEN, body))[1]["code"]

    async def dial(self, url: str) -> int:
        try:
            async with self.client.http.ws_connect(url, timeout=NO_TIMEOUT):
                return 101
        except aiohttp.WSServerHandshakeError as refused:
            return int(dict(refused.headers or {})["Handshake-Status"])

    async def listen(self) -> None:
        sim, world, person = self.sim, self.world, self.world.people[0]
        group = world.development
        heard = {
            "p2p": await self.hear(lambda: sim.say(world.private[0], person, "在吗")),
            "mention": await self.hear(lambda: sim.say(group, person, "@TSP助手 在吗")),
            "any message": await self.hear(lambda: sim.say(group, person, "在吗")),
        }
        said = group.messages[-1]
        heard["reaction"] = await self.hear(lambda: sim.react(said, person, "OK"))
        heard["recall"] = await self.hear(lambda: sim.recall(said))
        card = sim.world.post(group, world.app, "interactive", "{}")
        self.seen |= {**heard, "click": (await sim.click(card, person)).error}
        self.seen["twice"] = self.twice()
        self.seen["header.token"] = {"": "", "x": "another"}["x" if self.tokens - {""} else ""]

    def twice(self) -> bool:
        """Whether one message came under two ids."""
        said = self.world.private[0].messages[0].id
        return len({push.event_id for push in self.sim.pushes if push.about == said}) > 1

    async def hear(self, act: Callable[[], object]) -> str:
        pushed, withheld = len(self.sim.pushes), len(self.sim.events.withheld)
        act()
        if len(self.sim.pushes) > pushed:
            attempt = self.sim.pushes[pushed].attempts[0]
            await self.sim.until(lambda: attempt.acked_at or attempt.failed)
            return attempt.failure or "pushed"
        held = list(self.sim.events.withheld)[withheld:]
        return held[0].reason if held else "nothing"

    async def call(self) -> None:
        self.seen["info"] = (await self.client.call("GET", "/bot/v3/info"))["code"]
        app = f"/application/v7/applications/{self.world.app.id}"
        self.seen["config"] = (await self.client.call("PATCH", f"{app}/config", {}))["code"]
        people = {
            "send to group": ("chat_id", self.world.development.id),
            "send to person": ("user_id", self.world.people[0].id),
        }
        for name, (kind, to) in people.items():
            body = {"receive_id": to, "msg_type": "text", "content": text("在")}
            answer = await self.client.call("POST", "/im/v1/messages", body, receive_id_type=kind)
            self.seen[name] = answer["code"]
        said = self.world.private[0].messages[0].id
        self.seen["refused for a scope"] = {
            name
            for name, (method, path) in CALLS.items()
            if (await self.client.call(method, path.format(message=said), {}))["code"] == NO_SCOPE
        }
        self.seen["taken elsewhere"] = any(
            attempt.connection == "elsewhere"
            for push in self.sim.pushes
            for attempt in push.attempts
        )


async def test_a_healthy_set_up_shows_none() -> None:
    assert await look(None) == HEALTHY


@pytest.mark.parametrize("key", MISCONFIGURATIONS)
async def test_a_mistake_shows_what_it_promises(key: str) -> None:
    seen = await look(key)
    assert {name: value for name, value in seen.items() if value != HEALTHY[name]} == SEEN[key]


@pytest.mark.parametrize("key", MISCONFIGURATIONS)
def test_the_sentence_names_every_code_that_is_seen(key: str) -> None:
    texts.use("en")
    codes = {value for value in SEEN[key].values() if isinstance(value, int) and value > 9999}
    said = MISCONFIGURATIONS[key].sentence
    assert [code for code in codes - CONSEQUENCES if str(code) not in said] == []


async def test_a_key_the_bot_does_not_know() -> None:
    """Only the webhook is encrypted."""
    bodies: list[dict[str, object]] = []

    async def take(request: web.Request) -> web.Response:
        bodies.append(await request.json())
        return web.Response()

    application = web.Application()
    application.router.add_post("/", take)
    async with TestServer(application) as server, Simulator() as sim:
        world = standard_world(sim)
        world.app.event_url = str(server.make_url("/"))
        world.app.set(event_mode="webhook")
        for key in (None, "unknown_encrypt_key"):
            if key:
                sim.misconfigure(key)
            count = len(bodies)
            sim.say(world.private[0], world.people[0], "在吗")
            await sim.until(lambda: len(bodies) > count)  # noqa: B023 - awaited here
    assert ["encrypt" in body for body in bodies] == [False, True]


def test_which_mistake_and_whose_app() -> None:
    sim = Simulator()
    with pytest.raises(WorldError, match="say which app is meant; there are: -"):
        sim.misconfigure("no_bot")
    standard_world(sim)
    with pytest.raises(WorldError, match="no mistake is called 'no_luck'; there are: wrong_secret"):
        sim.misconfigure("no_luck")
    assert "11205" in sim.misconfigure("no_bot").sentence
    sim.add_app("cli_00000000000000ff", "s", "别的")
    with pytest.raises(WorldError, match="TSP助手, 别的"):
        sim.misconfigure("no_bot")
