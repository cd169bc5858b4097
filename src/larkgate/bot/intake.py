"""The way in for every door: parse, choose the apps, keep, and only then acknowledge."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from larkgate.bot.account import Account
from larkgate.bot.app import App
from larkgate.bot.click_answers import ClickAnswer
from larkgate.bot.lanes import conversation
from larkgate.clock import Clock
from larkgate.errors import ProtocolError
from larkgate.protocol.events import (
    CARD_CLICK,
    CARD_CLICK_LEGACY,
    LINK_PREVIEW,
    MESSAGE_RECALLED,
    MESSAGE_RECEIVED,
    Answer,
    Envelope,
    Glance,
    Push,
    card_click,
    envelope,
    glance,
    ledger_key,
    message_key,
    recalled_message,
    received_message,
)
from larkgate.queue import Accepted, Arrival, Event, NewJob, Store
from larkgate.texts import Sentence, tell

__all__ = ["Intake"]

log = logging.getLogger(__name__)

_KEPT = Answer(200)
_UNCHANGED = Answer(200, b"{}")
_PUSH_AGAIN = Answer(500)
# A client shows an error when a callback is answered without a body (larksuite/cli#2456).
_CALLBACKS = {CARD_CLICK, CARD_CLICK_LEGACY, LINK_PREVIEW}
# A store at the limit of its backlog takes one push and refuses the next.
_WELL_AGAIN = 5.0


class Intake:
    """Keeps what the platform pushes, with one delivery for each app that wants it.

    Args:
        waiting: apps that cannot run; what they want is kept until they can.

    Attributes:
        failing: whether the last push could not be kept.
        failed_at: when that last happened, in seconds of the store; 0 if never.
    """

    def __init__(
        self,
        store: Store,
        accounts: Mapping[str, Account],
        apps: Sequence[App],
        clock: Clock,
        waiting: Sequence[App] = (),
    ) -> None:
        self.waiting = waiting
        self.failing = False
        self.failed_at = 0.0
        self._store = store
        self._accounts = accounts
        self._apps = apps
        self._clock = clock
        self._watchers: list[Callable[[Event], None]] = []
        self._told = False

    def on_kept(self, callback: Callable[[Event], None]) -> None:
        """Call back with every event once it is on disk; not when it is pushed again."""
        self._watchers.append(callback)

    def takers(self, account: str, chat: str) -> list[App]:
        """The apps that get the messages of a chat."""
        return [app for app in (*self._apps, *self.waiting) if self._wants(app, account, chat)]

    def accept(self, push: Push) -> asyncio.Future[Answer]:
        """Keep a push. The answer comes when it is on disk: 200, or 500 if it could not be kept.

        That of a click which an app handles comes when it is handled, at the latest when the push
        says, and is 200 whatever happened.
        """
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        try:
            arrival, kept, sentence = self._read(push)
            _refuse_unnameable(arrival)
        except ProtocolError as error:
            tell(log, logging.WARNING, "bot.unreadable_push", trace=push.trace_id, cause=error)
            answer.set_result(_PUSH_AGAIN)
            return answer
        if arrival.event.type == LINK_PREVIEW:
            answer.set_result(_UNCHANGED)
            return answer
        stored = self._store.accept(arrival)
        stored.add_done_callback(partial(self._answer, answer, arrival.event, kept, sentence))
        if arrival.event.type == CARD_CLICK and arrival.jobs:
            [job] = arrival.jobs
            return ClickAnswer(self._store, self._clock, push, job.key, answer).answer
        return answer

    def _answer(
        self,
        answer: asyncio.Future[Answer],
        event: Event,
        kept: Answer,
        sentence: Callable[[], Sentence],
        stored: asyncio.Future[Accepted],
    ) -> None:
        if stored.cancelled() or (error := stored.exception()) is not None:
            self._failed(None if stored.cancelled() else error)
            result = _PUSH_AGAIN
        else:
            self._recovered()
            if not stored.result().duplicate:
                self._is_new(event, sentence)
            result = kept
        if not answer.done():
            answer.set_result(result)

    def _is_new(self, event: Event, sentence: Callable[[], Sentence]) -> None:
        for watcher in self._watchers:
            watcher(event)
        if log.isEnabledFor(logging.INFO):
            said = sentence()
            log.info(said, extra={"event": said.key})

    def _failed(self, error: BaseException | None) -> None:
        self.failing = True
        self.failed_at = self._store.now()
        if not self._told:
            self._told = True
            tell(log, logging.ERROR, "bot.not_kept", cause=error)

    def _recovered(self) -> None:
        self.failing = False
        if self._told and self._store.now() - self.failed_at >= _WELL_AGAIN:
            self._told = False
            tell(log, logging.WARNING, "bot.kept_again")

    def _read(self, push: Push) -> tuple[Arrival, Answer, Callable[[], Sentence]]:
        try:
            payload = push.payload.decode()
        except UnicodeDecodeError as error:
            raise ProtocolError("protocol.push_unreadable", size=len(push.payload)) from error
        message = glance(push.payload)
        if message is not None:
            key = message_key(push.account, message.message_id)
            event = Event(key, push.account, MESSAGE_RECEIVED, self._store.now(), payload)
            return self._message(event, message)
        found = envelope(push.payload)
        key = ledger_key(push.account, found, push.payload)
        event = Event(key, push.account, found.event_type, self._store.now(), payload)
        if found.event_type == MESSAGE_RECEIVED:
            try:
                return self._message(event, _glance_at(found))
            except ProtocolError as error:  # kept like any event that nobody here understands
                tell(log, logging.WARNING, "bot.odd_message", trace=push.trace_id, cause=error)
        jobs = self._click(event, found, push.trace_id) if found.event_type == CARD_CLICK else ()
        kept = _UNCHANGED if found.event_type in _CALLBACKS else _KEPT
        withdraws = _withdrawn(event.account, found)
        return Arrival(event, jobs, withdraws), kept, partial(_event_sentence, event)

    def _message(
        self, event: Event, message: Glance
    ) -> tuple[Arrival, Answer, Callable[[], Sentence]]:
        takers = self.takers(event.account, message.chat_id)
        jobs = tuple([_delivery(app, event, message) for app in takers])
        return Arrival(event, jobs), _KEPT, partial(_message_sentence, event, message)

    def _click(self, event: Event, found: Envelope, trace_id: str) -> tuple[NewJob, ...]:
        """For one app: only one can answer. In a lane of its own, past whatever waits."""
        takers = [app for app in self._apps if app.click_handlers]
        try:
            chat = card_click(found).open_chat_id if takers else ""
        except ProtocolError as error:
            tell(log, logging.WARNING, "bot.odd_click", trace=trace_id, cause=error)
            return ()
        for app in takers:
            if self._serves(app, event.account, chat):
                return (NewJob(app.delivery_key(event.key), app.click_queue, event.key),)
        return ()

    def _wants(self, app: App, account: str, chat: str) -> bool:
        handles = app.handlers or app in self.waiting
        return bool(handles) and self._serves(app, account, chat)

    def _serves(self, app: App, account: str, chat: str) -> bool:
        if app.chats and chat not in app.chats:
            return False
        return app.serves(account, self._accounts[account].name)


def _delivery(app: App, event: Event, message: Glance) -> NewJob:
    lane = conversation(
        app.scope,
        account=event.account,
        chat=message.chat_id,
        topic=message.thread_id,
        person=message.open_id,
        otherwise=message.message_id,
    )
    return NewJob(app.delivery_key(event.key), app.queue, lane)


def _withdrawn(account: str, found: Envelope) -> str | None:
    """The key of the message that an event recalls; None if it recalls none that we can name."""
    if found.event_type != MESSAGE_RECALLED:
        return None
    with suppress(ProtocolError):
        message_id = recalled_message(found).message_id
        if message_id and _is_nameable(message_id):
            return message_key(account, message_id)
    return None


def _is_nameable(text: str) -> bool:
    # A NUL ends a text in SQLite's JSON: such a lane would be due for ever and never be found.
    return "\0" not in text


def _refuse_unnameable(arrival: Arrival) -> None:
    names = (arrival.event.key, *[job.lane for job in arrival.jobs])
    if not all(map(_is_nameable, names)):
        raise ProtocolError("protocol.event_unreadable", type=arrival.event.type)


def _glance_at(found: Envelope) -> Glance:
    """What `glance` would have said of a message it could not read."""
    received = received_message(found)
    message, sender = received.message, received.sender.sender_id
    return Glance(
        found.event_id,
        message.message_id,
        message.message_type,
        message.chat_id,
        message.thread_id or "",
        (sender.open_id if sender else None) or "",
    )


def _message_sentence(event: Event, message: Glance) -> Sentence:
    values = {
        "message": message.message_id,
        "chat": message.chat_id,
        "sender": message.open_id,
        "type": message.message_type,
        "account": event.account,
    }
    return Sentence("bot.message_received", values)


def _event_sentence(event: Event) -> Sentence:
    return Sentence("bot.event_received", {"type": event.type, "account": event.account})
