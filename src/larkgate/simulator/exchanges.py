"""What calls brought and what they were answered, to be read on the page: the last few, the
beginning of each, no secrets."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress

from aiohttp import web
from msgspec import Struct

__all__ = ["Body", "Exchange", "Exchanges", "redacted"]

_KEPT = 500
_LONGEST = 4_096  # bytes of each body

_NAMES = (
    "(?:app_?secret|(?:tenant_|app_|user_)?access_token|refresh_token|access_key|ticket"
    "|(?:verification_)?token|encrypt_key)"
)
_IN_JSON = re.compile(rf'("{_NAMES}\\*"\s*:\s*\\*")(?:[^"\\]|\\.)*', re.IGNORECASE | re.DOTALL)
_IN_QUERY = re.compile(rf'\b({_NAMES}=)[^&"\\\s]+', re.IGNORECASE)
_TOKEN = re.compile(r"\b([tau]-)[0-9a-f]{12,}")


class Body(Struct, frozen=True):
    """The beginning of a body.

    Attributes:
        size: bytes of the whole.
        start: the first 4 KB.
    """

    type: str
    size: int
    start: bytes

    @property
    def text(self) -> str:
        """As far as it was kept, without secrets; "" of what is no text."""
        try:
            return redacted(codecs.utf_8_decode(self.start)[0])  # the cut may split a character
        except UnicodeDecodeError:
            return ""


class Exchange(Struct, frozen=True):
    """One request and its answer."""

    query: str
    request: Body
    answer: Body


class Exchanges:
    """The last 500, by log id."""

    def __init__(self) -> None:
        self._kept: dict[str, Exchange] = {}

    def get(self, log_id: str) -> Exchange | None:
        return self._kept.get(log_id)

    async def keep(self, request: web.Request, answer: web.Response, log_id: str) -> None:
        sent = answer.body if isinstance(answer.body, bytes) else b""
        self._kept[log_id] = Exchange(
            request.rel_url.raw_query_string,
            _body(request.content_type, await _read(request)),
            _body(answer.content_type, sent),
        )
        if len(self._kept) > _KEPT:
            del self._kept[next(iter(self._kept))]


def redacted(text: str) -> str:
    """Without the values of tokens, tickets, keys and secrets."""
    text = _IN_JSON.sub(r"\1…", text)
    return _TOKEN.sub(r"\1…", _IN_QUERY.sub(r"\1…", text))


async def _read(request: web.Request) -> bytes:
    """What has come of it: who was refused early may still be sending, nobody waits for that."""
    with suppress(web.HTTPException):
        if request.content.is_eof():
            return await request.read()
    return b""


def _body(content_type: str, data: bytes) -> Body:
    return Body(content_type, len(data), data[:_LONGEST])
