"""Runs an app's handlers for its deliveries."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from larkgate.bot.account import Account
from larkgate.bot.app import App, ErrorHandler, Handler
from larkgate.bot.calls import contained, in_thread, place_of
from larkgate.bot.digest import DIGEST, Digests
from larkgate.bot.message import BlockingMessage, Chat, Content, Message, Person, Run
from larkgate.bot.sessions import Session, Sessions
from larkgate.bot.stale import age_of, duration
from larkgate.bot.threads import ThreadPool
from larkgate.clock import Clock
from larkgate.errors import (
    ApiError,
    DialError,
    Ending,
    GiveUp,
    Hold,
    ProtocolError,
    Retry,
    StoreError,
)
from larkgate.openapi import BotInfo
from larkgate.outbox import Outbox
from larkgate.protocol.content import text_of
from larkgate.protocol.events import Envelope, Mention, envelope, received_message
from larkgate.queue import Claim, Done, Job, Store
from larkgate.queue.worker import is_abandoned
from larkgate.texts import say, tell

__all__ = ["Dispatcher"]

log = logging.getLogger(__name__)

_IDENTITY_PAUSE = 5.0  # seconds between questions who the bot is
_GONE_PAUSE = 600.0


class Dispatcher:
    """Handles the claims of one app.

    Args:
        new_id: makes the id of a new session.
        log_content: whether what people write may be logged.
    """

    def __init__(
        self,
        app: App,
        accounts: Mapping[str, Account],
        sessions: Sessions,
        outbox: Outbox,
        store: Store,
        threads: ThreadPool,
        clock: Clock,
        new_id: Callable[[], str],
        *,
        log_content: bool = False,
    ) -> None:
        self._app = app
        self._accounts = accounts
        self._sessions = sessions
        self._outbox = outbox
        self._store = store
        self._digests = Digests(app.queue, sessions, outbox, store)
        self._threads = threads
        self._clock = clock
        self._new_id = new_id
        self._log_content = log_content

    async def handle(self, claim: Claim) -> Done:
        """Run the handler that wants the delivery's message; its answer is part of what is done."""
        job = claim.job
        if job.body == DIGEST:
            return await self._digests.send(job)
        account = self._account(job)
        content = await self._read(job, account)
        found = self._app.find(content)
        if found is None:
            return Done("unwanted")
        age = self._stale_age(job, content)
        if age is not None and self._app.stale in ("digest", "skip") and not _is_replay(job):
            return await self._put_aside(job, account.app_id, content, age)
        return await self._run(job, self._new_run(job, account.app_id, age), content, *found)

    def _account(self, job: Job) -> Account:
        account = self._accounts.get(job.account or "")
        if account is None:
            # Until it is back in the settings: what is kept is not thrown away.
            raise Hold(say("bot.account_gone", account=job.account), seconds=_GONE_PAUSE, lane=True)
        return account

    async def _read(self, job: Job, account: Account) -> Content:
        try:
            content = _content(job, await self._identity(account))
        except ProtocolError as error:
            raise GiveUp(str(error)) from error
        if self._log_content:
            tell(log, logging.INFO, "bot.content", message=content.id, text=content.text)
        return content

    def _new_run(self, job: Job, account: str, age: float | None) -> Run:
        note = ""
        if age is not None and self._app.stale == "note":
            note = say("bot.stale_note", age=duration(age))
        return Run(self._outbox, account, job, stale=age, crashes=job.crashes, note=note)

    def _stale_age(self, job: Job, content: Content) -> float | None:
        if self._app.stale_after is None:
            return None
        now = self._store.now()
        waited = now - (job.received_at or now)
        age = age_of(content.created_at, waited, self._clock.now())
        return age if age > self._app.stale_after else None

    async def _put_aside(self, job: Job, account: str, content: Content, age: float) -> Done:
        """Not handled; the row says why."""
        tell(log, logging.INFO, "bot.put_aside", message=content.id, age=duration(age))
        if self._app.stale == "digest":
            return await self._digests.add(job, account, content, age)
        return Done(say("bot.stale_skipped", age=duration(age)))

    async def _identity(self, account: Account) -> BotInfo:
        """Without it nobody can tell whether the bot was mentioned: every delivery must wait."""
        if account.bot is not None:
            return account.bot
        try:
            return await account.identity()
        except (ApiError, DialError) as error:
            reason = say("bot.identity_unknown", account=account.name, cause=error)
            raise Hold(reason, seconds=_IDENTITY_PAUSE, lane=True) from error

    async def _run(
        self, job: Job, run: Run, content: Content, handler: Handler, finding: dict[str, Any]
    ) -> Done:
        session = await self._session(job) if "session" in handler.wants else None
        if session is not None:
            finding = {**finding, "session": session}
        try:
            answer = await self._call(handler, content, run, finding)
            return self._done(content, run, session, answer)
        except Exception as error:
            if is_abandoned():  # others run it now, or it runs again: nobody failed
                raise
            _tell_failed(handler, content, error)
            if isinstance(error, Ending | StoreError) or self._app.on_error is None:
                raise
            return await self._recover(self._app.on_error, content, run, error)

    async def _recover(
        self, on_error: ErrorHandler, content: Content, run: Run, error: Exception
    ) -> Done:
        """What the failed handler changed in the session is lost, as it is without `on_error`."""
        try:
            answer = await self._invoke(on_error, content, run, (error,), {})
            return self._done(content, run, None, answer)
        except Exception as own:
            _tell_failed(on_error, content, own)
            raise

    async def _session(self, job: Job) -> Session:
        session = await self._sessions.load(job.lane, self._new_id())
        if session.new:
            tell(log, logging.INFO, "bot.session_created", session=session.id, lane=job.lane)
        return session

    async def _call(
        self, handler: Handler, content: Content, run: Run, finding: dict[str, Any]
    ) -> Any:
        tell(log, logging.INFO, "bot.handler_started", handler=handler.name, message=content.id)
        started = self._clock.monotonic()
        answer = await self._invoke(handler, content, run, (), finding)
        milliseconds = round((self._clock.monotonic() - started) * 1000)
        tell(
            log,
            logging.INFO,
            "bot.handler_finished",
            handler=handler.name,
            message=content.id,
            milliseconds=milliseconds,
        )
        return answer

    async def _invoke(
        self,
        handler: Handler | ErrorHandler,
        content: Content,
        run: Run,
        before: tuple[Any, ...],
        finding: dict[str, Any],
    ) -> Any:
        if not handler.blocking:
            return await contained(handler.function(*before, Message(content, run), **finding))
        message = BlockingMessage(content, run, asyncio.get_running_loop())
        call = partial(handler.function, *before, message, **finding)
        try:
            return await in_thread(self._threads, handler.name, call)
        except asyncio.CancelledError:
            run.abandon()  # its thread goes on
            raise

    def _done(self, content: Content, run: Run, session: Session | None, answer: object) -> Done:
        change = session.change(self._store.now()) if session else None
        writes = (change,) if change else ()
        if answer is None or answer == "":
            return Done("silent", writes=writes)
        if not isinstance(answer, str):
            raise GiveUp(say("bot.bad_answer", type=type(answer).__name__))
        reply = run.answer(content, answer)
        tell(log, logging.INFO, "bot.reply_stored", message=content.id, length=len(answer))
        if self._log_content:
            tell(log, logging.INFO, "bot.content", message=content.id, text=answer)
        job = self._outbox.job(run.account, reply.key, reply.effect)
        return Done("answered", jobs=(job,), writes=writes)


