"""Joins the pieces of pushes that the platform splits over several frames.

A push comes in `sum` pieces, numbered by `seq` from 0, under one frame `message_id`. They are
joined as bytes, because a cut may fall inside a UTF-8 character.
"""

from __future__ import annotations

from msgspec import Struct

from larkgate.errors import ProtocolError
from larkgate.protocol.frames import Frame

__all__ = ["Assembler"]

_MAX_DIGITS = 9


class _Incomplete(Struct):
    total: int
    since: float
    pieces: dict[int, bytes] = {}
    size: int = 0


class Assembler:
    """Collects pieces, within bounds; when they are reached, the oldest push makes room.

    What is dropped is not lost: a push that is not acknowledged comes again.

    Attributes:
        size: bytes held.
        dropped: pushes given up for age, room or contradiction.
    """

    # The official SDK forgets pieces after 5 s. A link that stalls for as long as the heartbeat
    # is patient (22 s) must not cost a push whose second half is already in flight.
    MAX_AGE = 30.0
    MAX_PUSHES = 256
    MAX_PIECES = 1024

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        self._max_bytes = max_bytes
        self._incomplete: dict[str, _Incomplete] = {}  # in the order they began
        self.size = 0
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._incomplete)

    def join(self, frame: Frame, now: float) -> bytes | None:
        """The whole payload once its last piece is here, else None. A piece sent twice is ignored.

        Raises:
            ProtocolError: the piece contradicts itself or those before it, or the push is larger
                than the bounds; all its pieces are dropped.
        """
        total = _number(frame.header("sum"), 1)
        if total == 1:
            return frame.payload
        self.expire(now)
        name = frame.header("message_id") or ""
        seq = _number(frame.header("seq"), -1)
        push = self._incomplete.get(name)
        if not 0 <= seq < total <= self.MAX_PIECES or (push and push.total != total):
            self._drop(name)
            raise ProtocolError("protocol.piece_out_of_range", id=name, seq=seq, sum=total)
        if push is None:
            push = self._begin(name, total, now)
        if seq not in push.pieces:
            self._add(name, push, seq, frame.payload)
        elif push.pieces[seq] != frame.payload:
            self._drop(name)
            raise ProtocolError("protocol.piece_contradicts", id=name, seq=seq)
        if len(push.pieces) < total:
            return None
        self._forget(name)
        return b"".join(push.pieces[seq] for seq in range(total))

    def expire(self, now: float) -> None:
        """Drop what has waited too long for its missing pieces."""
        while self._incomplete:
            oldest = self._oldest()
            if now - self._incomplete[oldest].since < self.MAX_AGE:
                return
            self._drop(oldest)

    def clear(self) -> None:
        """Drop everything: pieces of one connection are never completed by another."""
        while self._incomplete:
            self._drop(self._oldest())

    def _begin(self, name: str, total: int, now: float) -> _Incomplete:
        if len(self._incomplete) >= self.MAX_PUSHES:
            self._drop(self._oldest())
        push = self._incomplete[name] = _Incomplete(total, now)
        return push

    def _add(self, name: str, push: _Incomplete, seq: int, piece: bytes) -> None:
        push.pieces[seq] = piece
        push.size += len(piece)
        self.size += len(piece)
        while self.size > self._max_bytes:
            self._drop(self._oldest())
        if name not in self._incomplete:
            raise ProtocolError("protocol.push_too_large", id=name, limit=self._max_bytes)

    def _oldest(self) -> str:
        return next(iter(self._incomplete))

    def _drop(self, name: str) -> None:
        self._forget(name)
        self.dropped += 1

    def _forget(self, name: str) -> None:
        push = self._incomplete.pop(name, None)
        if push is not None:
            self.size -= push.size


def _number(text: str | None, absent: int) -> int:
    """A decimal header; -1 when it is none."""
    if text is None:
        return absent
    return int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else -1
