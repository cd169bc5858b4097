"""Calls about attachments of bases.

Official documents: "上传素材", "下载素材", "获取素材临时下载链接"; shapes from lark-oapi 1.7.5
api/drive/v1. Of the documents that hold such files only bases are imitated.
"""

from __future__ import annotations

from collections.abc import Callable
from zlib import adler32

from aiohttp import web

from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.api.media import download
from larkgate.simulator.bitable import Base, Bases
from larkgate.simulator.codes import Refused
from larkgate.simulator.media import Kept, Media
from larkgate.simulator.permissions import ATTACHMENT, ATTACHMENT_UPLOAD
from larkgate.simulator.world import World, WorldError

__all__ = ["Drive"]

_MEDIAS = "/drive/v1/medias"
_LINKS = "/space/api/box/stream/download/authcode/"
_LIMITS = ((5, 1.0), (10_000, 86_400.0))
_PARENTS = ("bitable_image", "bitable_file")
_SIZE_LIMIT = 20 << 20
_NAME_LIMIT = 250
_LINK_SECONDS = 86_400.0
_WRONG = 1061002
_NOT_FOUND = 1061003
_FORBIDDEN = 1061004
_TOO_LARGE = 1061043
_NO_PARENT = 1061044
_NO_ROOM = 1061101
_OTHER_SIZE = 1062009


class Drive:
    """Attachments go up into a base and come down to who may read it."""

    def __init__(
        self, world: World, bases: Bases, media: Media, monotonic: Callable[[], float]
    ) -> None:
        self._world = world
        self._bases = bases
        self._media = media
        self._monotonic = monotonic
        self._links: dict[str, tuple[str, float]] = {}

    def calls(self) -> tuple[Call, ...]:
        read = ATTACHMENT, _LIMITS
        return (
            Call(
                "POST",
                f"{_MEDIAS}/upload_all",
                self._upload,
                ATTACHMENT_UPLOAD,
                _LIMITS,
                form=True,
                too_long=_TOO_LARGE,
            ),
            Call("GET", f"{_MEDIAS}/{{file_token}}/download", self._download, *read),
            Call("GET", f"{_MEDIAS}/batch_get_tmp_download_url", self._link_all, *read),
        )

    def route(self) -> web.RouteDef:
        """Where the temporary links lead; nothing else is asked of who has one."""
        return web.get(_LINKS, self._follow)

    def _upload(self, asked: Asked) -> dict[str, object]:
        base = self._parent(asked)
        name, part = asked.field("file_name"), asked.form.get("file")
        if part is None or not 1 <= len(name) <= _NAME_LIMIT:
            raise Refused(_WRONG)
        if len(part.data) > _SIZE_LIMIT:
            raise Refused(_TOO_LARGE)
        if asked.field("size") != str(len(part.data)):
            raise Refused(_OTHER_SIZE)
        if asked.field("checksum") not in ("", str(adler32(part.data))):
            raise Refused(_WRONG)
        try:
            return {"data": {"file_token": base.attach(name, part.data, by=asked.app)}}
        except WorldError:
            raise Refused(_NO_ROOM) from None

    def _parent(self, asked: Asked) -> Base:
        if asked.field("parent_type") not in _PARENTS:
            raise Refused(_WRONG)
        if (base := self._bases.get(asked.field("parent_node"))) is None:
            raise Refused(_NO_PARENT)
        if base.access.get(asked.app.id) != "edit":
            raise Refused(_FORBIDDEN)
        return base

    def _download(self, asked: Asked) -> web.Response:
        return download(self._readable(asked, asked.path["file_token"]))

    def _link_all(self, asked: Asked) -> dict[str, object]:
        if not (tokens := asked.values("file_tokens")):
            raise Refused(_WRONG)
        links = [
            {
                "file_token": token,
                "tmp_download_url": f"{asked.origin}{_LINKS}?code={self._link(asked, token)}",
            }
            for token in tokens
        ]
        return {"data": {"tmp_download_urls": links}}

    def _readable(self, asked: Asked, token: str) -> Kept:
        kept = self._media.get(token)
        if kept is None or kept.kind != "attachment" or kept.deleted:
            raise Refused(_NOT_FOUND)
        base = self._bases.get(kept.parent)
        if base is None or asked.app.id not in base.access:
            raise Refused(_FORBIDDEN)
        return kept

    def _link(self, asked: Asked, token: str) -> str:
        self._forget()
        code = self._world.next_id()
        self._links[code] = self._readable(asked, token).key, self._monotonic()
        return code

    def _forget(self) -> None:
        """They are in the order they were given out."""
        old = self._monotonic() - _LINK_SECONDS
        while self._links and next(iter(self._links.values()))[1] <= old:
            del self._links[next(iter(self._links))]

    async def _follow(self, request: web.Request) -> web.Response:
        self._forget()
        token, _ = self._links.get(request.query.get("code", ""), ("", 0.0))
        kept = self._media.get(token)
        if kept is None or kept.deleted:
            raise Refused(_FORBIDDEN)
        return download(kept)
