"""The files of the page at `/`: `index.html`, scripts and styles, and nothing else."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

__all__ = ["PAGE", "page_routes"]

PAGE = Path(__file__).parent / "page"
_TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}


def page_routes(directory: Path = PAGE) -> list[web.RouteDef]:
    async def index(request: web.Request) -> web.StreamResponse:
        return _file(directory / "index.html")

    async def asset(request: web.Request) -> web.StreamResponse:
        return _file(directory / request.match_info["name"])

    return [web.get("/", index), web.get(r"/page/{name:[a-z0-9-]+\.(js|css|svg)}", asset)]


def _file(path: Path) -> web.StreamResponse:
    """Read at once: the page asks for dozens of small files, each of which would wait for a
    thread."""
    if not path.is_file():
        raise web.HTTPNotFound
    headers = {"Cache-Control": "no-cache"}
    return web.Response(
        body=path.read_bytes(),
        content_type=_TYPES[path.suffix],
        charset="utf-8",
        headers=headers,
    )
