"""Suspects that somebody else receives events of an account.

The platform gives each event to one of an account's connections. One that is not ours, such as a
forgotten copy of the bot with a store of its own, takes its share, and neither side notices. What
gives it away are messages that never came in: in a chat with one person, an answer, or the event
that somebody opened the chat, names a message of a person that we ought to have.

It is looked at ten minutes later: by then the platform has pushed again what nobody acknowledged.
If it is still not in the ledger, the platform is asked. It counts when a person wrote it in this
chat, less than six hours ago (the ledger is never shorter), and while all pushes of the account
came in and were kept, with five minutes' difference for the clocks. Two such messages within an
hour are a suspicion.

What this cannot see: groups, since what is sent there without a mention need not be ours; events
other than messages; people who never refer to what they wrote; an account without the scope to
read messages. And it takes for stolen what the platform has lost, or what another of our nodes
refused for more than ten minutes.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NamedTuple

import msgspec

from larkgate.bot.account import Account
from larkgate.bot.intake import Intake
from larkgate.clock import Clock
from larkgate.errors import ApiError, DialError, ProtocolError, StoreError
from larkgate.openapi import messages
from larkgate.openapi.messages import WrittenMessage
from larkgate.protocol.events import MESSAGE_RECEIVED, envelope, message_key, received_message
from larkgate.queue import Event, Store
from larkgate.texts import tell

__all__ = ["Gaps", "Reference", "Suspicion", "Suspicions", "reference_of"]

log = logging.getLogger(__name__)

CHAT_ENTERED = "im.chat.access_event.bot_p2p_chat_entered_v1"
_PATIENCE = 600.0
_SKEW = 300.0
_REMEMBERED = 6 * 3600.0
_WINDOW = 3600.0
_ENOUGH = 2
_MOST_WAITING = 256
_PACE = 5.0  # seconds between questions to the platform


class Reference(NamedTuple):
    """In this chat with one person, somebody has referred to this message."""

    account: str
    chat: str
    message: str


class _Entered(msgspec.Struct, frozen=True):
    """`event` of CHAT_ENTERED (official document "User enters the chat with the bot")."""

    chat_id: str
    last_message_id: str | None = None


def reference_of(event: Event) -> Reference | None:
    """What an event refers to; None for most. Nearly all are told by a look at their text."""
    with suppress(ProtocolError, msgspec.MsgspecError, UnicodeEncodeError):
        if event.type == CHAT_ENTERED:
            return _last_message(event)
        if event.type == MESSAGE_RECEIVED and _may_answer(event.payload):
            return _answered(event)
    return None


def _may_answer(payload: str) -> bool:
    return '"p2p"' in payload and ('"parent_id"' in payload or '"root_id"' in payload)


def _answered(event: Event) -> Reference | None:
    message = received_message(envelope(event.payload.encode())).message
    referred = message.parent_id or message.root_id
    if message.chat_type != "p2p" or not referred:
        return None
    return Reference(event.account, message.chat_id, referred)


def _last_message(event: Event) -> Reference | None:
    entered = msgspec.json.decode(envelope(event.payload.encode()).event, type=_Entered)
    if not entered.last_message_id:
        return None
    return Reference(event.account, entered.chat_id, entered.last_message_id)


class Suspicion(msgspec.Struct, frozen=True):
    """Messages of the last hour that never came in; `since` and `last` in seconds since 1970."""

    messages: int
    example: str
    since: float
    last: float


class Suspicions:
    """Weighs what is missing, for each account."""

    def __init__(self) -> None:
        self._missing: dict[str, dict[str, float]] = {}
        self._told: dict[str, float] = {}

    def add(self, account: str, message: str, now: float) -> Suspicion | None:
        """A message is missing. What is suspected now, if it is to be said: once an hour."""
        self._missing.setdefault(account, {}).setdefault(message, now)
        found = self.of(account, now)
        if found is None or now - self._told.get(account, -_WINDOW) < _WINDOW:
            return None
        self._told[account] = now
        return found

    def of(self, account: str, now: float) -> Suspicion | None:
        """What is suspected of this account."""
        known = self._missing.get(account, {})
        recent = {message: at for message, at in known.items() if now - at < _WINDOW}
        if account in self._missing:
            self._missing[account] = recent
        if len(recent) < _ENOUGH:
            return None
        times = recent.values()
        return Suspicion(len(recent), next(iter(recent)), min(times), max(times))


class _Waiting(NamedTuple):
    reference: Reference
    due: float


class Gaps:
    """Follows up what kept events refer to.

    Args:
        live_since: since when the door of an account (by its app id) has been open, in seconds
            since 1970; None while it is not.
    """

    def __init__(
        self,
        intake: Intake,
        store: Store,
        accounts: Mapping[str, Account],
        clock: Clock,
        live_since: Callable[[str], float | None],
    ) -> None:
        self._intake = intake
        self._store = store
        self._accounts = accounts
        self._clock = clock
        self._live_since = live_since
        self._suspicions = Suspicions()
        self._waiting: deque[_Waiting] = deque()
        self._came = asyncio.Event()
        intake.on_kept(self._look)

    def _look(self, event: Event) -> None:
        """Quick: the way in waits for it."""
        reference = reference_of(event)
        if reference is not None and len(self._waiting) < _MOST_WAITING:
            self._waiting.append(_Waiting(reference, self._clock.monotonic() + _PATIENCE))
            self._came.set()

    def suspected(self, account: str) -> Suspicion | None:
        """What is suspected of an account, for those who ask how it stands."""
        return self._suspicions.of(account, self._clock.now())

    async def run(self) -> None:
        """Follow up, for ever."""
        while True:
            if not self._waiting:
                self._came.clear()
                await self._came.wait()
            await self._clock.sleep(self._waiting[0].due - self._clock.monotonic())
            reference = self._waiting.popleft().reference
            with suppress(StoreError, ApiError, DialError):  # then nothing is known
                await self._follow(reference)

    async def _follow(self, reference: Reference) -> None:
        if await self._is_kept(reference):
            return
        await self._clock.sleep(_PACE)
        client = self._accounts[reference.account].client
        written = await messages.get(client, reference.message)
        if written is not None and self._is_missing(written, reference):
            self._suspect(reference)

    async def _is_kept(self, reference: Reference) -> bool:
        """Known by its deliveries; also where nobody wants messages of this chat."""
        key = message_key(reference.account, reference.message)
        takers = self._intake.takers(reference.account, reference.chat)
        for app in takers:
            if await self._store.find(app.delivery_key(key)) is not None:
                return True
        return not takers

    def _is_missing(self, written: WrittenMessage, reference: Reference) -> bool:
        live = self._live_since(reference.account)
        if live is None or not written.create_time.isdecimal():
            return False
        created = int(written.create_time) / 1000
        unbroken = max(live, self._intake.failed_at) + _SKEW
        earliest = max(unbroken, self._clock.now() - _REMEMBERED)
        return (
            written.sender.sender_type == "user"
            and written.chat_id == reference.chat
            and created > earliest
        )

    def _suspect(self, reference: Reference) -> None:
        account = reference.account
        found = self._suspicions.add(account, reference.message, self._clock.now())
        if found is not None:
            name = self._accounts[account].name
            values = {"account": name, "count": found.messages, "example": found.example}
            tell(log, logging.WARNING, "bot.foreign_connection", **values)
