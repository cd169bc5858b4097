"""The port: who listens there, and what faults make of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from larkgate.simulator import wire
from larkgate.simulator.faults import BlackHole, Kind, Refuse, Reject
from larkgate.simulator.trouble import Active, Faults

__all__ = ["Listener"]


class Listener:
    """Accepts TCP connections, unless a fault refuses, resets or swallows them.

    Args:
        serve: makes the protocol of a connection that is served.
    """

    def __init__(
        self, host: str, port: int, faults: Faults, serve: Callable[[], asyncio.BaseProtocol]
    ) -> None:
        self.host = host
        self.port = port
        self._faults = faults
        self._serve = serve
        self._server: asyncio.Server | None = None
        self._opening: asyncio.Task[None] | None = None
        self._swallowed: set[_Swallowed] = set()

    async def open(self) -> None:
        """Listen.

        Raises:
            OSError: the port is taken, or the host is not this machine's.
        """
        listening = self._bind()
        self.port = listening.getsockname()[1]
        await self._listen(listening)
        self._faults.watchers.append(self)

    async def close(self) -> None:
        """Listen no more; what was swallowed is reset."""
        self._faults.watchers.remove(self)
        if self._opening is not None:
            await self._opening
        self._shut()
        for connection in list(self._swallowed):
            connection.reset()

    def begun(self, active: Active[Kind]) -> None:
        if isinstance(active.fault, Refuse):
            self._shut()

    def ended(self, active: Active[Kind]) -> None:
        for connection in [each for each in self._swallowed if each.by is active]:
            connection.reset()
        opening = self._opening is not None and not self._opening.done()
        if isinstance(active.fault, Refuse) and not self._faults.stands(Refuse) and not opening:
            # From here the kernel accepts; the loop follows when it comes to it.
            self._opening = asyncio.create_task(self._listen(self._bind()))

    def _bind(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        return socket.create_server((self.host, self.port), family=family)

    async def _listen(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._accept, sock=listening)
        if self._faults.stands(Refuse):
            self._shut()

    def _shut(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def _accept(self) -> asyncio.BaseProtocol:
        if self._faults.strike(Reject):
            return _Rejected()
        if by := self._faults.strike(BlackHole):
            return _Swallowed(by, self._swallowed)
        return self._serve()


class _Rejected(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        wire.reset(transport)


class _Swallowed(asyncio.Protocol):
    """A connection in a black hole."""

    def __init__(self, by: Active[BlackHole], others: set[_Swallowed]) -> None:
        self.by = by
        self._others = others
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._others.add(self)
        if isinstance(transport, asyncio.Transport):
            transport.pause_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self._others.discard(self)

    def reset(self) -> None:
        wire.reset(self._transport)
