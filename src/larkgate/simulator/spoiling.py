"""What faults make of a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiohttp import web

from larkgate.clock import Clock
from larkgate.simulator import wire
from larkgate.simulator.faults import Answer, Cut, Hang, Mangle, OnRequest, Revoke, Slow, Trickle
from larkgate.simulator.trouble import Active

__all__ = ["RATE", "Instead", "Spoiler", "trickle"]

RATE = web.RequestKey("rate", int)
"""Bytes a second that may come back on this request's connection."""

_HTML = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
_BAD_CHUNK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
    b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"cod\r\nzz\r\n'
)
_SLICE = 0.1  # seconds

Instead = Callable[[Answer], web.Response]


class Spoiler:
    """Carries out the faults that strike a request.

    Args:
        instead: the answer that a fault names.
        revoke: ends the tokens of an app, by id.
    """

    def __init__(self, clock: Clock, revoke: Callable[[str], None]) -> None:
        self._clock = clock
        self._revoke = revoke

    async def spoil(
        self,
        struck: Iterable[Active[OnRequest]],
        request: web.Request,
        app_id: str,
        response: web.Response,
        instead: Instead,
    ) -> web.Response | None:
        """What comes back, None if the faults let the request go on.

        Args:
            response: what the platform answers, or would.
        """
        for active in struck:
            match active.fault:
                case Slow(seconds=seconds):
                    await self._clock.sleep(seconds)
                case Trickle(rate=rate):
                    request[RATE] = rate
                case Revoke():
                    self._revoke(app_id)
                case Answer() as answer:
                    return instead(answer)
                case Mangle(kind=kind):
                    return _mangled(kind, request, response)
                case Hang():
                    await active.over.wait()
                    return _cut(request)
                case Cut():
                    return _cut(request)
        return None


async def trickle(request: web.Request, response: web.Response, clock: Clock) -> web.StreamResponse:
    """Send the answer so many bytes a second."""
    body = response.body if isinstance(response.body, bytes) else b""
    size = max(1, int(request[RATE] * _SLICE))
    slow = web.StreamResponse(status=response.status, headers=response.headers)
    slow.content_length = len(body)
    await slow.prepare(request)
    for at in range(0, len(body), size):
        await clock.sleep(size / request[RATE])
        await slow.write(body[at : at + size])
    return slow


def _cut(request: web.Request) -> web.Response:
    wire.reset(request.transport)
    return web.Response()


def _mangled(kind: str, request: web.Request, response: web.Response) -> web.Response:
    body = response.body if isinstance(response.body, bytes) else b"{}"
    json = "application/json"
    match kind:
        case "empty":
            return web.Response(content_type=json)
        case "truncated":
            return web.Response(body=body[: len(body) // 2], content_type=json)
        case "html":
            return web.Response(text=_HTML, content_type="text/html")
        case "type":
            return web.Response(body=body, content_type="text/plain")
        case "chunk":
            return _raw(request, _BAD_CHUNK)
        case "short":
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {json}\r\nContent-Length: {len(body) + 9}"
            return _raw(request, f"{head}\r\n\r\n".encode() + body)
    return web.Response(body=b"\x00\xffnonsense", content_type=json)


def _raw(request: web.Request, data: bytes) -> web.Response:
    """Write past HTTP, then end the connection."""
    if request.transport is not None:
        request.transport.write(data)
        request.transport.close()
    return web.Response()
