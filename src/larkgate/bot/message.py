"""A received message, as a handler sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from larkgate.errors import LarkgateError
from larkgate.outbox import Effect, EffectKeys, Outbox, Sent
from larkgate.queue import Job

__all__ = ["BlockingMessage", "BlockingSent", "Chat", "Message", "Person", "Reply", "Run"]

T = TypeVar("T")


class Chat(msgspec.Struct, frozen=True):
    """`type` is `p2p` or `group`."""

    id: str
    type: str


class Person(msgspec.Struct, frozen=True):
    """Who sent or was mentioned; `open_id` is per app. `type` is `user` or `bot`."""

    open_id: str
    name: str = ""
    type: str = "user"


class Content(msgspec.Struct, frozen=True):
    """What a message says.

    Attributes:
        text: as people read it, without the mention of this bot.
        mentioned: whether this bot was mentioned.
        created_at: seconds since 1970, by the platform's clock; 0 if it did not say.
        topic: id of the thread, or "".
        raw: the `event` object as the platform sent it (official document "Receive message").
    """

    event_id: str
    id: str
    type: str
    text: str
    chat: Chat
    sender: Person
    mentions: tuple[Person, ...]
    mentioned: bool
    created_at: float
    topic: str
    root_id: str
    parent_id: str
    raw: bytes


class Run:
    """One run of a delivery: where its effects go, and under which keys.

    Args:
        stale: how old the message is in seconds, if that is too old; else None.
        crashes: how many runs before this one ended with their process.
        note: a line to be put before the first thing it says.
    """

    def __init__(
        self,
        outbox: Outbox,
        account: str,
        job: Job,
        *,
        stale: float | None = None,
        crashes: int = 0,
        note: str = "",
    ) -> None:
        self.account = account
        self.delivery = job.key
        self.stale = stale
        self.crashes = crashes
        self._outbox = outbox
        self._keys = EffectKeys(job.key)
        self._job = job
        self._note = note
        self._abandoned = False

    def reply(self, content: Content, text: str, key: str | None = None) -> Reply:
        """The reply as an effect with its key; taken in the order of asking."""
        return Reply(self._keys.next("reply", content.id, key), self._effect(content, text))

    def answer(self, content: Content, text: str) -> Reply:
        """What the handler returned, as an effect with its key."""
        return Reply(self._keys.answer, self._effect(content, text))

    def _effect(self, content: Content, text: str) -> Effect:
        if self._note:
            text, self._note = f"{self._note}\n{text}", ""
        return Effect(
            "reply",
            content.id,
            content.chat.id,
            "text",
            msgspec.json.encode({"text": text}).decode(),
            in_thread=bool(content.topic),
        )

    def abandon(self) -> None:
        """Refuse what it still wants to say: the delivery runs anew, perhaps already."""
        self._abandoned = True

    async def store(self, reply: Reply) -> Sent:
        """Raises LarkgateError when the run was abandoned."""
        if self._abandoned:
            raise LarkgateError("bot.run_abandoned", delivery=self.delivery)
        return await self._outbox.store(self.account, reply.key, reply.effect, self._job)


class Reply(msgspec.Struct, frozen=True):
    key: str
    effect: Effect


class _Received:
    """What messages have in common, however their handler runs."""

    def __init__(self, content: Content, run: Run) -> None:
        self._content = content
        self._run = run
        self.event_id = content.event_id
        self.id = content.id
        self.type = content.type
        self.text = content.text
        self.chat = content.chat
        self.sender = content.sender
        self.mentions = content.mentions
        self.mentioned = content.mentioned
        self.created_at = content.created_at
        self.stale = run.stale
        self.crashes = run.crashes
        self.topic = content.topic
        self.root_id = content.root_id
        self.parent_id = content.parent_id
        self.account = run.account
        self.delivery_id = run.delivery

    @cached_property
    def raw(self) -> dict[str, Any]:
        """The `event` object as the platform sent it."""
        raw: dict[str, Any] = msgspec.json.decode(self._content.raw)
        return raw

    def __repr__(self) -> str:
        # No text: a repr ends up in logs.
        return f"<{type(self).__name__} {self.id} in {self.chat.type} {self.chat.id}>"


class Message(_Received):
    """A received message, for `async def` handlers."""

    async def reply(self, text: str, *, key: str | None = None) -> Sent:
        """Answer in the same place; a reply to a message in a thread stays in it.

        Returns once the reply is stored, before it is sent. A second run of the handler repeats
        none that is stored already.

        Args:
            key: names this reply where a second run could make its replies in another order.
        """
        return await self._run.store(self._run.reply(self._content, text, key))


class BlockingSent:
    """`Sent`, for plain `def` handlers."""

    def __init__(self, sent: Sent, loop: asyncio.AbstractEventLoop) -> None:
        self._sent = sent
        self._loop = loop
        self.key = sent.key

    def message_id(self, timeout: float = 10.0) -> str:
        """The platform's id of the message; raises as `Sent.message_id` does."""
        return _wait(self._loop, self._sent.message_id(timeout))


class BlockingMessage(_Received):
    """A received message, for plain `def` handlers: the same names, without `await`."""

    def __init__(self, content: Content, run: Run, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(content, run)
        self._loop = loop

    def reply(self, text: str, *, key: str | None = None) -> BlockingSent:
        """As `Message.reply`; blocks this thread until the reply is stored."""
        reply = self._run.reply(self._content, text, key)
        return BlockingSent(_wait(self._loop, self._run.store(reply)), self._loop)


def _wait(loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, loop).result()
