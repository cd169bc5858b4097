"""The files settings come from, read as bytes once: `larkgate.toml` or `config.toml`, and `.env`.

Editors on Windows leave a byte order mark, CRLF, UTF-16 or GBK behind; all of these are read.
"""

from __future__ import annotations

import codecs
import io
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from dotenv.parser import Original, parse_stream

from larkgate.config.table import variables
from larkgate.errors import SettingsError

__all__ = ["IDLE_TABLES", "Sources", "Table", "gather"]

T = TypeVar("T")
Table = dict[str, Any]

_OWN_FILE = "larkgate.toml"
_FOREIGN_FILE = "config.toml"
_SHARED_KEYS = ("app_id", "app_secret", "domain", "encrypt_key", "verification_token")
IDLE_TABLES = ("adapter",)
_PLACE = re.compile(r"(?P<cause>.*) \(at line (?P<line>\d+), column (?P<column>\d+)\)")
_NAME = re.compile(r"\s*(?:export\s+)?(\w+)")


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, before anything is made of it.

    Attributes:
        home: where relative paths start.
        file: the TOML file that was read, if any.
        table: what it holds; of another program's file, what is ours to read.
        errors: of files that could not be read; they count as empty.
    """

    home: Path
    file: Path | None
    table: Table
    dotenv: Mapping[str, str]
    dotenv_file: Path | None
    environment: Mapping[str, str]
    errors: tuple[SettingsError, ...]


def gather(directory: Path, environment: Mapping[str, str], file: Path | None) -> Sources:
    """Read what there is; `.env` lies beside the settings file."""
    given = None if file is None else directory.absolute() / file
    home = given.parent if given else directory.absolute()
    errors: list[SettingsError] = []
    no_file: tuple[Path | None, Table] = (None, {})
    found, table = _tried(errors, lambda: _toml(home, given), no_file)
    dotenv_file = home / ".env"
    return Sources(
        home=home,
        file=found,
        table=table,
        dotenv=_tried(errors, lambda: _dotenv(dotenv_file), {}),
        dotenv_file=dotenv_file if _is_file(dotenv_file) else None,
        environment=environment,
        errors=tuple(errors),
    )


def _tried(errors: list[SettingsError], read: Callable[[], T], nothing: T) -> T:
    try:
        return read()
    except SettingsError as error:
        errors.append(error)
        return nothing


def _toml(home: Path, given: Path | None) -> tuple[Path | None, Table]:
    if given and not given.exists():
        raise SettingsError("config.no_file", file=given)
    own = given or home / _OWN_FILE
    if own.name != _FOREIGN_FILE and own.exists():
        return own, _parse(own, _decoded(own))
    return _foreign_toml(home / _FOREIGN_FILE)


def _foreign_toml(file: Path) -> tuple[Path | None, Table]:
    """Another program's file counts when its `[feishu]` holds an app id."""
    if not _is_file(file) or "feishu" not in (text := _decoded(file)):
        return None, {}
    table = _parse(file, text)
    feishu = table.get("feishu")
    accounts = [
        {key: account[key] for key in _SHARED_KEYS if key in account}
        for account in (feishu if isinstance(feishu, list) else [feishu])
        if isinstance(account, dict) and "app_id" in account
    ]
    if not accounts:
        return None, {}
    return file, {"feishu": accounts} | {key: table[key] for key in IDLE_TABLES if key in table}


def _parse(file: Path, text: str) -> Table:
    try:
        return tomllib.loads(text)
    except ValueError as error:  # not only TOMLDecodeError: a number may have too many digits
        if place := _PLACE.fullmatch(str(error)):
            raise SettingsError("config.bad_toml", file=file, **place.groupdict()) from error
        raise SettingsError("config.bad_toml_end", file=file, cause=error) from error


def _dotenv(file: Path) -> dict[str, str]:
    """The variables of a `.env`; a later line overrides an earlier one, `$NAME` stays as it is."""
    if not _is_file(file):
        return {}
    values = {}
    for line in parse_stream(io.StringIO(_decoded(file))):
        if line.error:
            _refuse_if_ours(file, line.original)
        elif line.key is not None and line.value is not None:
            values[line.key] = line.value
    return values


def _refuse_if_ours(file: Path, line: Original) -> None:
    """A line that is no assignment may be anybody's, unless it begins like one of ours."""
    name = _NAME.match(line.string)
    if name and name[1] in variables():
        raise SettingsError("config.bad_line", file=file, line=line.line, name=name[1])


def _is_file(file: Path) -> bool:
    """Also a pipe, as password managers offer one; a virtual environment may be called `.env`."""
    return file.exists() and not file.is_dir()


def _decoded(file: Path) -> str:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SettingsError("config.unreadable", file=file, cause=error.strerror) from error
    for encoding in _encodings(data):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise SettingsError("config.bad_encoding", file=file)


def _encodings(data: bytes) -> tuple[str, ...]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return ("utf-16",)
    return ("utf-8-sig", "gb18030")
