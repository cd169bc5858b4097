"""Which files a page may show inside itself; all others are downloaded."""

from __future__ import annotations

from larkgate.simulator.images import image_format

__all__ = ["media_type"]

_PICTURES = frozenset({"jpeg", "png", "gif", "webp", "bmp"})
_PLAYED: tuple[tuple[bytes, int, str], ...] = (
    (b"ftyp", 4, "video/mp4"),
    (b"\x1aE\xdf\xa3", 0, "video/webm"),
    (b"OggS", 0, "audio/ogg"),
    (b"ID3", 0, "audio/mpeg"),
    (b"WAVE", 8, "audio/wav"),
)


def media_type(data: bytes) -> str:
    """Of a picture, a sound or a video, by what it holds and not by what it is called; else ""."""
    name = image_format(data)
    if name:
        return f"image/{name}" if name in _PICTURES else ""
    return next((kind for magic, at, kind in _PLAYED if data.startswith(magic, at)), "")
