"""Where the data goes, given a database URL in SQLAlchemy's form."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

from larkgate.checks import Check
from larkgate.errors import SettingsError
from larkgate.texts import Sentence

__all__ = ["choose_store", "own_file"]

_URL = re.compile(r"(?P<dialect>[a-z][a-z0-9]*)(\+\w+)?://(?P<rest>.*)", re.IGNORECASE)
# What our migrations write first, see database.migrations.
_OUR_COLUMNS = {"room", "version"}


def own_file(data: Path) -> Path:
    return data / "larkgate.db"


def choose_store(
    url: str, *, variable: bool, data: Path, home: Path, place: str
) -> tuple[Path, Check]:
    """The SQLite file to use, and what is to be said about it.

    `DATABASE_URL` (`variable`) is a name other programs go by: their database is theirs, and
    Larkgate keeps a file of its own in the data directory. A URL in our own settings is meant for
    us, so one that cannot be used is an error, and a file with somebody else's tables is left
    alone.
    """
    own = own_file(data)
    if not url:
        return own, Check("store.url")
    if variable:
        return own, _elsewhere("config.foreign_url", own)
    try:
        path = _sqlite_file(url, home, place)
    except SettingsError as error:
        return own, Check("store.url", "failed", error)
    if _belongs_to_others(path):
        return own, _elsewhere("config.foreign_file", own, theirs=path)
    return path, Check("store.url")


def _elsewhere(key: str, own: Path, **values: object) -> Check:
    return Check("store.url", "ok", Sentence(key, {"file": own, **values}))


def _sqlite_file(url: str, home: Path, place: str) -> Path:
    found = _URL.fullmatch(url)
    dialect = found["dialect"].lower() if found else ""
    if dialect.startswith(("postgres", "mysql", "mariadb")):
        raise SettingsError("config.sqlite_only", place=place, dialect=dialect)
    name = found["rest"].partition("?")[0].removeprefix("/") if found else ""
    if dialect != "sqlite" or name in ("", ":memory:"):
        raise SettingsError("config.bad_url", place=place)
    path = home / name
    if not path.parent.is_dir():
        raise SettingsError("config.no_store_directory", place=place, directory=path.parent)
    return path


def _belongs_to_others(path: Path) -> bool:
    """Whether there is a file that our migrations did not make; nothing is written to it."""
    try:
        if not path.stat().st_size:
            return False
        with contextlib.closing(_open_untouched(path)) as database:
            tables = database.execute("select count(*) from sqlite_master").fetchone()[0]
            columns = database.execute("pragma table_info(schema_version)").fetchall()
    except FileNotFoundError:
        return False
    except (OSError, sqlite3.Error):
        return True
    return bool(tables) and {column[1] for column in columns} != _OUR_COLUMNS


def _open_untouched(path: Path) -> sqlite3.Connection:
    # Without a write-ahead log beside it, even the lock files SQLite makes can be spared.
    spare = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
    return sqlite3.connect(f"{path.as_uri()}?mode=ro{spare}", uri=True)
