"""Faults of transport, answers, pushes and tokens; each for one app, for a while, lifted alone."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime

import aiohttp
import msgspec
import pytest
from simclient import Client, client_of

from larkgate.clock import VirtualClock
from larkgate.protocol import frames
from larkgate.simulator import Simulator, WorldError, faults, standard_world

INFO = "/open-apis/bot/v3/info"


async def raw(client: Client) -> tuple[str, bytes]:
    """Content type and body of an answer, whatever they are."""
    async with client.http.get(client.sim.url + INFO) as answer:
        return answer.content_type, await answer.read()


@pytest.mark.parametrize(
    ("kind", "content_type", "body"),
    [
        ("empty", "application/json", b""),
        ("noise", "application/json", b"\x00\xffnonsense"),
        ("html", "text/html", b"<html>"),
        ("truncated", "application/json", b'{"code":999'),
        ("type", "text/plain", b'{"code":99991661,'),
    ],
)
async def test_an_answer_is_spoiled(kind: str, content_type: str, body: bytes) -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Mangle(kind=kind, after=True))  # type: ignore[arg-type]
        async with client_of(sim, world.app) as client:
            found = await raw(client)
    assert found[0] == content_type
    assert found[1].startswith(body)
    assert (kind == "truncated") == (found[1][:1] == b"{" and found[1][-1:] != b"}")


@pytest.mark.parametrize("kind", ["chunk", "short"])
async def test_an_answer_breaks_off(kind: str) -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Mangle(kind=kind))  # type: ignore[arg-type]
        async with client_of(sim, world.app) as client:
            with pytest.raises(aiohttp.ClientError):
                await raw(client)


async def test_an_answer_trickles() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Trickle(rate=20))
        async with client_of(sim, world.app) as client:
            reading = asyncio.create_task(raw(client))
            await clock.advance(10)
            assert not reading.done()
            await clock.advance(60)
            assert msgspec.json.decode((await reading)[1])["code"] == 99991661


async def test_a_long_connection_trickles() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Trickle(path="/ws/v2", rate=100))
        async with client_of(sim, world.app) as client, client.link() as link:
            await clock.settle()
            sim.say(world.private[0], world.people[0], "在吗")
            reading = asyncio.create_task(link.frame())
            await clock.advance(2)
            assert not reading.done()
            await clock.advance(20)
            assert (await reading).payload == sim.pushes[0].payload


async def test_nobody_listens_for_a_while() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            [fault_id] = sim.faults.inject(faults.Refuse())
            async with client_of(sim, world.app) as other:
                with pytest.raises(aiohttp.ClientConnectorError):
                    await other.bootstrap()
                await link.ping()
                sim.faults.lift(fault_id)
                assert (await other.bootstrap())["code"] == 0


async def test_nobody_listens_again_and_again() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        for _ in range(3):
            sim.faults.inject(faults.Refuse())
            sim.faults.heal()
        async with client_of(sim, world.app) as client:
            assert (await client.bootstrap())["code"] == 0
        sim.faults.heal()
        sim.faults.inject(faults.Refuse(), faults.Refuse())
        [first, _] = [each.id for each in sim.faults.active]
        sim.faults.lift(first)
        async with client_of(sim, world.app) as client:
            with pytest.raises(aiohttp.ClientConnectorError):
                await client.bootstrap()


async def test_a_connection_is_reset_as_it_is_accepted() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Reject(times=1))
        async with client_of(sim, world.app) as client:
            with pytest.raises((aiohttp.ClientOSError, aiohttp.ServerDisconnectedError)):
                await client.bootstrap()
            assert (await client.bootstrap())["code"] == 0


@pytest.mark.parametrize("lifted", [True, False])
async def test_a_black_hole_never_answers(lifted: bool) -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.BlackHole(lasts=50.0 if lifted else None))
        async with client_of(sim, world.app) as client:
            asking = asyncio.create_task(client.bootstrap())
            await clock.advance(49)
            assert not asking.done()
            await clock.advance(3600)
            assert asking.done() is lifted
            if lifted:
                with pytest.raises(aiohttp.ClientError):
                    await asking
                assert (await client.bootstrap())["code"] == 0
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


async def test_the_platform_is_deaf() -> None:
    """It still pushes, and hears neither pings nor acknowledgements."""
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.faults.inject(faults.Silence(side="deaf"))
            sim.say(world.private[0], world.people[0], "在吗")
            await link.acknowledge(await link.frame())
            await link.socket.send_bytes(frames.ping(1))
            await clock.advance(4)
            assert (sim.connections[0].pings, sim.pushes[0].attempts[0].failed) == (1, True)
            sim.faults.heal()


async def test_the_platform_is_mute() -> None:
    """It hears pings, and nothing comes back."""
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.faults.inject(faults.Silence(side="mute"))
            reading = asyncio.create_task(link.frame())
            await link.socket.send_bytes(frames.ping(1))
            await clock.advance(60)
            assert (sim.connections[0].pings, reading.done()) == (2, False)
            sim.faults.heal()
            await link.socket.send_bytes(frames.ping(1))
            assert (await reading).header("type") == "pong"


async def test_a_close_has_a_code() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.faults.inject(faults.Drop(reset=False, code=1013))
            await link.socket.receive()
            assert link.socket.close_code == 1013


async def test_others_overtake() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.faults.inject(faults.Overtake(by=2, times=1))
            said = [sim.say(world.private[0], world.people[0], str(each)) for each in range(4)]
            came = [(await link.frame()).payload for _ in said]
            order = [next(m for m in said if m.id.encode() in each).text for each in came]
            assert order == ["1", "2", "0", "3"]


async def test_what_is_held_back_comes_when_the_fault_is_lifted() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            [fault_id] = sim.faults.inject(faults.Overtake(by=9))
            said = sim.say(world.private[0], world.people[0], "在吗")
            assert sim.pushes[0].attempts == []
            sim.faults.lift(fault_id)
            assert said.id.encode() in (await link.frame()).payload


@pytest.mark.parametrize(("seconds", "again"), [(2.0, False), (4.0, True)])
async def test_an_acknowledgement_is_late(seconds: float, again: bool) -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.LateAck(seconds=seconds, times=1))
        async with client_of(sim, world.app) as client, client.link() as link:
            sim.say(world.private[0], world.people[0], "在吗")
            await link.acknowledge(await link.frame())
            await clock.advance(30)
    [push] = sim.pushes
    assert push.attempts[0].code == 200
    assert (push.acked_at is None, len(push.attempts)) == (again, 1 + again)


async def test_another_client_takes_events() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.faults.inject(faults.Steal(times=1))
            for words in ("一", "二"):
                said = sim.say(world.private[0], world.people[0], words)
            assert said.id.encode() in (await link.frame()).payload
            await sim.until(lambda: sim.pushes[0].acked_at)
    assert sim.pushes[0].attempts[0].connection == "elsewhere"
    assert sim.complaints == []


@pytest.mark.parametrize(("after", "codes"), [(False, [99991663, 0]), (True, [0, 99991663])])
async def test_a_token_is_revoked(after: bool, codes: list[int]) -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Revoke(path="*/info", times=1, after=after))
        async with client_of(sim, world.app) as client:
            assert (await client.call("GET", "/bot/v3/info"))["code"] == codes[0]
            if not after:
                await client.authorize()
            assert (await client.call("GET", "/bot/v3/info"))["code"] == codes[1]


async def test_a_short_token_ends() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.token_life = 60.0
        async with client_of(sim, world.app) as client:
            assert await client.authorize() == 60
            first = client.token
            await clock.advance(29)
            assert (await client.authorize(), client.token) == (31, first)
            await clock.advance(2)
            assert (await client.authorize(), client.token == first) == (60, False)
            client.token = first
            await clock.advance(30)
            assert (await client.call("GET", "/bot/v3/info"))["code"] == 99991663


@pytest.mark.parametrize("path", ["/callback/ws/endpoint", "/ws/v2", "*/internal", "*/info"])
async def test_a_fault_of_requests_may_concern_one_app(path: str) -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        other = sim.add_app("cli_00000000000000ff", "s", "别的")
        async with client_of(sim, world.app) as client, client_of(sim, other) as bystander:
            for each in (client, bystander):
                await each.authorize()
            sim.faults.inject(faults.Answer(path=path, status=503, app=world.app.id))
            assert await all_is_well(bystander)
            assert not await all_is_well(client)


async def all_is_well(client: Client) -> bool:
    try:
        await client.authorize()
        async with client.link():
            return bool((await client.call("GET", "/bot/v3/info"))["code"] == 0)
    except (aiohttp.ClientError, ValueError, KeyError):
        return False


async def test_a_fault_comes_after_another_on_the_same_path() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.faults.inject(faults.Slow(path=INFO, seconds=5), faults.Answer(path=INFO, code=2200))
        async with client_of(sim, world.app) as client:
            asking = asyncio.create_task(client.call("GET", "/bot/v3/info"))
            await clock.advance(4)
            assert not asking.done()
            await clock.advance(2)
            assert (await asking)["code"] == 2200


async def test_a_known_code_has_its_own_status_and_headers_go_along() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        headers = {"x-ogw-ratelimit-reset": "7"}
        sim.faults.inject(faults.Answer(path=INFO, code=99991400, headers=headers))
        async with client_of(sim, world.app) as client:
            status, answer, found = await client.request("GET", INFO)
    assert (status, answer["code"], found["x-ogw-ratelimit-reset"]) == (429, 99991400, "7")


def test_each_is_lifted_alone_or_after_a_while() -> None:
    clock = VirtualClock()
    sim = Simulator(clock)
    ids = sim.faults.inject(faults.Cut(), faults.Drop(), faults.LoseAck(lasts=30))
    assert [each.id for each in sim.faults.active] == [ids[0], ids[2]]
    sim.faults.lift(ids[0])
    with pytest.raises(WorldError, match=f"no fault has the id '{ids[0]}'; in force: {ids[2]}"):
        sim.faults.lift(ids[0])


async def test_it_lasts_so_long() -> None:
    clock = VirtualClock()
    sim = Simulator(clock)
    sim.faults.inject(faults.LoseAck(lasts=30))
    await clock.advance(29)
    assert len(sim.faults.active) == 1
    await clock.advance(2)
    assert sim.faults.active == []


async def test_the_platforms_clock_is_wrong() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.clock_offset = -3600.0
        said = sim.say(world.private[0], world.people[0], "在吗")
        header = msgspec.json.decode(sim.pushes[0].payload)["header"]
        assert said.created == int(header["create_time"]) == int((clock.now() - 3600) * 1000)
        async with client_of(sim, world.app) as client:
            _, _, headers = await client.request("GET", INFO)
        told = parsedate_to_datetime(headers["Date"]).timestamp()
        assert abs(told - (clock.now() - 3600)) <= 1


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("lost", ["0", "1"]),
        ("repeated", ["0", "0", "1", "2"]),
        ("beyond", ["0", "1", "3"]),
        ("swapped", ["2", "0", "1"]),
    ],
)
async def test_fragments_come_wrong(kind: str, numbers: list[str]) -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            await link.ping()
            sim.faults.inject(faults.Shatter(kind=kind, times=1))  # type: ignore[arg-type]
            sim.say(world.private[0], world.people[0], "在吗")
            sim.say(world.private[0], world.people[0], "完整")
            came = [await link.frame() for _ in range(len(numbers) + 1)]
    assert [each.header("seq") for each in came] == [*numbers, "0"]
    assert {each.header("sum") for each in came[:-1]} == {"3"}
    assert came[-1].header("sum") == "1"
