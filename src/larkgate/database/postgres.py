"""A PostgreSQL database: a pool of connections, transactions that are repeated, notifications.

Behind PgBouncer in transaction mode each transaction may get another server connection: nothing
here relies on a session but LISTEN, and what does not arrive there is found by asking.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from larkgate.clock import Clock
from larkgate.database.migrations import Migrations
from larkgate.database.postgres_failures import explain, has_passed, is_lost
from larkgate.database.postgres_listener import Listener
from larkgate.database.postgres_migrations import check_schema, migrate_postgres, require_schema
from larkgate.errors import SettingsError, StoreError
from larkgate.secret import Secret

__all__ = ["PostgresDatabase", "Tls"]

T = TypeVar("T")
Tls = Literal["off", "prefer", "require", "verify"]

_OLDEST = 13
_TRIES = 3
_DIAL_LIMIT = 10.0
_STARTING, _PAUSE = 30.0, 0.2  # seconds
_PLANS_BY_VALUES = {"plan_cache_mode": "force_custom_plan"}
# Planning takes longer than running. A plan that is made once, perhaps while the tables are empty,
# must not depend on their size: by indexes, row for row.
_PLANS_ONCE = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
}
_LIMIT = 30.0  # seconds for a transaction: longer than that and nobody answers any more


class PostgresDatabase:
    """Opened with the schemas of the rooms that use it.

    Args:
        url: postgresql://user:password@host:port/database
        tls: `prefer` encrypts if the server can, `require` always, `verify` checks its certificate
            as well.
        ca: the file with the authority that signed it; without one the system's are trusted.
        pool: the most connections at a time, besides the one that listens.
        name: what the server's `pg_stat_activity` shows.
        migrate: bring the tables up to date; False refuses those of an older version.
    """

    def __init__(
        self,
        url: Secret,
        clock: Clock,
        rooms: Sequence[Migrations],
        *,
        tls: Tls = "prefer",
        ca: Path | None = None,
        pool: int = 8,
        name: str = "larkgate",
        migrate: bool = True,
    ) -> None:
        self._url = url
        self._clock = clock
        self._rooms = rooms
        self._tls = tls
        self._ca = ca
        self._name = name
        self._migrate = migrate
        self._slots = asyncio.Semaphore(pool)
        self._idle: dict[bool, list[Any]] = {True: [], False: []}
        self._listener = Listener(self._connect, clock)
        self._closed = False
        self.place = _place(url)

    async def __aenter__(self) -> PostgresDatabase:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def listens(self) -> bool:
        """Whether notifications arrive; else whoever waits for something has to ask."""
        return self._listener.works

    async def open(self) -> None:
        """Connect, and bring the tables up to date.

        Raises:
            SettingsError: asyncpg is missing, or the URL or the CA file cannot be used.
            StoreError: no connection, no fitting server, no rights, or tables of a newer version.
        """
        with self._clock.busy():
            try:
                await self._prepare()
                await self._listener.open(self._notify_itself)
                await self._drop_idle()  # they were made before it was known what they may do
            except BaseException:
                await self.close()
                raise

    async def close(self) -> None:
        self._closed = True
        with self._clock.busy():
            await self._listener.close()
            await self._drop_idle()

    def on_notice(self, callback: Callable[[str], None]) -> None:
        """Call back with each notification on the channel `larkgate`; with an empty one when some
        may have been missed."""
        self._listener.callbacks.append(callback)

    async def transact(self, work: Callable[[Any], Awaitable[T]], *, planned: bool = False) -> T:
        """Run `work` with a connection of asyncpg in a transaction of its own.

        It is repeated when the connection broke, and nobody knows then whether the first was
        committed: so it must be safe to repeat.

        Args:
            planned: its statements are planned once, and go by indexes.

        Raises:
            StoreError: the database is at fault; else what `work` raised.
        """
        for number in range(1, _TRIES + 1):
            try:
                return await self._try(work, planned)
            except Exception as error:
                if number == _TRIES or not has_passed(error):
                    raise explain(error, self.place) from None
        raise AssertionError("unreachable")

    async def read(self, statement: str, *values: object) -> list[Any]:
        """The rows of one statement."""

        async def work(connection: Any) -> list[Any]:
            rows: list[Any] = await connection.fetch(statement, *values)
            return rows

        return await self.transact(work)

    async def _drop_idle(self) -> None:
        for idle in self._idle.values():
            while idle:
                await _close(idle.pop())

    async def _try(self, work: Callable[[Any], Awaitable[T]], planned: bool) -> T:
        with self._clock.busy():
            async with self._connection(planned) as connection, self._clock.timeout(_LIMIT):
                await connection.execute("begin")
                result = await work(connection)
                await connection.execute("commit")
                return result

    @asynccontextmanager
    async def _connection(self, planned: bool) -> AsyncIterator[Any]:
        async with self._slots:
            idle = self._idle[planned]
            connection = await self._take(planned)
            try:
                yield connection
            except BaseException as error:
                if await self._undo(connection, error):
                    idle.append(connection)
                raise
            idle.append(connection)
            if self._closed:
                connection.terminate()

    async def _take(self, planned: bool) -> Any:
        if self._closed:
            raise StoreError("postgres.closed", place=self.place)
        while self._idle[planned]:
            connection = self._idle[planned].pop()
            if not connection.is_closed():
                return connection
        return await self._connect(_PLANS_ONCE if planned else _PLANS_BY_VALUES)

    async def _undo(self, connection: Any, error: BaseException) -> bool:
        """Roll back; False if the connection is of no more use."""
        if not is_lost(error) and isinstance(error, Exception):
            with contextlib.suppress(Exception):
                async with self._clock.timeout(_DIAL_LIMIT):
                    await connection.execute("rollback")
                return True
        connection.terminate()
        return False

    async def _connect(self, settings: Mapping[str, str] = _PLANS_BY_VALUES) -> Any:
        """A new connection; the listener's too. Raises StoreError."""
        import asyncpg

        try:
            async with self._clock.timeout(_DIAL_LIMIT):
                return await asyncpg.connect(
                    self._url.reveal(),
                    ssl=self._security(),
                    timeout=None,
                    **self._session(settings),
                )
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            # Asked whether it speaks TLS, a PostgreSQL says yes or no.
            if self._tls == "prefer" and "SSL upgrade" in str(error):
                raise self._not_postgres(error) from None
            raise explain(error, self.place) from None
        except (asyncpg.InternalClientError, AssertionError, ValueError) as error:
            raise self._not_postgres(error) from None

    def _not_postgres(self, cause: Exception) -> StoreError:
        return StoreError("postgres.not_postgres", place=self.place, cause=cause)

    def _session(self, settings: Mapping[str, str]) -> dict[str, Any]:
        name = {"application_name": self._name}
        if not self.listens:  # each transaction may get another session
            return {"statement_cache_size": 0, "server_settings": name}
        return {"statement_cache_size": 100, "server_settings": {**name, **settings}}

    def _security(self) -> Any:
        if self._tls != "verify":
            # None prefers TLS too, unless the URL says more (sslmode=require).
            return {"off": False, "prefer": None, "require": "require"}[self._tls]
        if self._ca is None:
            import truststore

            return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        return ssl.create_default_context(cafile=self._ca)

    async def _prepare(self) -> None:
        _require_asyncpg()
        self._check_settings()
        connection = await self._connect_at_start()
        self._idle[False].append(connection)
        found = connection.get_server_version()
        if found.major < _OLDEST:
            version = f"{found.major}.{found.minor}"
            raise StoreError("postgres.too_old", place=self.place, found=version, needed=_OLDEST)
        await self.transact(self._prepare_tables)

    async def _connect_at_start(self) -> Any:
        """A server that is about to be there is waited for; any other trouble is told at once."""
        until = self._clock.monotonic() + _STARTING
        while True:
            try:
                return await self._connect()
            except StoreError as error:
                if error.key != "postgres.starting" or self._clock.monotonic() > until:
                    raise
            await self._clock.sleep(_PAUSE)

    def _check_settings(self) -> None:
        try:
            self._security()
        except (OSError, ssl.SSLError) as error:
            raise SettingsError("postgres.tls", place=self.place, cause=error) from None

    async def _prepare_tables(self, connection: Any) -> None:
        if not self._migrate:
            await require_schema(connection, self._rooms, self.place)
        elif not await check_schema(connection, self._rooms, self.place):
            await migrate_postgres(connection, self._rooms, self.place)
        if await connection.fetchval("show transaction_read_only") == "on":
            raise StoreError("postgres.read_only", place=self.place)

    async def _notify_itself(self, payload: str) -> None:
        await self.read("select pg_notify('larkgate', $1)", payload)


async def _close(connection: Any) -> None:
    with contextlib.suppress(Exception):
        await connection.close(timeout=1)


def _require_asyncpg() -> None:
    try:
        import asyncpg  # noqa: F401
    except ImportError:
        raise SettingsError("postgres.missing") from None


def _place(url: Secret) -> str:
    """Host and database, without user and password."""
    try:
        parts = urlsplit(url.reveal())
        host, port = parts.hostname or "localhost", parts.port or 5432
    except ValueError as error:
        raise SettingsError("postgres.bad_url", cause=error) from None
    if parts.scheme not in ("postgresql", "postgres"):
        raise SettingsError("postgres.bad_url", cause=parts.scheme or "?")
    return f"{host}:{port}{parts.path}"
