"""Speaks to PostgreSQL as PgBouncer does in transaction mode: each transaction of a client gets
another server connection, and nothing that belongs to a session survives.

Message formats: PostgreSQL manual, "Frontend/Backend Protocol", version 3.0.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

__all__ = ["pooling_proxy"]

Work = Coroutine[Any, Any, None]

_SSL_REQUEST = 80877103
_ENDS_A_TURN = b"QS"  # Query and Sync: the server answers each with ReadyForQuery
_OUTSIDE = b"I"


class _Server:
    """A connection to the server, whose answers go to the client that has it now."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.greeting: list[bytes] = []
        self.client: asyncio.StreamWriter | None = None
        self.ready: asyncio.Queue[bytes] = asyncio.Queue()

    async def log_in(self, startup: bytes) -> None:
        self.writer.write(startup)
        kind = b""
        while kind != b"Z":
            kind, message = await _read(self._reader)
            if kind in b"RSZ":
                self.greeting.append(message)

    async def pump(self) -> None:
        """What comes while nobody has the connection is lost, as notifications are."""
        try:
            while True:
                kind, message = await _read(self._reader)
                if self.client is not None:
                    self.client.write(message)
                if kind == b"Z":
                    self.ready.put_nowait(message[5:6])
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the server has gone
        finally:
            self.writer.close()


class _Pool:
    """The server connections of one user and database."""

    def __init__(self, port: int, startup: bytes, spawn: Callable[[Work], None]) -> None:
        self._port = port
        self._startup = startup
        self._spawn = spawn
        self._idle: list[_Server] = []

    async def take(self) -> _Server:
        """The one that rested longest: never the one this client had before."""
        while len(self._idle) < 2:
            server = _Server(*await asyncio.open_connection("127.0.0.1", self._port))
            await server.log_in(self._startup)
            self._spawn(server.pump())
            self._idle.append(server)
        return self._idle.pop(0)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await self.take()
        writer.write(b"".join(first.greeting))
        self._idle.append(first)
        while (read := await _read(reader))[0] != b"X":
            await self._transact(read, reader, writer)

    async def _transact(
        self,
        read: tuple[bytes, bytes],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """One server connection until it is outside of any transaction again."""
        server = await self.take()
        server.client = writer
        while True:
            kind, message = read
            server.writer.write(message)
            if kind in _ENDS_A_TURN and await server.ready.get() == _OUTSIDE:
                break
            read = await _read(reader)
        server.client = None
        self._idle.append(server)


async def _read(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    [length] = struct.unpack("!I", head[1:])
    return head[:1], head + await reader.readexactly(length - 4)


async def _read_startup(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    while True:
        head = await reader.readexactly(8)
        length, code = struct.unpack("!II", head)
        if code != _SSL_REQUEST:
            return head + await reader.readexactly(length - 8)
        writer.write(b"N")


@asynccontextmanager
async def pooling_proxy(port: int) -> AsyncIterator[int]:
    """The port at which clients reach the server behind `port`; it asks for no password."""
    pools: dict[bytes, _Pool] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            startup = await _read_startup(reader, writer)
            pool = pools.setdefault(startup, _Pool(port, startup, spawn))
            await pool.serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone
        finally:
            writer.close()

    tasks: list[asyncio.Task[None]] = []
    async with asyncio.TaskGroup() as group:

        def spawn(work: Work) -> None:
            tasks.append(group.create_task(work))

        proxy = await asyncio.start_server(lambda *ends: spawn(serve(*ends)), "127.0.0.1", 0)
        try:
            yield proxy.sockets[0].getsockname()[1]
        finally:
            proxy.close()
            for task in tasks:
                task.cancel()
