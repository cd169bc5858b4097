"""Before every call of the Open API: token, app, ability, permissions, limits.

Whatever is sent here, no answer is an error of ours.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from urllib.parse import quote

from aiohttp import web

from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.api.forms import parse_form
from larkgate.simulator.apps import App
from larkgate.simulator.codes import Refused
from larkgate.simulator.http import json_answer
from larkgate.simulator.limits import Limits
from larkgate.simulator.permissions import Need, missing
from larkgate.simulator.switches import Switches
from larkgate.simulator.tokens import Tokens

__all__ = ["Door"]

_CONSOLE = "https://open.feishu.cn/app"
_BAD_REQUEST = 9499
_DISABLED = 99991662
_NOT_ALLOWED = 99991401
_NO_SCOPE = 99991672


class Door:
    """Makes routes of calls."""

    def __init__(self, switches: Switches, tokens: Tokens, limits: Limits) -> None:
        self._switches = switches
        self._tokens = tokens
        self._limits = limits

    def routes(self, calls: Iterable[Call]) -> list[web.RouteDef]:
        return [self._route(call) for call in calls]

    def _route(self, call: Call) -> web.RouteDef:
        async def handle(request: web.Request) -> web.StreamResponse:
            app = self._admit(request, call)
            asked = await _asked(request, call, app)
            answer = call.act(asked)
            if inspect.isawaitable(answer):
                answer = await answer
            if isinstance(answer, web.StreamResponse):
                return answer
            return json_answer({"code": 0, "msg": "success", **answer})

        return web.route(call.method, f"/open-apis{call.path}", handle)

    def _admit(self, request: web.Request, call: Call) -> App:
        app = self._tokens.holder(request.headers.get("Authorization", ""))
        if app.disabled:
            raise Refused(_DISABLED)
        if app.allowed_ips and request.remote not in app.allowed_ips:
            raise Refused(_NOT_ALLOWED)
        if call.no_bot is not None and not app.in_force.bot:
            raise Refused(call.no_bot)
        _check_scopes(app, call.need)
        if self._switches.rate_limits:
            self._limits.call(app.id, f"{call.method} {call.path}", call.limits)
        return app


async def _asked(request: web.Request, call: Call, app: App) -> Asked:
    try:
        body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refused(call.too_long) from None
    except web.RequestPayloadError:
        raise Refused(_BAD_REQUEST) from None
    form = parse_form(request.headers.get("Content-Type", ""), body) if call.form else {}
    origin = f"{request.scheme}://{request.host}"
    return Asked(app, request.match_info, request.query, body, form, origin)


def _check_scopes(app: App, need: Need) -> None:
    """The shape of the refusal: captured answers, as official clients read them."""
    if not (scopes := missing(need, app.in_force.scopes)):
        return
    link = (
        f"{_CONSOLE}/{app.id}/auth?q={quote(','.join(scopes), safe=':,')}"
        "&op_from=openapi&token_type=tenant"
    )
    names = f"[{', '.join(scopes)}]"
    detail = (
        f"One of the following scopes is required: {names}."
        f"应用尚未开通所需的应用身份权限：{names}，点击链接申请并开通任一权限即可：{link}"
    )
    violations = [
        {"type": "action_scope_required", "subject": scope, "description": ""} for scope in scopes
    ]
    helps = [{"url": link, "description": "申请权限"}]
    raise Refused(_NO_SCOPE, detail, error={"permission_violations": violations, "helps": helps})
