"""The simulator from another process: JSON, server-sent events, and who is let in."""

import io
import re
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from simclient import client_of, post

from larkgate.simulator import Simulator, standard_world
from larkgate.simulator.guard import Guard
from larkgate.simulator.page import PAGE, page_routes


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
        {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "iframe"},
    ],
)
@pytest.mark.parametrize("path", ["/", "/sim/world", "/sim/stream", "/sim/files/img_v3_0"])
async def test_other_pages_are_kept_out(path: str, headers: dict[str, str]) -> None:
    async with (
        Simulator() as sim,
        aiohttp.ClientSession() as http,
        http.get(sim.url + path, headers=headers) as answer,
    ):
        assert answer.status in (400, 403)


async def test_other_pages_cannot_act() -> None:
    async with Simulator() as sim:
        standard_world(sim)
        form = aiohttp.FormData({"chat": "研发群", "as": "张三"})
        form.add_field("file", io.BytesIO(b"1"), filename="a")
        say = msgspec.json.encode({"chat": "研发群", "as": "张三", "text": "在吗"})
        headers = {"Origin": "http://evil.example"}
        async with aiohttp.ClientSession(headers=headers) as http:
            for path, body in (("say", say), ("files", form)):
                async with http.post(f"{sim.url}/sim/{path}", data=body) as answer:
                    assert answer.status == 403
    assert sim.messages == []


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


async def test_what_people_do() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            at = {"chat": "研发群", "as": "张三"}
            _, said = await post(client, "/sim/say", at | {"text": "在吗"})
            _, edited = await post(
                client, "/sim/edit", {"message": said["id"], "as": "张三", "text": "在不在"}
            )
            assert (edited["text"], edited["edits"]) == ("在不在", 1)
            react = {"message": said["id"], "as": "李四", "emoji": "OK"}
            _, reacted = await post(client, "/sim/react", react)
            assert reacted["reactions"] == [{"emoji": "OK", "who": ["李四"]}]
            _, reacted = await post(client, "/sim/react", react | {"remove": True})
            assert reacted["reactions"] == []
            _, forward = await post(client, "/sim/forward", at | {"messages": [said["id"]]})
            assert [part["text"] for part in forward["parts"]] == ["在不在"]
            place = {"name": "望京", "longitude": "1", "latitude": "2"}
            _, sent = await post(client, "/sim/send", at | {"kind": "location", "content": place})
            assert sent["kind"] == "location"
            status, _ = await post(client, "/sim/recall", {"message": said["id"], "as": "李四"})
            assert status == 404
            _, recalled = await post(client, "/sim/recall", {"message": said["id"], "as": "张三"})
            assert recalled["recalled"]


async def test_people_groups_and_private_chats() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            _, person = await post(client, "/sim/people", {"name": " 赵六 "})
            assert person["name"] == "赵六"
            for name in ("", " ", "长" * 61):
                assert (await post(client, "/sim/people", {"name": name}))[0] == 400
            new = {"name": "试验群", "members": ["赵六", "TSP助手"], "topics": True}
            _, group = await post(client, "/sim/groups", new)
            assert (group["mode"], group["members"]) == ("topic", ["赵六", "TSP助手"])
            member = {"chat": "试验群", "as": "赵六", "who": "TSP助手", "remove": True}
            _, group = await post(client, "/sim/members", member)
            assert group["members"] == ["赵六"]
            _, chat = await post(client, "/sim/enter", {"app": "TSP助手", "as": "赵六"})
            assert chat["members"] == ["赵六", "TSP助手"]
            menu = {"app": "TSP助手", "as": "赵六", "event_key": "k" * 31}
            assert (await post(client, "/sim/menu", menu))[0] == 404
            sim.world.post(sim.world.chat_named(chat["id"]), world.app, "text", '{"text":"好"}')
            assert (await post(client, "/sim/read", {"chat": chat["id"], "as": "赵六"}))[0] == 200
            _, (message,), _ = await client.request("GET", f"/sim/messages?chat={chat['id']}")
            assert message["readers"] == ["赵六"]


