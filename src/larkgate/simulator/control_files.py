"""Files over HTTP, to and from the page."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import quote

from aiohttp import web

from larkgate import texts
from larkgate.simulator.api.forms import Part, parse_form
from larkgate.simulator.codes import Refused
from larkgate.simulator.http import json_answer
from larkgate.simulator.inline import media_type
from larkgate.simulator.platform import Platform
from larkgate.simulator.views import Views
from larkgate.simulator.world import WorldError

__all__ = ["FilesControl"]

_Kind = Literal["file", "image", "audio", "media"]
_KINDS: Mapping[str, _Kind] = {"image": "image", "audio": "audio", "video": "media"}
_NOTHING = Part("", b"")


class FilesControl:
    """The routes by which people send files and look at them."""

    def __init__(self, platform: Platform, views: Views) -> None:
        self._platform = platform
        self._views = views

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/sim/files", self._send),
            web.get("/sim/files/{key}", self._get),
        ]

    async def _send(self, request: web.Request) -> web.Response:
        form = await _form(request)
        file, world = form["file"], self._platform.world
        reply_to = form.get("reply_to", _NOTHING).text
        message = self._platform.send_file(
            world.chat_named(form["chat"].text),
            world.person_named(form["as"].text),
            PurePosixPath(file.filename).name or "file",
            file.data,
            kind=_KINDS.get(media_type(file.data).partition("/")[0], "file"),
            reply_to=world.message_with(reply_to) if reply_to else None,
            in_thread=form.get("in_thread", _NOTHING).text == "true",
        )
        return json_answer(self._views.message(message))

    async def _get(self, request: web.Request) -> web.Response:
        """Shown where it stands if it is what a page may show, else a download."""
        key = request.match_info["key"]
        kept = self._platform.media.get(key)
        if kept is None or kept.deleted:
            raise WorldError("simulator.no_media", key=key)
        shown = media_type(kept.data)
        name = quote(kept.name, safe="")
        where = "inline" if shown else "attachment"
        headers = {
            "Content-Disposition": f"{where}; filename*=UTF-8''{name}",
            "Cache-Control": "private, max-age=3600",
        }
        content_type = shown or "application/octet-stream"
        return web.Response(body=kept.data, content_type=content_type, headers=headers)


async def _form(request: web.Request) -> dict[str, Part]:
    """Raises HTTPBadRequest with a sentence for what is no form with a file in it."""
    try:
        form = parse_form(request.headers.get("Content-Type", ""), await request.read())
    except Refused as refused:
        raise _bad(refused.message) from None
    missing = [name for name in ("chat", "as", "file") if name not in form]
    if missing or not form["file"].data:
        raise _bad(f"no {', '.join(missing) or 'data'}")
    return form


def _bad(error: str) -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text=texts.say("simulator.bad_body", error=error))
