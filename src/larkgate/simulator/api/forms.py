"""Bodies of type multipart/form-data (RFC 7578)."""

from __future__ import annotations

from email.message import Message
from email.parser import HeaderParser
from typing import NamedTuple

from larkgate.simulator.codes import Refused

__all__ = ["Part", "parse_form"]

_MAX_PARTS = 100


class Part(NamedTuple):
    """One field; `filename` is empty where the form has none."""

    filename: str
    data: bytes

    @property
    def text(self) -> str:
        return self.data.decode(errors="replace")


def parse_form(content_type: str, body: bytes) -> dict[str, Part]:
    """The fields by name; of two with one name the last.

    Raises:
        Refused: 9499, it is no form, or a broken one.
    """
    try:
        boundary = _headers(f"Content-Type: {content_type}").get_boundary("")
        pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii"), _MAX_PARTS)
        if not boundary or len(pieces) < 2 or not pieces[-1].startswith(b"--"):
            raise Refused(9499, "not a multipart form")
        return dict(_part(piece) for piece in pieces[1:-1])
    except ValueError:
        raise Refused(9499, "broken multipart form") from None


def _part(piece: bytes) -> tuple[str, Part]:
    head, end, data = piece.partition(b"\r\n\r\n")
    headers = _headers(head.decode().lstrip("\r\n"))
    name = headers.get_param("name", header="content-disposition")
    if not end or not isinstance(name, str):
        raise ValueError
    return name, Part(headers.get_filename(""), data)


def _headers(text: str) -> Message:
    return HeaderParser().parsestr(text)
