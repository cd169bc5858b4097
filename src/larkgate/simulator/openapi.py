"""The Open API: who calls, whether they may, what comes back.

Every answer has `code` and `msg`; a refusal has the platform's code and HTTP status. Whatever
is sent here, no answer is an error of ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from larkgate.secret import Secret
from larkgate.simulator.codes import Refused
from larkgate.simulator.http import json_answer
from larkgate.simulator.limits import Limits
from larkgate.simulator.messages import Edit, Messages, Reply, Send, invalid_field
from larkgate.simulator.switches import Switches
from larkgate.simulator.tokens import Tokens
from larkgate.simulator.world import App, World

__all__ = ["OpenApi"]

_ENABLED = 2
_MESSAGE = "/open-apis/im/v1/messages/{message_id}"
Act = Callable[[App, web.Request, bytes], dict[str, object]]
T = TypeVar("T")


class _Credentials(Struct):
    app_id: str
    app_secret: str


class OpenApi:
    """The calls the simulator imitates, as routes."""

    def __init__(
        self,
        world: World,
        switches: Switches,
        tokens: Tokens,
        limits: Limits,
        messages: Messages,
    ) -> None:
        self._world = world
        self._switches = switches
        self._tokens = tokens
        self._limits = limits
        self._messages = messages

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/open-apis/auth/v3/tenant_access_token/internal", self._token),
            self._route("GET", "/open-apis/bot/v3/info", self._bot_info),
            self._route("POST", "/open-apis/im/v1/messages", self._send),
            self._route("POST", f"{_MESSAGE}/reply", self._reply),
            self._route("GET", _MESSAGE, self._get),
            self._route("PUT", _MESSAGE, self._edit),
            self._route("DELETE", _MESSAGE, self._recall),
        ]

    def _route(self, method: str, path: str, act: Act) -> web.RouteDef:
        async def handle(request: web.Request) -> web.Response:
            app = self._tokens.holder(request.headers.get("Authorization", ""))
            if self._switches.rate_limits:
                self._limits.call(app.id, f"{method} {path}")
            answer = act(app, request, await request.read())
            return json_answer({"code": 0, "msg": "success", **answer})

        return web.route(method, path, handle)

    async def _token(self, request: web.Request) -> web.Response:
        try:
            asked = msgspec.json.decode(await request.read(), type=_Credentials)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise Refused(10003) from None
        app = self._world.apps.get(asked.app_id)
        if app is None:
            raise Refused(10014 if asked.app_id else 10003)
        if app.secret != Secret(asked.app_secret):
            raise Refused(10015)
        text, expire = self._tokens.issue(app)
        return json_answer({"code": 0, "msg": "ok", "tenant_access_token": text, "expire": expire})

    def _bot_info(self, app: App, request: web.Request, body: bytes) -> dict[str, object]:
        bot = {
            "activate_status": _ENABLED,
            "app_name": app.name,
            "avatar_url": "",
            "ip_white_list": [],
            "open_id": self._world.open_id(app, app),
        }
        return {"bot": bot}

    def _send(self, app: App, request: web.Request, body: bytes) -> dict[str, object]:
        id_type = request.query.get("receive_id_type", "")
        return {"data": self._messages.send(app, id_type, _parsed(body, Send))}

    def _reply(self, app: App, request: web.Request, body: bytes) -> dict[str, object]:
        return {"data": self._messages.reply(app, _id(request), _parsed(body, Reply))}

    def _get(self, app: App, request: web.Request, body: bytes) -> dict[str, object]:
        return {"data": self._messages.get(app, _id(request))}

    def _edit(self, app: App, request: web.Request, body: bytes) -> dict[str, object]:
        return {"data": self._messages.edit(app, _id(request), _parsed(body, Edit))}

    def _recall(self, app: App, request: web.Request, body: bytes) -> dict[str, object]:
        return {"data": self._messages.recall(app, _id(request))}


def _id(request: web.Request) -> str:
    return request.match_info["message_id"]


def _parsed(body: bytes, shape: type[T]) -> T:
    """Raises Refused: 9499 for what is not JSON, 99992402 for another shape."""
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise invalid_field("body", "", str(error)) from None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Refused(9499) from None
