"""Everything that can go wrong goes wrong on demand, and can be healed."""

import asyncio

import aiohttp
import pytest
from aiohttp import WSMsgType
from simclient import Client, client_of, text

from larkgate.clock import VirtualClock
from larkgate.errors import ProtocolError
from larkgate.protocol import frames
from larkgate.simulator import Simulator, faults, standard_world

BOOTSTRAP = "/callback/ws/endpoint"
SEND = "/im/v1/messages"


async def test_dropped_by_reset_the_client_reads_an_error_and_may_come_back() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.faults.inject(faults.Drop())
            message = await link.socket.receive()
            assert message.type in (WSMsgType.ERROR, WSMsgType.CLOSED)
            assert link.socket.close_code == 1006
            await sim.until(lambda: not sim.connections)
            async with client.link() as again:
                await again.ping()


async def test_dropped_cleanly_the_client_reads_a_close() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.faults.inject(faults.Drop(reset=False))
            assert (await link.socket.receive()).type is WSMsgType.CLOSE
            assert link.socket.close_code == 1000


@pytest.mark.parametrize("pongs", [False, True])
async def test_a_half_open_connection_hears_nothing(pongs: bool) -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.faults.inject(faults.Silence(pongs=pongs))
            reading = asyncio.create_task(link.socket.receive())
            await link.socket.send_bytes(frames.ping(1))
            sim.say(world.private[0], world.people[0], "在吗")
            await clock.advance(3600)
            assert not reading.done()
            assert sim.connections[0].pings == 1
            assert sim.pushes[0].attempts[0].failed

            sim.faults.heal()
            await clock.advance(7200)
            assert reading.done(), "the next attempt was heard"


async def test_websocket_pongs_of_a_half_open_connection() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            url = (await client.bootstrap())["data"]["URL"]
            async with client.http.ws_connect(url, autoping=False) as socket:
                await clock.settle()
                sim.faults.inject(faults.Silence(pongs=True))
                await socket.ping(b"there?")
                assert (await socket.receive()).type is WSMsgType.PONG
                sim.faults.inject(faults.Silence())
                reading = asyncio.create_task(socket.receive())
                await socket.ping(b"there?")
                await clock.settle()
                assert not reading.done()
                sim.faults.heal()
                await socket.ping(b"there?")
                assert (await reading).type is WSMsgType.PONG


async def test_a_bootstrap_answers_any_status_code_and_body() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            sim.faults.inject(
                faults.Answer(path=BOOTSTRAP, status=500, code=1, message="busy", times=1),
                faults.Answer(path=BOOTSTRAP, status=502, body="<html>", times=1),
            )
            status, answer, _ = await client.request("POST", BOOTSTRAP)
            assert (status, answer) == (500, {"code": 1, "msg": "busy"})
            async with client.http.post(sim.url + BOOTSTRAP) as raw:
                assert (raw.status, await raw.text()) == (502, "<html>")
            assert (await client.bootstrap())["code"] == 0


async def test_a_handshake_is_refused_by_headers() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        headers = {"Handshake-Status": "403", "Handshake-Msg": "banned"}
        sim.faults.inject(faults.Answer(path="/ws/v2", status=403, headers=headers))
        async with client_of(sim, world.app) as client:
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with client.link():
                    pass
    assert refused.value.status == 403
    assert refused.value.headers is not None
    assert refused.value.headers["Handshake-Msg"] == "banned"


@pytest.mark.parametrize("path", [BOOTSTRAP, "/ws/v2"])
async def test_a_request_hangs_until_it_is_healed(path: str) -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Hang(path=path))
        async with client_of(sim, world.app) as client:
            connecting = asyncio.create_task(connect(client))
            await clock.advance(3600)
            assert not connecting.done()
            assert (sim.calls[-1].path, sim.calls[-1].status) == (path, None)
            sim.faults.heal()
            # Cut off now. aiohttp asks a second time by itself when that was a GET.
            await asyncio.gather(connecting, return_exceptions=True)
            await connect(client)


async def connect(client: Client) -> None:
    async with client.link() as link:
        await link.ping()


async def test_a_client_that_leaves_a_hanging_request_is_noticed() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Hang(path=BOOTSTRAP))
        async with client_of(sim, world.app) as client:
            asking = asyncio.create_task(client.bootstrap())
            await sim.until(lambda: sim.calls)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


