"""The WebSocket frames a server writes by hand."""

import pytest

from larkgate.simulator import wire


@pytest.mark.parametrize(
    ("size", "header"),
    [
        (0, "8200"),
        (125, "827d"),
        (126, "827e007e"),
        (65535, "827effff"),
        (65536, "827f0000000000010000"),
    ],
)
def test_the_length_takes_the_shortest_form(size: int, header: str) -> None:
    assert wire.binary(bytes(size)) == bytes.fromhex(header) + bytes(size)


def test_the_kinds_of_frames() -> None:
    assert wire.text(b"x") == b"\x81\x01x"
    assert wire.pong(b"x") == b"\x8a\x01x"
