"""Where the data goes. Databases of other programs are never written to."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest
from settings_home import Home

from larkgate.database.migrations import Migrations, migrate

OURS = Migrations("queue", ("create table job (id integer)",))


def database(path: Path, *, ours: bool) -> Path:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal")
        if ours:
            migrate(connection, [OURS])
        else:
            connection.execute("create table schema_version (number integer)")
    return path


def home_with(path: Path, url: str) -> Home:
    return Home(path, {"larkgate.toml": f"[store]\nurl = '{url}'"})


@pytest.mark.parametrize("form", ["sqlite:///{}", "sqlite+pysqlite:///{}?timeout=5"])
def test_a_url_of_our_own_is_where_the_data_goes(tmp_path: Path, form: str) -> None:
    (tmp_path / "sub").mkdir()
    home = home_with(tmp_path, form.format("sub/my.db"))
    assert home.load().store.path == tmp_path / "sub" / "my.db"
    assert home.row("store.url").source == "larkgate.toml"
    home = home_with(tmp_path, form.format(tmp_path / "x.db"))
    assert home.load().store.path == tmp_path / "x.db"
    assert home.row("store.url").value == f"sqlite:///{tmp_path / 'x.db'}"


@pytest.mark.parametrize("ours", [True, False])
def test_a_file_is_ours_by_its_tables(tmp_path: Path, ours: bool) -> None:
    path = database(tmp_path / "my.db", ours=ours)
    before = path.read_bytes()
    found = home_with(tmp_path, "sqlite:///my.db").load()
    own = tmp_path / "data" / "larkgate" / "larkgate.db"
    assert found.store.path == (path if ours else own)
    assert [str(note) for note in found.notes] == (
        []
        if ours
        else [
            f"{path} holds tables of another program: Larkgate leaves it alone and keeps its own "
            f"data in {own}."
        ]
    )
    assert [file.name for file in tmp_path.glob("my*")] == ["my.db"]
    assert path.read_bytes() == before


def test_tables_that_are_still_in_the_write_ahead_log_count(tmp_path: Path) -> None:
    path = tmp_path / "my.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("create table theirs (id integer)")
        connection.commit()
        assert home_with(tmp_path, "sqlite:///my.db").load().store.path != path


@pytest.mark.parametrize("content", [b"", b"no database at all, but a letter to my aunt"])
def test_an_empty_file_is_free_and_a_letter_is_not(tmp_path: Path, content: bytes) -> None:
    home = home_with(tmp_path, "sqlite:///my.db")
    path = home.write("my.db", content)
    assert (home.load().store.path == path) is (content == b"")


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///./data/tsp.db",
        "postgresql+psycopg2://me:pw@db/x",
        "postgres://db/x",
        "mysql+pymysql://me@db/x",
        "oracle://db",
        "what ever",
    ],
)
def test_database_url_is_another_programs(tmp_path: Path, url: str) -> None:
    home = Home(tmp_path, {".env": f"DATABASE_URL={url}"})
    found = home.load()
    assert found.store.path == tmp_path / "data" / "larkgate" / "larkgate.db"
    (note,) = found.notes
    assert str(note).startswith("DATABASE_URL names another program's database")
    assert str(home.row("store.url").source) == "default"
    assert home.row("store.url").check.verdict == "ok"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mysql+pymysql://me:canary@db/x", "leads to mysql, and Larkgate keeps its data in SQLite"),
        ("mariadb://me:canary@db/x", "leads to mariadb, and Larkgate keeps its data in SQLite or"),
        ("postgresql://", "lacks a host or a database"),
        ("postgresql://me:canary@db", "lacks a host or a database"),
        ("postgresql+asyncpg://me:canary@db:port/x", "or its port is wrong: write postgresql://"),
        ("sqlite://", "is no database URL that can be used: write sqlite:///path"),
        ("sqlite:///:memory:", "is no database URL that can be used"),
        ("sqlite:///no/my.db", "{home}/no: make it, or choose another path."),
        ("my.db", "is no database URL that can be used"),
    ],
)
def test_a_url_of_our_own_that_cannot_be_used(tmp_path: Path, url: str, sentence: str) -> None:
    refusal = home_with(tmp_path, url).refusal()
    assert refusal.startswith("larkgate.toml: [store] url")
    assert sentence.format(home=tmp_path) in refusal
    assert "canary" not in refusal


@pytest.mark.parametrize("form", ["postgresql", "postgres", "postgresql+psycopg2", "PostgreSQL"])
def test_postgresql_in_all_its_spellings(tmp_path: Path, form: str) -> None:
    home = home_with(tmp_path, f"{form}://me:canary@db.example.com:5433/bots?sslmode=require")
    found = home.load().store
    assert found.postgres.reveal() == (
        "postgresql://me:canary@db.example.com:5433/bots?sslmode=require"
    )
    assert home.row("store.url").value == "postgresql://db.example.com:5433/bots"
    assert "canary" not in repr(found)


def test_a_store_may_be_named_by_a_variable_of_ours(tmp_path: Path) -> None:
    lines = "LARKGATE_STORE_URL=postgresql://me@db/x\nDATABASE_URL=postgresql://theirs/y"
    found = Home(tmp_path, {".env": lines}).load()
    assert found.store.postgres.reveal() == "postgresql://me@db/x"
    assert found.notes == ()


@pytest.mark.parametrize("role", ["ingress", "worker"])
def test_a_role_needs_a_store_that_is_shared(tmp_path: Path, role: str) -> None:
    text = f"[gateway]\nrole = '{role}'\n"
    refusal = Home(tmp_path, {"larkgate.toml": text}).refusal()
    assert refusal.startswith(f"The role {role} needs a PostgreSQL that several processes share")
    shared = f"{text}[store]\nurl = 'postgresql://me@db/x'"
    assert Home(tmp_path, {"larkgate.toml": shared}).load().gateway.role == role
