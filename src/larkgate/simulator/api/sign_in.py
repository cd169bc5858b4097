"""The call that needs no token (official document: "自建应用获取 tenant_access_token")."""

from __future__ import annotations

import msgspec
from aiohttp import web
from msgspec import Struct

from larkgate.secret import Secret
from larkgate.simulator.codes import Refused
from larkgate.simulator.http import json_answer
from larkgate.simulator.tokens import Tokens
from larkgate.simulator.world import World

__all__ = ["TOKEN_PATH", "SignIn"]

TOKEN_PATH = "/open-apis/auth/v3/tenant_access_token/internal"  # noqa: S105 - a path


class _Credentials(Struct):
    app_id: str
    app_secret: str


class SignIn:
    """Credentials in, a token out."""

    def __init__(self, world: World, tokens: Tokens) -> None:
        self._world = world
        self._tokens = tokens

    def route(self) -> web.RouteDef:
        return web.post(TOKEN_PATH, self._answer)

    async def _answer(self, request: web.Request) -> web.Response:
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
