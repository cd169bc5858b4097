"""What a message carries by key or id: whether an app may send it.

Official document "发送消息": error codes; which upload fits which message: "上传文件".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from larkgate.simulator.api.directory import Directory
from larkgate.simulator.apps import App
from larkgate.simulator.codes import Refused
from larkgate.simulator.media import Kept, Media
from larkgate.simulator.world import World

__all__ = ["Enclosures"]

# The kind of message an upload is for; every other `file_type` is for `file`.
_KINDS = {"opus": "audio", "mp4": "media"}


class Enclosures:
    """Checks images, files and name cards in what is to be sent."""

    def __init__(self, world: World, media: Media, directory: Directory) -> None:
        self._world = world
        self._media = media
        self._directory = directory

    def check(self, app: App, kind: str, content: dict[str, Any]) -> None:
        """Whether this app may send this content.

        Raises:
            Refused: 230001 no such key or id, 230017 not uploaded by this app, 230055 a file for
                another kind of message, 230015 a private chat shared, 230002 a chat it is not in.
        """
        if kind == "share_chat":
            self._check_chat(app, content["chat_id"])
        elif kind == "share_user":
            self._check_person(app, content["user_id"])
        elif kind == "post":
            for element in _elements(content):
                self._check_media(app, element["tag"], element)
        elif kind in ("image", "file", "audio", "media"):
            self._check_media(app, kind, content)

    def _check_media(self, app: App, kind: str, content: dict[str, Any]) -> None:
        if key := content.get("image_key"):
            self._owned(app, "image", key)
        if key := content.get("file_key"):
            kept = self._owned(app, "file", key)
            if _KINDS.get(kept.file_type, "file") != kind:
                raise Refused(230055)

    def _owned(self, app: App, kind: str, key: str) -> Kept:
        kept = self._media.get(key)
        if kept is None or kept.kind != kind or kept.deleted:
            raise Refused(230001, f"ext=invalid {kind}_key")
        if kept.owner is not app:
            raise Refused(230017)
        return kept

    def _check_chat(self, app: App, chat_id: str) -> None:
        if (chat := self._world.chats.get(chat_id)) is None:
            raise Refused(230001, "ext=invalid chat_id")
        if chat.mode == "p2p":
            raise Refused(230015)
        if app not in chat.members:
            raise Refused(230002)

    def _check_person(self, app: App, open_id: str) -> None:
        if self._directory.person(app, "open_id", open_id) is None:
            raise Refused(230001, "ext=invalid user_id")


def _elements(post: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (element for language in post.values() for row in language["content"] for element in row)
