"""What a value may be. A kind reads both what TOML holds and what a line of text holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from larkgate.checks import is_app_name
from larkgate.secret import Secret
from larkgate.texts import Sentence

__all__ = [
    "ADDRESS",
    "APP_NAME",
    "BYTES",
    "DOMAIN",
    "FLAG",
    "HOST",
    "LANGUAGE",
    "NAMES",
    "OPTIONAL_PATH",
    "PATH",
    "SECRET",
    "TEXT",
    "Duration",
    "Kind",
    "choice",
    "duration",
    "seconds",
    "whole",
]

_DOMAINS = {"feishu": "https://open.feishu.cn", "lark": "https://open.larksuite.com"}
_FLAGS = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HOST = re.compile(r"[\w.:%-]+")
_SIZE = re.compile(r"(\d{1,15})\s*(?:([kmg])(?:i?b)?|b)?", re.IGNORECASE)
_POWERS = {"": 0, "k": 10, "m": 20, "g": 30}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)", re.IGNORECASE)
_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class Duration(float):
    """Seconds, shown in the greatest unit that divides them: 7d, 90m, 1.5s."""

    def __str__(self) -> str:
        if not self:
            return "0"
        unit, size = next((u, s) for u, s in _UNITS.items() if self % s == 0 or s == 1)
        return f"{float(self) / size:g}{unit}"


class Kind(msgspec.Struct, frozen=True):
    """`read` raises ValueError for what is not as `expected` says."""

    expected: Sentence
    read: Callable[[object], Any]
    secret: bool = False


def _kind(name: str, read: Callable[[object], Any], *, secret: bool = False) -> Kind:
    return Kind(Sentence(f"config.kind.{name}", {}), read, secret)


def _text(raw: object) -> str:
    if not isinstance(raw, str) or _CONTROL.search(raw.strip()):
        raise ValueError
    return raw.strip()


def _secret(raw: object) -> Secret:
    return Secret(_text(raw))


def _flag(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    try:
        return _FLAGS[_text(raw).lower()]
    except KeyError:
        raise ValueError from None


def _names(raw: object) -> tuple[str, ...]:
    parts = raw if isinstance(raw, list) else re.split("[,;，；]", _text(raw))
    return tuple(name for part in parts if (name := _text(part)))


def _app_name(raw: object) -> str:
    text = _text(raw)
    if text and not is_app_name(text):
        raise ValueError
    return text


def _host(raw: object) -> str:
    text = _text(raw)
    if not _HOST.fullmatch(text):
        raise ValueError
    return text


def _path(raw: object) -> Path:
    text = _text(raw)
    if not text:
        raise ValueError
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # ~nobody
        raise ValueError from error


def _optional_path(raw: object) -> Path | None:
    return _path(raw) if _text(raw) else None


def _address(raw: object) -> str:
    text = _text(raw)
    parts = urlsplit(text)
    usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    if not usable or parts.query or parts.fragment:
        raise ValueError
    return text.rstrip("/")


def _domain(raw: object) -> str:
    return _DOMAINS.get(_text(raw).lower()) or _address(raw)


def _bytes(raw: object) -> int:
    found = _SIZE.fullmatch(str(_number(raw)) if isinstance(raw, int) else _text(raw))
    if not found:
        raise ValueError
    size = int(found[1]) << _POWERS[(found[2] or "").lower()]
    if size < 1024:
        raise ValueError
    return size


def _language(raw: object) -> str:
    prefix = _text(raw).lower()[:2]
    if prefix not in ("zh", "en"):
        raise ValueError
    return prefix


def _number(raw: object) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise ValueError
    return int(raw)


TEXT = _kind("text", _text)
SECRET = _kind("secret", _secret, secret=True)
FLAG = _kind("flag", _flag)
NAMES = _kind("names", _names)
APP_NAME = _kind("app_name", _app_name)
HOST = _kind("host", _host)
PATH = _kind("path", _path)
OPTIONAL_PATH = _kind("optional_path", _optional_path)
ADDRESS = _kind("address", _address)
DOMAIN = _kind("domain", _domain)
BYTES = _kind("bytes", _bytes)
LANGUAGE = _kind("language", _language)


def choice(*options: str, **aliases: str) -> Kind:
    """One of some words, whatever their case."""
    words = {option.lower(): option for option in options} | aliases

    def read(raw: object) -> str:
        try:
            return words[_text(raw).lower()]
        except KeyError:
            raise ValueError from None

    return Kind(Sentence("config.kind.choice", {"options": ", ".join(options)}), read)


def whole(low: int, high: int) -> Kind:
    """A whole number, both ends included."""

    def read(raw: object) -> int:
        number = _number(raw)
        if not low <= number <= high:
            raise ValueError
        return number

    return Kind(Sentence("config.kind.whole", {"low": low, "high": high}), read)


def duration(low: str, high: str) -> Kind:
    """A length of time such as 7d, 12h, 30m or 90s, both ends included; a number is seconds."""
    least, most = _length(low), _length(high)

    def read(raw: object) -> Duration:
        if isinstance(raw, bool) or not isinstance(raw, int | float | str):
            raise ValueError
        length = _length(str(raw))
        if not least <= length <= most:
            raise ValueError
        return length

    return Kind(Sentence("config.kind.duration", {"low": least, "high": most}), read)


def _length(text: str) -> Duration:
    found = _LENGTH.fullmatch(text.strip())
    if not found:
        raise ValueError
    return Duration(float(found[1]) * _UNITS[found[2].lower() or "s"])


def seconds(low: float, high: float) -> Kind:
    """A length of time in seconds, both ends included."""

    def read(raw: object) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float | str):
            raise ValueError
        length = float(raw)
        if not low <= length <= high:
            raise ValueError
        return length

    return Kind(Sentence("config.kind.seconds", {"low": low, "high": high}), read)
