"""The platform's side of the long connection: handshake, pushes, pings, acknowledgements.

Sources: lark-oapi 1.7.5 (ws/client.py, ws/const.py); official document "使用长连接接收事件":
one event goes to one connection, chosen at random.
"""

from __future__ import annotations

import binascii
import itertools
import random
from base64 import b64decode
from collections.abc import Iterator
from typing import Protocol

import msgspec
from aiohttp import WSMsgType, web
from msgspec import Struct

from larkgate.clock import Clock
from larkgate.errors import ProtocolError
from larkgate.protocol import frames
from larkgate.simulator import wire
from larkgate.simulator.apps import App
from larkgate.simulator.changes import Changes
from larkgate.simulator.connection import Connection
from larkgate.simulator.endpoint import TOO_MANY_CONNECTIONS, Endpoint
from larkgate.simulator.envelopes import is_callback
from larkgate.simulator.faults import Drop, Garble, Kind, Shatter, Silence, Steal
from larkgate.simulator.pushes import PushRecord
from larkgate.simulator.spoiling import RATE
from larkgate.simulator.switches import Switches
from larkgate.simulator.trouble import Active, Faults
from larkgate.simulator.world import World

__all__ = ["Acknowledge", "Complain", "LongConnections"]

_TICKET_REFUSED = 1000040343  # to the SDKs any code but 1000040350 is "authentication failed"
_AUTHENTICATION_FAILED = 514
_FORBIDDEN = 403
_OVERSIZED = 20 << 20
_ELSEWHERE = "elsewhere"


class Acknowledge(Protocol):
    """Takes an acknowledgement; False when that connection had nothing to acknowledge."""

    def __call__(
        self, connection: str, key: str, code: int, biz_rt: int | None, answer: bytes | None
    ) -> bool: ...


class Complain(Protocol):
    """Notes what no client should do, as the key and values of a sentence."""

    def __call__(self, key: str, /, **values: object) -> None: ...


class _Acknowledgement(Struct):
    code: int
    data: str | None = None


_decode_acknowledgement = msgspec.json.Decoder(_Acknowledgement).decode


