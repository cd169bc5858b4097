"""Acknowledges whatever is pushed, with as little work as can be: `trivial.py URL ID SECRET`."""

from __future__ import annotations

import base64
import json
import os
import socket
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from larkgate.protocol import frames


def websocket(address: str) -> socket.socket:
    """An upgraded connection."""
    url = urlsplit(address)
    connection = socket.create_connection((url.hostname, url.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    connection.sendall(
        f"GET {url.path}?{url.query} HTTP/1.1\r\nHost: {url.netloc}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += connection.recv(1)
    if not head.startswith(b"HTTP/1.1 101 "):
        raise ConnectionError(head.decode())
    return connection


def messages(buffer: bytearray) -> Iterator[bytes]:
    """Whole binary messages, taken from the buffer."""
    at = 0
    while len(buffer) - at >= 4:
        size, head = buffer[at + 1] & 127, at + 2
        if size == 126:
            size, head = int.from_bytes(buffer[head : head + 2], "big"), head + 2
        elif size == 127:
            size, head = int.from_bytes(buffer[head : head + 8], "big"), head + 8
        if len(buffer) < head + size:
            break
        if buffer[at] & 15 == 2:
            yield bytes(buffer[head : head + size])
        at = head + size
    del buffer[:at]


def masked(data: bytes) -> bytes:
    """With a mask of zeros, which leaves it as it is."""
    size = bytes((0x80 | len(data),)) if len(data) < 126 else b"\xfe" + len(data).to_bytes(2, "big")
    return b"\x82" + size + b"\0\0\0\0" + data


def acknowledge_all(connection: socket.socket) -> None:
    buffer = bytearray()
    while piece := connection.recv(1 << 18):
        buffer += piece
        connection.sendall(
            b"".join(
                masked(frames.acknowledgement(frames.decode(each), code=200, milliseconds=1))
                for each in messages(buffer)
            )
        )


def main(domain: str, app_id: str, app_secret: str) -> None:
    body = json.dumps({"AppID": app_id, "AppSecret": app_secret}).encode()
    with urlopen(Request(f"{domain}/callback/ws/endpoint", body)) as answer:
        url = json.load(answer)["data"]["URL"]
    acknowledge_all(websocket(url))


if __name__ == "__main__":
    main(*sys.argv[1:])