def _tell_failed(handler: Handler | ErrorHandler, content: Content, error: Exception) -> None:
    if isinstance(error, StoreError):  # not the handler's: the worker says it, once
        return
    meant = isinstance(error, Ending)
    tell(
        log,
        logging.WARNING if meant else logging.ERROR,
        "bot.handler_failed",
        handler=handler.name,
        message=content.id,
        cause=error if meant else place_of(error),
    )


def _is_replay(job: Job) -> bool:
    """Somebody wants it handled now, however old it is."""
    return not job.key.endswith(f":{job.event_key}")


def _content(job: Job, bot: BotInfo) -> Content:
    if job.payload is None:
        raise Retry("the event is missing")
    found = envelope(job.payload.encode())
    received = received_message(found)
    message = received.message
    text, mentioned = text_of(message.message_type, message.content, message.mentions, bot.open_id)
    sender = received.sender.sender_id
    return Content(
        event_id=found.event_id,
        id=message.message_id,
        type=message.message_type,
        text=text,
        chat=Chat(message.chat_id, message.chat_type),
        sender=Person(
            (sender.open_id if sender else None) or "", type=received.sender.sender_type or "user"
        ),
        mentions=tuple(_person(mention) for mention in message.mentions or ()),
        mentioned=mentioned,
        created_at=_seconds(found, message.create_time),
        topic=message.thread_id or "",
        root_id=message.root_id or "",
        parent_id=message.parent_id or "",
        raw=bytes(found.event),
    )


def _person(mention: Mention) -> Person:
    open_id = (mention.id.open_id if mention.id else None) or ""
    return Person(open_id, mention.name or "", mention.mentioned_type or "user")


def _seconds(found: Envelope, create_time: str | None) -> float:
    if create_time and create_time.isascii() and create_time.isdigit():
        return int(create_time) / 1000
    return (found.create_time or 0) / 1000
