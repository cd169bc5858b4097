from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkgate.errors import ProtocolError
from larkgate.protocol.fragments import Assembler
from larkgate.protocol.frames import DATA, Frame


def piece(payload: bytes, seq: object, total: object, name: str = "m-1") -> Frame:
    headers = [("type", "event"), ("message_id", name), ("sum", str(total)), ("seq", str(seq))]
    return Frame(method=DATA, headers=headers, payload=payload)


def test_a_push_of_one_piece_passes() -> None:
    assembler = Assembler()
    assert assembler.join(piece(b"{}", 0, 1), 0.0) == b"{}"
    assert assembler.join(Frame(method=DATA, payload=b"{}"), 0.0) == b"{}"
    assert len(assembler) == 0


def test_a_cut_inside_a_character() -> None:
    assembler = Assembler()
    whole = "车联网".encode()
    assert assembler.join(piece(whole[:4], 0, 2), 0.0) is None
    assert assembler.join(piece(whole[4:], 1, 2), 1.0) == whole


@given(st.binary(max_size=200), st.integers(2, 9), st.randoms(), st.integers(1, 3))
def test_pieces_in_any_order_some_twice_of_several_pushes_at_once(
    whole: bytes, total: int, chance: random.Random, pushes: int
) -> None:
    cuts = sorted(chance.randint(0, len(whole)) for _ in range(total - 1))
    parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    frames = [
        piece(part, seq, total, f"m-{n}") for n in range(pushes) for seq, part in enumerate(parts)
    ]
    chance.shuffle(frames)
    assembler = Assembler()
    joined = []
    for frame in frames:
        joined.append(assembler.join(frame, 0.0))
        if joined[-1] is None:
            assembler.join(frame, 0.0)
    assert [payload for payload in joined if payload is not None] == [whole] * pushes


def test_the_same_piece_twice_is_ignored() -> None:
    assembler = Assembler()
    for _ in range(3):
        assert assembler.join(piece(b"a", 0, 2), 0.0) is None
    assert assembler.size == 1
    assert assembler.join(piece(b"b", 1, 2), 0.0) == b"ab"
    assert assembler.size == 0


@pytest.mark.parametrize(
    ("frame", "key"),
    [
        (piece(b"x", 0, 2), "protocol.piece_contradicts"),
        (piece(b"x", 1, 3), "protocol.piece_out_of_range"),
        (piece(b"x", 2, 2), "protocol.piece_out_of_range"),
        (piece(b"x", -1, 2), "protocol.piece_out_of_range"),
        (piece(b"x", "first", 2), "protocol.piece_out_of_range"),
        (piece(b"x", 1, 0), "protocol.piece_out_of_range"),
        (piece(b"x", 1, "two"), "protocol.piece_out_of_range"),
        (piece(b"x", 1, "9" * 5000), "protocol.piece_out_of_range"),
        (piece(b"x", 1, Assembler.MAX_PIECES + 1), "protocol.piece_out_of_range"),
    ],
)
def test_a_contradiction_drops_the_whole_push(frame: Frame, key: str) -> None:
    assembler = Assembler()
    assembler.join(piece(b"a", 0, 2), 0.0)
    with pytest.raises(ProtocolError) as refusal:
        assembler.join(frame, 0.0)
    assert refusal.value.key == key
    assert str(refusal.value)
    assert (len(assembler), assembler.size, assembler.dropped) == (0, 0, 1)
    assert assembler.join(piece(b"b", 1, 2), 0.0) is None


def test_what_stays_incomplete_is_dropped_by_age() -> None:
    assembler = Assembler()
    assembler.join(piece(b"a", 0, 2), 0.0)
    assembler.join(piece(b"a", 0, 2, "m-2"), 29.0)
    assembler.expire(30.0)
    assert len(assembler) == 1
    assert assembler.join(piece(b"b", 1, 2, "m-2"), 58.0) == b"ab"


def test_the_oldest_push_makes_room() -> None:
    assembler = Assembler()
    for n in range(Assembler.MAX_PUSHES + 5):
        assembler.join(piece(b"a", 0, 2, f"m-{n}"), 0.0)
    assert len(assembler) == Assembler.MAX_PUSHES
    assert assembler.dropped == 5
    assert assembler.join(piece(b"b", 1, 2, "m-4"), 0.0) is None
    assert assembler.join(piece(b"b", 1, 2, "m-100"), 0.0) == b"ab"


def test_bytes_are_bounded() -> None:
    assembler = Assembler(max_bytes=10)
    assembler.join(piece(b"12345", 0, 3, "old"), 0.0)
    assembler.join(piece(b"123456", 0, 3, "new"), 0.0)
    assert (len(assembler), assembler.size) == (1, 6)
    with pytest.raises(ProtocolError) as refusal:
        assembler.join(piece(b"123456", 1, 3, "new"), 0.0)
    assert refusal.value.key == "protocol.push_too_large"
    assert (len(assembler), assembler.size) == (0, 0)


def test_a_late_piece_of_a_complete_push_leaks_nothing() -> None:
    assembler = Assembler()
    assembler.join(piece(b"a", 0, 2), 0.0)
    assembler.join(piece(b"b", 1, 2), 0.0)
    assert assembler.join(piece(b"b", 1, 2), 0.0) is None
    assembler.expire(30.0)
    assert (len(assembler), assembler.size) == (0, 0)


def test_a_new_connection_starts_with_nothing() -> None:
    assembler = Assembler()
    assembler.join(piece(b"a", 0, 2), 0.0)
    assembler.clear()
    assert (len(assembler), assembler.size) == (0, 0)
