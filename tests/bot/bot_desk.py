"""Apps at work between a push and the effects it leads to, over a real store, without network."""

from __future__ import annotations

import asyncio
import itertools
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from larkgate.bot import (
    SCHEMA,
    Account,
    App,
    ClickDispatcher,
    Dispatcher,
    Intake,
    SqliteSessions,
    ThreadPool,
)
from larkgate.clock import VirtualClock
from larkgate.database import Database
from larkgate.dial import Dialer
from larkgate.openapi import BotInfo, Client
from larkgate.outbox import Effect, Outbox, send_queue
from larkgate.protocol.events import Answer, Push
from larkgate.queue import SCHEMA as QUEUE_SCHEMA
from larkgate.queue import Handle, Retries, Settlement, SqliteStore, Stored, Worker
from larkgate.secret import Secret

BOT = "ou_bot"
_numbers = itertools.count(1)


def push(payload: bytes, account: str = "cli_1") -> Push:
    return Push(payload, "trace-1", 1_800_000_000.0, 1_800_000_002.5, account)


def event(kind: str, body: object, event_id: str = "") -> bytes:
    """An event of schema 2.0."""
    header = {
        "event_id": event_id or f"ev_{next(_numbers)}",
        "event_type": kind,
        "create_time": "1800000000000",
        "app_id": "cli_1",
        "tenant_key": "tenant",
    }
    return msgspec.json.encode({"schema": "2.0", "header": header, "event": body})


def message(
    text: str = "hello",
    *,
    id: str = "",
    chat: str = "oc_1",
    chat_type: str = "group",
    sender: str = "ou_1",
    sender_type: str = "user",
    thread: str | None = None,
    to_bot: bool = False,
    created: float = 1_800_000_001.5,
    parent: str | None = None,
) -> bytes:
    """A received text message; `to_bot` puts a mention of the bot before it."""
    mention = {"key": "@_user_1", "id": {"open_id": BOT}, "name": "Bot"}
    body: dict[str, Any] = {
        "message_id": id or f"om_{next(_numbers)}",
        "chat_id": chat,
        "chat_type": chat_type,
        "message_type": "text",
        "create_time": str(round(created * 1000)),
        "content": msgspec.json.encode({"text": f"@_user_1 {text}" if to_bot else text}).decode(),
        "mentions": [mention] if to_bot else [],
    }
    if thread:
        body["thread_id"] = thread
    if parent:
        body["root_id"] = body["parent_id"] = parent
    person = {"sender_id": {"open_id": sender} if sender else None, "sender_type": sender_type}
    return event("im.message.receive_v1", {"sender": person, "message": body})


class Desk:
    """Intake, the workers of some apps, and the effects they store.

    Args:
        working: whether deliveries are handled, or only kept.
        platform: the URL of who is asked who the bot is; without one it is known.
        backlog: how many jobs may wait.
        secret: of every account.
    """

    def __init__(
        self,
        path: Path,
        clock: VirtualClock,
        apps: Sequence[App],
        accounts: Sequence[str] = ("cli_1", "cli_2"),
        *,
        working: bool = True,
        platform: str = "",
        backlog: int = 0,
        secret: str = "s3cret",
    ) -> None:
        self.clock = clock
        self.apps = apps
        self.working = working
        self.settled: list[Settlement] = []
        self.database = Database(path, clock, [QUEUE_SCHEMA, SCHEMA])
        self.store = SqliteStore(self.database, clock, backlog=backlog)
        self.outbox = Outbox(self.store, clock)
        self._dialer = Dialer(clock)
        self.accounts = {name: self._account(name, platform, secret) for name in accounts}
        self.intake = Intake(self.store, self.accounts, apps, clock)
        self.threads = ThreadPool(8, clock)
        self._ids = itertools.count(1)
        self._workers: list[asyncio.Task[None]] = []

    def _account(self, app_id: str, platform: str, secret: str) -> Account:
        client = Client(
            self._dialer, self.clock, app_id=app_id, app_secret=Secret(secret), domain=platform
        )
        account = Account(f"the {app_id}", app_id, client)
        if not platform:
            account.bot = BotInfo(BOT, "Bot")
        return account

    async def open(self) -> None:
        await self._dialer.__aenter__()
        await self.database.open()
        await self.store.open()
        sessions = SqliteSessions(self.database)
        for app in self.apps if self.working else ():
            dispatcher = Dispatcher(
                app,
                self.accounts,
                sessions,
                self.outbox,
                self.store,
                self.threads,
                self.clock,
                self._new_id,
            )
            self._work(app.queue, dispatcher.handle)
            clicks = ClickDispatcher(app, self.threads, self.clock)
            self._work(app.click_queue, clicks.handle)

    def _work(self, queue: str, handle: Handle) -> None:
        worker = Worker(
            self.store,
            queue,
            handle,
            self.clock,
            limit=8,
            retries=Retries(),
            random=lambda: 0.5,
            settled=self.settled.append,
        )
        self._workers.append(asyncio.create_task(worker.run()))

    async def abandon(self) -> None:
        """Cut short what runs; nothing more is handled."""
        for worker in self._workers:
            worker.cancel()
        if self._workers:
            await asyncio.wait(self._workers)

    async def close(self) -> None:
        await self.abandon()
        await self.store.close()
        await self.database.close()
        await self._dialer.__aexit__()

    def _new_id(self) -> str:
        return f"session_{next(self._ids)}"

    async def receive(self, payload: bytes, account: str = "cli_1") -> Answer:
        """Push, and let all that follows come to rest."""
        answer = await self.intake.accept(push(payload, account))
        await self.clock.settle()
        return answer

    async def say(self, text: str, **rest: Any) -> list[str]:
        """The texts of the replies to this message, in the order in which they were stored."""
        before = len(await self.effects())
        assert (await self.receive(message(text, **rest))).code == 200
        return [content(effect) for effect in (await self.effects())[before:]]

    async def effects(self, account: str = "cli_1") -> list[Effect]:
        bodies = await self.rows(
            "select body from job where lane like ? order by id", f"{send_queue(account)}/%"
        )
        return [msgspec.json.decode(body, type=Effect) for (body,) in bodies]

    async def deliveries(self) -> list[tuple[str, str, str, int]]:
        """Key, lane, state and attempts of every delivery."""
        return await self.rows(
            "select key, lane, state, attempts from job where event is not null order by id"
        )

    async def delivery(self, id: str, app: str = "bot", account: str = "cli_1") -> Stored | None:
        return await self.store.find(f"{app}:{account}/message/{id}")

    async def rows(self, statement: str, *values: object) -> list[Any]:
        def read(connection: sqlite3.Connection) -> list[Any]:
            return connection.execute(statement, values).fetchall()

        return await self.database.read(read)


def content(effect: Effect) -> str:
    text: str = msgspec.json.decode(effect.content)["text"]
    return text


@asynccontextmanager
async def desk_of(
    path: Path, clock: VirtualClock, *apps: App, **options: Any
) -> AsyncIterator[Desk]:
    desk = Desk(path, clock, apps, **options)
    await desk.open()
    try:
        yield desk
    finally:
        await desk.close()
