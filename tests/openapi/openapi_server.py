"""A small platform on loopback: tokens, and answers as a test wants them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from aiohttp import web

APP_ID = "cli_a1"
APP_SECRET = "s3cret"


class Call(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    body: Any
    token: str


class Platform:
    """Answers every call with the next of `answers`, or with an empty success."""

    def __init__(self) -> None:
        self.url = ""
        self.calls: list[Call] = []
        self.answers: deque[web.Response] = deque()
        self.issued: list[str] = []
        self.accepted: set[str] = set()
        self.token_answers: deque[web.Response] = deque()

    def answer(self, data: object = None, *, code: int = 0, status: int = 200, **rest: Any) -> None:
        body = {"code": code, "msg": rest.pop("msg", ""), "data": data or {}}
        headers = rest.pop("headers", None)
        self.answers.append(web.json_response({**body, **rest}, status=status, headers=headers))

    async def grant(self, request: web.Request) -> web.Response:
        asked = await request.json()
        await asyncio.sleep(0)
        if self.token_answers:
            return self.token_answers.popleft()
        if asked != {"app_id": APP_ID, "app_secret": APP_SECRET}:
            return web.json_response({"code": 10015, "msg": "app secret invalid"}, status=400)
        self.issued.append(f"t-{len(self.issued) + 1}")
        self.accepted.add(self.issued[-1])
        answer = {"code": 0, "msg": "ok", "tenant_access_token": self.issued[-1], "expire": 7200}
        return web.json_response(answer)

    async def serve(self, request: web.Request) -> web.Response:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        body = await request.json() if request.can_read_body else None
        path = request.raw_path.partition("?")[0].removeprefix("/open-apis")
        self.calls.append(Call(request.method, path, dict(request.query), body, token))
        if token not in self.accepted:
            return web.json_response({"code": 99991663, "msg": "Invalid access token"}, status=400)
        return self.answers.popleft() if self.answers else web.json_response({"code": 0})


@asynccontextmanager
async def running() -> AsyncIterator[Platform]:
    platform = Platform()
    app = web.Application()
    app.router.add_post("/open-apis/auth/v3/tenant_access_token/internal", platform.grant)
    app.router.add_route("*", "/open-apis/{path:.*}", platform.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    platform.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield platform
    finally:
        await runner.cleanup()
