"""One open long connection, seen from the platform."""

from __future__ import annotations

import asyncio
from typing import Literal

from larkgate.simulator import wire

__all__ = ["Connection", "Silent"]

Silent = Literal["all", "frames"]
_MAX_UNSENT = 64 << 20  # bytes a client leaves unread before the platform hangs up


class Connection:
    """One app's connection.

    Attributes:
        id: the `device_id` of its URL.
        service: the `service_id` of its URL.
        opened_at, last_ping_at: seconds since 1970.
        pings: application pings heard.
        silent: a fault: "all", nothing is heard or said; "frames", only WebSocket pongs are.
    """

    def __init__(
        self, id: str, app_id: str, service: int, opened_at: float, transport: asyncio.Transport
    ) -> None:
        self.id = id
        self.app_id = app_id
        self.service = service
        self.opened_at = opened_at
        self.last_ping_at: float | None = None
        self.pings = 0
        self.silent: Silent | None = None
        self._transport = transport
        self._unsent: list[bytes] = []
        self._heard = asyncio.Event()

    def send(self, frame: bytes) -> None:
        """Send one binary message."""
        if not self.silent:
            self.write(wire.binary(frame))

    def write(self, data: bytes) -> None:
        """Send WebSocket frames; all of one turn of the loop leave in one write."""
        if self.silent == "all":
            return
        if not self._unsent:
            asyncio.get_running_loop().call_soon(self._flush)
        self._unsent.append(data)

    def silence(self, silent: Silent) -> None:
        self.silent = silent
        self._heard.clear()

    def hear(self) -> None:
        self.silent = None
        self._heard.set()

    async def heard(self) -> None:
        """Until nothing is silent any more."""
        if self.silent:
            await self._heard.wait()

    def close(self, *, reset: bool) -> None:
        """End it from this side: by RST, or by a WebSocket close and the end of the stream."""
        if reset:
            wire.reset(self._transport)
            return
        self._flush()
        self._transport.write(wire.CLOSE)
        self._transport.close()

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._transport.is_closing():
            return
        self._transport.write(b"".join(unsent))
        if self._transport.get_write_buffer_size() > _MAX_UNSENT:
            wire.reset(self._transport)
