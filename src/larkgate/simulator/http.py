"""What every request of a client meets: a log id, the faults on its path, a record of it."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import formatdate
from typing import TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from larkgate import texts
from larkgate.clock import Clock
from larkgate.simulator import wire
from larkgate.simulator.changes import Changes
from larkgate.simulator.codes import Refused, status_of
from larkgate.simulator.exchanges import Exchanges
from larkgate.simulator.faults import Answer
from larkgate.simulator.spoiling import RATE, Spoiler, trickle
from larkgate.simulator.trouble import Faults

__all__ = ["CLIENT_PATHS", "Call", "Gate", "json_answer", "read_json"]

T = TypeVar("T")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CLIENT_PATHS = ("/open-apis/", "/callback/", "/space/", "/ws/")
_OPEN_API = "/open-apis/"
_SEARCH = "排查建议查看(Troubleshooting suggestions): https://open.feishu.cn/search?from=openapi"
_REMEMBERED = 100_000


class Call(Struct, eq=False):
    """One request of a client.

    Attributes:
        at: seconds since 1970.
        app_id: whose token, ticket or credentials it brought, "" without good ones.
        status: what was answered; None while it is under way and when it was cut off.
        code: the platform's code in the answer, 0 is success.
    """

    at: float
    method: str
    path: str
    log_id: str
    app_id: str = ""
    status: int | None = None
    code: int | None = None


class Gate:
    """Stands before the bootstrap, the WebSocket and the Open API.

    Args:
        caller: the app id behind a request, or "".
        offset: seconds the platform's clock is ahead.
        revoke: ends the tokens of an app, by id.

    Attributes:
        exchanges: what the last calls brought, and what they were answered.
    """

    def __init__(
        self,
        clock: Clock,
        faults: Faults,
        changes: Changes,
        caller: Callable[[web.Request], Awaitable[str]],
        offset: Callable[[], float],
        revoke: Callable[[str], None],
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._changes = changes
        self._caller = caller
        self._offset = offset
        self._spoiler = Spoiler(clock, revoke)
        self._count = itertools.count(1)
        self.calls: deque[Call] = deque(maxlen=_REMEMBERED)
        self.exchanges = Exchanges()

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(CLIENT_PATHS):
            return await handler(request)
        call = Call(self._clock.now(), request.method, request.path, self._log_id())
        self.calls.append(call)
        call.app_id = await self._caller(request)
        self._changes.tell("call", call)
        response = await self._carry_out(request, handler, call)
        if isinstance(response, web.Response):
            await self.exchanges.keep(request, response, call.log_id)
            response = await self._send(request, response, call)
        if response.prepared or not wire.is_gone(request.transport):
            call.status = response.status
        self._changes.tell("call", call)
        return response

    async def _send(
        self, request: web.Request, response: web.Response, call: Call
    ) -> web.StreamResponse:
        response.headers["X-Tt-Logid"] = call.log_id
        response.headers["Date"] = formatdate(self._clock.now() + self._offset(), usegmt=True)
        return await trickle(request, response, self._clock) if RATE in request else response

    async def _carry_out(
        self, request: web.Request, handler: Handler, call: Call
    ) -> web.StreamResponse:
        """The answer, or what faults make of it before or after the platform acts."""
        not_asked = json_answer({"code": 0, "msg": "success"})
        if spoiled := await self._spoil(request, call, not_asked, after=False):
            return spoiled
        response = await _platform_answer(request, handler, call)
        if not isinstance(response, web.Response) or response.prepared:
            return response
        return await self._spoil(request, call, response, after=True) or response

    async def _spoil(
        self, request: web.Request, call: Call, response: web.Response, *, after: bool
    ) -> web.Response | None:
        struck = self._faults.strike_request(call.method, call.path, call.app_id, after=after)
        return await self._spoiler.spoil(
            struck, request, call.app_id, response, lambda fault: _instead(fault, call)
        )

    def _log_id(self) -> str:
        """As on the platform: a time, then hex digits."""
        at = datetime.fromtimestamp(self._clock.now(), UTC)
        return f"{at:%Y%m%d%H%M%S}{next(self._count):018X}"


def json_answer(
    body: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """JSON as the platform sends it."""
    return web.Response(
        body=msgspec.json.encode(body),
        status=status,
        headers=headers,
        content_type="application/json",
        charset="utf-8",
    )


async def read_json(request: web.Request, shape: type[T]) -> T:
    """The body of a request to the control API.

    Raises:
        HTTPBadRequest: it is not of this shape; with a sentence that says where.
    """
    try:
        return msgspec.json.decode(await request.read(), type=shape)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text=texts.say("simulator.bad_body", error=error)) from None


async def _platform_answer(
    request: web.Request, handler: Handler, call: Call
) -> web.StreamResponse:
    """Also where aiohttp would answer an unknown path or a long body in its own words."""
    try:
        response = await handler(request)
        call.code = None if response.prepared else 0
        return response
    except Refused as refused:
        return _refusal(refused, call)
    except web.HTTPRequestEntityTooLarge:
        return _refusal(Refused(9499, "request body too large"), call)
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return _refusal(Refused(99991201), call)
    except web.HTTPException as error:
        return _refusal(Refused(9499, error.reason), call)


def _instead(fault: Answer, call: Call) -> web.Response:
    if fault.body or fault.code is None:
        text = fault.body or None
        return web.Response(status=fault.status or 200, text=text, headers=fault.headers)
    refused = Refused(fault.code, headers=fault.headers)
    refused.status = fault.status or status_of(fault.code) or 200
    refused.message = fault.message or refused.message
    return _refusal(refused, call)


def _refusal(refused: Refused, call: Call) -> web.Response:
    """The Open API's refusals say where to look (lark-oapi 1.7.5 core/model/error.py)."""
    call.code = refused.code
    body: dict[str, object] = {"code": refused.code, "msg": refused.message}
    if call.path.startswith(_OPEN_API):
        body["error"] = {
            "log_id": call.log_id,
            "troubleshooter": f"{_SEARCH}&log_id={call.log_id}&code={refused.code}",
            **refused.error,
        }
    return json_answer(body, status=refused.status, headers=refused.headers)
