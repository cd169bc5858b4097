"""A PostgreSQL that cannot be used says why; tables are brought up to date once, by whoever."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from larkgate.clock import SystemClock
from larkgate.database import Migrations
from larkgate.database.postgres import PostgresDatabase
from larkgate.errors import LarkgateError, SettingsError, StoreError
from larkgate.secret import Secret
from postgres_server import LocalServer, Server, local_server

ROOM = Migrations("room", (), ("create table larkgate.one (n integer)",))
NEXT = Migrations("room", (), (*ROOM.postgres, "alter table larkgate.one add column m integer"))


@pytest.fixture
async def url(postgres: Server) -> AsyncIterator[str]:
    async with postgres.database() as url:
        yield url


@asynccontextmanager
async def opened(url: str, *rooms: Migrations, **options: Any) -> AsyncIterator[PostgresDatabase]:
    async with PostgresDatabase(Secret(url), SystemClock(), rooms, **options) as database:
        yield database


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while some := await reader.read(65536):
        writer.write(some)
    writer.close()


async def refusal(url: str, *rooms: Migrations, **options: Any) -> LarkgateError:
    with pytest.raises(LarkgateError) as raised:
        async with opened(url, *rooms, **options):
            pass
    assert "geheim" not in f"{raised.value} {raised.value.values}"
    return raised.value


class TestMigrations:
    async def test_a_fresh_database_and_an_older_one_become_the_same(
        self, postgres: Server, url: str
    ) -> None:
        columns = "select column_name from information_schema.columns where table_name = 'one'"
        async with opened(url, ROOM):
            pass
        async with (
            opened(url, NEXT) as upgraded,
            postgres.database() as another,
            opened(another, NEXT) as fresh,
        ):
            assert await upgraded.read(columns) == await fresh.read(columns)

    async def test_an_older_one_is_refused_where_nothing_may_be_changed(self, url: str) -> None:
        error = await refusal(url, ROOM, migrate=False)
        assert error.key == "postgres.older_schema"
        assert "larkgate db upgrade" in str(error)
        async with opened(url, ROOM):
            pass
        async with opened(url, ROOM, migrate=False):
            pass

    async def test_a_newer_one_is_refused(self, url: str) -> None:
        async with opened(url, NEXT):
            pass
        error = await refusal(url, ROOM)
        assert isinstance(error, StoreError)
        assert error.key == "postgres.newer_schema"
        assert "version 2" in str(error)

    async def test_one_that_fails_leaves_nothing(self, url: str) -> None:
        bad = Migrations("room", (), (*ROOM.postgres, "create table nonsense"))
        assert (await refusal(url, bad)).key == "postgres.failed"
        async with opened(url) as database:
            assert await database.read("select to_regnamespace('larkgate') as it") == [(None,)]

    async def test_by_five_processes_at_once(self, url: str) -> None:
        def start() -> subprocess.Popen[str]:
            return subprocess.Popen(
                [sys.executable, "-c", OPEN, url], stderr=subprocess.PIPE, text=True
            )

        processes = await asyncio.to_thread(lambda: [start() for _ in range(5)])
        endings = [await asyncio.to_thread(process.communicate) for process in processes]
        assert [error for _, error in endings] == [""] * 5
        async with opened(url, NEXT) as database:
            assert await database.read("select * from larkgate.one") == []


OPEN = """
import asyncio, sys
from larkgate.clock import SystemClock
from larkgate.database import Migrations
from larkgate.database.postgres import PostgresDatabase
from larkgate.secret import Secret

slow = "create table larkgate.one (n integer); select pg_sleep(0.2)"
room = Migrations("room", (), (slow, "alter table larkgate.one add column m integer"))

async def main():
    async with PostgresDatabase(Secret(sys.argv[1]), SystemClock(), [room]):
        pass

