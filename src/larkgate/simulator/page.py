"""The files of the page at `/`: `index.html`, scripts and styles, and nothing else."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

__all__ = ["PAGE", "page_routes"]

PAGE = Path(__file__).parent / "page"


def page_routes(directory: Path = PAGE) -> list[web.RouteDef]:
    async def index(request: web.Request) -> web.StreamResponse:
        return _file(directory / "index.html")

    async def asset(request: web.Request) -> web.StreamResponse:
        return _file(directory / request.match_info["name"])

    return [web.get("/", index), web.get(r"/page/{name:[a-z0-9-]+\.(js|css|svg)}", asset)]


def _file(path: Path) -> web.StreamResponse:
    if not path.is_file():
        raise web.HTTPNotFound
    return web.FileResponse(path, headers={"Cache-Control": "no-cache"})
