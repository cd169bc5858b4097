"""Reads the platform's answers: what was asked for, or the error with its advice.

Success is `code == 0`, whatever the HTTP status (IM errors come with 400, Bitable's with 200).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from larkgate.dial import Response
from larkgate.errors import ApiError, Reaction
from larkgate.openapi.codes import Advice, advice

__all__ = ["pause", "read"]

T = TypeVar("T")

_LONGEST_PAUSE = 3600.0
_USUAL_PAUSE = 1.0
_LONGEST_MESSAGE = 500  # characters of the platform's own words
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class _Violation(msgspec.Struct):
    subject: str = ""


class _Details(msgspec.Struct):
    log_id: str = ""
    permission_violations: list[_Violation] = []


class _Verdict(msgspec.Struct):
    code: int
    msg: str | None = None
    error: msgspec.Raw = msgspec.Raw()


def read(response: Response, answer: type[T], *, console: str) -> T:
    """The answer's body as `answer`.

    `console` is the URL of the app's page in the developer console, for sentences that send
    people there.

    Raises ApiError.
    """
    try:
        verdict = msgspec.json.decode(response.body, type=_Verdict)
        if verdict.code == 0:
            return msgspec.json.decode(response.body, type=answer)
    except _UNREADABLE:
        raise _unreadable(response) from None
    raise _refusal(response, verdict, console)


def pause(headers: Mapping[str, str]) -> float | None:
    """Seconds until the platform's rate limit allows the next call, if it says so."""
    try:
        seconds = float(headers.get("x-ogw-ratelimit-reset", ""))
    except ValueError:
        return None
    return min(seconds, _LONGEST_PAUSE) if seconds >= 0 else None


def _refusal(response: Response, verdict: _Verdict, console: str) -> ApiError:
    message = (verdict.msg or "")[:_LONGEST_MESSAGE]
    details = _details(verdict)
    scopes = _scopes(message, details.permission_violations)
    return _error(
        response,
        advice(verdict.code, response.status),
        code=verdict.code,
        log_id=details.log_id,
        message=message,
        scopes=", ".join(scopes),
        link=f"{console}/auth?{_query(scopes)}",
    )


def _unreadable(response: Response) -> ApiError:
    """Not what the platform says: something on the way answered, or its front door is down.

    Without a code of the platform's it is nobody's verdict about the call.
    """
    found = advice(0, response.status)
    if found.reaction is Reaction.GIVE_UP:
        found = Advice(Reaction.RETRY, "openapi.unreadable")
    return _error(response, found, code=response.status, message=f"HTTP {response.status}")


def _error(
    response: Response, found: Advice, *, code: int, log_id: str = "", **values: str
) -> ApiError:
    wait = found.reaction is Reaction.WAIT
    return ApiError(
        found.key,
        code=code,
        reaction=found.reaction,
        retry_after=(pause(response.headers) or _USUAL_PAUSE) if wait else None,
        log_id=log_id or _log_id(response.headers),
        **values,
    )


def _log_id(headers: Mapping[str, str]) -> str:
    return headers.get("X-Tt-Logid") or headers.get("X-Request-Id") or ""


def _details(verdict: _Verdict) -> _Details:
    try:
        return msgspec.json.decode(verdict.error, type=_Details)
    except _UNREADABLE:
        return _Details()


def _query(scopes: Iterable[str]) -> str:
    """What opens the console's page of permissions with these chosen."""
    wanted = {"q": ",".join(scopes), "op_from": "openapi", "token_type": "tenant"}
    return urlencode(wanted, safe=":,")


def _scopes(message: str, violations: Iterable[_Violation]) -> list[str]:
    """The scopes of which any one is enough: listed apart, or in the message as `[a, b]`."""
    listed = [violation.subject for violation in violations if violation.subject]
    quoted = re.search(r"\[([^\]]*)\]", message)
    return listed or (re.findall(r"[\w:.-]+", quoted[1]) if quoted else [])
