"""What every request of a client meets: a log id, the faults on its path, a record of it."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from larkgate import texts
from larkgate.clock import Clock
from larkgate.simulator import wire
from larkgate.simulator.changes import Changes
from larkgate.simulator.codes import Refused
from larkgate.simulator.faults import Answer, Faults, Hang, OnPath, Slow

__all__ = ["CLIENT_PATHS", "Call", "Gate", "json_answer", "read_json"]

T = TypeVar("T")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
CLIENT_PATHS = ("/open-apis/", "/callback/", "/ws/")
_OPEN_API = "/open-apis/"
_SEARCH = "排查建议查看(Troubleshooting suggestions): https://open.feishu.cn/search?from=openapi"
_REMEMBERED = 100_000


class Call(Struct, eq=False):
    """One request of a client.

    Attributes:
        at: seconds since 1970.
        app_id: whose token it brought, "" without a good one.
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
        caller: the app id behind an `Authorization` header, or "".
    """

    def __init__(
        self, clock: Clock, faults: Faults, changes: Changes, caller: Callable[[str], str]
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._changes = changes
        self._caller = caller
        self._count = itertools.count(1)
        self.calls: deque[Call] = deque(maxlen=_REMEMBERED)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(CLIENT_PATHS):
            return await handler(request)
        app_id = self._caller(request.headers.get("Authorization", ""))
        call = Call(self._clock.now(), request.method, request.path, self._log_id(), app_id)
        self.calls.append(call)
        self._changes.tell("call", call)
        response = await self._carry_out(request, handler, call)
        if response.prepared or not wire.is_gone(request.transport):
            call.status = response.status
        if not response.prepared:
            response.headers["X-Tt-Logid"] = call.log_id
        self._changes.tell("call", call)
        return response

    async def _carry_out(
        self, request: web.Request, handler: Handler, call: Call
    ) -> web.StreamResponse:
        """The answer, or what a fault makes of it before or after the platform acts."""
        before = self._faults.strike_path(request.method, request.path, after=False)
        if spoiled := await self._suffer(before, request, call):
            return spoiled
        response = await _platform_answer(request, handler, call)
        if response.prepared:
            return response
        after = self._faults.strike_path(request.method, request.path, after=True)
        return await self._suffer(after, request, call) or response

    async def _suffer(
        self, fault: OnPath | None, request: web.Request, call: Call
    ) -> web.Response | None:
        """What the fault answers; None goes on."""
        if isinstance(fault, Slow):
            await self._clock.sleep(fault.seconds)
            return None
        if isinstance(fault, Answer):
            return _instead(fault, call)
        if fault is None:
            return None
        if isinstance(fault, Hang):
            await self._faults.healed()
        wire.reset(request.transport)
        return web.Response()

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
        return web.Response(status=fault.status, text=fault.body, headers=fault.headers)
    refused = Refused(fault.code, headers=fault.headers)
    refused.status, refused.message = fault.status, fault.message or refused.message
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
