"""Pushes by HTTP: plain or encrypted, signed, within 3 s, to addresses that were checked."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
from aiohttp import web
from receiver import Received, Receiver, listening
from simclient import client_of

from larkgate.clock import VirtualClock
from larkgate.secret import Secret
from larkgate.simulator import (
    App,
    PushRecord,
    Simulator,
    StandardWorld,
    WorldError,
    faults,
    standard_world,
)

KEY = "gateway-test-encrypt-key"
TOKEN = "v-tok"
SIGNED = ("X-Lark-Request-Timestamp", "X-Lark-Request-Nonce", "X-Lark-Signature")


class Table:
    """The standard world, its app on webhooks, and the server they go to."""

    def __init__(self, sim: Simulator, clock: VirtualClock, receiver: Receiver) -> None:
        self.sim = sim
        self.clock = clock
        self.receiver = receiver
        self.world: StandardWorld = standard_world(sim)
        self.app: App = self.world.app
        self.app.event_url = f"{receiver.url}/events"
        self.app.callback_url = f"{receiver.url}/callbacks"
        self.app.verification_token = Secret(TOKEN)
        self.app.set(event_mode="webhook", callback_mode="webhook")

    async def say(self) -> PushRecord:
        self.sim.say(self.world.private[0], self.world.people[0], "在吗")
        await self.clock.settle()
        return self.sim.pushes[-1]


@pytest.fixture
async def table(clock: VirtualClock) -> AsyncIterator[Table]:
    async with listening() as receiver, Simulator(clock) as sim:
        yield Table(sim, clock, receiver)


def delays(push: PushRecord) -> list[int]:
    return [round(attempt.at - push.attempts[0].at) for attempt in push.attempts]


def stamp(request: Received) -> tuple[str, ...]:
    return tuple(request.headers[name] for name in SIGNED)


async def test_an_event_is_posted_as_it_is(table: Table) -> None:
    push = await table.say()
    [request] = table.receiver.received
    assert request.path == "/events"
    assert request.headers["Content-Type"] == "application/json; charset=utf-8"
    assert request.body == push.payload
    assert request.json["header"]["token"] == TOKEN
    assert not {*SIGNED} & {*request.headers}, "nothing is signed without an Encrypt Key"
    [attempt] = push.attempts
    assert (attempt.connection, attempt.code) == (table.app.event_url, 200)
    assert push.acked_at == table.clock.now()
    assert table.sim.unacknowledged == 0


async def test_with_a_key_it_is_encrypted_and_the_bytes_are_signed(table: Table) -> None:
    table.app.encrypt_key = Secret(KEY)
    await table.say()
    [request] = table.receiver.received
    assert [*request.json] == ["encrypt"]
    timestamp, nonce, signature = stamp(request)
    assert timestamp == str(int(table.clock.now()))
    assert signature == sha256(f"{timestamp}{nonce}{KEY}".encode() + request.body).hexdigest()


async def test_events_that_fail_are_posted_again(table: Table) -> None:
    table.app.encrypt_key = Secret(KEY)
    table.receiver.always(status=500)
    push = await table.say()
    await table.clock.advance(8 * 3600)
    assert delays(push) == [0, 15, 315, 3915, 25515]
    assert [attempt.code for attempt in push.attempts] == [500] * 5
    assert push.given_up
    stamps = [stamp(request) for request in table.receiver.received]
    sent = [int(timestamp) - int(stamps[0][0]) for timestamp, _, _ in stamps]
    assert sent == delays(push), "each is signed anew"
    assert len({nonce for _, nonce, _ in stamps}) == 5
    assert len({request.body for request in table.receiver.received}) == 5


async def test_or_signed_once(table: Table) -> None:
    table.app.encrypt_key = Secret(KEY)
    table.sim.resign_retries = False
    table.receiver.always(status=500)
    await table.say()
    await table.clock.advance(8 * 3600)
    assert len(table.receiver.received) == 5
    assert len({stamp(request) for request in table.receiver.received}) == 1
    assert len({request.body for request in table.receiver.received}) == 1


@pytest.mark.parametrize("status", [201, 204, 302, 307, 404, 503])
async def test_only_200_is_an_acknowledgement(table: Table, status: int) -> None:
    table.receiver.always(b"", status=status, headers={"Location": f"{table.receiver.url}/else"})
    push = await table.say()
    assert push.attempts[0].code == status
    assert push.attempts[0].failed
    assert len(table.receiver.received) == 1, "a redirect is not followed"
    table.receiver.always()
    await table.clock.advance(15)
    assert push.acked_at is not None


async def test_who_takes_three_seconds_is_late(table: Table) -> None:
    table.receiver.wait()
    push = await table.say()
    await table.clock.advance(2.9)
    assert not push.attempts[0].failed
    await table.clock.advance(0.1)
    assert push.attempts[0].failed
    assert (push.attempts[0].code, push.attempts[0].failure) == (None, "")
    assert table.receiver.given_up == 1, "the platform hangs up"
    table.receiver.always()
    await table.clock.advance(15)
    assert push.attempts[1].code == 200
    assert delays(push) == [0, 18]


async def test_nobody_listens(table: Table) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        table.app.event_url = f"http://127.0.0.1:{unused.getsockname()[1]}/"
        push = await table.say()
    assert push.attempts[0].failure == "no_connection"
    table.app.event_url = table.receiver.url
    await table.clock.advance(15)
    assert push.attempts[1].code == 200, "what waits goes to the address of its next attempt"


async def test_nobody_ever_listens(table: Table) -> None:
    table.app.event_url = "http://127.0.0.1:1/"
    push = await table.say()
    await table.clock.advance(8 * 3600)
    assert delays(push) == [0, 15, 315, 3915, 25515]
    assert push.given_up
    assert table.sim.unacknowledged == 0


async def test_a_connection_has_two_seconds(table: Table) -> None:
    with socket.socket() as full, socket.socket() as queued:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        queued.connect(full.getsockname())
        table.app.event_url = f"http://127.0.0.1:{full.getsockname()[1]}/"
        push = await table.say()
        await table.clock.advance(1.9)
        assert not push.attempts[0].failed
        await table.clock.advance(0.1)
    assert push.attempts[0].failure == "no_connection"


async def test_a_name_unknown_to_dns(table: Table) -> None:
    table.app.event_url = "http://bot.invalid/events"
    push = await table.say()
    assert push.attempts[0].failure == "no_name"


@pytest.mark.parametrize("name", ["localhost", "bot.localhost"])
async def test_localhost_is_here(table: Table, name: str) -> None:
    table.app.event_url = table.receiver.url.replace("127.0.0.1", name)
    push = await table.say()
    assert push.attempts[0].code == 200


async def test_a_connection_that_breaks(table: Table) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.transport.abort()

    server = await asyncio.start_server(cut, "127.0.0.1", 0)
    async with server:
        table.app.event_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        push = await table.say()
    assert push.attempts[0].failure == "broken"


@pytest.mark.parametrize(
    "url",
    ["", "events", "ftp://127.0.0.1/", "http://", "http://[1/", "http://[::1]/", "http://xn--/"],
)
async def test_an_app_without_an_address(table: Table, url: str) -> None:
    table.app.event_url = url
    push = await table.say()
    assert push.attempts[0].failure == "no_address"
    assert "no address for a webhook" in table.sim.complaints[0]


async def test_no_other_machine_is_called(table: Table) -> None:
    table.app.event_url = "http://bot.example.com/events"
    push = await table.say()
    assert push.attempts[0].failure == "not_allowed"
    assert "posts to this machine only" in table.sim.complaints[0]
    with pytest.raises(WorldError, match="webhook_anywhere"):
        await table.sim.save_request_url(table.app, "http://192.0.2.1/")


async def test_but_it_may_be(table: Table) -> None:
    table.sim.webhook_anywhere = True
    table.app.event_url = "http://bot.invalid:80/events"
    assert (await table.say()).attempts[0].failure == "no_name"
    table.app.event_url = "http://bot..example/"
    assert (await table.say()).attempts[0].failure == "no_name"
    table.app.event_url = table.receiver.url
    assert (await table.say()).attempts[0].code == 200


async def test_what_waits_goes_the_way_in_force(table: Table) -> None:
    table.receiver.always(status=500)
    push = await table.say()
    table.app.set(event_mode="websocket")
    async with client_of(table.sim, table.app) as client, client.link() as link:
        await table.clock.advance(15)
        frame = await link.frame()
        assert frame.payload == push.payload
        await link.acknowledge(frame, code=500)
        await table.sim.until(lambda: push.attempts[1].code)
    table.app.set(event_mode="webhook")
    table.receiver.always()
    await table.clock.advance(300)
    assert [attempt.code for attempt in push.attempts] == [500, 500, 200]
    assert len({attempt.connection for attempt in push.attempts}) == 2


async def test_events_and_callbacks_go_their_own_ways(table: Table) -> None:
    table.app.set(event_mode="websocket")
    card = table.sim.world.post(table.world.development, table.app, "interactive", "{}")
    clicked = await table.sim.click(card, table.world.people[0])
    assert clicked.answer == {}
    [request] = table.receiver.received
    assert request.path == "/callbacks"
    assert request.json["header"]["event_type"] == "card.action.trigger"
    assert len(request.json["header"]["create_time"]) == 16, "microseconds"


async def test_faults_strike_here_too(table: Table) -> None:
    table.sim.faults.inject(faults.Duplicate(times=1))
    push = await table.say()
    await table.clock.settle()
    assert [attempt.code for attempt in push.attempts] == [200, 200]
    assert [request.body for request in table.receiver.received] == [push.payload] * 2


async def test_many_at_once(table: Table) -> None:
    released = table.receiver.wait()
    for number in range(150):
        table.sim.say(table.world.private[0], table.world.people[0], f"{number}")
    await table.clock.settle()
    assert len(table.receiver.received) == 100
    released.set()
    await table.sim.until(lambda: not table.sim.unacknowledged)
    assert all(len(push.attempts) == 1 for push in table.sim.pushes)


async def test_a_long_answer_is_cut_off(table: Table) -> None:
    table.receiver.always(b"x" * (3 << 20))
    push = await table.say()
    assert push.answer == b"x" * (1 << 20)


async def test_closing_breaks_off(clock: VirtualClock) -> None:
    async with listening() as receiver:
        receiver.wait()
        async with Simulator(clock) as sim:
            push = await Table(sim, clock, receiver).say()
        await clock.settle()
        assert receiver.given_up == 1
        assert push.acked_at is None


async def test_a_checked_address_is_kept(table: Table) -> None:
    async def echo(request: Received) -> web.Response:
        assert request.json["type"] == "url_verification"
        assert request.json["token"] == TOKEN
        return web.json_response({"challenge": request.json["challenge"]})

    table.app.set(event_mode="websocket", callback_mode=None)
    table.receiver.answer = echo
    await table.sim.save_request_url(table.app, f"{table.receiver.url}/a", publish=False)
    assert table.app.event_url == f"{table.receiver.url}/a"
    assert (table.app.console.event_mode, table.app.in_force.event_mode) == ("webhook", "websocket")
    await table.sim.save_request_url(table.app, f"{table.receiver.url}/b", "callback")
    assert table.app.callback_url == f"{table.receiver.url}/b"
    assert (table.app.in_force.event_mode, table.app.in_force.callback_mode) == ("webhook",) * 2
    assert not {*SIGNED} & {*table.receiver.received[0].headers}


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ('{"challenge":"mine"}', 200, "another challenge"),
        ("{}", 200, "another challenge"),
        ("challenge", 200, "JSON object"),
        ("[]", 200, "JSON object"),
        ("", 200, "JSON object"),
        ("{}", 500, "HTTP 500"),
        ("", 302, "HTTP 302"),
    ],
)
async def test_a_wrong_answer_to_the_challenge(
    table: Table, body: str, status: int, sentence: str
) -> None:
    table.receiver.always(body, status=status)
    before = table.app.event_url
    with pytest.raises(WorldError, match=sentence):
        await table.sim.save_request_url(table.app, f"{table.receiver.url}/new")
    assert table.app.event_url == before


async def test_a_late_answer_to_the_challenge(table: Table) -> None:
    table.receiver.wait()
    saving = asyncio.create_task(table.sim.save_request_url(table.app, table.receiver.url))
    await table.clock.advance(0.9)
    assert not saving.done()
    await table.clock.advance(0.1)
    assert saving.done()
    with pytest.raises(WorldError, match="within 1 s"):
        await saving


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("not an address", "no address for a webhook"),
        ("http://bot.invalid/", "DNS does not know"),
        ("http://127.0.0.1:1/", "no connection"),
    ],
)
async def test_an_address_where_nobody_answers(table: Table, url: str, sentence: str) -> None:
    with pytest.raises(WorldError, match=sentence):
        await table.sim.save_request_url(table.app, url)
