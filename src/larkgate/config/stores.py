"""Where the data goes, given a database URL in SQLAlchemy's form."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from larkgate.checks import Check
from larkgate.errors import SettingsError
from larkgate.secret import Secret
from larkgate.texts import Sentence

__all__ = ["StoreChoice", "choose_store", "own_file", "place_of"]

_URL = re.compile(r"(?P<dialect>[a-z][a-z0-9]*)(\+\w+)?://(?P<rest>.*)", re.IGNORECASE)
# What our migrations write first, see database.migrations.
_OUR_COLUMNS = {"room", "version"}


class StoreChoice(NamedTuple):
    """A SQLite file, or the URL of a PostgreSQL database."""

    path: Path
    postgres: Secret = Secret("")

    @property
    def shown(self) -> str:
        """The URL without its password."""
        if not self.postgres:
            return f"sqlite:///{self.path}"
        return f"postgresql://{place_of(self.postgres)}"


def place_of(postgres: Secret) -> str:
    """Host and database of a URL, without user and password."""
    parts = urlsplit(postgres.reveal())
    return f"{parts.netloc.rpartition('@')[2]}{parts.path}"


def own_file(data: Path) -> Path:
    return data / "larkgate.db"


def choose_store(
    url: str, *, foreign: bool, data: Path, home: Path, place: str
) -> tuple[StoreChoice, Check]:
    """The database to use, and what is to be said about it.

    `DATABASE_URL` (`foreign`) is a name other programs go by: their database is theirs, and
    Larkgate keeps a file of its own in the data directory. A URL in our own settings is meant for
    us, so one that cannot be used is an error, and a file with somebody else's tables is left
    alone.
    """
    own = StoreChoice(own_file(data))
    if not url:
        return own, Check("store.url")
    if foreign:
        return own, _elsewhere("config.foreign_url", own.path)
    try:
        choice = _chosen(url, home, place)
    except SettingsError as error:
        return own, Check("store.url", "failed", error)
    if not choice.postgres and _belongs_to_others(choice.path):
        return own, _elsewhere("config.foreign_file", own.path, theirs=choice.path)
    return choice, Check("store.url")


def _elsewhere(key: str, own: Path, **values: object) -> Check:
    return Check("store.url", "ok", Sentence(key, {"file": own, **values}))


def _chosen(url: str, home: Path, place: str) -> StoreChoice:
    found = _URL.fullmatch(url)
    dialect = found["dialect"].lower() if found else ""
    rest = found["rest"] if found else ""
    if dialect in ("postgres", "postgresql"):
        return StoreChoice(Path(), _postgres(rest, place))
    if dialect == "sqlite":
        return StoreChoice(_sqlite_file(rest, home, place))
    if dialect and dialect not in ("http", "https", "file"):
        raise SettingsError("config.unknown_database", place=place, dialect=dialect)
    raise SettingsError("config.bad_url", place=place)


def _postgres(rest: str, place: str) -> Secret:
    """Without host and database there is nothing to connect to; libpq's guesses are not ours."""
    url = f"postgresql://{rest}"
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname or "host=" in parts.query) and parts.path not in ("", "/")
        usable = usable and parts.port != 0
    except ValueError:  # a port that is none
        usable = False
    if not usable:
        raise SettingsError("config.bad_postgres_url", place=place)
    return Secret(url)


def _sqlite_file(rest: str, home: Path, place: str) -> Path:
    name = rest.partition("?")[0].removeprefix("/")
    if name in ("", ":memory:"):
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
