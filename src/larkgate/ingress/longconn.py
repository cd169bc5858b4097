"""One account's long connection: carries the session over aiohttp.

All thinking is done in `larkgate.protocol.session`. Here its orders become requests, handshakes
and messages, what comes back is reported to it, and its notices become lines of the log.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from math import inf
from typing import Any, Literal

import msgspec
from msgspec import Struct

from larkgate.clock import Clock, Timer
from larkgate.dial import Dialer, HandshakeRefused
from larkgate.errors import DialError
from larkgate.ingress.connection import CLOSING, KEEP, Accept, Connection, Tally
from larkgate.protocol import endpoint, session
from larkgate.protocol.endpoint import ClientConfig
from larkgate.protocol.events import Answer
from larkgate.protocol.session import Close, Counters, Dial, Fetch, Incoming, Notice, Session
from larkgate.secret import Secret
from larkgate.texts import Sentence, tell

__all__ = ["LinkSettings", "LinkStatus", "LongConnection"]

log = logging.getLogger(__name__)

MAX_MESSAGE = 16 * 1024 * 1024
SELDOM = 60.0  # between two warnings about what can happen with every push

_LEVELS = {
    "longconn.attempt_failed": logging.WARNING,
    "longconn.lost": logging.WARNING,
    "longconn.resumed": logging.WARNING,
    "longconn.refused": logging.ERROR,
    "longconn.pong": logging.DEBUG,
    "longconn.unknown_frame": logging.DEBUG,
}
_SELDOM = {"longconn.bad_frame", "longconn.push_again"}


class LinkSettings(Struct, frozen=True, kw_only=True):
    """What one link is made of.

    Attributes:
        name: the account's, in the log.
        domain: base URL of the platform.
        reconnect: at our own pace, or as the server's ClientConfig asks.
        ping_interval: seconds; the server's interval, if it is shorter, wins.
    """

    name: str
    app_id: str
    app_secret: Secret
    domain: str = "https://open.feishu.cn"
    reconnect: Literal["local", "server"] = "local"
    ping_interval: float = 10.0


class LinkStatus(Struct, frozen=True):
    """How a link stands. Times are seconds; ages count from now.

    Attributes:
        phase: a `larkgate.protocol.session.Phase`; "live" means that events can arrive.
        since: when the phase began, seconds since 1970.
        reason: why there is no connection, for people; its key never changes with the language.
        attempt: which one this is since the last connection; 0 while live.
        host: of the last endpoint, as `wss://host`.
        waiting: pushes handed on and not yet kept, whether or not the platform still waits.
        config: the server's wishes as last read.
    """

    phase: str
    since: float
    reason: str | None
    reason_key: str | None
    attempt: int
    host: str | None
    last_pong_age: float | None
    round_trip: float | None
    waiting: int
    pushes: Tally
    counters: Counters
    config: ClientConfig

    def summary(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        summary: dict[str, Any] = msgspec.to_builtins(self)
        return summary


class LongConnection:
    """Keeps one account connected, for ever.

    Args:
        accept: keeps a push and answers when that is done; called as it comes, in order.
        chance: gives random numbers from 0 to 1, for jitter.
    """

    def __init__(
        self,
        settings: LinkSettings,
        dialer: Dialer,
        clock: Clock,
        accept: Accept,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._settings = settings
        self._dialer = dialer
        self._clock = clock
        self._accept = accept
        self._session = Session(
            clock.monotonic(),
            ping_interval=settings.ping_interval,
            reconnect=settings.reconnect,
            chance=chance,
        )
        self._tally = Tally()
        self._handed_on: set[asyncio.Future[Answer]] = set()
        self._connection: Connection | None = None
        self._work: asyncio.Task[None] | None = None
        self._timer: Timer | None = None
        self._stopping = asyncio.Event()
        self._told: dict[str, float] = {}

    @property
    def status(self) -> LinkStatus:
        now = self._clock.monotonic()
        state = self._session
        reason = state.reason
        return LinkStatus(
            phase=state.phase.value,
            since=self._clock.now() - (now - state.since),
            reason=None if reason is None else str(reason),
            reason_key=None if reason is None else reason.key,
            attempt=state.attempt,
            host=None if state.endpoint is None else state.endpoint.host,
            last_pong_age=None if state.last_pong is None else now - state.last_pong,
            round_trip=state.round_trip,
            waiting=len(self._handed_on),
            pushes=msgspec.structs.replace(self._tally),
            counters=msgspec.structs.replace(state.counters),
            config=state.config,
        )

    async def run(self) -> None:
        """Stay connected until `stop()`, or until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                self._tick()
                await self._stopping.wait()
                await self._finish()
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def stop(self) -> None:
        """Take no more pushes, answer those that wait, close; then `run` returns."""
        self._stopping.set()

    async def _finish(self) -> None:
        self._session.stop()
        if self._work is None:
            return
        if self._connection is None:
            self._work.cancel()
            return
        self._connection.stop()
        try:
            async with self._clock.timeout(KEEP + CLOSING):
                await asyncio.wait((self._work,))
        except TimeoutError:
            self._work.cancel()
        self._tell(Notice("longconn.closed", {}))

    # what the session wants

    def _tick(self) -> None:
        self._session.tick(self._clock.monotonic(), self._clock.now())
        self._obey()

    def _obey(self) -> None:
        """Carry out orders, write down notices, and be back when the session wants it."""
        for order in self._session.outgoing():
            if isinstance(order, bytes):
                if self._connection is not None:
                    self._connection.send(order)
            elif isinstance(order, Fetch):
                self._begin(self._fetch())
            elif isinstance(order, Dial):
                self._begin(self._open(order.url))
            elif isinstance(order, Close) and self._work is not None:
                self._work.cancel()
        for notice in self._session.notices():
            self._tell(notice)
        if self._timer is not None:
            self._timer.cancel()
        if self._session.deadline < inf:
            wait = self._session.deadline - self._clock.monotonic()
            self._timer = self._clock.call_later(max(0.0, wait), self._tick)

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        self._work = self._tasks.create_task(self._guarded(work))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """Nothing that goes wrong in here may leave the account deaf."""
        try:
            await work
        except Exception as error:
            cause = repr(_innermost(error))
            tell(log, logging.ERROR, "longconn.crashed", account=self._settings.name, cause=cause)
            log.debug("where it happened", exc_info=error)
            self._failed(Sentence("longconn.broken", {"cause": cause}))
        self._obey()

    async def _fetch(self) -> None:
        settings = self._settings
        try:
            response = await self._dialer.request(
                "POST",
                settings.domain.rstrip("/") + endpoint.PATH,
                headers=endpoint.HEADERS,
                body=endpoint.request_body(settings.app_id, settings.app_secret),
                timeout=session.ATTEMPT,
            )
        except DialError as error:
            self._failed(Sentence(error.key, error.values))
        else:
            now = self._clock.monotonic()
            self._session.receive_endpoint(response.status, response.body, now)

    async def _open(self, url: Secret) -> None:
        try:
            socket = await self._dialer.websocket(
                url.reveal(), timeout=session.ATTEMPT, max_size=MAX_MESSAGE
            )
        except HandshakeRefused as refused:
            now = self._clock.monotonic()
            self._session.receive_refusal(refused.status, refused.headers, now)
            return
        except DialError as error:
            self._failed(Sentence(error.key, error.values))
            return
        connection = self._connection = Connection(
            socket,
            self._clock,
            self._settings.app_id,
            self._accept,
            self._receive,
            self._tally,
            self._handed_on,
            self._refused,
        )
        self._session.receive_opened(self._clock.monotonic())
        self._obey()
        try:
            self._failed(await connection.carry())
        finally:
            if self._connection is connection:
                self._connection = None

    def _failed(self, reason: Sentence) -> None:
        self._session.receive_failure(reason, self._clock.monotonic())

    # what comes in

    def _receive(self, message: bytes, now: float) -> Incoming | None:
        incoming = self._session.receive(message, now)
        if incoming is None:
            self._obey()
        return incoming

    def _refused(self, reason: Sentence) -> None:
        refused = self._tally.refused
        self._tell(Notice("longconn.push_again", {"count": refused, "reason": reason}))

    def _tell(self, notice: Notice) -> None:
        level = self._level(notice.key)
        tell(log, level, notice.key, account=self._settings.name, **notice.values)

    def _level(self, key: str) -> int:
        """What may happen with every push is said loudly once in a while only."""
        if key not in _SELDOM:
            return _LEVELS.get(key, logging.INFO)
        now = self._clock.monotonic()
        if now - self._told.get(key, -inf) < SELDOM:
            return logging.DEBUG
        self._told[key] = now
        return logging.WARNING


def _innermost(error: BaseException) -> BaseException:
    return _innermost(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
