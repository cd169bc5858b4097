"""Whatever is sent to the simulator, it answers as the platform does, and goes on."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

import msgspec
import pytest
import pytest_asyncio
from aiohttp import hdrs
from fuzzing import CARD, RAW_BODIES, Request, requests, spoiled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from simclient import Client, client_of
from yarl import URL

from larkgate.protocol import frames
from larkgate.simulator import (
    Simulator,
    StandardWorld,
    WorldError,
    permissions,
    standard_world,
)
from larkgate.simulator.apps import Console
from larkgate.simulator.switches import Switches

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECONDS = 10  # nothing that is asked here takes long
CLIENTS = ("/open-apis/", "/callback/", "/space/", "/ws/")
ENDLESS = "/sim/stream"


def every_route() -> list[tuple[str, str]]:
    """Method and path of all that can be asked, from the running application."""
    application = Simulator()._application()
    return sorted(
        (route.method, route.resource.canonical)
        for route in application.router.routes()
        if route.resource and route.method != hdrs.METH_HEAD
    )


ROUTES = [route for route in every_route() if route[1].startswith(CLIENTS)]
OTHERS = [route for route in every_route() if route not in ROUTES and route[1] != ENDLESS]


SCOPES = permissions.SCOPES | {"im:message.group_msg", "application:application:self_manage"}


# Whom it is sent to


class Fuzzed:
    """A simulator with something of everything in it."""

    def __init__(self, sim: Simulator, client: Client, world: StandardWorld) -> None:
        self.sim = sim
        self.client = client
        self.world = world
        self.names: dict[str, str] = {}

    async def furnish(self) -> None:
        """Make what the calls are about."""
        app, person, chat = self.world.app, self.world.people[0], self.world.development
        app.set(**msgspec.structs.asdict(Console(scopes=SCOPES)))
        fields = {"标题": "text", "次数": "number", "状态": "single_select", "处理人": "person"}
        base = self.sim.base("客服", app=app, tables={"工单": fields})
        table = base.table("工单")
        sent = self.sim.world.post(chat, app, "interactive", json.dumps(CARD))
        said = self.sim.say(chat, person, "@TSP助手 你好")
        file = self.sim.send_file(chat, person, "a.txt", b"content")
        call = self.client.call
        card = await call("POST", "/cardkit/v1/cards", KIT_CARD)
        reaction = await call(
            "POST",
            f"/im/v1/messages/{sent.id}/reactions",
            {"reaction_type": {"emoji_type": "SMILE"}},
        )
        self.names = {
            "{token}": f"Bearer {self.client.token}",
            "{message_id}": sent.id,
            "{said_id}": said.id,
            "{chat_id}": chat.id,
            "{app_id}": app.id,
            "{app_token}": base.app_token,
            "{table_id}": table.id,
            "{record_id}": table.add({"标题": "一"}, by=person).id,
            "{card_id}": card["data"]["card_id"],
            "{element_id}": "words",
            "{reaction_id}": reaction["data"]["reaction_id"],
            "{user_id}": self.sim.world.open_id(person, app),
            "{file_key}": json.loads(file.content)["file_key"],
            "{key}": json.loads(file.content)["file_key"],
            "{app}": app.name,
            "{event}": self.sim.pushes[-1].event_id,
        }

    def filled(self, text: str) -> str:
        for name, value in self.names.items():
            text = text.replace(name, value)
        return text

    async def send(self, request: Request) -> tuple[int, bytes]:
        """Status and body of the answer."""
        query = "&".join(
            f"{name}={quote(self.filled(value), errors='surrogatepass')}"
            for name, value in request.query.items()
        )
        path = quote(self.filled(request.path), safe="/%")
        async with asyncio.timeout(SECONDS):
            async with self.client.http.request(
                request.method,
                URL(f"{self.sim.url}{path}?{query}", encoded=True),
                headers={name: self.filled(value) for name, value in request.headers.items()},
                data=self.filled(request.body.decode("latin-1")).encode("latin-1"),
            ) as answer:
                return answer.status, await answer.read()

    async def works(self) -> None:
        """A good call passes, and what is said arrives."""
        self.client.token = ""
        heard = len(self.sim.pushes)
        async with self.client.link() as link:
            self.sim.say(self.world.private[0], self.world.people[0], "还在吗")
            await link.acknowledge(await link.frame())
            await self.sim.until(lambda: self.sim.pushes[heard].acked_at)
        assert (await self.client.call("GET", "/bot/v3/info"))["code"] == 0


KIT_CARD = {"type": "card_json", "data": json.dumps(CARD)}


class Failures(logging.Handler):
    """What was logged as an error or with an exception."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR or record.exc_info:
            self.seen.append(self.format(record))


