"""The bot under test: a gateway on the loop of the platform, with a data directory of its own."""

from __future__ import annotations

import asyncio
import importlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from math import inf
from pathlib import Path
from typing import Any

import msgspec

from larkgate import config
from larkgate.bot import App
from larkgate.config import Config
from larkgate.database import open_read_only
from larkgate.errors import SettingsError
from larkgate.gateway import Gateway
from larkgate.queue import JobRow, Selection, Trace, look_at_queues, select_jobs, trace_key
from larkgate.secret import Secret
from larkgate.simulator import Simulator
from larkgate.testing.clock import FlowingClock
from larkgate.testing.failures import Watch
from larkgate.testing.places import place_of
from larkgate.testing.rest import SOON, Unfinished
from larkgate.texts import say

__all__ = ["BotRun", "load_app", "settings_for"]

_STOP_WITHIN = 1.0
_MOST = 1000


def load_app(target: App | str) -> App:
    """The app, or the one that `module:name` names, or `module` for its `bot`.

    Raises:
        SettingsError: there is none, or the module does not import.
    """
    found = _imported(target) if isinstance(target, str) else target
    if not isinstance(found, App):
        raise SettingsError("testing.not_an_app", target=target, type=type(found).__name__)
    return found


def _imported(target: str) -> object:
    module, _, name = target.partition(":")
    try:
        return getattr(importlib.import_module(module), name or "bot")
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        raise SettingsError("testing.no_app", target=target, cause=cause) from error


def settings_for(
    home: Path,
    url: str,
    default: config.Account,
    file: Path | None,
    environment: Mapping[str, str],
) -> Config:
    """Settings that stay on this machine, under `home`: those of `file`, or none.

    Args:
        default: the account where the file names none.

    Raises:
        SettingsError: the file cannot be used.
    """
    found = config.load(file.parent if file else home, environment, file, need_account=False)
    accounts = found.accounts or (default,)
    replace = msgspec.structs.replace
    return replace(
        found,
        accounts=tuple(replace(account, domain=url) for account in accounts),
        gateway=replace(found.gateway, data=home / "data", stop_deadline=_STOP_WITHIN, role="all"),
        store=replace(
            found.store,
            path=home / "data" / "larkgate.db",
            postgres=Secret(""),
            synchronous="NORMAL",
            min_free=0,
        ),
        http=replace(found.http, host="127.0.0.1", port=0),
    )


class BotRun:
    """A gateway from its start to its stop, and what it is doing. All of it runs on the loop."""

    def __init__(
        self,
        settings: Config,
        apps: Sequence[App],
        sim: Simulator,
        clock: FlowingClock,
        watch: Watch,
    ) -> None:
        self.settings = settings
        self.apps = list(apps)
        self._sim = sim
        self._clock = clock
        self._watch = watch
        self._gateway = Gateway(settings, apps, clock)

    async def start(self) -> None:
        """Raises SettingsError, StoreError: it cannot start."""
        self._watch.attach()
        try:
            await self._gateway.__aenter__()
        except BaseException:
            self._watch.detach()
            raise
        self._file = open_read_only(self.settings.store.path)

    async def stop(self) -> None:
        """As on Ctrl+C; a handler that sleeps is cancelled at once, any other after a second."""
        self._file.close()
        self._gateway.stop()
        with suppress(TimeoutError):
            async with self._clock.timeout(_STOP_WITHIN):
                await self._clock.advance(_STOP_WITHIN)
        await self._gateway.__aexit__()
        self._watch.detach()

    def links(self) -> list[dict[str, Any]]:
        """How each account's connection stands."""
        links: list[dict[str, Any]] = self._gateway.status()["accounts"]
        return links

    def unfinished(self) -> list[Unfinished]:
        """The work that is being done, or is due soon."""
        now = self._gateway.stores.store.now()
        with self._snapshot() as file:
            rows = select_jobs(file, Selection(states=("open",), limit=_MOST))
            queues = look_at_queues(file, now) if rows else []
        paused = {each.name: each.until or inf for each in queues if each.paused}
        tasks = {task.get_name(): task for task in asyncio.all_tasks()} if rows else {}
        found: list[Unfinished] = []
        for row in rows:
            if row.running:
                found.append(self._running(row, tasks.get(row.key)))
            elif row.due is not None:  # else it waits behind others
                found.append(self._waiting(row, max(row.due, paused.get(row.queue, 0.0)) - now))
        return [each for each in found if each.seconds <= SOON]

    def trace(self, message_id: str) -> list[Trace]:
        """What became of a message, in each app."""
        events = [f"{account.app_id}/message/{message_id}" for account in self.settings.accounts]
        with self._snapshot() as file:
            return [trace for event in events for trace in trace_key(file, event)]

    @contextmanager
    def _snapshot(self) -> Iterator[sqlite3.Connection]:
        """What the store holds at this moment. It is read here, not in a thread of the store: so
        nothing can happen on the loop between the look and what follows from it."""
        self._file.execute("begin")
        try:
            yield self._file
        finally:
            self._file.rollback()

    def _waiting(self, row: JobRow, seconds: float) -> Unfinished:
        return Unfinished(lambda: say("testing.due", job=self._name(row)), seconds)

    def _running(self, row: JobRow, task: asyncio.Task[Any] | None) -> Unfinished:
        asleep = self._clock.asleep_for(task) if task else None

        def what() -> str:
            place = place_of(task) if task else ""
            return say("testing.running", job=self._name(row), place=place)

        return Unfinished(what, asleep or 0.0, idle=asleep is not None)

    def _name(self, row: JobRow) -> str:
        """The queue, and the message it is about."""
        about = [message.text for message in self._sim.messages if message.id in row.key]
        return f"{row.queue} {about[0]!r}" if about else row.key