async def test_new_connections_are_cut() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Cut(path=BOOTSTRAP))
        async with client_of(sim, world.app) as client:
            with pytest.raises(aiohttp.ClientError):
                await client.bootstrap()
            assert sim.calls[-1].status is None
            sim.faults.heal()
            assert (await client.bootstrap())["code"] == 0


async def test_a_call_is_slow() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Slow(path="*/bot/v3/info", seconds=9))
        async with client_of(sim, world.app) as client:
            asking = asyncio.create_task(client.call("GET", "/bot/v3/info"))
            await clock.advance(8)
            assert not asking.done()
            await clock.advance(1)
            assert (await asking)["code"] == 0


@pytest.mark.parametrize(
    ("fault", "happened"),
    [
        (faults.Answer(path=f"POST *{SEND}", status=503, times=1), False),
        (faults.Answer(path=f"POST *{SEND}", status=503, times=1, after=True), True),
        (faults.Cut(path=f"POST *{SEND}", times=1), False),
        (faults.Cut(path=f"POST *{SEND}", times=1, after=True), True),
    ],
)
async def test_an_outcome_may_stay_unknown(
    fault: faults.Answer | faults.Cut, happened: bool
) -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.faults.inject(fault)
        async with client_of(sim, world.app) as client:
            body = {
                "receive_id": world.development.id,
                "msg_type": "text",
                "content": text("一次"),
                "uuid": "u-1",
            }
            with pytest.raises((aiohttp.ClientError, ValueError)):
                await client.call("POST", SEND, body, receive_id_type="chat_id")
            assert len(sim.messages) == happened
            again = await client.call("POST", SEND, body, receive_id_type="chat_id")
    assert again["code"] == 0
    assert len(sim.messages) == 1


async def test_a_fault_strikes_by_chance_and_the_seed_decides() -> None:
    async def answers(seed: int) -> list[int]:
        async with Simulator(seed=seed) as sim:
            world = standard_world(sim)
            sim.faults.inject(faults.Answer(path="*/info", code=2200, probability=0.5))
            async with client_of(sim, world.app) as client:
                return [(await client.call("GET", "/bot/v3/info"))["code"] for _ in range(20)]

    assert await answers(1) == await answers(1)
    assert set(await answers(1)) == {0, 2200}


async def test_an_acknowledged_event_comes_again() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Duplicate(times=1))
        async with client_of(sim, world.app) as client, client.link() as link:
            sim.say(world.private[0], world.people[0], "在吗")
            first = await link.frame()
            await link.acknowledge(first)
            assert (await link.frame()).payload == first.payload


async def test_a_late_event_is_overtaken() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Delay(seconds=60, times=1))
        async with client_of(sim, world.app) as client, client.link() as link:
            late = sim.say(world.private[0], world.people[0], "一")
            sim.say(world.private[0], world.people[0], "二")
            await link.acknowledge(await link.frame())
            await clock.advance(60)
            assert late.id.encode() in (await link.frame()).payload


async def test_a_lost_acknowledgement_brings_the_event_again() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.LoseAck(times=1))
        async with client_of(sim, world.app) as client, client.link() as link:
            sim.say(world.private[0], world.people[0], "在吗")
            await link.acknowledge(await link.frame())
            await clock.advance(18)
            await link.acknowledge(await link.frame())
            await sim.until(lambda: sim.pushes[0].acked_at)
    assert [attempt.code for attempt in sim.pushes[0].attempts] == [None, 200]


async def test_what_the_platform_never_sends() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.faults.inject(
                faults.Garble(kind="text"),
                faults.Garble(kind="noise"),
                faults.Garble(kind="unknown"),
                faults.Garble(kind="ping"),
                faults.Garble(kind="oversized"),
            )
            assert (await link.socket.receive()).type is WSMsgType.TEXT
            with pytest.raises(ProtocolError):
                await link.frame()
            assert (await link.frame()).method == 7
            assert (await link.frame()).header("type") == "ping"
            assert (await link.socket.receive()).type is WSMsgType.ERROR
            assert link.socket.close_code == 1009


async def test_a_fault_may_concern_one_app() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        other = sim.add_app("cli_00000000000000ff", "s", "别的")
        async with (
            client_of(sim, world.app) as client,
            client_of(sim, other) as bystander,
            client.link(),
            bystander.link() as link,
        ):
            await sim.until(lambda: len(sim.connections) == 2)
            sim.faults.inject(faults.Drop(app=world.app.id))
            await sim.until(lambda: len(sim.connections) == 1)
            await link.ping()
