"""POST to an address of an app's developer, and how that can fail."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from ipaddress import IPv4Address
from typing import NamedTuple

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.tracing import Trace
from yarl import URL

from larkgate.clock import Clock
from larkgate.simulator.pushes import Failure

__all__ = ["Answered", "NotAnswered", "Poster"]

CONNECTED_WITHIN = 2.0  # official document "配置事件订阅方式"
_AT_ONCE = 100  # servers keep about as many waiting; the kernel puts more off for a second
_LONGEST_ANSWER = 1 << 20


class Answered(NamedTuple):
    status: int
    body: bytes


class NotAnswered(Exception):
    """Nothing was posted, or nothing came back."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure)
        self.failure: Failure = failure


class Poster:
    """Posts JSON, each time over a connection of its own; it opens when first used."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, anywhere: bool
    ) -> Answered:
        """What is answered; an answer over 1 MiB is cut off there. Redirects are not followed.

        Args:
            anywhere: not on this machine only.

        Raises:
            NotAnswered: why not.
        """
        address = _address(url, anywhere)
        headers = {"Content-Type": "application/json; charset=utf-8", **headers}
        request = self._opened().post(address, data=body, headers=headers, allow_redirects=False)
        try:
            async with request as response:
                return Answered(response.status, await _start_of(response.content))
        except aiohttp.ClientConnectorDNSError:
            raise NotAnswered("no_name") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise NotAnswered("no_connection") from None
        except aiohttp.ClientError:
            raise NotAnswered("broken") from None

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=_Connector(self._clock),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


class _Connector(aiohttp.TCPConnector):
    """Connects in time or not at all."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(
            resolver=_Names(clock),
            family=socket.AF_INET,
            use_dns_cache=False,
            force_close=True,
            limit=_AT_ONCE,
        )
        self._clock = clock

    async def _create_connection(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> ResponseHandler:
        async with self._clock.timeout(CONNECTED_WITHIN):
            return await super()._create_connection(req, traces, timeout)


class _Names(AbstractResolver):
    """Asks nobody about the names whose meaning is fixed (RFC 6761): `localhost`, `.invalid`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if _ends(host, "invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        name = "127.0.0.1" if _ends(host, "localhost") else host
        try:
            with self._clock.busy():  # in a thread
                return await self._system.resolve(name, port, family)
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, str(error)) from None

    async def close(self) -> None:
        await self._system.close()


def _address(url: str, anywhere: bool) -> URL:
    try:
        address = URL(url)
        host = address.host
    except ValueError:
        raise NotAnswered("no_address") from None
    if address.scheme not in ("http", "https") or not host or ":" in host:
        raise NotAnswered("no_address")
    if not (anywhere or _stays_here(host)):
        raise NotAnswered("not_allowed")
    return address


def _stays_here(host: str) -> bool:
    try:
        return IPv4Address(host).is_loopback
    except ValueError:
        return _ends(host, "localhost") or _ends(host, "invalid")


def _ends(host: str, name: str) -> bool:
    return host == name or host.endswith(f".{name}")


async def _start_of(content: aiohttp.StreamReader) -> bytes:
    start = bytearray()
    async for chunk in content.iter_any():
        start += chunk
        if len(start) > _LONGEST_ANSWER:
            break
    return bytes(start[:_LONGEST_ANSWER])
