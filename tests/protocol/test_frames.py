"""The codec against the official one: same bytes, same values, no more accepted."""

from __future__ import annotations

import warnings
from contextlib import suppress
from typing import Any

import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple, replace

from larkgate.errors import ProtocolError
from larkgate.protocol import frames
from larkgate.protocol.frames import Frame, acknowledgement, decode, encode

PING = "0800100018f681801020002a0c0a0474797065120470696e67"
PUSH = (
    "0807100918f681801020012a0d0a047479706512056576656e742a110a0a6d6573736167655f696412036d2d31"
    "2a080a0373756d1201312a080a037365711201302a0f0a0874726163655f69641203742d31"
)
PUSH_TAIL = "42107b22736368656d61223a22322e30227d4a024c31"
ACK_TAIL = "2a0c0a0662697a5f727412023132420c7b22636f6465223a3230307d4a024c31"
SERVICE = 33554678


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from lark_oapi.ws.pb import pbbp2_pb2


def frame_of_the_protobuf_runtime() -> Any:
    """The official schema in the current runtime; the SDK brings its own of 2021, in Python."""
    schema = descriptor_pb2.FileDescriptorProto.FromString(pbbp2_pb2.DESCRIPTOR.serialized_pb)
    schema.ClearField("dependency")
    schema.message_type[1].field[4].ClearField("options")  # of gogoproto
    pool = descriptor_pool.DescriptorPool()
    pool.Add(schema)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("pbbp2.Frame"))


Runtime = frame_of_the_protobuf_runtime()
Official = pbbp2_pb2.Frame

uint64 = st.integers(0, 2**64 - 1) | st.integers(0, 300)
int32 = st.integers(-(2**31), 2**31 - 1)
text = st.text(st.characters(exclude_categories=["Cs"]), max_size=150)
some_frames = st.builds(
    Frame,
    seq_id=uint64,
    log_id=uint64,
    service=int32,
    method=st.sampled_from([0, 1]) | int32,
    headers=st.lists(st.tuples(text, text), max_size=8),
    payload=st.binary(max_size=300),
    payload_encoding=st.none() | text,
    payload_type=st.none() | text,
    log_id_new=st.none() | text,
)


def to_official(frame: Frame, codec: Any = Official) -> Any:
    message = codec(
        SeqID=frame.seq_id, LogID=frame.log_id, service=frame.service, method=frame.method
    )
    for key, value in frame.headers:
        message.headers.add(key=key, value=value)
    for name in ("payload_encoding", "payload_type"):
        if getattr(frame, name) is not None:
            setattr(message, name, getattr(frame, name))
    if frame.payload:
        message.payload = frame.payload
    if frame.log_id_new is not None:
        message.LogIDNew = frame.log_id_new
    return message


def of_official(message: Any) -> Frame:
    def optional(name: str) -> Any:
        return getattr(message, name) if message.HasField(name) else None

    return Frame(
        seq_id=message.SeqID,
        log_id=message.LogID,
        service=message.service,
        method=message.method,
        headers=[(header.key, header.value) for header in message.headers],
        payload=message.payload,
        payload_encoding=optional("payload_encoding"),
        payload_type=optional("payload_type"),
        log_id_new=optional("LogIDNew"),
    )


def without_head(frame: Frame) -> Frame:
    return replace(frame, head=b"")


def test_the_ping_is_the_vector() -> None:
    assert frames.ping(SERVICE).hex() == PING


def test_a_pong_carries_its_config() -> None:
    frame = decode(frames.pong(SERVICE, b'{"PingInterval":90}'))
    assert (frame.method, frame.header("type"), frame.payload) == (
        frames.CONTROL,
        "pong",
        b'{"PingInterval":90}',
    )


