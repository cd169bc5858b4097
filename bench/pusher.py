"""The platform's side of the wire, as lean as it can be, so that it is never the bottleneck.

One process, no library: it answers the bootstrap, token and bot-info calls, opens the WebSocket,
keeps a window of pushes unacknowledged, and notes when each acknowledgement comes. It checks
every acknowledgement: its id must be one it waits for, its code must be 200.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
import struct
import time
from collections.abc import Callable

from larkgate.protocol import frames

__all__ = ["APP_ID", "APP_SECRET", "BOT", "Pusher", "received_message"]

APP_ID = "cli_be0123456789abcd"
APP_SECRET = "bench-secret"
BOT = "ou_bench0bot"
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_ID = b"#" * 12
_SENT = b"@" * 20
_LANE = b"%" * 6
_MARK = b"message_id\x12\x0c"


def received_message() -> str:
    """The push of a message, with marks for what differs: ids, lane, time."""
    message = {
        "message_id": f"om_{_ID.decode()}",
        "create_time": "1800000000000",
        "update_time": "1800000000000",
        "chat_id": f"oc_{_LANE.decode()}",
        "chat_type": "group",
        "message_type": "text",
        "content": json.dumps({"text": f"@_user_1 sent {_SENT.decode()} " + "车辆" * 40}),
        "mentions": [
            {
                "key": "@_user_1",
                "id": {"open_id": BOT, "union_id": "on_b", "user_id": None},
                "mentioned_type": "bot",
                "name": "bot",
                "tenant_key": "t",
            }
        ],
    }
    sender = {
        "sender_id": {"open_id": f"ou_{_LANE.decode()}", "union_id": "on_x", "user_id": None},
        "sender_type": "user",
        "tenant_key": "t",
    }
    event = {
        "schema": "2.0",
        "header": {
            "event_id": f"ev_{_ID.decode()}",
            "event_type": "im.message.receive_v1",
            "create_time": "1800000000000",
            "token": "",
            "app_id": APP_ID,
            "tenant_key": "t",
        },
        "event": {"sender": sender, "message": message},
    }
    return json.dumps(event, ensure_ascii=False)


def _template() -> bytes:
    """One frame with that push."""
    headers = [
        ("type", "event"),
        ("message_id", _ID.decode()),
        ("sum", "1"),
        ("seq", "0"),
        ("trace_id", "bench"),
        ("timestamp", "1800000000000"),
    ]
    return frames.encode(
        frames.Frame(
            seq_id=1,
            log_id=1,
            service=1,
            method=1,
            headers=headers,
            payload_encoding=None,
            payload_type=None,
            payload=received_message().encode(),
            log_id_new="",
        )
    )


class Pusher:
    """Serves one client. `sent` and `acked` hold the time of each push, in order of sending."""

    def __init__(self, lanes: int = 1000) -> None:
        self.lanes = lanes
        self.sent: dict[bytes, float] = {}
        self.acked: dict[bytes, float] = {}
        self.bad_acks = 0
        self.pings: list[float] = []
        self.connected = asyncio.Event()
        self.ponged = asyncio.Event()
        self.on_ack: Callable[[], None] = lambda: None
        self._template = _template()
        self._transport: asyncio.Transport | None = None
        self._count = 0

    async def __aenter__(self) -> Pusher:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        if self._transport is not None:
            self._transport.abort()

    def attach(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.connected.set()

    def push(self, number: int) -> None:
        """Send `number` messages in one write."""
        if self._transport is None:
            raise RuntimeError("nobody is connected")
        out = []
        for _ in range(number):
            self._count += 1
            key = b"%012d" % self._count
            now = time.monotonic()
            data = (
                self._template.replace(_ID, key)
                .replace(_LANE, b"%06d" % (self._count % self.lanes))
                .replace(_SENT, b"%020.9f" % now)
            )
            out.append(struct.pack("!BBH", 0x82, 126, len(data)) + data)
            self.sent[key] = now
        self._transport.write(b"".join(out))

    async def flood(self, number: int, window: int) -> None:
        """Push `number` messages, at most `window` of them unacknowledged; wait for all acks."""
        target = len(self.acked) + number
        left = number - min(window, number)
        free = 0
        done = asyncio.Event()

        def acknowledged() -> None:
            nonlocal left, free
            free += 1
            if left and (free >= 16 or free >= left):
                batch = min(free, left)
                left -= batch
                free -= batch
                self.push(batch)
            if len(self.acked) >= target:
                done.set()

        self.on_ack = acknowledged
        self.push(min(window, number))
        await done.wait()
        self.on_ack = lambda: None

    async def drip(self, number: int, per_second: float) -> None:
        """Push one message at a time at a steady rate; wait for all acks."""
        target = len(self.acked) + number
        done = asyncio.Event()
        self.on_ack = lambda: done.set() if len(self.acked) >= target else None
        start = time.monotonic()
        for n in range(number):
            wait = start + n / per_second - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            self.push(1)
        await done.wait()
        self.on_ack = lambda: None

    def received(self, data: bytes) -> None:
        """A frame of the client: a ping, or an acknowledgement."""
        at = data.find(_MARK)
        if at < 0:
            self.pings.append(time.monotonic())
            if self._transport is not None:
                pong = frames.pong(1)
                self._transport.write(bytes((0x82, len(pong))) + pong)
            self.ponged.set()
            return
        key = data[at + len(_MARK) : at + len(_MARK) + 12]
        if b'"code":200' not in data and b'"code": 200' not in data:
            self.bad_acks += 1
        elif key in self.sent and key not in self.acked:
            self.acked[key] = time.monotonic()
            self.on_ack()

    def latencies(self) -> list[float]:
        """Milliseconds from push to ack, sorted."""
        return sorted((at - self.sent[key]) * 1000 for key, at in self.acked.items())


class _Connection(asyncio.Protocol):
    def __init__(self, pusher: Pusher) -> None:
        self._pusher = pusher
        self._buffer = bytearray()
        self._websocket = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._websocket:
            self._frames()
        else:
            self._http()

    def _http(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._buffer[:end]).decode("latin-1")
        length = re.search(r"content-length: *(\d+)", head, re.IGNORECASE)
        total = end + 4 + (int(length[1]) if length else 0)
        if len(self._buffer) < total:
            return
        del self._buffer[:total]
        path = head.split(" ", 2)[1]
        if path.startswith("/ws"):
            self._upgrade(head)
        else:
            self._answer(path)

    def _upgrade(self, head: str) -> None:
        key = re.search(r"sec-websocket-key: *(\S+)", head, re.IGNORECASE)
        if key is None:
            raise ValueError("no key")
        digest = base64.b64encode(hashlib.sha1(key[1].encode() + _GUID).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + digest + b"\r\n\r\n"
        )
        self._websocket = True
        self._pusher.attach(self._transport)

    def _answer(self, path: str) -> None:
        if path.startswith("/callback"):
            url = f"ws://127.0.0.1:{self._pusher.port}/ws?device_id=1&service_id=1&ticket=x"
            body: dict[str, object] = {
                "code": 0,
                "msg": "",
                "data": {"URL": url, "ClientConfig": {"PingInterval": 120}},
            }
        elif "tenant_access_token" in path:
            body = {"code": 0, "msg": "ok", "tenant_access_token": "t-bench", "expire": 7200}
        else:
            bot = {"open_id": BOT, "app_name": "bot", "activate_status": 2}
            body = {"code": 0, "msg": "ok", "bot": bot, "data": {"message_id": "om_x"}}
        text = json.dumps(body).encode()
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
            + str(len(text)).encode()
            + b"\r\n\r\n"
            + text
        )

    def _frames(self) -> None:
        buffer = self._buffer
        at = 0
        while len(buffer) - at >= 6:
            opcode = buffer[at] & 15
            size = buffer[at + 1] & 127
            head = at + 2
            if size == 126:
                if len(buffer) - at < 8:
                    break
                size = int.from_bytes(buffer[head : head + 2], "big")
                head += 2
            elif size == 127:
                raise ValueError("too long")
            end = head + 4 + size
            if len(buffer) < end:
                break
            if opcode == 2:
                mask = bytes(buffer[head : head + 4]) * (size // 4 + 1)
                masked = int.from_bytes(buffer[head + 4 : end], "little")
                plain = masked ^ int.from_bytes(mask[:size], "little")
                self._pusher.received(plain.to_bytes(size, "little"))
            elif opcode == 9:
                self._transport.write(b"\x8a\x00")
            at = end
        del buffer[:at]
