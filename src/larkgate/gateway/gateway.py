"""One process: accounts, apps, queues, doors; the order of start and stop is written here."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import secrets
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any

import msgspec

from larkgate.bot import Account, App, ClickDispatcher, Dispatcher, Gaps, Intake, ThreadPool
from larkgate.clock import Clock, SystemClock
from larkgate.config import Account as AccountSettings
from larkgate.config import Config
from larkgate.database import DirectoryLock, is_open_to_others, open_directory
from larkgate.dial import Dialer
from larkgate.errors import LarkgateError, SettingsError, StoreError
from larkgate.gateway.assembly import build_apps
from larkgate.gateway.control import ControlDoor
from larkgate.gateway.health import HealthDoor
from larkgate.gateway.operations import action as queue_action
from larkgate.gateway.stores import hears, join, open_database
from larkgate.gateway.watchdog import Watchdog
from larkgate.ingress import LinkSettings, LongConnection
from larkgate.openapi import Client
from larkgate.openapi.messages import text as text_content
from larkgate.outbox import RETRIES, Effect, Outbox, Pace, Pacer, Sender, Sent, send_queue
from larkgate.queue import (
    REPLAY_QUEUE,
    Handle,
    Keeper,
    QueueRow,
    Replay,
    Retention,
    Retries,
    Settlement,
    Worker,
)
from larkgate.texts import tell
from larkgate.version import __version__

__all__ = ["Gateway", "SendOrder"]

log = logging.getLogger(__name__)

_HANDLERS_AT_ONCE = 256  # of one app; plain ones among them wait for a thread
_CLICKS_AT_ONCE = 64
_SENDS_AT_ONCE = 64
_REPLAYS_AT_ONCE = 4
_MINUTE = 60.0


class SendOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text message that a person sends by command.

    Attributes:
        key: of two orders with the same key only the first is carried out.
        to: id of the chat or open_id of the person.
        account: name or app id; None takes the first.
        timeout: seconds to wait for the platform's answer.
    """

    key: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    to: str
    text: str
    account: str | None = None
    timeout: Annotated[float, msgspec.Meta(ge=0, le=_MINUTE)] = 10.0


