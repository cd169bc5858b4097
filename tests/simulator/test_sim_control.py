"""The simulator from another process: JSON, server-sent events, and who is let in."""

from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from simclient import client_of, post

from larkgate.simulator import Simulator, standard_world
from larkgate.simulator.guard import Guard
from larkgate.simulator.page import page_routes


async def test_the_world_is_shown_without_secrets() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.say(world.private[0], world.people[0], "在吗")
        async with client_of(sim, world.app) as client:
            _, shown, _ = await client.request("GET", "/sim/world")
    assert [person["name"] for person in shown["people"]] == ["张三", "李四", "王五"]
    assert [chat["name"] for chat in shown["chats"]][:2] == ["研发群", "售后群"]
    assert shown["chats"][2]["last"]["text"] == "在吗"
    assert "demo-secret" not in str(shown)


async def test_saying_by_name_and_reading_the_answer() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            say = {"chat": "研发群", "as": "张三", "text": "@TSP助手 在吗"}
            status, first = await post(client, "/sim/say", say)
            assert (status, first["text"]) == (200, "@TSP助手 在吗")
            reply = say | {"as": world.people[1].id, "reply_to": first["id"], "in_thread": True}
            _, second = await post(client, "/sim/say", reply)
            assert second["thread"].startswith("omt_")

            _, messages, _ = await client.request("GET", "/sim/messages?chat=研发群&limit=1")
            assert [message["id"] for message in messages] == [second["id"]]
            _, pushes, _ = await client.request("GET", f"/sim/pushes?about={first['id']}")
            assert [push["attempts"][0]["connection"] for push in pushes] == [None]


async def test_clicking() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        card = sim.world.post(world.development, world.app, "interactive", "{}")
        async with client_of(sim, world.app) as client:
            click = {"card": card.id, "as": "张三", "value": {"a": 1}, "name": "b"}
            assert await post(client, "/sim/click", click) == (
                200,
                {"answer": None, "error": 200341},
            )
            assert (await post(client, "/sim/click", click | {"card": "om_1"}))[0] == 404
        [push] = sim.pushes
        action = msgspec.json.decode(push.payload)["event"]["action"]
        assert (action["value"], action["name"]) == ({"a": 1}, "b")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"chat": "市场群"}, "no chat is called '市场群'; there are: 研发群, 售后群"),
        ({"as": "赵六"}, "nobody is called '赵六'; there are: 张三, 李四, 王五"),
        ({"chat": "李四 · TSP助手"}, "张三 is not in the chat"),
        ({"reply_to": "om_1"}, "no message with the id 'om_1'"),
    ],
)
async def test_nothing_is_created_silently(change: dict[str, str], sentence: str) -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            say = {"chat": "研发群", "as": "张三", "text": "在吗"} | change
            status, answer = await post(client, "/sim/say", say)
    assert status == 404
    assert sentence in answer["error"]
    assert sim.messages == []


async def test_any_payload_can_be_pushed() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        payload = {"schema": "2.0", "header": {"event_id": "e1", "event_type": "x"}}
        async with client_of(sim, world.app) as client, client.link() as link:
            await sim.until(lambda: sim.connections)
            _, push = await post(client, "/sim/push", {"app": "TSP助手", "payload": payload})
            assert push["event_id"] == "e1"
            assert msgspec.json.decode((await link.frame()).payload) == payload


async def test_the_stream_tells_each_change() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with (
            client_of(sim, world.app) as client,
            client.http.get(f"{sim.url}/sim/stream") as stream,
        ):
            assert stream.content_type == "text/event-stream"
            assert await stream.content.readuntil(b"\n\n") == b": listening\n\n"
            sim.say(world.private[0], world.people[0], "在吗")
            lines = [await stream.content.readuntil(b"\n\n") for _ in range(2)]
    changes = [msgspec.json.decode(line.removeprefix(b"data: ")) for line in lines]
    assert [change["change"] for change in changes] == ["message", "push"]
    assert changes[0]["message"]["text"] == "在吗"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "["},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/sim/world", "/sim/stream"])
async def test_other_pages_are_kept_out(path: str, headers: dict[str, str]) -> None:
    async with (
        Simulator() as sim,
        aiohttp.ClientSession() as http,
        http.get(sim.url + path, headers=headers) as answer,
    ):
        assert answer.status in (400, 403)


async def test_its_own_page_is_let_in_under_a_strict_policy(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    (tmp_path / "chat.js").write_text("")
    (tmp_path / "secret.txt").write_text("")
    application = web.Application(middlewares=[Guard([]).middleware])
    application.add_routes(page_routes(tmp_path))
    async with TestClient(TestServer(application)) as browser:
        own = f"http://{browser.host}:{browser.port}"
        async with browser.get("/", headers={"Origin": own}) as answer:
            assert (answer.status, answer.content_type) == (200, "text/html")
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        for path, status in {
            "/page/chat.js": 200,
            "/page/secret.txt": 404,
            "/page/..%2fchat.js": 404,
            "/page/other.css": 404,
        }.items():
            async with browser.get(path) as answer:
                assert answer.status == status
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