def test_the_push_of_the_vector_is_read_and_written() -> None:
    frame = decode(bytes.fromhex(PUSH + PUSH_TAIL))
    assert (frame.seq_id, frame.log_id, frame.service, frame.method) == (7, 9, SERVICE, 1)
    assert dict(frame.headers) == {
        "type": "event",
        "message_id": "m-1",
        "sum": "1",
        "seq": "0",
        "trace_id": "t-1",
    }
    assert (frame.payload, frame.log_id_new) == (b'{"schema":"2.0"}', "L1")
    assert encode(frame).hex() == PUSH + PUSH_TAIL


def test_the_acknowledgement_is_the_vector() -> None:
    frame = decode(bytes.fromhex(PUSH + PUSH_TAIL))
    assert acknowledgement(frame, code=200, milliseconds=12).hex() == PUSH + ACK_TAIL


def test_the_answer_of_a_callback_travels_in_base64() -> None:
    frame = decode(bytes.fromhex(PUSH + PUSH_TAIL))
    data = b'{"toast":{"type":"info","content":"ok"}}'
    answer = decode(acknowledgement(frame, code=200, milliseconds=1, data=data))
    assert answer.payload == (
        b'{"code":200,"data":"eyJ0b2FzdCI6eyJ0eXBlIjoiaW5mbyIsImNvbnRlbnQiOiJvayJ9fQ=="}'
    )


def test_of_equal_headers_the_first_counts() -> None:
    frame = Frame(headers=[("type", "event"), ("type", "card")])
    assert frame.header("type") == "event"
    assert frame.header("sum") is None


@given(some_frames)
def test_writes_what_the_official_codec_writes(frame: Frame) -> None:
    assert encode(frame) == to_official(frame).SerializeToString()
    assert encode(frame) == to_official(frame, Runtime).SerializeToString()


@given(some_frames)
def test_reads_what_the_official_codec_wrote(frame: Frame) -> None:
    assert without_head(decode(to_official(frame).SerializeToString())) == frame


@given(some_frames, st.integers(-5, 10_000), st.none() | st.binary(max_size=50))
def test_an_acknowledgement_echoes_all_but_the_payload(
    frame: Frame, took: int, data: bytes | None
) -> None:
    received = decode(encode(frame))
    answer = acknowledgement(received, code=500, milliseconds=took, data=data)
    expected = to_official(frame)
    expected.headers.add(key="biz_rt", value=str(took))
    expected.payload = Official.FromString(answer).payload
    assert answer == expected.SerializeToString()
    assert answer == acknowledgement(without_head(received), code=500, milliseconds=took, data=data)


fields = st.one_of(
    st.binary(max_size=12),
    st.sampled_from(
        [
            b"\x08\x01",
            b"\x10\x80\x00",  # longer than it needs to be
            b"\x18\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x20\xff\xff\xff\xff\x1f",  # more than 32 bits
            b"\x2a\x00",
            b"\x2a\x04\x12\x00\x0a\x00",
            b"\x2a\x09\x0a\x01k\x12\x01v\x1a\x01u",
            b"\x42\x02{}",
            b"\x42\x00",
            b"\x4a\x01L",
            b"\x50\x01",  # unknown from here on
            b"\x5a\x03abc",
            b"\x61abcdefgh",
            b"\x65abcd",
        ]
    ),
)


def assert_read_as_the_official_codec_does(data: bytes) -> None:
    try:
        frame = decode(data)
    except ProtocolError:
        return
    assert without_head(frame) == of_official(Runtime.FromString(data))
    assert without_head(frame) == of_official(Official.FromString(data))
    answer = of_official(Runtime.FromString(acknowledgement(frame, code=200, milliseconds=1)))
    expected = Frame(*astuple(without_head(frame)))
    expected.headers.append(("biz_rt", "1"))
    expected.payload = b'{"code":200}'
    assert answer == expected


USUAL = bytes.fromhex(PUSH)


