"""The frame that every WebSocket message of the long connection holds.

One binary message is one serialised protobuf message `Frame` (proto2, package `pbbp2`; schema
and behaviour from lark-oapi 1.7.5, ws/pb/pbbp2_pb2.py and ws/client.py). The codec is written by
hand: for these two messages the protobuf runtime costs 105 ms and 16 MB at import.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Set
from typing import Any

from msgspec import Struct

from larkgate.errors import ProtocolError

__all__ = [
    "CONTROL",
    "DATA",
    "MAX_FIELDS",
    "Frame",
    "acknowledgement",
    "decode",
    "encode",
    "ping",
    "pong",
]

CONTROL = 0
DATA = 1
MAX_FIELDS = 512  # garbage must not hold the event loop for seconds

# A tag is field number << 3 | wire type.
_SEQ_ID, _LOG_ID, _SERVICE, _METHOD = 0x08, 0x10, 0x18, 0x20
_HEADER, _PAYLOAD_ENCODING, _PAYLOAD_TYPE, _PAYLOAD, _LOG_ID_NEW = 0x2A, 0x32, 0x3A, 0x42, 0x4A
_KEY, _VALUE = 0x0A, 0x12
_FRAME_TAGS = frozenset(
    {_SEQ_ID, _LOG_ID, _SERVICE, _METHOD, _HEADER}
    | {_PAYLOAD_ENCODING, _PAYLOAD_TYPE, _PAYLOAD, _LOG_ID_NEW}
)
_HEADER_TAGS = frozenset({_KEY, _VALUE})
_NUMBER, _BYTES = 0, 2
_FIXED_SIZES = {1: 8, 5: 4}
_MASK64 = (1 << 64) - 1
_ONE_BYTE = [bytes((number,)) for number in range(0x80)]


class Frame(Struct, gc=False):
    """One frame. Acknowledgements echo all of it but the payload.

    Attributes:
        method: `CONTROL` or `DATA`.
        headers: in the order of the wire; of equal keys the first counts.
        head: the bytes as received up to the end of the headers, if nothing else lay between
            them, else empty; only there to be echoed.
    """

    seq_id: int = 0
    log_id: int = 0
    service: int = 0
    method: int = CONTROL
    headers: list[tuple[str, str]] = []
    payload: bytes = b""
    payload_encoding: str | None = None
    payload_type: str | None = None
    log_id_new: str | None = None
    head: bytes = b""

    def header(self, key: str) -> str | None:
        """The value of the first header of this key."""
        for name, value in self.headers:
            if name == key:
                return value
        return None


def decode(data: bytes) -> Frame:
    """The frame in one WebSocket message.

    As lenient as the official codec: unknown fields are skipped, absent ones are zero, of a
    field sent twice the last counts.

    Raises:
        ProtocolError: truncated or over-long numbers and fields, a known field of another wire
            type, text that is not UTF-8, more than `MAX_FIELDS` fields.
    """
    try:
        return _decode_usual(data) or _decode_any(data)
    except UnicodeDecodeError as error:
        raise ProtocolError("protocol.frame_text") from error
    except IndexError:
        raise ProtocolError("protocol.frame_truncated", size=len(data)) from None


def encode(frame: Frame) -> bytes:
    """The frame as the official codec writes it, byte for byte. An empty payload is left out."""
    parts = [
        b"\x08",
        _number(frame.seq_id),
        b"\x10",
        _number(frame.log_id),
        b"\x18",
        _number(frame.service),
        b"\x20",
        _number(frame.method),
    ]
    parts += [_header(key, value) for key, value in frame.headers]
    if frame.payload_encoding is not None:
        parts.append(_field(b"\x32", frame.payload_encoding.encode()))
    if frame.payload_type is not None:
        parts.append(_field(b"\x3a", frame.payload_type.encode()))
    if frame.payload:
        parts.append(_field(b"\x42", frame.payload))
    if frame.log_id_new is not None:
        parts.append(_field(b"\x4a", frame.log_id_new.encode()))
    return b"".join(parts)


def ping(service: int) -> bytes:
    """The heartbeat a client sends; `service` is the `service_id` of the connection's URL."""
    return encode(Frame(service=service, headers=[("type", "ping")]))


def pong(service: int, payload: bytes = b"") -> bytes:
    """The server's answer to a ping; the payload is empty or a ClientConfig in JSON."""
    return encode(Frame(service=service, headers=[("type", "pong")], payload=payload))


def acknowledgement(
    frame: Frame, *, code: int, milliseconds: int, data: bytes | None = None
) -> bytes:
    """The answer to a data frame: the frame itself with `biz_rt` added and its payload replaced.

    Args:
        frame: the received frame, of a fragmented push the last that came.
        code: 200 handled (or kept), 500 push it again.
        milliseconds: from frame in to answer out.
        data: the JSON a callback is answered with; base64 happens here.
    """
    payload = b'{"code":%d}' % code
    if data is not None:
        payload = b'{"code":%d,"data":"%b"}' % (code, b64encode(data))
    took = ("biz_rt", str(milliseconds))
    if not frame.head:
        return encode(_answered(frame, took, payload))
    tail = b"" if frame.log_id_new is None else _field(b"\x4a", frame.log_id_new.encode())
    return b"".join((frame.head, _header(*took), _field(b"\x42", payload), tail))