class Gateway:
    """Everything that runs for a configuration and its apps: `run` it, or `async with` it.

    Args:
        receive: whether to open the long connections; without them it only sends.

    Attributes:
        ready: set once everything has been started.
        stores: what it keeps its work in, once started.
    """

    def __init__(
        self,
        config: Config,
        apps: Sequence[App],
        clock: Clock | None = None,
        *,
        receive: bool = True,
    ) -> None:
        self.config = config
        self.apps = list(apps)
        self.broken: dict[str, LarkgateError] = {}
        self.ready = asyncio.Event()
        self.health_url = ""
        self.accounts: dict[str, Account] = {}
        self._links: dict[str, LongConnection] = {}
        self._clock = clock or SystemClock()
        self._receive = receive
        self._workers: list[Worker] = []
        self._senders: list[Worker] = []
        self._receives = receive and config.gateway.role != "worker"
        self._works = config.gateway.role != "ingress"
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Gateway:
        self._task = asyncio.create_task(self.run())
        started = asyncio.create_task(self.ready.wait())
        await asyncio.wait((self._task, started), return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if self._task.done():
            await self._task
        self._task.add_done_callback(_tell_failure)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()
        await self._task

    def stop(self) -> None:
        """Ask the gateway to stop; `run` returns when it has. Twice is fine."""
        self._stop.set()

    async def stopping(self) -> None:
        """Wait until somebody asked the gateway to stop, or it has ended by an error."""
        await self._stop.wait()

    async def run(self) -> None:
        """Start, serve until `stop`, and stop.

        Raises:
            SettingsError, StoreError: it could not start, and nothing was called.
        """
        try:
            async with AsyncExitStack() as opened:
                await self._open(opened)
                await self._serve()
        finally:
            self._stop.set()
        tell(log, logging.INFO, "gateway.stopped")

    async def _serve(self) -> None:
        async with asyncio.TaskGroup() as group:
            links = [group.create_task(link.run()) for link in self._links.values()]
            apps = [group.create_task(worker.run()) for worker in self._app_workers()]
            senders = [group.create_task(worker.run()) for worker in self._send_workers()]
            beside = [group.create_task(work) for work in self._beside()]
            self.ready.set()
            await self._stop.wait()
            await self._shut_down(links, apps, senders, beside)

    # start

    async def _open(self, opened: AsyncExitStack) -> None:
        """What is opened last is closed first: the database is closed last."""
        config = self.config
        for note in config.notes:
            tell(log, logging.INFO, note.key, **note.values)
        directory = open_directory(config.gateway.data)
        opened.enter_context(DirectoryLock(directory))
        database = await opened.enter_async_context(open_database(config, self._clock))
        self._dialer = await opened.enter_async_context(Dialer(self._clock, config.proxies))
        waiting = self._build_apps()
        if not self._works and not hears(database):
            self._refuse_clicks()
        self.stores = await opened.enter_async_context(
            join(database, config, self._clock, fingerprint(self.apps))
        )
        self._store = self.stores.store
        if is_open_to_others(directory):
            tell(log, logging.INFO, "database.directory_open", path=directory)
        await self._resume()
        await opened.enter_async_context(Watchdog(self._clock))
        self._outbox = Outbox(self._store, self._clock)
        self._add_accounts()
        self._intake = Intake(self._store, self.accounts, self.apps, self._clock, waiting)
        self._gaps = Gaps(self._intake, self._store, self.accounts, self._clock, self._live_since)
        if self._receives:
            self._add_links()
        if self._receive:
            await self._open_doors(opened, directory)

    def _build_apps(self) -> list[App]:
        """Those that wait for better settings; the others are `apps`."""
        if not self._receive:
            return []
        self.apps, self.broken, waiting = build_apps(
            self.config, self.apps, self._dialer, self._clock
        )
        kept = self.config.queue.retention
        for app in self.apps:
            if kept < app.keeps:
                raise SettingsError(
                    "gateway.kept_too_short", app=app.name, kept=kept, needed=app.keeps
                )
        return waiting

    def _refuse_clicks(self) -> None:
        """Who has to ask the database again and again has no answer in time."""
        if apps := [app.name for app in self.apps if app.click_handlers]:
            raise SettingsError("gateway.clicks_unheard", apps=", ".join(apps))

    async def _resume(self) -> None:
        """Whoever starts anew may have put right what a queue waits for: one try tells.

        What a person has paused stays paused.
        """
        for name, pause in (await self._store.pauses()).items():
            if pause.until is not None:
                await self.stores.operations.resume(name)

    def _add_accounts(self) -> None:
        for settings in self.config.accounts:
            client = Client(
                self._dialer,
                self._clock,
                app_id=settings.app_id,
                app_secret=settings.app_secret,
                domain=settings.domain,
            )
            account = Account(settings.name or settings.app_id, settings.app_id, client)
            self.accounts[settings.app_id] = account

    def _add_links(self) -> None:
        for settings in self.config.accounts:
            self._links[settings.app_id] = LongConnection(
                _link(settings), self._dialer, self._clock, self._intake.accept, random.random
            )

    async def _open_doors(self, opened: AsyncExitStack, directory: Path) -> None:
        http = self.config.http
        health = await opened.enter_async_context(HealthDoor(http.host, http.port, self.status))
        self.health_url = f"{health.url}/health"
        actions = {
            "stop": self._do_stop,
            "status": self._do_status,
            "send": self._do_send,
            "queue": queue_action(self.stores.operations, self._store),
        }
        await opened.enter_async_context(ControlDoor(directory, actions))

    def _app_workers(self) -> list[Worker]:
        if not self._works or not self._receive:
            return []
        self._workers = [
            self._worker(app.queue, self._dispatcher(app), _HANDLERS_AT_ONCE) for app in self.apps
        ]
        self._workers += [
            self._worker(app.click_queue, self._click_dispatcher(app), _CLICKS_AT_ONCE)
            for app in self.apps
            if app.click_handlers
        ]
        replay = Replay(self.stores.operations, self._clock)
        self._workers.append(self._worker(REPLAY_QUEUE, replay.handle, _REPLAYS_AT_ONCE))
        return self._workers

    def _dispatcher(self, app: App) -> Handle:
        return Dispatcher(
            app,
            self.accounts,
            self.stores.sessions,
            self._outbox,
            self._store,
            ThreadPool(self.config.gateway.threads, self._clock),
            self._clock,
            lambda: f"session_{secrets.token_hex(8)}",
            log_content=self.config.log.content,
        ).handle

    def _click_dispatcher(self, app: App) -> Handle:
        threads = ThreadPool(self.config.gateway.threads, self._clock)
        return ClickDispatcher(app, threads, self._clock).handle

    def _send_workers(self) -> list[Worker]:
        if not self._works:
            return []
        self._senders = [
            self._worker(
                send_queue(settings.app_id),
                Sender(
                    self.accounts[settings.app_id].client,
                    self._store,
                    Pacer(_pace(settings), self._clock),
                ).handle,
                _SENDS_AT_ONCE,
                RETRIES,
                self._outbox.settled,
                exclusive=True,
            )
            for settings in self.config.accounts
        ]
        return self._senders

    def _worker(
        self,
        name: str,
        handle: Handle,
        limit: int,
        retries: Retries | None = None,
        settled: Callable[[Settlement], None] = lambda settlement: None,
        *,
        exclusive: bool = False,
    ) -> Worker:
        return Worker(
            self._store,
            name,
            handle,
            self._clock,
            limit=limit,
            retries=retries or Retries(),
            random=random.random,
            settled=settled,
            exclusive=exclusive,
        )

    def _beside(self) -> Iterable[Coroutine[Any, Any, None]]:
        """What goes on beside the work, and may be cut off at any time."""
        yield from (self._meet(account) for account in self.accounts.values())
        if self._receives:
            yield self._gaps.run()
        if self._works and self._receive:
            settings = self.config.queue
            retention = Retention(settings.retention, settings.dead_letters)
            keeper = Keeper(self.stores.operations, self._clock, retention, now=self._store.now)
            yield keeper.run()
            yield self._look_for_orphans()

    async def _look_for_orphans(self) -> None:
        """Work of an app that has another name now, or is gone, would wait unseen."""
        known = {app.queue for app in (*self.apps, *self._intake.waiting)}
        known |= {App.queue_of(name) for name in self.broken}
        with contextlib.suppress(StoreError):  # then the next start tells
            for queue in await self.stores.operations.queues():
                if queue.name.startswith(App.queue_of("")) and queue.name not in known:
                    self._tell_orphans(queue)

    @staticmethod
    def _tell_orphans(queue: QueueRow) -> None:
        if queue.waiting:
            tell(log, logging.WARNING, "gateway.orphans", queue=queue.name, jobs=queue.waiting)

    def _live_since(self, account: str) -> float | None:
        status = self._links[account].status
        return status.since if status.phase == "live" else None

    async def _meet(self, account: Account) -> None:
        """Ask early who the bot is, so that the first message need not wait for it."""
        try:
            await account.identity()
        except Exception as error:  # whatever it is, the message that needs it asks again
            tell(log, logging.WARNING, "bot.identity_unknown", account=account.name, cause=error)

    # stop

    async def _shut_down(self, *stages: list[asyncio.Task[None]]) -> None:
        """Doors refuse, handlers finish, then sends that have begun; the deadline ends them all."""
        tell(log, logging.INFO, "gateway.stopping", seconds=self.config.gateway.stop_deadline)
        links, apps, senders, beside = stages
        try:
            async with self._clock.timeout(self.config.gateway.stop_deadline):
                await self._finish(self._links.values(), links)
                await self._finish(self._workers, apps)
                await self._finish(self._senders, senders)
        except TimeoutError:
            tell(log, logging.WARNING, "gateway.deadline_reached")
        for task in (*beside, *links, *apps, *senders):
            task.cancel()

    @staticmethod
    async def _finish(
        parts: Iterable[LongConnection | Worker], tasks: list[asyncio.Task[None]]
    ) -> None:
        for part in parts:
            part.stop()
        if tasks:
            await asyncio.wait(tasks)

    # what commands and pages ask

    async def send(self, order: SendOrder) -> Sent:
        """Store a text message to a chat or person, to be sent once.

        Raises:
            SettingsError: no account has this name.
        """
        sender = self._account(order.account)
        content = text_content(order.text)
        effect = Effect("send", order.to, order.to, content.msg_type, content.content)
        return await self._outbox.store(sender.app_id, f"command:{order.key}", effect, None)

    def _account(self, name: str | None) -> Account:
        for account in self.accounts.values():
            if name in (None, account.name, account.app_id):
                return account
        known = ", ".join(account.name for account in self.accounts.values())
        raise SettingsError("gateway.unknown_account", name=name, known=known)

    def status(self) -> dict[str, Any]:
        """How it stands: thin, quick and without secrets."""
        links = {name: link.status.summary() for name, link in self._links.items()}
        return {
            "ready": all(link["phase"] == "live" for link in links.values())
            and not self._intake.failing
            and not self._store.away,
            "version": __version__,
            "role": self.config.gateway.role,
            "accounts": [
                {
                    "name": self.accounts[app_id].name,
                    "app_id": app_id,
                    "foreign": msgspec.to_builtins(self._gaps.suspected(app_id)),
                    **link,
                }
                for app_id, link in links.items()
            ],
            "apps": [app.name for app in self.apps],
            "broken": {name: str(error) for name, error in self.broken.items()},
            "running": {w.queue: w.running for w in (*self._workers, *self._senders)},
        }

    async def _do_stop(self, _: bytes) -> dict[str, Any]:
        asyncio.get_running_loop().call_soon(self.stop)
        return {"stopping": True}

    async def _do_status(self, _: bytes) -> dict[str, Any]:
        counts = await self._store.counts()
        pauses = await self._store.pauses()
        nodes = await self.stores.operations.nodes()
        return {
            **self.status(),
            "queues": [count._asdict() for count in counts],
            "holds": [
                {"queue": name, "until": pause.until, "reason": pause.reason}
                for name, pause in pauses.items()
            ],
            "nodes": msgspec.to_builtins(nodes),
        }

    async def _do_send(self, body: bytes) -> dict[str, Any]:
        order = msgspec.json.decode(body, type=SendOrder)
        sent = await self.send(order)
        return {"message_id": await sent.message_id(order.timeout)}


def _tell_failure(running: asyncio.Task[None]) -> None:
    """At once: whoever runs it beside a program may look at it only when that ends."""
    if not running.cancelled() and (error := running.exception()) is not None:
        tell(log, logging.CRITICAL, "gateway.failed", error)


def fingerprint(apps: Sequence[App]) -> str:
    """The same for nodes that would handle every event alike."""
    return " ".join(f"{app.name}:{app.fingerprint()}" for app in apps)


def _pace(settings: AccountSettings) -> Pace:
    return Pace(settings.sends_per_second, settings.sends_per_minute, settings.sends_per_chat)


def _link(settings: AccountSettings) -> LinkSettings:
    return LinkSettings(
        name=settings.name or settings.app_id,
        app_id=settings.app_id,
        app_secret=settings.app_secret,
        domain=settings.domain,
        reconnect=settings.reconnect,
        ping_interval=settings.ping_interval,
    )