@asynccontextmanager
async def fuzzed() -> AsyncIterator[Fuzzed]:
    failures = Failures()
    logging.getLogger().addHandler(failures)
    try:
        async with Simulator() as sim:
            sim.rate_limits = False
            world = standard_world(sim)
            async with client_of(sim, world.app) as client:
                found = Fuzzed(sim, client, world)
                await found.furnish()
                yield found
                sim.faults.heal()
                await found.works()
    finally:
        logging.getLogger().removeHandler(failures)
    assert failures.seen == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def platform() -> AsyncIterator[Fuzzed]:
    async with fuzzed() as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def control() -> AsyncIterator[Fuzzed]:
    async with fuzzed() as found:
        yield found


def fuzz(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@fuzz(1500)
@given(request_=requests(ROUTES))
async def test_the_platform_answers_in_its_own_words(platform: Fuzzed, request_: Request) -> None:
    status, body = await platform.send(request_)
    assert status < 500
    if request_.method != "GET" and status == 200:
        await platform.furnish()
    if status == 401 and request_.path.startswith("/ws/"):
        return  # a refused handshake has its reasons in headers
    if "resources" in request_.path or request_.path.endswith(("_key}", "{key}")):
        assert status == 200 or json.loads(body)["code"]
        return
    answer = json.loads(body)
    assert isinstance(answer["code"], int)
    assert isinstance(answer["msg"], str)
    assert status == 200 or answer["code"] != 0
    if answer["code"] and request_.path.startswith("/open-apis/"):
        assert answer["error"]["log_id"]


def exported() -> bytes:
    sim = Simulator()
    world = standard_world(sim)
    base = sim.base("客服", app=world.app, tables={"工单": {"标题": "text"}})
    base.table("工单").add({"标题": "一"}, by=world.people[0])
    sim.world.post(world.development, world.app, "interactive", json.dumps(CARD))
    sim.world.forward(sim.messages, world.service, world.people[0])
    return sim.export()


EXPORTED = exported()


@fuzz(100)
@given(whole=spoiled(json.loads(EXPORTED), least=1).map(json.dumps) | RAW_BODIES)
async def test_a_broken_world_is_refused_and_changes_nothing(whole: str | bytes) -> None:
    sim = Simulator()
    sim.load(EXPORTED)
    before = sim.export()
    try:
        sim.load(whole if isinstance(whole, bytes) else whole.encode())
    except WorldError:
        assert sim.export() == before
    else:
        assert sim.export()


SWITCHES = {**Switches().switches(), "rate_limits": False}


@fuzz(600)
@given(request_=requests(OTHERS))
async def test_the_control_api_answers_with_sentences(control: Fuzzed, request_: Request) -> None:
    try:
        status, body = await control.send(request_)
    finally:
        control.sim.faults.heal()
        for name, value in SWITCHES.items():
            setattr(control.sim, name, value)
    assert status < 500
    if status >= 400:
        assert json.loads(body)["error"]


FORM = (
    b'--b\r\nContent-Disposition: form-data; name="file_type"\r\n\r\nstream\r\n'
    b'--b\r\nContent-Disposition: form-data; name="image_type"\r\n\r\nmessage\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file_name"\r\n\r\na.txt\r\n'
    b'--b\r\nContent-Disposition: form-data; name="chat"\r\n\r\noc_x\r\n'
    b'--b\r\nContent-Disposition: form-data; name="as"\r\n\r\nou_x\r\n'
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n'
    b"Content-Type: text/plain\r\n\r\ncontent\r\n"
    b'--b\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    b"\x89PNG\r\n\x1a\n\r\n--b--\r\n"
)
FORMS = ("/open-apis/im/v1/images", "/open-apis/im/v1/files", "/sim/files")


@fuzz(300)
@given(
    path=st.sampled_from(FORMS),
    boundary=st.sampled_from(["; boundary=b"] * 5 + ["", "; boundary=", "; boundary=c", "; b"]),
    at=st.integers(0, len(FORM)),
    gone=st.integers(0, 60),
    put=st.binary(max_size=8) | st.sampled_from([b"--b\r\n", b"\r\n\r\n", b"\xff" * 9, b'"']),
)
async def test_broken_forms_are_refused(
    platform: Fuzzed, path: str, boundary: str, at: int, gone: int, put: bytes
) -> None:
    headers = {"Authorization": "{token}", "Content-Type": f"multipart/form-data{boundary}"}
    body = FORM[:at] + put + FORM[at + gone :]
    status, answer = await platform.send(Request("POST", path, {}, headers, body))
    assert status < 500
    assert isinstance(json.loads(answer), dict)


ACKNOWLEDGEMENT = frames.acknowledgement(
    frames.Frame(1, 1, 1, frames.DATA, [("type", "event"), ("message_id", "1")], b"{}"),
    code=200,
    milliseconds=1,
    data=b"{}",
)


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """An acknowledgement, or a ping, with some of its bytes replaced."""
    whole = draw(st.sampled_from([ACKNOWLEDGEMENT, frames.ping(1)]))
    at = draw(st.integers(0, len(whole)))
    return whole[:at] + draw(st.binary(max_size=6)) + whole[at + draw(st.integers(0, 6)) :]


@fuzz(120)
@given(sent=st.lists(messages() | st.text(max_size=9), max_size=8))
async def test_a_long_connection_outlives_what_makes_no_sense(
    platform: Fuzzed, sent: list[bytes | str]
) -> None:
    async with platform.client.link() as link:
        for each in sent:
            if isinstance(each, str):
                await link.socket.send_str(each)
            else:
                await link.socket.send_bytes(each)
        async with asyncio.timeout(SECONDS):
            await link.socket.send_bytes(frames.ping(1))
            while (await link.frame()).header("type") != "pong":
                pass


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /open-apis/x HTTP/9.9\r\n\r\n",
        b"GET /open-apis/x HTTP/1.1\r\nHost: " + b"x" * 20_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"POST /open-apis/x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /open-apis/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /callback/ws/endpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
        b"",
    ],
    ids=["TLS", "version", "header", "path", "length", "chunks", "half a body", "nothing"],
)
async def test_what_is_no_http_ends_its_connection_only(platform: Fuzzed, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", platform.sim.port)
    writer.write(sent)
    writer.write_eof()
    async with asyncio.timeout(SECONDS):
        answer = await reader.read()
    writer.close()
    assert not answer or int(answer.split()[1]) < 500


@pytest.mark.parametrize(
    "sent",
    [b"\xff" * 14, b"\x82\xff" + b"\xff" * 12, b"\x83\x80\0\0\0\0", b"\x02\x05hello", b"\x89\xfe"],
    ids=["noise", "length", "opcode", "unmasked", "ping"],
)
async def test_what_is_no_websocket_ends_its_connection_only(platform: Fuzzed, sent: bytes) -> None:
    url = URL((await platform.client.bootstrap())["data"]["URL"])
    reader, writer = await asyncio.open_connection("127.0.0.1", platform.sim.port)
    writer.write(UPGRADE % url.raw_path_qs.encode())
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
    writer.write(sent)
    writer.write_eof()
    async with asyncio.timeout(SECONDS):
        await reader.read()
        await platform.sim.until(lambda: not platform.sim.connections)
    writer.close()


UPGRADE = (
    b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eHh4eHh4eHh4eHh4eHh4eA==\r\n\r\n"
)
