"""Images and files, which messages carry by key, and attachments of bases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

from msgspec import Struct

from larkgate.simulator.apps import App
from larkgate.simulator.world import WorldError

__all__ = ["Kept", "Kind", "Media"]

Kind = Literal["image", "file", "attachment"]
_PREFIXES: dict[Kind, str] = {"image": "img_v3_", "file": "file_v3_", "attachment": "boxcn"}
_ROOM = 512 << 20


class Kept(Struct, eq=False):
    """One image, file or attachment. Audio and video are files.

    Attributes:
        owner: the app that uploaded it; None is a person.
        file_type: as uploaded: `pdf`, `opus`, ...; of an image `message` or `avatar`.
        duration: of audio and video, in ms.
        parent: of an attachment: the `app_token` of its base.
        deleted: its key still says what it was; `data` is empty.
    """

    key: str
    kind: Kind
    name: str
    data: bytes
    owner: App | None = None
    file_type: str = ""
    duration: int = 0
    parent: str = ""
    deleted: bool = False


class Media:
    """All of them, by key.

    Args:
        next_id: makes an id with this prefix.
        room: bytes of all of them together.
    """

    def __init__(self, next_id: Callable[[str], str], room: int = _ROOM) -> None:
        self._next_id = next_id
        self._room = self._left = room
        self._kept: dict[str, Kept] = {}

    def __iter__(self) -> Iterator[Kept]:
        return iter(self._kept.values())

    def keep(
        self,
        kind: Kind,
        name: str,
        data: bytes,
        *,
        owner: App | None = None,
        file_type: str = "",
        duration: int = 0,
        parent: str = "",
    ) -> str:
        """Keep it; returns its key.

        Raises:
            WorldError: there is no room for it.
        """
        if len(data) > self._left:
            raise WorldError("simulator.no_room", name=name, room=self._room >> 20)
        self._left -= len(data)
        key = self._next_id(_PREFIXES[kind])
        self._kept[key] = Kept(key, kind, name, data, owner, file_type, duration, parent)
        return key

    def get(self, key: str) -> Kept | None:
        return self._kept.get(key)

    def has(self, key: str, kind: Kind) -> bool:
        """Whether one of this kind is there, not deleted."""
        kept = self._kept.get(key)
        return kept is not None and kept.kind == kind and not kept.deleted

    def delete(self, key: str) -> None:
        """As its sender or an administrator does; downloads are refused from then on.

        Raises:
            WorldError: there is none with this key.
        """
        if (kept := self._kept.get(key)) is None:
            raise WorldError("simulator.no_media", key=key)
        self._left += len(kept.data)
        kept.data, kept.deleted = b"", True

    def restore(self, kept: Iterable[Kept]) -> None:
        """These are all there are."""
        self._kept = {each.key: each for each in kept}
        self._left = self._room - sum(len(each.data) for each in self)
