"""WebSocket frames of a server (RFC 6455, section 5.2), and how to be rude to a socket.

aiohttp reads the client's frames. Ours are written here: hundreds leave in one write, which its
one coroutine and one system call per message do not allow.
"""

from __future__ import annotations

import asyncio
import socket
import struct

__all__ = ["binary", "close", "is_gone", "pong", "reset", "text"]

_TEXT, _BINARY, _CLOSE, _PONG = 0x81, 0x82, 0x88, 0x8A  # each with FIN set


def binary(data: bytes) -> bytes:
    return _frame(_BINARY, data)


def text(data: bytes) -> bytes:
    return _frame(_TEXT, data)


def pong(data: bytes) -> bytes:
    return _frame(_PONG, data)


def close(code: int) -> bytes:
    return _frame(_CLOSE, struct.pack("!H", code))


def reset(transport: asyncio.BaseTransport | None) -> None:
    """End a TCP connection with RST: the other side reads an error, not an end."""
    if not isinstance(transport, asyncio.Transport):
        return
    if (sock := transport.get_extra_info("socket")) is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def is_gone(transport: asyncio.BaseTransport | None) -> bool:
    return transport is None or transport.is_closing()


def _frame(opcode: int, data: bytes) -> bytes:
    size = len(data)
    if size < 126:
        return bytes((opcode, size)) + data
    if size < 1 << 16:
        return struct.pack("!BBH", opcode, 126, size) + data
    return struct.pack("!BBQ", opcode, 127, size) + data
