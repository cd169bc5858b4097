"""What an image is, from its first bytes."""

from __future__ import annotations

import struct
from collections.abc import Callable

__all__ = ["image_format", "image_size"]

_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "png"),
    (b"GIF87a", 0, "gif"),
    (b"GIF89a", 0, "gif"),
    (b"WEBP", 8, "webp"),
    (b"BM", 0, "bmp"),
    (b"\0\0\1\0", 0, "x-icon"),
    (b"II*\0", 0, "tiff"),
    (b"MM\0*", 0, "tiff"),
    *((b"ftyp" + brand, 4, "heic") for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")),
)
_SEGMENTS = 1_000
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def image_format(data: bytes) -> str:
    """The subtype of `image/…`; "" for what the platform does not take as an image (official
    document "上传图片": JPEG, PNG, WEBP, GIF, BMP, ICO, TIFF, HEIC)."""
    return next((name for magic, at, name in _MAGIC if data.startswith(magic, at)), "")


def image_size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels; zeros where they are not easily read, as of a broken image."""
    measure = _MEASURES.get(image_format(data))
    try:
        return measure(data) if measure else (0, 0)
    except struct.error:
        return 0, 0


def _png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _bmp(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<ii", data, 18)
    return abs(width), abs(height)


def _jpeg(data: bytes) -> tuple[int, int]:
    """The first frame header behind the segments before it."""
    at = 2
    for _ in range(_SEGMENTS):
        marker, kind, length = struct.unpack_from(">BBH", data, at)
        if kind in _FRAMES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        if marker != 0xFF:
            break
        at += 2 + length
    return 0, 0


_MEASURES: dict[str, Callable[[bytes], tuple[int, int]]] = {
    "png": _png,
    "gif": _gif,
    "bmp": _bmp,
    "jpeg": _jpeg,
}
