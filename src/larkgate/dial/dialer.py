"""The one way out of the process: HTTP requests and WebSockets over aiohttp.

TLS is verified against the operating system's trust store, always. Loopback is dialed directly,
everything else through the proxy the settings name. Redirects are not followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from contextvars import ContextVar
from functools import cached_property
from http import HTTPStatus
from ssl import PROTOCOL_TLS_CLIENT, SSLContext
from typing import NamedTuple

import aiohttp
import msgspec
from yarl import URL

from larkgate.clock import Clock
from larkgate.dial.failures import HandshakeRefused, explain, shown
from larkgate.dial.proxies import Proxies, is_socks
from larkgate.errors import DialError
from larkgate.version import __version__

__all__ = ["Dialer", "Response"]

_MIB = 1024 * 1024
_JSON = "application/json; charset=utf-8"

_sending: ContextVar[asyncio.Event] = ContextVar("sending")
"""Set when the caller's request is about to be written to a connection."""


class Response(msgspec.Struct, frozen=True):
    """An answer, whatever its status. Header names are found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Way(NamedTuple):
    """How to reach one URL."""

    url: URL
    proxy: URL | None
    session: aiohttp.ClientSession
    tls: SSLContext | bool


class Dialer:
    """Dials out for the whole process; open it with `async with`.

    Args:
        clock: measures every time-out.
        proxies: the proxies in force.
        max_answer: bytes of an answer's body beyond which it is refused.

    Raises (on entering): SettingsError when a proxy setting can never work.
    """

    def __init__(
        self, clock: Clock, proxies: Proxies | None = None, *, max_answer: int = 16 * _MIB
    ) -> None:
        self._clock = clock
        self._proxies = proxies or Proxies()
        self._max_answer = max_answer
        self._sessions: dict[URL | None, aiohttp.ClientSession] = {}
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Dialer:
        self._proxies.check()
        for socks in (None, *self._proxies.socks()):
            session = _session(_connector(socks))
            self._sessions[socks] = await self._open.enter_async_context(session)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        body: bytes | None = None,
        timeout: float,
    ) -> Response:
        """Send one request and read its whole answer, in at most `timeout` seconds.

        Raises DialError; its `maybe_served` is False when the request had not begun to leave; the
        CONNECT of a proxy is not the request.
        """
        sent = dict(headers or {})
        if json is not None:
            body = msgspec.json.encode(json)
            sent.setdefault("Content-Type", _JSON)
        async with (
            self._way(url, timeout) as way,
            way.session.request(
                method,
                way.url,
                headers=sent,
                data=body,
                proxy=way.proxy,
                ssl=way.tls,
                allow_redirects=False,
            ) as answer,
        ):
            return Response(answer.status, answer.headers, await self._read(answer, way.url))

    async def websocket(
        self, url: str, *, timeout: float, max_size: int
    ) -> aiohttp.ClientWebSocketResponse:
        """Open a WebSocket within `timeout` seconds; messages may have `max_size` bytes.

        Pings are answered by themselves. `close()` waits for the other side without a limit of
        its own: give it one.

        Raises HandshakeRefused when the server answers with anything else, else DialError.
        """
        async with self._way(url, timeout) as way:
            return await way.session.ws_connect(
                way.url,
                proxy=way.proxy,
                ssl=way.tls,
                max_msg_size=max_size,
                timeout=aiohttp.ClientWSTimeout(ws_receive=None, ws_close=None),
            )

    @asynccontextmanager
    async def _way(self, url: str, timeout: float) -> AsyncIterator[_Way]:
        """The way to a URL; whatever fails on it leaves as DialError."""
        target, proxy = self._choose(url)
        sending = asyncio.Event()
        _sending.set(sending)
        try:
            async with self._clock.timeout(timeout):
                yield self._prepare(target, proxy)
        except Exception as error:
            failure = _failure(error, target, proxy, timeout)
            failure.maybe_served = sending.is_set()
            # No chain: the library's own words quote the URL, and with it what is secret there.
            raise failure from None

    def _choose(self, url: str) -> tuple[URL, URL | None]:
        try:
            target = URL(url)
            return target, self._proxies.choose(target)
        except (ValueError, KeyError):
            host = url.partition("?")[0]
            raise DialError("dial.bad_url", maybe_served=False, host=host, cause="URL") from None

    def _prepare(self, url: URL, proxy: URL | None) -> _Way:
        tls: SSLContext | bool = True
        if url.scheme in ("https", "wss") or (proxy and proxy.scheme == "https"):
            tls = self._tls
        if proxy is not None and is_socks(proxy):
            return _Way(url, None, self._sessions[proxy], tls)
        return _Way(url, proxy, self._sessions[None], tls)

    @cached_property
    def _tls(self) -> SSLContext:
        import truststore  # who only dials loopback never pays for it

        context = truststore.SSLContext(PROTOCOL_TLS_CLIENT)
        context.set_alpn_protocols(["http/1.1"])
        return context

    async def _read(self, answer: aiohttp.ClientResponse, url: URL) -> bytes:
        body = bytearray()
        async for piece in answer.content.iter_any():
            body += piece
            if len(body) > self._max_answer:
                raise DialError("dial.too_large", host=shown(url), limit=self._max_answer)
        return bytes(body)


def _failure(error: Exception, target: URL, proxy: URL | None, timeout: float) -> DialError:
    if isinstance(error, DialError):
        return error
    if isinstance(error, TimeoutError):
        return DialError("dial.timeout", host=shown(target), seconds=f"{timeout:g}")
    return explain(error, target, proxy)


def _session(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        headers={"User-Agent": f"larkgate/{__version__}"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_send_once,),
        trace_configs=[_tracing()],
    )


def _tracing() -> aiohttp.TraceConfig:
    tracing = aiohttp.TraceConfig()
    tracing.on_request_headers_sent.append(_note_sending)
    return tracing


async def _note_sending(*_: object) -> None:
    """Despite the signal's name it comes just before the first byte is written."""
    _sending.get().set()


def _connector(socks: URL | None) -> aiohttp.TCPConnector:
    # No limit: a WebSocket keeps its connection for ever, and a hundred accounts are allowed.
    if socks is None:
        return aiohttp.TCPConnector(limit=0)
    from aiohttp_socks import ProxyConnector

    version = "socks4" if socks.scheme.startswith("socks4") else "socks5"
    url = f"{version}:{str(socks.with_port(socks.port or 1080)).partition(':')[2]}"
    connector: aiohttp.TCPConnector = ProxyConnector.from_url(url, rdns=True, limit=0)
    return connector


async def _send_once(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Switches off what aiohttp has no switch for.

    It repeats GET, PUT and DELETE when a connection breaks; whether to repeat is our caller's
    decision. And a WebSocket handshake would follow redirects.
    """
    try:
        answer = await send(request)
    except (OSError, aiohttp.ServerDisconnectedError) as error:
        raise explain(error, request.url, request.proxy) from None
    if "Upgrade" in request.headers and answer.status != HTTPStatus.SWITCHING_PROTOCOLS:
        answer.close()
        raise HandshakeRefused(shown(request.url), answer.status, answer.headers)
    return answer
