"""Calls about images and files.

Official documents: "上传图片", "上传文件", "下载图片", "下载文件", "获取消息中的资源文件".
"""

from __future__ import annotations

import mimetypes
from functools import partial
from urllib.parse import quote

import msgspec
from aiohttp import web

from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.api.forms import Part
from larkgate.simulator.codes import Refused
from larkgate.simulator.images import image_format, image_size
from larkgate.simulator.media import Kept, Kind, Media
from larkgate.simulator.permissions import HISTORY, RESOURCE, UPLOAD
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import Message, World, WorldError

__all__ = ["MediaCalls", "download"]

_NO_BOT = 234007
_TOO_LONG = 234006
_IMAGE_LIMIT = 10 << 20
_FILE_LIMIT = 30 << 20
_DOWNLOAD_LIMIT = 100 << 20
_PIXELS = {"message": 12_000, "avatar": 4_096}
_GIF_PIXELS = 2_000
_FILE_TYPES = frozenset({"opus", "mp4", "pdf", "doc", "xls", "ppt", "stream"})
_NOT_SERVED = frozenset({"sticker", "interactive", "merge_forward"})


class MediaCalls:
    """Up and down."""

    def __init__(self, world: World, media: Media, switches: Switches) -> None:
        self._world = world
        self._media = media
        self._switches = switches

    def calls(self) -> tuple[Call, ...]:
        resource = "/im/v1/messages/{message_id}/resources/{file_key}"
        image, file = self._upload_image, self._upload_file
        load_image, load_file = partial(self._download, "image"), partial(self._download, "file")
        form = partial(Call, need=UPLOAD, no_bot=_NO_BOT, form=True, too_long=_TOO_LONG)
        return (
            form("POST", "/im/v1/images", image),
            form("POST", "/im/v1/files", file),
            Call("GET", "/im/v1/images/{key}", load_image, RESOURCE, no_bot=_NO_BOT),
            Call("GET", "/im/v1/files/{key}", load_file, RESOURCE, no_bot=_NO_BOT),
            Call("GET", resource, self._of_message, HISTORY, no_bot=_NO_BOT),
        )

    def _upload_image(self, asked: Asked) -> dict[str, object]:
        image_type, image = asked.field("image_type"), _data(asked, "image", _IMAGE_LIMIT)
        if image_type not in _PIXELS:
            raise Refused(234001, "image_type")
        _check_image(image.data, _PIXELS[image_type])
        return {
            "data": {"image_key": self._keep(asked, "image", image.filename, image, image_type)}
        }

    def _upload_file(self, asked: Asked) -> dict[str, object]:
        file_type, name = asked.field("file_type"), asked.field("file_name")
        duration = asked.field("duration") or "0"
        file = _data(asked, "file", _FILE_LIMIT)
        if file_type not in _FILE_TYPES or not name:
            raise Refused(234001, "file_type or file_name")
        if not (duration.isascii() and duration.isdecimal() and len(duration) < 10):
            raise Refused(234001, "duration")
        key = self._keep(asked, "file", name, file, file_type, int(duration))
        return {"data": {"file_key": key}}

    def _keep(
        self,
        asked: Asked,
        kind: Kind,
        name: str,
        part: Part,
        file_type: str,
        duration: int = 0,
    ) -> str:
        try:
            return self._media.keep(
                kind, name, part.data, owner=asked.app, file_type=file_type, duration=duration
            )
        except WorldError:
            raise Refused(234042) from None

    def _download(self, kind: Kind, asked: Asked) -> web.Response:
        """What the app itself has uploaded."""
        kept = self._kept(asked.path["key"])
        if kept.kind != kind:
            raise Refused(234001, f"{kind}_key")
        if kept.owner is not asked.app:
            raise Refused(234008)
        return download(kept)

    def _of_message(self, asked: Asked) -> web.Response:
        """What a message carries, whoever sent it."""
        message_id, key = asked.path["message_id"], asked.path["file_key"]
        kind = asked.query.get("type", "")
        message = self._world.messages.get(message_id)
        if message is None and self._is_part(message_id):
            raise Refused(234043)
        if message is None or kind not in ("image", "file"):
            raise Refused(234001)
        if asked.app not in self._world.chats[message.chat_id].members:
            raise Refused(234004)
        if message.kind in _NOT_SERVED:
            raise Refused(234043)
        if message.recalled or message.deleted or key not in _keys(message, f"{kind}_key"):
            raise Refused(234003)
        if self._switches.restricted_mode:
            raise Refused(234038)
        return download(self._kept(key))

    def _is_part(self, message_id: str) -> bool:
        """Whether this is a message inside of a merged forward."""
        left = [message for message in self._world.messages.values() if message.parts]
        while left:
            parts = left.pop().parts
            if any(part.id == message_id for part in parts):
                return True
            left.extend(parts)
        return False

    def _kept(self, key: str) -> Kept:
        kept = self._media.get(key)
        if kept is None or kept.deleted:
            raise Refused(234005)
        if len(kept.data) > _DOWNLOAD_LIMIT:
            raise Refused(234037)
        return kept


def _data(asked: Asked, name: str, limit: int) -> Part:
    part = asked.form.get(name)
    if part is None:
        raise Refused(234001, name)
    if not part.data:
        raise Refused(234010)
    if len(part.data) > limit:
        raise Refused(_TOO_LONG)
    return part


def _check_image(data: bytes, pixels: int) -> None:
    if not (form := image_format(data)):
        raise Refused(234011)
    if max(image_size(data)) > (_GIF_PIXELS if form == "gif" else pixels):
        raise Refused(234039)


def _keys(message: Message, name: str) -> set[str]:
    """Every value of this name in the content, however deep."""
    found: set[str] = set()
    left = [msgspec.json.decode(message.content)]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            left.extend(each.values())
            if isinstance(key := each.get(name), str):
                found.add(key)
        elif isinstance(each, list):
            left.extend(each)
    return found


def download(kept: Kept) -> web.Response:
    """The bytes, with the name in both forms that clients read (lark-oapi 1.7.5
    core/utils/files.py)."""
    name = quote(kept.name, safe="")
    disposition = f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"
    return web.Response(
        body=kept.data,
        content_type=_content_type(kept),
        headers={"Content-Disposition": disposition},
    )


def _content_type(kept: Kept) -> str:
    if form := image_format(kept.data):
        return f"image/{form}"
    return mimetypes.guess_type(kept.name)[0] or "application/octet-stream"