async def test_messages_by_the_page_and_threads_apart() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        chat, person = world.development, world.people[0]
        first = sim.say(chat, person, "一")
        for words in ("二", "三"):
            sim.say(chat, person, words, reply_to=first, in_thread=True)
        last = sim.say(chat, person, "四")
        async with client_of(sim, world.app) as client:

            async def texts(query: str) -> list[str]:
                _, found, _ = await client.request("GET", f"/sim/messages?chat=研发群&{query}")
                return [each["text"] for each in found]

            assert await texts("main=1") == ["一", "四"]
            assert await texts(f"before={last.id}&limit=2") == ["二", "三"]
            assert await texts(f"thread={first.thread}") == ["一", "二", "三"]
            _, (thread,), _ = await client.request("GET", "/sim/threads?chat=研发群")
            assert (thread["replies"], thread["last"]["text"]) == (2, "三")
            _, (one,), _ = await client.request("GET", f"/sim/messages?id={last.id}")
            assert one["text"] == "四"


async def test_files_are_checked_and_only_pictures_are_shown() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:

            async def upload(name: str, data: bytes, **more: str) -> tuple[int, dict[str, Any]]:
                form = aiohttp.FormData({"chat": "研发群", "as": "张三"} | more)
                form.add_field("file", io.BytesIO(data), filename=name)
                async with client.http.post(f"{sim.url}/sim/files", data=form) as answer:
                    return answer.status, await answer.json()

            page = b"<script>1</script>"
            _, sent = await upload("../坏 \"'名.png", page)
            assert sent["kind"] == "file"
            ((key, kept),) = sent["files"].items()
            assert (kept["size"], kept["shown"]) == (18, False)
            assert "/" not in kept["name"]
            async with client.http.get(f"{sim.url}/sim/files/{key}") as answer:
                assert await answer.read() == page
                assert answer.content_type == "application/octet-stream"
                assert answer.headers["Content-Disposition"].startswith("attachment; filename*=")
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
            _, picture = await upload("a.png", b"\x89PNG\r\n\x1a\n", in_thread="false")
            assert picture["kind"] == "image"
            (key,) = picture["files"]
            async with client.http.get(f"{sim.url}/sim/files/{key}") as answer:
                assert answer.content_type == "image/png"
            assert (await upload("a.png", b""))[0] == 400
            assert (await upload("a.png", b"1", chat="别处"))[0] == 404
            assert (await upload("a.png", b"\0" * (33 << 20)))[0] == 413
            assert (await client.request("GET", "/sim/files/img_v3_0"))[0] == 404
            assert (await post(client, "/sim/files", {}))[0] == 400


async def test_a_push_is_shown_in_full() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.say(world.private[0], world.people[0], "在吗")
        async with client_of(sim, world.app) as client:
            [push] = [each for each in sim.pushes if each.event_type == "im.message.receive_v1"]
            _, shown, _ = await client.request("GET", f"/sim/pushes/{push.event_id}")
            assert shown["payload"]["event"]["message"]["content"] == '{"text":"在吗"}'
            assert (await client.request("GET", "/sim/pushes/none"))[0] == 404


async def test_pressing_by_what_is_read() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        behaviors = [{"type": "callback", "value": 1}]
        text = {"tag": "plain_text", "content": "好"}
        elements = [{"tag": "button", "text": text, "behaviors": behaviors}]
        card = msgspec.json.encode({"schema": "2.0", "body": {"elements": elements}}).decode()
        message = sim.world.post(world.development, world.app, "interactive", card)
        async with client_of(sim, world.app) as client:
            press = {"card": message.id, "as": "张三", "label": "好"}
            assert await post(client, "/sim/press", press) == (
                200,
                {"answer": None, "error": 200341},
            )
            assert (await post(client, "/sim/press", press | {"label": "坏"}))[0] == 404


def test_the_page_asks_for_all_its_modules_at_once() -> None:
    index = (PAGE / "index.html").read_text()
    for module in PAGE.glob("*.js"):
        assert f'"/page/{module.name}"' in index
    for style in PAGE.glob("*.css"):
        assert f'"/page/{style.name}"' in index


def test_the_page_has_a_string_for_whatever_it_says() -> None:
    code = "".join(each.read_text() for each in PAGE.glob("*.js") if each.name != "words.js")
    markup = (PAGE / "index.html").read_text()
    known = set(re.findall(r"^  (\w+): \[", (PAGE / "words.js").read_text(), re.MULTILINE))
    said = {
        *re.findall(r'\bt\(\s*"(\w+)"', code),
        *re.findall(r'data-(?:text|label)="(\w+)"', markup),
    }
    assert said <= known
    made_up = ("emoji_", "kind_", "mark_", "state_", "reason_", "error_", "connection_")
    assert [
        key
        for key in sorted(known - said)
        if not key.startswith(made_up) and not re.search(rf"\b{key}\b", code)
    ] == []