@given(
    st.sampled_from([b"", USUAL]),
    st.lists(fields, max_size=12).map(b"".join),
    st.sampled_from([b"", bytes.fromhex(PUSH_TAIL)]),
)
def test_reads_no_more_and_nothing_else_than_the_official_codec(
    head: bytes, middle: bytes, tail: bytes
) -> None:
    assert_read_as_the_official_codec_does(head + middle + tail)


@given(some_frames, st.data())
def test_a_frame_cut_short_is_read_as_the_official_codec_does(
    frame: Frame, data: st.DataObject
) -> None:
    whole = encode(frame)
    assert_read_as_the_official_codec_does(whole[: data.draw(st.integers(0, len(whole)))])


@pytest.mark.parametrize(
    "header",
    [
        # Its length takes two bytes and is 1280; read as one it would be 128 and fit.
        bytes.fromhex("2a800a")
        + b"\x0a\x14"
        + b"k" * 9
        + b"\x12r"
        + b"k" * 9
        + b"\x12\xe7\x09"
        + b"v" * 1255,
        bytes.fromhex("2a090a016b1201761a0175"),  # has an unknown field
        bytes.fromhex("2a061201760a016b"),  # value first
        bytes.fromhex("2a030a016b"),  # no value
        bytes.fromhex("2a00"),
    ],
)
def test_unusual_headers_are_read_as_the_official_codec_does(header: bytes) -> None:
    data = USUAL + header + bytes.fromhex(PUSH_TAIL)
    assert len(decode(data).headers) == 6
    assert_read_as_the_official_codec_does(data)


@pytest.mark.parametrize("header", ["2a050a016b120176", "2a070a016b120176", "2a060a016b12057676"])
def test_a_header_whose_length_lies_is_refused(header: str) -> None:
    with pytest.raises(ProtocolError):
        decode(USUAL + bytes.fromhex(header + PUSH_TAIL))


def test_unknown_fields_are_skipped() -> None:
    unknown = bytes.fromhex("5001" + "5a03616263" + "616162636465666768" + "6561626364")
    data = bytes.fromhex(PUSH) + unknown + bytes.fromhex(PUSH_TAIL)
    assert without_head(decode(data)) == without_head(decode(bytes.fromhex(PUSH + PUSH_TAIL)))
    assert acknowledgement(decode(data), code=200, milliseconds=12).hex() == PUSH + ACK_TAIL


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ("08", "protocol.frame_truncated"),
        ("0880", "protocol.frame_truncated"),
        ("4205616263", "protocol.frame_truncated"),
        ("65616263", "protocol.frame_truncated"),
        (PUSH + "42107b", "protocol.frame_truncated"),
        ("08" + "80" * 10 + "01", "protocol.frame_number"),
        ("08" + "ff" * 9 + "02", "protocol.frame_number"),
        ("0a00", "protocol.frame_field"),  # a number, sent as bytes
        ("4001", "protocol.frame_field"),  # bytes, sent as a number
        ("2a020801", "protocol.frame_field"),  # inside a header
        ("0200", "protocol.frame_field"),  # there is no field 0
        ("0b0c", "protocol.frame_field"),  # a group
        ("5b5c", "protocol.frame_field"),  # an unknown group
        ("2a060a01ff120131", "protocol.frame_text"),
        (PUSH.replace("742d31", "74ff31") + PUSH_TAIL, "protocol.frame_text"),
        ("4a01ff", "protocol.frame_text"),
        ("2a00" * (frames.MAX_FIELDS + 1), "protocol.frame_fields"),
        (PUSH + "2a060a016b120176" * frames.MAX_FIELDS + PUSH_TAIL, "protocol.frame_fields"),
    ],
)
def test_what_makes_no_sense_is_refused(data: str, key: str) -> None:
    with pytest.raises(ProtocolError) as refusal:
        decode(bytes.fromhex(data))
    assert refusal.value.key == key
    assert str(refusal.value)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_frame_or_a_protocol_error(data: bytes) -> None:
    with suppress(ProtocolError):
        decode(data)
