"""Which app a request comes from."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from aiohttp import web
from msgspec import Struct

from larkgate.simulator.api.sign_in import TOKEN_PATH
from larkgate.simulator.endpoint import ENDPOINT_PATH, WEBSOCKET_PATH, Endpoint
from larkgate.simulator.tokens import Tokens

__all__ = ["Callers"]


class _Bootstrap(Struct, rename={"app_id": "AppID"}):
    app_id: str = ""


class _SignIn(Struct):
    app_id: str = ""


_SHAPES: dict[str, type[_Bootstrap | _SignIn]] = {
    ENDPOINT_PATH: _Bootstrap,
    TOKEN_PATH: _SignIn,
}


class Callers:
    """Reads token, ticket or credentials, whichever the path takes.

    Args:
        known: whether there is an app of this id.
    """

    def __init__(self, tokens: Tokens, endpoint: Endpoint, known: Callable[[str], bool]) -> None:
        self._tokens = tokens
        self._endpoint = endpoint
        self._known = known

    async def app_id(self, request: web.Request) -> str:
        """The app's id; "" for nobody's."""
        if shape := _SHAPES.get(request.path):
            return await self._named(request, shape)
        if request.path == WEBSOCKET_PATH:
            return self._endpoint.holder(request.query.get("ticket", ""))
        return self._tokens.caller(request.headers.get("Authorization", ""))

    async def _named(self, request: web.Request, shape: type[_Bootstrap | _SignIn]) -> str:
        try:
            app_id = msgspec.json.decode(await request.read(), type=shape).app_id
        except (msgspec.MsgspecError, ValueError, RecursionError, web.HTTPException):
            return ""  # the call itself says what is wrong
        return app_id if self._known(app_id) else ""
