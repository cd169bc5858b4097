"""One open long connection, seen from the platform."""

from __future__ import annotations

import asyncio

from larkgate.clock import Clock, Timer
from larkgate.simulator import wire
from larkgate.simulator.faults import Silence

__all__ = ["Connection"]

_MAX_UNSENT = 64 << 20  # bytes a client leaves unread before the platform hangs up
_SLICE = 0.1  # seconds


class Connection:
    """One app's connection.

    Attributes:
        id: the `device_id` of its URL.
        service: the `service_id` of its URL.
        opened_at, last_ping_at: seconds since 1970.
        pings: application pings heard.
    """

    def __init__(
        self,
        id: str,
        app_id: str,
        service: int,
        clock: Clock,
        transport: asyncio.Transport,
        rate: int | None = None,
    ) -> None:
        self.id = id
        self.app_id = app_id
        self.service = service
        self.opened_at = clock.now()
        self.last_ping_at: float | None = None
        self.pings = 0
        self._clock = clock
        self._transport = transport
        self._rate = rate
        self._unsent = bytearray()
        self._flushing: asyncio.Handle | Timer | None = None
        self._silences: dict[str, Silence] = {}
        self._heard = asyncio.Event()
        self._heard.set()

    @property
    def deaf(self) -> bool:
        """What the client says is not heard."""
        return any(each.side != "mute" for each in self._silences.values())

    @property
    def mute(self) -> bool:
        """Nothing is said to the client."""
        return any(each.side != "deaf" for each in self._silences.values())

    @property
    def pongs(self) -> bool:
        """WebSocket pings are answered all the same."""
        return all(each.pongs for each in self._silences.values())

    def send(self, frame: bytes) -> None:
        """Send one binary message."""
        self.write(wire.binary(frame))

    def pong(self, data: bytes) -> None:
        """Answer a WebSocket ping."""
        if self.pongs:
            self._queue(wire.pong(data))

    def write(self, data: bytes) -> None:
        """Send WebSocket frames; all of one turn of the loop leave in one write."""
        if not self.mute:
            self._queue(data)

    def silence(self, fault_id: str, fault: Silence) -> None:
        self._silences[fault_id] = fault
        if self.deaf:
            self._heard.clear()

    def hear(self, fault_id: str) -> None:
        """This silence is over."""
        self._silences.pop(fault_id, None)
        if not self.deaf:
            self._heard.set()

    async def heard(self) -> None:
        """Until the client is heard."""
        await self._heard.wait()

    def close(self, *, reset: bool, code: int = 1000) -> None:
        """End it from this side: by RST, or by a WebSocket close and the end of the stream."""
        self._heard.set()
        if reset:
            wire.reset(self._transport)
            return
        self._rate = None
        self._flush()
        if not self._transport.is_closing():
            self._transport.write(wire.close(code))
            self._transport.close()

    def _queue(self, data: bytes) -> None:
        if self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_soon(self._flush)
        self._unsent += data

    def _flush(self) -> None:
        """Send what waits, or as much of it as the rate lets through."""
        self._flushing = None
        size = len(self._unsent) if self._rate is None else max(1, int(self._rate * _SLICE))
        data = bytes(self._unsent[:size])
        del self._unsent[:size]
        if self._transport.is_closing():
            self._unsent.clear()
            return
        self._transport.write(data)
        if self._unsent and self._rate is not None:
            wait = size / self._rate
            self._flushing = self._clock.call_later(wait, self._flush)
        if self._transport.get_write_buffer_size() > _MAX_UNSENT:
            wire.reset(self._transport)