class LongConnections:
    """All open connections of all apps."""

    def __init__(
        self,
        world: World,
        switches: Switches,
        clock: Clock,
        faults: Faults,
        chance: random.Random,
        changes: Changes,
        acknowledge: Acknowledge,
        complain: Complain,
    ) -> None:
        self._world = world
        self._switches = switches
        self._clock = clock
        self._faults = faults
        self._chance = chance
        self._changes = changes
        self._acknowledge = acknowledge
        self._complain = complain
        self._sequence = itertools.count(1)
        self._open: dict[str, list[Connection]] = {}
        faults.watchers.append(self)
        self.endpoint = Endpoint(world, switches, clock, self._is_full)

    def __iter__(self) -> Iterator[Connection]:
        return itertools.chain(*self._open.values())

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """`GET /ws/v2`: one connection, from handshake to end."""
        granted = self.endpoint.redeem(request.query.get("ticket", ""))
        if granted is None:
            return _refused(_AUTHENTICATION_FAILED, "ticket is invalid", _TICKET_REFUSED)
        if granted.app.disabled:
            return _refused(_FORBIDDEN, "forbidden")
        if self._is_full(granted.app):
            too_many = "the number of connections exceeded the limit"
            return _refused(_AUTHENTICATION_FAILED, too_many, TOO_MANY_CONNECTIONS)
        socket = web.WebSocketResponse(autoping=False, autoclose=False, compress=False)
        await socket.prepare(request)
        if request.transport is None:
            return socket
        connection = Connection(
            granted.device_id,
            granted.app.id,
            granted.service_id,
            self._clock,
            request.transport,
            request.get(RATE),
        )
        await self._carry(socket, connection)
        return socket

    def deliver(self, push: PushRecord, key: str) -> str | None:
        """Send a push to one connection of its app and return that one's id, None if none is."""
        if self._faults.strike(Steal, push.app_id):
            self._clock.call_later(0.0, self._acknowledge, _ELSEWHERE, key, 200, 0, None)
            return _ELSEWHERE
        connections = self._open.get(push.app_id)
        if not connections:
            return None
        connection = self._chance.choice(connections)
        for frame in self._frames(connection, push, key):
            connection.send(frame)
        return connection.id

    def begun(self, active: Active[Kind]) -> None:
        """A fault acts on the connections that are open."""
        fault = active.fault
        if not isinstance(fault, Drop | Silence | Garble):
            return
        for connection in [each for each in self if fault.app in ("", each.app_id)]:
            if isinstance(fault, Drop):
                connection.close(reset=fault.reset, code=fault.code)
            elif isinstance(fault, Silence):
                connection.silence(active.id, fault)
            else:
                connection.write(self._garbled(fault, connection))

    def ended(self, active: Active[Kind]) -> None:
        for connection in self:
            connection.hear(active.id)

    def is_online(self, app_id: str) -> bool:
        """Whether a client of this app is connected."""
        return bool(self._open.get(app_id))

    def drop(self, app_id: str) -> None:
        """End the connections of this app."""
        for connection in list(self._open.get(app_id, ())):
            connection.close(reset=False)

    def close(self) -> None:
        for connection in list(self):
            connection.close(reset=False)

    async def _carry(self, socket: web.WebSocketResponse, connection: Connection) -> None:
        connections = self._open.setdefault(connection.app_id, [])
        connections.append(connection)
        self._tell(connection, "opened")
        try:
            await self._read(socket, connection)
            await connection.heard()  # until then not even the end of it is noticed
        finally:
            connections.remove(connection)
            self._tell(connection, "closed")

    async def _read(self, socket: web.WebSocketResponse, connection: Connection) -> None:
        while True:
            message = await socket.receive()
            if message.type is WSMsgType.BINARY:
                if not connection.deaf:
                    self._receive(connection, message.data)
            elif message.type is WSMsgType.PING:
                if self._switches.websocket_pongs:
                    connection.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._complain("simulator.text_message")
            elif message.type is not WSMsgType.PONG:
                return

    def _receive(self, connection: Connection, data: bytes) -> None:
        try:
            frame = frames.decode(data)
        except ProtocolError as error:
            self._complain("simulator.bad_frame", error=error)
            return
        if frame.method == frames.DATA:
            self._receive_acknowledgement(connection, frame)
        elif frame.header("type") == "ping":
            self._receive_ping(connection)

    def _receive_ping(self, connection: Connection) -> None:
        connection.pings += 1
        connection.last_ping_at = self._clock.now()
        app = self._world.apps.get(connection.app_id)
        config = (app and app.pong_config) or self._switches.pong_config
        payload = b"" if config is None else msgspec.json.encode(config)
        connection.send(frames.pong(connection.service, payload))
        about = {"pings": connection.pings, "at": connection.last_ping_at, "config": config}
        self._changes.tell("ping", {"id": connection.id, "app": connection.app_id, **about})

    def _receive_acknowledgement(self, connection: Connection, frame: frames.Frame) -> None:
        try:
            body = _decode_acknowledgement(frame.payload)
            answer = None if body.data is None else b64decode(body.data, validate=True)
        except (msgspec.MsgspecError, binascii.Error, ValueError, RecursionError) as error:
            self._complain("simulator.bad_acknowledgement", error=error)
            return
        key = frame.header("message_id") or ""
        if not self._acknowledge(connection.id, key, body.code, _biz_rt(frame), answer):
            self._complain("simulator.stray_acknowledgement", connection=connection.id, key=key)

    def _frames(self, connection: Connection, push: PushRecord, key: str) -> Iterator[bytes]:
        """The frames of one push; every fragment but its payload and `seq` is alike."""
        shattered = self._faults.strike(Shatter, push.app_id)
        size = self._switches.fragment_size or max(1, len(push.payload))
        if shattered:
            size = min(size, 1 + len(push.payload) // 3)
        pieces = [push.payload[at : at + size] for at in range(0, len(push.payload), size)] or [b""]
        numbered = list(enumerate(pieces))
        if shattered:
            numbered = _shattered(shattered.fault.kind, numbered)
        number = next(self._sequence)
        for seq, piece in numbered:
            headers = [
                ("type", self._frame_type(push)),
                ("message_id", key),
                ("sum", str(len(pieces))),
                ("seq", str(seq)),
                ("trace_id", push.event_id),
                ("timestamp", str(self._world.milliseconds())),
                ("instance_id", "simulator-1"),
            ]
            yield frames.encode(
                frames.Frame(number, number, connection.service, frames.DATA, headers, piece)
            )

    def _frame_type(self, push: PushRecord) -> str:
        return self._switches.callback_frame_type if is_callback(push.event_type) else "event"

    def _garbled(self, fault: Garble, connection: Connection) -> bytes:
        if fault.kind == "text":
            return wire.text(b'{"type":"PING"}')
        if fault.kind == "noise":
            return wire.binary(self._chance.randbytes(64))
        if fault.kind == "oversized":
            return wire.binary(bytes(_OVERSIZED))
        if fault.kind == "ping":
            return wire.binary(frames.ping(connection.service))
        return wire.binary(frames.encode(frames.Frame(1, 1, connection.service, 7)))

    def _is_full(self, app: App) -> bool:
        return len(self._open.get(app.id, ())) >= self._switches.connection_limit

    def _tell(self, connection: Connection, event: str) -> None:
        view = {"id": connection.id, "app": connection.app_id, "event": event}
        self._changes.tell("connection", view)


def _refused(status: int, message: str, code: int | None = None) -> web.Response:
    """A refused handshake: the reason is in the headers; the status line is our choice."""
    headers = {"Handshake-Status": str(status), "Handshake-Msg": message}
    if code is not None:
        headers["Handshake-Autherrcode"] = str(code)
    return web.Response(status=403 if status == _FORBIDDEN else 401, headers=headers)


def _shattered(kind: str, numbered: list[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    match kind:
        case "repeated":
            return [numbered[0], *numbered]
        case "beyond":
            return [*numbered[:-1], (len(numbered), numbered[-1][1])]
        case "swapped":
            return [numbered[-1], *numbered[:-1]]
    return numbered[:-1]


def _biz_rt(frame: frames.Frame) -> int | None:
    try:
        return int(frame.header("biz_rt") or "")
    except ValueError:
        return None