asyncio.run(main())
"""


class TestTransactions:
    async def test_they_are_whole(self, url: str) -> None:
        async with opened(url, ROOM) as database:

            async def fail(connection: Any) -> None:
                await connection.execute("insert into larkgate.one values (1)")
                raise ValueError("no")

            with pytest.raises(ValueError, match="no"):
                await database.transact(fail)
            assert await database.read("select * from larkgate.one") == []

    async def test_a_broken_connection_is_replaced(self, url: str) -> None:
        """It runs again: whether the first was committed nobody knows."""
        async with opened(url, ROOM) as database:
            runs: list[int] = []

            async def work(connection: Any) -> None:
                runs.append(1)
                await connection.execute("insert into larkgate.one values (1)")
                if len(runs) == 1:
                    await connection.execute("select pg_terminate_backend(pg_backend_pid())")

            await database.transact(work)
            assert len(runs) == 2
            assert await database.read("select count(*) from larkgate.one") == [(1,)]

    async def test_two_in_each_other_s_way_both_get_through(self, url: str) -> None:
        async with opened(url, ROOM) as database:
            await database.read("insert into larkgate.one values (1), (2)")
            first_rows = asyncio.Barrier(2)

            def update(first: int, second: int) -> Callable[[Any], Awaitable[None]]:
                waited: list[int] = []

                async def work(connection: Any) -> None:
                    statement = "update larkgate.one set n = n where n = $1"
                    await connection.execute(statement, first)
                    if not waited:
                        waited.append(1)
                        await first_rows.wait()
                    await connection.execute(statement, second)

                return work

            await asyncio.gather(database.transact(update(1, 2)), database.transact(update(2, 1)))

    async def test_values_that_are_wrong_are_not_the_store_s_fault(self, url: str) -> None:
        async with opened(url, ROOM) as database:
            with pytest.raises(Exception, match="invalid input") as raised:
                await database.read("select $1::integer", "seven")
        assert not isinstance(raised.value, StoreError)

    async def test_no_more_connections_than_the_pool_allows(self, url: str) -> None:
        count = "select count(*) from pg_stat_activity where application_name = 'larkgate pool'"
        async with opened(url, pool=3, name="larkgate pool") as database:
            await asyncio.gather(*(database.read("select pg_sleep(0.01)") for _ in range(20)))
            [(connections,)] = await database.read(count)
        assert connections <= 4  # one listens

    async def test_after_the_end_nothing_is_done(self, url: str) -> None:
        async with opened(url) as database:
            pass
        with pytest.raises(StoreError) as raised:
            await database.read("select 1")
        assert raised.value.key == "postgres.closed"


class TestRefusals:
    async def test_a_wrong_password(self, url: str) -> None:
        error = await refusal(url.replace(":geheim@", ":falsch@"))
        assert error.key == "postgres.refused"
        assert "[store] url" in str(error)

    async def test_a_database_that_is_not_there(self, url: str) -> None:
        error = await refusal(f"{url}_not")
        assert error.key == "postgres.no_database"

    async def test_nobody_listens(self) -> None:
        async with await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
        error = await refusal(f"postgresql://larkgate:geheim@127.0.0.1:{port}/larkgate")
        assert error.key == "postgres.unreachable"
        assert f"127.0.0.1:{port}/larkgate" in str(error)

    async def test_a_name_that_nobody_knows(self) -> None:
        error = await refusal("postgresql://larkgate:geheim@database.invalid/larkgate")
        assert error.key == "postgres.unreachable"

    @pytest.mark.parametrize(
        "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"J\0\0\0\n8.0\0"]
    )
    @pytest.mark.parametrize("tls", ["off", "prefer"])
    async def test_something_else_answers(self, answer: bytes, tls: str) -> None:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(answer)
            await reader.read(8)
            writer.close()

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            error = await refusal(f"postgresql://u:geheim@127.0.0.1:{port}/d", tls=tls)
        assert error.key in ("postgres.not_postgres", "postgres.unreachable", "postgres.lost")

    async def test_a_server_that_is_just_starting_is_waited_for(
        self, postgres: Server, url: str
    ) -> None:
        fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"
        refusals = 3
        place = urlsplit(url)

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal refusals
            if refusals:
                refusals -= 1
                await reader.read(1000)
                writer.write(b"E" + (4 + len(fields)).to_bytes(4, "big") + fields)
                writer.close()
                return
            there, back = await asyncio.open_connection(place.hostname, place.port)
            await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))

        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            async with opened(url.replace(f":{place.port}/", f":{port}/"), tls="off") as database:
                assert [tuple(row) for row in await database.read("select 1")] == [(1,)]
        assert refusals == 0

    @pytest.mark.parametrize("bad", ["mysql://u:geheim@h/d", "nonsense", "postgresql://h:port/d"])
    async def test_a_url_that_is_none(self, bad: str) -> None:
        with pytest.raises(SettingsError) as raised:
            PostgresDatabase(Secret(bad), SystemClock(), [])
        assert raised.value.key == "postgres.bad_url"

    async def test_a_read_only_database(self, postgres: Server, url: str) -> None:
        name = url.rpartition("/")[2]
        await postgres.execute(f"alter database {name} set default_transaction_read_only = on")
        assert (await refusal(url)).key == "postgres.read_only"
        assert (await refusal(url, ROOM)).key == "postgres.read_only"

    async def test_no_rights(self, postgres: Server, url: str) -> None:
        role = url.rpartition("/")[2]
        await postgres.execute(f"create role {role} login password 'geheim'")
        try:
            error = await refusal(url.replace("//larkgate:", f"//{role}:"), ROOM)
            assert error.key == "postgres.no_rights"
        finally:
            await postgres.execute(f"drop role {role}")

    async def test_no_connection_left(self) -> None:
        with local_server("max_connections=8", "superuser_reserved_connections=2") as server:
            name = server.url.replace("//larkgate:geheim@", "//plain:geheim@")
            await server.execute("create role plain login password 'geheim'")
            async with opened(name, pool=6) as database:
                await asyncio.gather(*(database.read("select pg_sleep(0.1)") for _ in range(5)))
                assert (await refusal(name)).key == "postgres.too_many"

    async def test_a_server_without_tls(self, url: str) -> None:
        assert (await refusal(url, tls="require")).key == "postgres.tls"

    async def test_an_authority_that_is_not_there(self, url: str, tmp_path: Path) -> None:
        error = await refusal(url, tls="verify", ca=tmp_path / "ca.pem")
        assert isinstance(error, SettingsError)
        assert error.key == "postgres.tls"


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalServer, Path]]:
    """A server that speaks TLS, and the file with the authority behind its certificate."""
    directory = tmp_path_factory.mktemp("tls")
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    make += ["-keyout", "key.pem", "-out", "ca.pem", "-subj", "/CN=localhost"]
    make += ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run(make, cwd=directory, check=True, capture_output=True)
    with local_server(certificate=(directory / "ca.pem", directory / "key.pem")) as server:
        yield server, directory / "ca.pem"


class TestTls:
    @pytest.mark.parametrize("tls", ["off", "prefer", "require", "verify"])
    async def test_it_is_encrypted_if_it_should(
        self, secure: tuple[LocalServer, Path], tls: str
    ) -> None:
        server, ca = secure
        asked = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
        async with opened(server.url, tls=tls, ca=ca) as database:
            assert await database.read(asked) == [(tls != "off",)]

    async def test_a_certificate_that_nobody_trusts(self, secure: tuple[LocalServer, Path]) -> None:
        error = await refusal(secure[0].url, tls="verify")
        assert error.key == "postgres.tls"


def test_without_asyncpg_it_says_what_to_install() -> None:
    blocked = "import sys; sys.modules['asyncpg'] = None\n" + OPEN
    command = [sys.executable, "-c", blocked, "postgresql://localhost/d"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "pip install 'larkgate[postgres]'" in ended.stderr