def _answered(frame: Frame, header: tuple[str, str], payload: bytes) -> Frame:
    return Frame(
        frame.seq_id,
        frame.log_id,
        frame.service,
        frame.method,
        [*frame.headers, header],
        payload,
        frame.payload_encoding,
        frame.payload_type,
        frame.log_id_new,
    )


def _decode_usual(data: bytes) -> Frame | None:
    """A frame as the platform writes it: fields in order, short headers, a payload.

    None if it is not one. Takes a third of the time of `_decode_any`. Whatever runs over the end
    shows in the last comparison, because slices are lenient.
    """
    try:
        if data[0] != _SEQ_ID:
            return None
        seq_id, at = _varint(data, 1)
        if data[at] != _LOG_ID:
            return None
        log_id, at = _varint(data, at + 1)
        if data[at] != _SERVICE:
            return None
        service, at = _varint(data, at + 1)
        if data[at] != _METHOD:
            return None
        method, at = _varint(data, at + 1)
        headers, end_of_head = _short_headers(data, at)
        if data[end_of_head] != _PAYLOAD:
            return None
        size, start = _varint(data, end_of_head + 1)
        at = start + size
        payload = data[start:at]
        log_id_new = None
        if at < len(data) and data[at] == _LOG_ID_NEW:
            size, start = _varint(data, at + 1)
            at = start + size
            log_id_new = data[start:at].decode()
    except IndexError:
        return None
    if at != len(data):
        return None
    return Frame(
        seq_id,
        log_id,
        _int32(service),
        _int32(method),
        headers,
        payload,
        None,
        None,
        log_id_new,
        data[:end_of_head],
    )


def _short_headers(data: bytes, at: int) -> tuple[list[tuple[str, str]], int]:
    """The headers below 128 bytes from `at` on, and where the first other field begins."""
    headers: list[tuple[str, str]] = []
    while data[at] == _HEADER and len(headers) < MAX_FIELDS:
        key_end = at + 4 + data[at + 3]
        end = key_end + 2 + data[key_end + 1]
        size = end - at - 2
        if size != data[at + 1] or size > 127 or data[at + 2] != _KEY or data[key_end] != _VALUE:
            break
        headers.append((data[at + 4 : key_end].decode(), data[key_end + 2 : end].decode()))
        at = end
    return headers, at


def _decode_any(data: bytes) -> Frame:
    found: dict[int, Any] = {}
    headers: list[tuple[str, str]] = []
    for tag, value in _fields(data, _FRAME_TAGS):
        if tag == _HEADER:
            headers.append(_decode_header(value))
        else:
            found[tag] = value
    return Frame(
        found.get(_SEQ_ID, 0),
        found.get(_LOG_ID, 0),
        _int32(found.get(_SERVICE, 0)),
        _int32(found.get(_METHOD, 0)),
        headers,
        found.get(_PAYLOAD, b""),
        _text(found.get(_PAYLOAD_ENCODING)),
        _text(found.get(_PAYLOAD_TYPE)),
        _text(found.get(_LOG_ID_NEW)),
    )


def _decode_header(data: bytes) -> tuple[str, str]:
    found = dict(_fields(data, _HEADER_TAGS))
    return found.get(_KEY, b"").decode(), found.get(_VALUE, b"").decode()


def _fields(data: bytes, known: Set[int]) -> Iterator[tuple[int, Any]]:
    """The tag and value of each field; of a message whose fields, 1 to n, have these tags."""
    at = 0
    for _ in range(MAX_FIELDS):
        if at == len(data):
            return
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if number == 0 or tag >> 32 or (number <= len(known) and tag not in known):
            raise ProtocolError("protocol.frame_field", number=number, wire=wire)
        value, at = _value(data, at, tag)
        if number <= len(known):
            yield tag, value
    raise ProtocolError("protocol.frame_fields", limit=MAX_FIELDS)


def _value(data: bytes, at: int, tag: int) -> tuple[int | bytes, int]:
    """The value that follows a tag, and where the next field begins."""
    wire = tag & 7
    if wire == _NUMBER:
        return _varint(data, at)
    if wire == _BYTES:
        size, at = _varint(data, at)
    elif wire in _FIXED_SIZES:
        size = _FIXED_SIZES[wire]
    else:
        raise ProtocolError("protocol.frame_field", number=tag >> 3, wire=wire)
    if at + size > len(data):
        raise IndexError
    return data[at : at + size], at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = data[at]
    if value < 0x80:
        return value, at + 1
    value &= 0x7F
    for shift in range(7, 70, 7):
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >> 64:
                break
            return value, at + 1
    raise ProtocolError("protocol.frame_number")


def _int32(value: int) -> int:
    value &= 0xFFFF_FFFF
    return value - (1 << 32) if value >> 31 else value


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _number(value: int) -> bytes:
    if 0 <= value < 0x80:
        return _ONE_BYTE[value]
    value &= _MASK64  # a negative int32 travels as 64 bits
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def _field(tag: bytes, value: bytes) -> bytes:
    return b"".join((tag, _number(len(value)), value))


def _header(key: str, value: str) -> bytes:
    return _field(b"\x2a", _field(b"\x0a", key.encode()) + _field(b"\x12", value.encode()))
