"""What stands on the other side of the wire in these tests: servers and proxies on loopback."""

from __future__ import annotations

import asyncio
import ssl
import struct
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiohttp import WSMsgType, web

CERTIFICATES = Path(__file__).parent / "certificates"
CA = CERTIFICATES / "test-only-ca.pem"

Stream = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def tls(certificate: str = "test-only-server.pem") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / certificate)
    return context


@asynccontextmanager
async def tcp(handler: Stream, certificate: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A raw server; gives its port. Leaving waits until every connection is done."""
    connections: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await handler(reader, writer)
        writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.ensure_future(handle(reader, writer)))

    listening = asyncio.start_server(accept, "127.0.0.1", 0, ssl=certificate)
    async with await listening as server:
        yield server.sockets[0].getsockname()[1]
    await asyncio.gather(*connections)


@asynccontextmanager
async def platform(certificate: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """An HTTP and WebSocket server; gives its port."""
    app = web.Application()
    app.router.add_route("*", "/echo", _echo)
    app.router.add_get("/bytes/{count}", _bytes)
    app.router.add_get("/hang", _hang)
    app.router.add_get("/cut", _cut)
    app.router.add_get("/moved", _moved)
    app.router.add_get("/ws", _websocket)
    app.router.add_get("/refused", _refused)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def _echo(request: web.Request) -> web.Response:
    seen = {
        "method": request.method,
        "path": request.raw_path,
        "headers": dict(request.headers),
        "body": await request.text(),
    }
    return web.json_response(seen, status=int(request.query.get("status", "200")))


async def _bytes(request: web.Request) -> web.Response:
    return web.Response(body=bytes(int(request.match_info["count"])))


async def _hang(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    raise AssertionError


async def _cut(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "1000"})
    await answer.prepare(request)
    await answer.write(b"half")
    assert request.transport
    request.transport.close()
    return answer


async def _moved(_: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/ws"})


async def _refused(_: web.Request) -> web.Response:
    return web.Response(status=514, headers={"Handshake-Status": "514", "handshake-msg": "no"})


async def _websocket(request: web.Request) -> web.WebSocketResponse:
    """Pings once, says what came back, then echoes."""
    ws = web.WebSocketResponse(autoping=False)
    await ws.prepare(request)
    await ws.ping(b"there?")
    async for message in ws:
        if message.type is WSMsgType.PONG:
            await ws.send_str(f"pong {message.data.decode()}")
        elif message.type is WSMsgType.BINARY:
            await ws.send_bytes(message.data)
    return ws


class HttpProxy:
    """Speaks CONNECT. Every host is `target`, which is how a test owns a domain."""

    def __init__(self, target: int, *, login: str = "", status: str = "200 OK") -> None:
        self.target = target
        self.login = login
        self.status = status
        self.connected: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, wanted, _ = head[0].split()
        if method != "CONNECT" or not self._may_pass(head):
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return
        writer.write(f"HTTP/1.1 {self.status}\r\n\r\n".encode())
        self.connected.append(wanted)
        if self.status.startswith("200"):
            await join(reader, writer, self.target)

    def _may_pass(self, head: list[str]) -> bool:
        given = [line.split("Basic ")[1] for line in head if "Basic " in line]
        return not self.login or [b64decode(value).decode() for value in given] == [self.login]


class SocksProxy:
    """Speaks SOCKS 5 (RFC 1928) with user and password. Every host is `target`."""

    def __init__(self, target: int, *, login: tuple[bytes, bytes]) -> None:
        self.target = target
        self.login = login
        self.connected: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(b"\x05\x02")
        await reader.readexactly(1)
        login = (await _counted(reader), await _counted(reader))
        writer.write(b"\x01" + (b"\x00" if login == self.login else b"\x01"))
        if login != self.login:
            return
        assert await reader.readexactly(4) == b"\x05\x01\x00\x03"  # CONNECT to a name
        name = await _counted(reader)
        (port,) = struct.unpack("!H", await reader.readexactly(2))
        self.connected.append(f"{name.decode()}:{port}")
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await join(reader, writer, self.target)


async def _counted(reader: asyncio.StreamReader) -> bytes:
    return await reader.readexactly((await reader.readexactly(1))[0])


async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()
