"""A wire between gateway and platform that can be cut."""

from __future__ import annotations

import asyncio
from contextlib import suppress

__all__ = ["Wire"]


class Wire:
    """Listens at `url` and carries everything to the platform at `port`, while it is up."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._port = 0
        self._server: asyncio.Server | None = None
        self._frozen = False
        self._ends: set[asyncio.StreamWriter] = set()
        self._carrying: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def __aenter__(self) -> Wire:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.down()
        for task in self._carrying:
            task.cancel()
        await asyncio.gather(*self._carrying, return_exceptions=True)

    async def up(self) -> None:
        self._frozen = False
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    def down(self) -> None:
        """Cut what goes through; from now on connections are refused."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    def freeze(self) -> None:
        """From now on connections are taken, and whatever is said on them gets lost."""
        self._frozen = True

    async def thaw(self) -> None:
        """Nobody knows the old connections any more; new ones are carried."""
        self.down()
        await self.up()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._ends |= {writer, back}
        for source, sink in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(1 << 16):
                if not self._frozen:
                    sink.write(data)
        sink.close()
