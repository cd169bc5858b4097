"""The bootstrap, the handshake and the frames, held against what the SDKs expect."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec
import pytest
from simclient import NO_TIMEOUT, client_of

from larkgate.clock import VirtualClock
from larkgate.protocol import frames
from larkgate.simulator import Simulator, standard_world


async def test_the_bootstrap_answers_with_a_url_and_a_client_config() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            answer = await client.bootstrap()
    url = urlsplit(answer["data"]["URL"])
    query = parse_qs(url.query)
    assert answer["code"] == 0
    assert (url.scheme, url.path) == ("ws", "/ws/v2")
    assert {"device_id", "service_id", "ticket", "access_key"} <= query.keys()
    assert answer["data"]["ClientConfig"]["PingInterval"] == 120


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"AppID": "cli_a1b2c3d4e5f60718", "AppSecret": "wrong"}, 1000040345),
        ({"AppID": "cli_0000000000000000", "AppSecret": "demo-secret"}, 1000040345),
        ({}, 1000040345),
        ([], 9499),
    ],
)
async def test_wrong_credentials_get_no_url(body: object, code: int) -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            _, answer, _ = await client.request("POST", "/callback/ws/endpoint", body)
    assert answer["code"] == code
    assert "data" not in answer
    assert sim.calls[0].code == code


async def test_one_connection_too_many_is_refused_at_both_doors() -> None:
    async with Simulator() as sim, AsyncExitStack() as links:
        world = standard_world(sim)
        sim.connection_limit = 3
        client = await links.enter_async_context(client_of(sim, world.app))
        urls = [(await client.bootstrap())["data"]["URL"] for _ in range(4)]
        for url in urls[:3]:
            await links.enter_async_context(client.http.ws_connect(url, timeout=NO_TIMEOUT))
        await sim.until(lambda: len(sim.connections) == 3)

        assert (await client.bootstrap())["code"] == 1000040350
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.http.ws_connect(urls[3])
    headers = refused.value.headers
    assert headers is not None
    assert headers["Handshake-Status"] == "514"
    assert headers["Handshake-Autherrcode"] == "1000040350"


async def test_a_url_is_good_for_one_handshake() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            url = (await client.bootstrap())["data"]["URL"]
            async with client.http.ws_connect(url, timeout=NO_TIMEOUT):
                with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                    await client.http.ws_connect(url)
    assert refused.value.headers is not None
    assert refused.value.headers["Handshake-Status"] == "514"


async def test_a_ping_is_answered_and_the_pong_may_carry_a_client_config() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            pong = await link.ping()
            assert (pong.method, pong.header("type"), pong.payload) == (0, "pong", b"")
            sim.pong_config = {"PingInterval": 90}
            assert msgspec.json.decode((await link.ping()).payload) == {"PingInterval": 90}


async def test_a_push_has_the_headers_and_the_shape_of_the_platform() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            said = sim.say(world.development, world.people[0], "@TSP助手 在吗")
            frame = await link.frame()
    assert frame.method == frames.DATA
    assert {key: frame.header(key) for key in ("type", "sum", "seq")} == {
        "type": "event",
        "sum": "1",
        "seq": "0",
    }
    envelope = msgspec.json.decode(frame.payload)
    assert envelope["schema"] == "2.0"
    assert envelope["header"]["event_type"] == "im.message.receive_v1"
    assert envelope["header"]["app_id"] == world.app.id
    message = envelope["event"]["message"]
    assert message["message_id"] == said.id
    assert (message["chat_type"], message["message_type"]) == ("group", "text")
    assert message["create_time"] == str(said.created)
    assert message["content"] == '{"text":"@_user_1 在吗"}'
    (mention,) = message["mentions"]
    assert (mention["key"], mention["mentioned_type"]) == ("@_user_1", "bot")
    assert mention["id"]["open_id"] == sim.world.open_id(world.app, world.app)
    assert "thread_id" not in message


async def test_apps_get_what_they_may_read() -> None:
    sim = Simulator(VirtualClock())
    world = standard_world(sim)
    person = world.people[0]
    reader = sim.add_app("cli_00000000000000ff", "s", "旁听", group_messages=True)
    chat = sim.group("两个机器人", [person, world.app, reader])

    sim.say(chat, person, "没有提到谁")
    sim.say(chat, person, "@TSP助手 在吗")
    sim.say(chat, person, "@所有人 开会")
    sim.say(world.private[0], person, "悄悄话")

    assert Counter(push.app_id for push in sim.pushes) == {reader.id: 3, world.app.id: 2}


async def test_fragments_share_an_id_and_may_cut_a_character() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.fragment_size = 7
        async with client_of(sim, world.app) as client, client.link() as link:
            sim.say(world.private[0], world.people[0], "逆变器报警")
            pieces = [await link.frame()]
            total = int(pieces[0].header("sum") or "")
            pieces += [await link.frame() for _ in range(total - 1)]
    assert [piece.header("seq") for piece in pieces] == [str(n) for n in range(total)]
    assert len({piece.header("message_id") for piece in pieces}) == 1
    assert b"".join(piece.payload for piece in pieces) == sim.pushes[0].payload


async def test_each_event_goes_to_one_connection_chosen_by_chance() -> None:
    async with Simulator() as sim, AsyncExitStack() as links:
        world = standard_world(sim)
        client = await links.enter_async_context(client_of(sim, world.app))
        for _ in range(3):
            await links.enter_async_context(client.link())
        await sim.until(lambda: len(sim.connections) == 3)
        for number in range(60):
            sim.say(world.private[0], world.people[0], str(number))
    taken = Counter(push.attempts[0].connection for push in sim.pushes)
    assert len(taken) == 3
    assert taken.total() == 60


async def test_what_no_client_should_send_is_complained_about() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            data = frames.Frame(method=frames.DATA, headers=[("message_id", "x")])
            await link.socket.send_str("PING")
            await link.socket.send_bytes(b"\xff\xff")
            await link.socket.send_bytes(frames.encode(data))
            await link.acknowledge(data)
            await link.ping()
    assert len(sim.complaints) == 4
    assert "text message" in sim.complaints[0]
    assert "acknowledged push x" in sim.complaints[3]


async def test_a_url_is_good_for_a_while() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.ticket_life = 5.0
        async with client_of(sim, world.app) as client:
            url = (await client.bootstrap())["data"]["URL"]
            await clock.advance(6)
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await client.http.ws_connect(url)
    assert refused.value.headers is not None
    assert refused.value.headers["Handshake-Status"] == "514"
    assert refused.value.headers["Handshake-Autherrcode"] != "1000040350"


async def test_a_disabled_app_is_forbidden() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        world.app.disabled = True
        async with client_of(sim, world.app) as client:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with client.link():
                    pass
    headers = refused.value.headers
    assert headers is not None
    assert headers["Handshake-Status"] == "403"
    assert "Handshake-Autherrcode" not in headers


async def test_each_app_may_have_its_own_client_config() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        world.app.client_config = {"PingInterval": 7}
        world.app.pong_config = {"PingInterval": 9}
        other = sim.add_app("cli_00000000000000ff", "s", "别的")
        async with client_of(sim, world.app) as client, client_of(sim, other) as bystander:
            assert (await client.bootstrap())["data"]["ClientConfig"] == {"PingInterval": 7}
            assert len((await bystander.bootstrap())["data"]["ClientConfig"]) == 4
            async with client.link() as link, bystander.link() as plain:
                assert (await link.ping()).payload == b'{"PingInterval":9}'
                assert (await plain.ping()).payload == b""


async def test_what_is_not_documented_about_the_bootstrap_is_a_switch() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.wrong_credentials_status = 400
        sim.unpublished_may_connect = False
        world.app.published = None
        path = "/callback/ws/endpoint"
        async with client_of(sim, world.app) as client:
            good = {"AppID": world.app.id, "AppSecret": world.app.secret.reveal()}
            assertion = {"AppID": world.app.id, "AppSecret": "", "ClientAssertion": "eyJ"}
            for body, word in ((good, "not published"), (assertion, "ClientAssertion")):
                status, answer, _ = await client.request("POST", path, body)
                assert (status, answer["code"]) == (400, 1000040345)
                assert word in answer["msg"]
            sim.unpublished_may_connect = True
            assert (await client.bootstrap())["code"] == 0


async def test_frames_of_callbacks_and_pongs_of_websockets_are_switches() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.callback_frame_type = "card"
        sim.websocket_pongs = False
        card = sim.world.post(world.development, world.app, "interactive", "{}")
        async with client_of(sim, world.app) as client:
            url = (await client.bootstrap())["data"]["URL"]
            async with client.http.ws_connect(url, autoping=False, timeout=NO_TIMEOUT) as socket:
                await socket.ping()
                await socket.send_bytes(frames.ping(1))
                assert frames.decode(await socket.receive_bytes()).header("type") == "pong"
                clicking = asyncio.create_task(sim.click(card, world.people[0], {"a": 1}))
                frame = frames.decode(await socket.receive_bytes())
                assert frame.header("type") == "card"
                reply = frames.acknowledgement(frame, code=200, milliseconds=1, data=b"{}")
                await socket.send_bytes(reply)
                assert (await clicking).error is None


async def test_too_many_urls_in_a_minute() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.connects_per_minute = 2
        async with client_of(sim, world.app) as client:
            codes = [(await client.bootstrap())["code"] for _ in range(3)]
            await clock.advance(61)
            assert [*codes, (await client.bootstrap())["code"]] == [0, 0, 1000040350, 0]


@pytest.mark.parametrize("counts", [False, True])
async def test_whether_a_late_acknowledgement_counts_is_a_switch(counts: bool) -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.late_acks_count = counts
        async with client_of(sim, world.app) as client, client.link() as link:
            sim.say(world.private[0], world.people[0], "在吗")
            frame = await link.frame()
            await clock.advance(4)
            await link.acknowledge(frame)
            await clock.advance(20)
    [push] = sim.pushes
    assert (push.acked_at is not None, len(push.attempts)) == (counts, 1 if counts else 2)


@pytest.mark.parametrize("anywhere", [False, True])
async def test_where_an_acknowledgement_counts_is_a_switch(anywhere: bool) -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.acknowledge_anywhere = anywhere
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.say(world.private[0], world.people[0], "在吗")
            frame = await link.frame()
            async with client.link() as other:
                await other.acknowledge(frame)
                await other.ping()
    assert (sim.pushes[0].acked_at is not None) is anywhere
    assert bool(sim.complaints) is not anywhere
