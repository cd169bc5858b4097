"""The world as a file, and scenarios, over HTTP: JSON under `/sim/`.

| call | body or query | answer |
| --- | --- | --- |
| `GET /sim/export` | `secrets` | the whole world as one file |
| `POST /sim/import` | such a file | `{}` |
| `POST /sim/scenario` | a scenario: JSON, or TOML as `application/toml` | `{}`, at its end |
"""

from __future__ import annotations

from aiohttp import web

from larkgate.simulator.http import json_answer
from larkgate.simulator.platform import Platform
from larkgate.simulator.playing import play, prepare
from larkgate.simulator.scenario import parse
from larkgate.simulator.world import WorldError

__all__ = ["WorldControl"]

_TOML = "application/toml"


class WorldControl:
    """The routes that replace the world, or play in it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sim/export", self._export),
            web.post("/sim/import", self._import),
            web.post("/sim/scenario", self._scenario),
        ]

    async def _export(self, request: web.Request) -> web.Response:
        data = self._platform.export(secrets="secrets" in request.query)
        return web.Response(body=data, content_type="application/json", charset="utf-8")

    async def _import(self, request: web.Request) -> web.Response:
        data = await request.read()
        try:
            self._platform.load(data)
        except WorldError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return json_answer({})

    async def _scenario(self, request: web.Request) -> web.Response:
        """It ends early when who asked for it goes away."""
        data = await request.read()
        try:
            scenario = parse(data, toml=request.content_type == _TOML)
            prepare(self._platform, scenario)
            await play(self._platform, scenario)
        except WorldError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        return json_answer({})
