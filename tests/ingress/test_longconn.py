"""The long connection against a small platform on loopback, in virtual time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import pytest
from aiohttp import WSMsgType, web

from larkgate.clock import VirtualClock
from larkgate.dial import Dialer
from larkgate.ingress import LinkSettings, LongConnection
from larkgate.ingress.connection import MAX_WAITING
from larkgate.ingress.longconn import MAX_MESSAGE
from larkgate.protocol import frames
from larkgate.protocol.events import Answer, Push
from larkgate.protocol.frames import Frame
from larkgate.secret import Secret

SECRET = "canary-secret"
TICKET = "canary-ticket"
SERVICE = 7

Behaviour = Callable[["Platform"], Awaitable[web.StreamResponse]]


async def grant(platform: Platform) -> web.StreamResponse:
    url = f"ws{platform.url[4:]}/ws?device_id=1&service_id={SERVICE}&ticket={TICKET}"
    config = {"PingInterval": 120, "ReconnectCount": -1, "ReconnectInterval": 120}
    return web.json_response({"code": 0, "data": {"URL": url, "ClientConfig": config}})


async def hang(_: Platform) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError


def refuse(code: int, status: int = 200) -> Behaviour:
    async def behave(_: Platform) -> web.StreamResponse:
        return web.json_response({"code": code, "msg": "no"}, status=status)

    return behave


def say(body: bytes, status: int = 200, **headers: str) -> Behaviour:
    async def behave(_: Platform) -> web.StreamResponse:
        return web.Response(body=body, status=status, headers=headers)

    return behave


class Platform:
    """Gives endpoints, opens WebSockets, answers pings, and remembers acknowledgements."""

    def __init__(self) -> None:
        self.endpoint: Behaviour = grant
        self.handshake: Behaviour | None = None
        self.answers_pings = True
        self.asked: list[Any] = []
        self.connections: list[web.WebSocketResponse] = []
        self.acks: list[tuple[int, Frame]] = []
        self.pings = 0
        self._transports: dict[web.WebSocketResponse, asyncio.Transport] = {}

    async def __aenter__(self) -> Platform:
        app = web.Application()
        app.router.add_post("/callback/ws/endpoint", self._endpoint)
        app.router.add_get("/ws", self._open)
        self._runner = web.AppRunner(
            app, access_log=None, shutdown_timeout=0, handler_cancellation=True
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        for connection in list(self._transports):
            self.drop(connection)
        await self._runner.cleanup()

    @property
    def codes(self) -> list[int]:
        return [msgspec.json.decode(ack.payload)["code"] for _, ack in self.acks]

    async def push(self, payload: bytes = b"{}", **headers: str) -> None:
        await self.connections[-1].send_bytes(push(payload, **headers))

    def drop(self, connection: web.WebSocketResponse) -> None:
        """As if a router between the two forgot the connection."""
        self._transports.pop(connection).abort()

    async def _endpoint(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        return await self.endpoint(self)

    async def _open(self, request: web.Request) -> web.StreamResponse:
        if self.handshake is not None:
            return await self.handshake(self)
        connection = web.WebSocketResponse(autoping=True, max_msg_size=0)
        await connection.prepare(request)
        number = len(self.connections)
        self.connections.append(connection)
        assert request.transport is not None
        self._transports[connection] = request.transport
        async for message in connection:
            assert message.type is WSMsgType.BINARY
            frame = frames.decode(message.data)
            if frame.method == frames.DATA:
                self.acks.append((number, frame))
                continue
            self.pings += 1
            if self.answers_pings:
                await connection.send_bytes(frames.pong(SERVICE))
        return connection


def push(payload: bytes = b"{}", **headers: str) -> bytes:
    named = {"type": "event", "message_id": "m-1", "trace_id": "t-1"} | headers
    frame = Frame(
        seq_id=1,
        log_id=2,
        service=SERVICE,
        method=frames.DATA,
        headers=list(named.items()),
        payload=payload,
    )
    return frames.encode(frame)


class Keeper:
    """What stands behind the door: keeps pushes when told to."""

    def __init__(self) -> None:
        self.answer: Answer | None = Answer(200)
        self.pushes: list[Push] = []
        self.answers: list[asyncio.Future[Answer]] = []

    def accept(self, push: Push) -> asyncio.Future[Answer]:
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        if self.answer is not None:
            answer.set_result(self.answer)
        self.pushes.append(push)
        self.answers.append(answer)
        return answer


class Scene:
    """One account, its platform, and the time."""

    def __init__(self, clock: VirtualClock, platform: Platform, dialer: Dialer, name: str) -> None:
        self.clock = clock
        self.platform = platform
        self.keeper = Keeper()
        self.link = LongConnection(
            LinkSettings(
                name=name, app_id=f"cli_{name}", app_secret=Secret(SECRET), domain=platform.url
            ),
            dialer,
            clock,
            lambda push: self.keeper.accept(push),
            lambda: 0.999,
        )
        self.running: asyncio.Task[None]

    @property
    def phase(self) -> str:
        return self.link.status.phase

    async def live(self) -> None:
        await self.clock.settle()
        assert self.phase == "live", self.link.status


@asynccontextmanager
async def scene(
    clock: VirtualClock | None = None, *, endpoint: Behaviour = grant, name: str = "a"
) -> AsyncIterator[Scene]:
    clock = clock or VirtualClock()
    async with Platform() as platform, Dialer(clock) as dialer:
        platform.endpoint = endpoint
        made = Scene(clock, platform, dialer, name)
        made.running = asyncio.create_task(made.link.run())
        try:
            await clock.settle()
            yield made
        finally:
            made.running.cancel()
            await asyncio.wait((made.running,))
        if not made.running.cancelled():
            made.running.result()


@pytest.fixture
async def here() -> AsyncIterator[Scene]:
    async with scene() as made:
        await made.live()
        yield made


async def test_it_connects_and_says_so_without_the_ticket(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with scene() as here:
        await here.live()
        host = f"ws{here.platform.url[4:]}"
        lines = [record.getMessage() for record in caplog.records if record.name[:8] == "larkgate"]
        assert any(line.endswith(f"connected to {host}") for line in lines)
        await here.clock.advance(1500)
        await here.platform.push(b'{"text":"canary-body"}')
        await here.clock.settle()
        here.platform.drop(here.platform.connections[-1])
        await here.clock.advance(2)
        await here.live()
    events = [getattr(record, "event", "") for record in caplog.records]
    assert [event.removeprefix("longconn.") for event in events if event[:8] == "longconn"][:4] == [
        "endpoint_obtained",
        "connecting",
        "connected",
        "first_pong",
    ]
    assert events.count("longconn.alive") == 2
    assert {"longconn.pong", "longconn.lost", "longconn.next_attempt"} <= set(events)
    for canary in (SECRET, TICKET, "canary-body", "service_id"):
        assert canary not in caplog.text


async def test_the_request_for_an_endpoint(here: Scene) -> None:
    assert here.platform.asked == [{"AppID": "cli_a", "AppSecret": SECRET}]


async def test_a_push_is_acknowledged_only_when_it_is_kept(here: Scene) -> None:
    here.keeper.answer = None
    await here.platform.push(b'{"a":1}', trace_id="t-9")
    await here.clock.advance(1.5)
    assert here.platform.acks == []
    kept = here.keeper.pushes[0]
    assert (kept.payload, kept.trace_id, kept.account) == (b'{"a":1}', "t-9", "cli_a")
    assert kept.answer_by == kept.received_at + 2.5
    here.keeper.answers[0].set_result(Answer(200))
    await here.clock.settle()
    [(_, ack)] = here.platform.acks
    assert ack.payload == b'{"code":200}'
    assert (ack.seq_id, ack.log_id, ack.service) == (1, 2, SERVICE)
    assert dict(ack.headers)["message_id"] == "m-1"
    assert ack.header("biz_rt") == "1500"


async def test_a_callback_is_answered_in_its_acknowledgement(here: Scene) -> None:
    here.keeper.answer = Answer(200, b"{}")
    await here.platform.push(type="card")
    await here.clock.settle()
    assert here.platform.acks[0][1].payload == b'{"code":200,"data":"e30="}'


async def test_acknowledgements_go_out_in_the_order_of_the_answers(here: Scene) -> None:
    here.keeper.answer = None
    for number in range(3):
        await here.platform.push(message_id=str(number))
    await here.clock.settle()
    for number in (2, 0, 1):
        here.keeper.answers[number].set_result(Answer(200))
        await here.clock.settle()
    assert [ack.header("message_id") for _, ack in here.platform.acks] == ["2", "0", "1"]


async def test_a_store_that_hangs_costs_pushes_and_no_connection(here: Scene) -> None:
    here.keeper.answer = None
    for number in range(100):
        await here.platform.push(message_id=str(number))
    await here.clock.advance(1.9)
    assert here.platform.codes == []
    await here.clock.advance(0.2)
    assert here.platform.codes == [500] * 100
    await here.clock.advance(10)
    for answer in here.keeper.answers:
        answer.set_result(Answer(200))
    here.keeper.answer = Answer(200)
    await here.platform.push()
    await here.clock.settle()
    assert here.platform.codes == [500] * 100 + [200]
    assert len(here.platform.connections) == 1
    assert here.link.status.pushes.refused == 100


async def test_every_push_has_its_own_two_seconds(here: Scene) -> None:
    here.keeper.answer = None
    for number in range(5):
        await here.platform.push(message_id=str(number))
        await here.clock.advance(1)
        assert len(here.platform.acks) == number


async def test_a_callback_has_a_little_longer(here: Scene) -> None:
    here.keeper.answer = None
    await here.platform.push(b'{"header":{"event_type":"card.action.trigger"}}')
    await here.clock.advance(2.7)
    assert here.platform.codes == []
    here.keeper.answers[0].set_result(Answer(200, b'{"toast":{}}'))
    await here.clock.settle()
    assert here.platform.codes == [200]


async def test_what_cannot_wait_is_refused_at_once(here: Scene) -> None:
    here.keeper.answer = None
    for _ in range(MAX_WAITING + 10):
        await here.platform.push()
    await here.clock.settle()
    assert here.platform.codes == [500] * 10
    assert here.link.status.waiting == len(here.keeper.answers) == MAX_WAITING
    for answer in here.keeper.answers:
        answer.set_result(Answer(200))
    await here.clock.settle()
    assert here.platform.codes[10:] == [200] * MAX_WAITING


async def test_what_was_refused_still_waits_for_the_store(here: Scene) -> None:
    """Memory is bounded while a disk hangs, however often the platform pushes and reconnects."""
    here.keeper.answer = None
    for _ in range(MAX_WAITING):
        await here.platform.push()
    await here.clock.advance(3)
    assert here.platform.codes == [500] * MAX_WAITING
    here.platform.drop(here.platform.connections[-1])
    await here.clock.advance(2)
    await here.live()
    for _ in range(10):
        await here.platform.push()
    await here.clock.settle()
    assert here.platform.codes == [500] * (MAX_WAITING + 10)
    assert here.link.status.waiting == len(here.keeper.answers) == MAX_WAITING
    for answer in here.keeper.answers:
        answer.set_result(Answer(200))
    here.keeper.answer = Answer(200)
    await here.platform.push()
    await here.clock.settle()
    assert here.platform.codes[-1] == 200
    assert here.link.status.waiting == 0


async def test_a_keeper_that_fails_gets_the_push_again(
    here: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    def accept(push: Push) -> asyncio.Future[Answer]:
        raise RuntimeError("closed")

    here.keeper.accept = accept  # type: ignore[method-assign]
    await here.platform.push()
    await here.platform.push()
    await here.clock.settle()
    assert here.platform.codes == [500, 500]
    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "closed" in warnings[0].getMessage()
    assert here.phase == "live"


async def test_a_stumble_costs_a_connection_and_not_the_account(
    here: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    keep = here.keeper.accept
    here.keeper.accept = lambda push: None  # type: ignore[method-assign,assignment,return-value]
    await here.platform.push()
    await here.clock.settle()
    assert "AttributeError" in caplog.text
    here.keeper.accept = keep  # type: ignore[method-assign]
    await here.clock.advance(1)
    await here.live()
    await here.platform.push()
    await here.clock.settle()
    assert here.platform.codes == [200]


async def test_an_answer_for_a_dead_connection_is_dropped(here: Scene) -> None:
    here.keeper.answer = None
    await here.platform.push()
    await here.clock.settle()
    here.platform.drop(here.platform.connections[-1])
    await here.clock.advance(1)
    await here.live()
    here.keeper.answers[0].set_result(Answer(200))
    here.keeper.answer = Answer(200)
    await here.platform.push(message_id="m-2")
    await here.clock.settle()
    [(connection, ack)] = here.platform.acks
    assert (connection, ack.header("message_id")) == (1, "m-2")


async def test_pieces_are_joined_and_the_last_one_acknowledged(here: Scene) -> None:
    whole = '{"text":"车联网"}'.encode()
    await here.platform.push(whole[11:], sum="2", seq="1")
    await here.platform.push(whole[:11], sum="2", seq="0")
    await here.clock.settle()
    assert [kept.payload for kept in here.keeper.pushes] == [whole]
    assert [ack.header("seq") for _, ack in here.platform.acks] == ["0"]


async def test_two_accounts_in_one_process() -> None:
    clock = VirtualClock()
    async with scene(clock, name="a") as one, scene(clock, name="b") as two:
        for here in (one, two):
            await here.live()
            await here.platform.push(here.link._settings.name.encode())
        await clock.settle()
        assert [kept.account for kept in one.keeper.pushes] == ["cli_a"]
        assert [kept.payload for kept in two.keeper.pushes] == [b"b"]
        one.platform.drop(one.platform.connections[-1])
        await clock.settle()
        assert (one.phase, two.phase) == ("waiting", "live")
        await clock.advance(60)
        assert (one.phase, two.phase) == ("live", "live")
        assert (len(one.platform.acks), len(two.platform.acks)) == (1, 1)


async def test_back_within_two_seconds_after_a_drop(here: Scene) -> None:
    for _ in range(3):
        here.platform.drop(here.platform.connections[-1])
        await here.clock.settle()
        assert here.phase == "waiting"
        await here.clock.advance(2)
        await here.live()
    assert len(here.platform.asked) == 4  # a fresh endpoint each time


@pytest.mark.parametrize(
    ("endpoint", "seconds"),
    [
        (hang, 15),
        (refuse(0), 5),
        (refuse(1), 5),
        (refuse(1000040343), 5),
        (refuse(777), 5),
        (refuse(0, 500), 5),
        (say(b"<html>log in</html>"), 5),
        (say(b"", 302, Location="http://127.0.0.1:1/"), 5),
        (say(b'{"code":0,"data":{"URL":"ws://127.0.0.1:1/?service_id=1"}}'), 5),
        (say(b'{"code":0,"data":{"URL":"ws://:99999/"}}'), 5),
    ],
)
async def test_back_within_seconds_of_the_platform_being_willing(
    endpoint: Behaviour, seconds: float
) -> None:
    async with scene(endpoint=endpoint) as here:
        await here.clock.advance(580)
        assert here.phase != "live"
        here.platform.endpoint = grant
        await here.clock.advance(seconds)
        await here.live()


@pytest.mark.parametrize(
    ("handshake", "seconds"),
    [
        (hang, 15),
        (say(b"", 500), 5),
        (say(b"", 403), 5),
        (say(b"", 400, **{"Handshake-Status": "514"}), 5),
    ],
)
async def test_a_handshake_that_fails_is_tried_again(handshake: Behaviour, seconds: float) -> None:
    async with scene() as here:
        await here.live()
        here.platform.handshake = handshake
        here.platform.drop(here.platform.connections[-1])
        await here.clock.advance(300)
        assert here.phase != "live"
        here.platform.handshake = None
        await here.clock.advance(seconds)
        await here.live()


@pytest.mark.parametrize(
    "handshake",
    [
        say(b"", 400, **{"Handshake-Status": "403", "Handshake-Msg": "banned"}),
        say(b"", 400, **{"Handshake-Status": "514", "Handshake-Autherrcode": "1000040350"}),
    ],
)
async def test_a_terminal_handshake_is_asked_again_in_five_minutes(handshake: Behaviour) -> None:
    async with scene() as here:
        await here.live()
        here.platform.handshake = handshake
        here.platform.drop(here.platform.connections[-1])
        await here.clock.advance(2)
        assert here.phase == "refused"
        here.platform.handshake = None
        await here.clock.advance(300)
        await here.live()


async def test_a_terminal_answer_is_loud_and_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    async with scene(endpoint=refuse(1000040345, 400)) as here:
        assert here.link.status.reason_key == "longconn.bad_credentials"
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        await here.clock.advance(299)
        assert len(here.platform.asked) == 1
        here.platform.endpoint = grant
        await here.clock.advance(1)
        await here.live()
        assert here.link.status.reason is None


async def test_nobody_listens() -> None:
    async with scene() as here:
        await here.live()
        await here.platform.__aexit__()
        await here.clock.advance(3600)
        assert here.phase == "waiting"
        assert here.link.status.reason_key == "dial.refused"


@pytest.mark.parametrize("websocket_pongs", [False, True])
async def test_a_half_open_connection_is_noticed(here: Scene, websocket_pongs: bool) -> None:
    here.platform.answers_pings = False
    for _ in range(25):
        if here.phase != "live":
            break
        if websocket_pongs:
            await here.platform.connections[0].pong()
            await here.platform.connections[0].ping()
        await here.clock.advance(1)
    assert here.phase != "live"
    assert here.link.status.reason_key == "longconn.silent"
    here.platform.answers_pings = True
    await here.clock.advance(5)
    await here.live()
    assert len(here.platform.connections) == 2


async def test_what_makes_no_sense_is_skipped(
    here: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    connection = here.platform.connections[-1]
    for nonsense in (
        b"",
        b"\xff" * 100,
        push(type="novelty"),
        push(sum="2", seq="5"),
        frames.encode(Frame(method=9)),
        frames.encode(Frame(headers=[("type", "ping")])),
    ):
        await connection.send_bytes(nonsense)
    await connection.send_str("text")
    await here.platform.push()
    await here.clock.settle()
    assert here.platform.codes == [200]
    assert len(here.platform.connections) == 1
    counters = here.link.status.counters
    assert (counters.bad_frames, counters.unknown_frames) == (2, 3)
    assert [record.getMessage()[:3] for record in caplog.records] == ["a: "]


async def test_an_oversized_message_costs_one_connection(here: Scene) -> None:
    with suppress(ConnectionError):  # it is cut off in the middle of it
        await here.platform.push(bytes(MAX_MESSAGE))
    await here.clock.advance(1)
    await here.live()
    assert len(here.platform.connections) == 2
    await here.platform.push()
    await here.clock.settle()
    assert here.platform.codes == [200]


async def test_a_day_without_events(here: Scene) -> None:
    await here.clock.advance(24 * 3600)
    assert here.phase == "live"
    assert len(here.platform.connections) == 1
    assert here.platform.pings == 8641


async def test_the_server_closes(here: Scene) -> None:
    await here.platform.connections[0].close(code=1001)
    await here.clock.settle()
    status = here.link.status
    assert status.reason_key == "longconn.closed_by_platform"
    assert "1001" in (status.reason or "")
    await here.clock.advance(1)
    await here.live()


async def test_stop_answers_what_waits_and_takes_nothing_more(here: Scene) -> None:
    here.keeper.answer = None
    await here.platform.push(message_id="m-1")
    await here.clock.settle()
    here.link.stop()
    here.link.stop()
    await here.clock.settle()
    await here.platform.push(message_id="m-2")
    await here.clock.settle()
    assert not here.running.done()
    here.keeper.answers[0].set_result(Answer(200))
    await here.clock.settle()
    assert here.running.done()
    assert [ack.header("message_id") for _, ack in here.platform.acks] == ["m-1"]
    assert here.platform.connections[0].close_code == 1000
    assert here.phase == "stopped"
    await here.clock.advance(3600)
    assert len(here.platform.asked) == 1


async def test_stop_does_not_wait_for_ever(here: Scene) -> None:
    here.keeper.answer = None
    await here.platform.push()
    await here.clock.settle()
    here.link.stop()
    await here.clock.advance(3)
    assert here.running.done()
    assert here.platform.codes == [500]


@pytest.mark.parametrize("endpoint", [hang, refuse(1), refuse(403)])
async def test_stop_without_a_connection(endpoint: Behaviour) -> None:
    async with scene(endpoint=endpoint) as here:
        here.link.stop()
        await here.clock.settle()
        assert here.running.done()


async def test_cancelling_closes_the_connection() -> None:
    async with scene() as here:
        await here.live()
        here.running.cancel()
        await here.clock.settle()
        assert here.running.cancelled()
        assert here.platform.connections[0].closed
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_status_is_ready_for_json(here: Scene) -> None:
    await here.platform.push()
    await here.clock.advance(15)
    summary = here.link.status.summary()
    assert msgspec.json.decode(msgspec.json.encode(summary)) == summary
    assert (summary["phase"], summary["host"]) == ("live", f"ws{here.platform.url[4:]}")
    assert summary["last_pong_age"] == 5
    assert summary["since"] == here.clock.now() - 15
    assert summary["pushes"] == {"kept": 1, "refused": 0}
    assert summary["counters"]["events"] == 1
    assert summary["config"]["ping_interval"] == 120
    assert TICKET not in str(summary)


async def test_a_flood_is_read_in_order_and_leaves_room_for_the_heartbeat(here: Scene) -> None:
    for number in range(5000):
        await here.platform.push(message_id=str(number))
        if number % 500 == 0:
            await here.clock.settle()
    await here.clock.advance(10)
    assert here.platform.codes == [200] * 5000
    assert [ack.header("message_id") for _, ack in here.platform.acks] == [
        str(number) for number in range(5000)
    ]
    assert here.platform.pings == 2
