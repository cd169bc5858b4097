"""Performs an account's effects on the platform."""

from __future__ import annotations

import logging

import msgspec

from larkgate.errors import ApiError, DialError, Ending, GiveUp, Hold, Reaction, Retry
from larkgate.openapi import Client, Content, SentMessage, messages
from larkgate.outbox.effects import Effect, platform_uuid
from larkgate.outbox.pacer import Pacer
from larkgate.queue import Claim, Done, Retries, Store
from larkgate.texts import say, tell

__all__ = ["RETRIES", "Receipt", "Sender", "send_queue"]

log = logging.getLogger(__name__)

# Within an hour of the first try the platform recognises a repetition by its uuid (official
# document "Send message"); ten minutes are left for clocks and slow calls.
_REPEATABLE = 50 * 60.0
_CREDENTIALS_PAUSE = 300.0
_UNREACHABLE_PAUSE = 5.0
_CHAT_LIMIT_PAUSE = 1.0

RETRIES = Retries((0.5, 1, 2, 4, 8, 15, 30, *(60.0,) * 10, *(120.0,) * 30))
"""More than the 50 minutes in which a repetition is safe: the sender itself ends them."""


class Receipt(msgspec.Struct, frozen=True):
    """What the platform said of a sent message; kept as the effect's result."""

    message_id: str
    chat_id: str = ""


def send_queue(account: str) -> str:
    """The queue of an account's effects. One pacer serves it, so one node at a time."""
    return f"send:{account}"


class Sender:
    """Handles the claims of one account's send queue."""

    def __init__(self, client: Client, store: Store, pacer: Pacer) -> None:
        self._client = client
        self._store = store
        self._pacer = pacer

    async def handle(self, claim: Claim) -> Done:
        """Try the effect once; its receipt is the job's result."""
        effect = msgspec.json.decode(claim.job.body, type=Effect)
        self._refuse_if_unknown(claim)
        await self._pacer.wait(effect.chat)
        if not await self._store.begin(claim):
            raise Retry("the lane has a new owner")
        try:
            sent = await self._perform(effect, platform_uuid(claim.job.key))
        except (ApiError, DialError) as error:
            raise _ending(error) from error
        receipt = Receipt(sent.message_id, sent.chat_id)
        tell(log, logging.INFO, "outbox.sent", message_id=sent.message_id, chat=effect.chat)
        return Done(msgspec.json.encode(receipt).decode())

    def _refuse_if_unknown(self, claim: Claim) -> None:
        """An earlier try may have succeeded, and the platform no longer recognises a repetition."""
        first_tried = claim.job.first_tried
        if first_tried is not None and self._store.now() - first_tried > _REPEATABLE:
            raise GiveUp(say("outbox.unknown"))

    async def _perform(self, effect: Effect, uuid: str) -> SentMessage:
        content = Content(effect.msg_type, effect.content)
        if effect.verb == "reply":
            return await messages.reply(
                self._client, effect.target, content, in_thread=effect.in_thread, uuid=uuid
            )
        return await messages.send(self._client, effect.target, content, uuid=uuid)


def _ending(error: ApiError | DialError) -> Ending:
    reason = str(error)
    if isinstance(error, DialError):
        if error.maybe_served:
            return Retry(reason)
        return Hold(reason, seconds=_UNREACHABLE_PAUSE)
    match error.reaction:
        case Reaction.HOLD:
            return Hold(reason, seconds=_CREDENTIALS_PAUSE)
        case Reaction.WAIT if error.key == "openapi.chat_rate_limited":
            return Hold(reason, seconds=error.retry_after or _CHAT_LIMIT_PAUSE, lane=True)
        case Reaction.WAIT:
            return Hold(reason, seconds=error.retry_after or _CHAT_LIMIT_PAUSE)
        case _ if not error.maybe_served:
            return Hold(reason, seconds=_UNREACHABLE_PAUSE)
        case Reaction.GIVE_UP:
            return GiveUp(reason)
        case _:
            return Retry(reason)
