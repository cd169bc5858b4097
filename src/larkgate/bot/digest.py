"""One message about all that was not answered because it came too late.

Each old delivery is settled by itself, and in the same commit it adds its line to the digest of its
conversation and leaves a job that sends the digest a little later. The lines are kept as a session
is, with its version. Of these jobs only the one that finds nothing added since its own line sends:
its settle stores the message and empties the digest in one commit. So a process may die anywhere,
or a job be discarded by a person, and each line is sent once, with the next digest at the latest.

A job at the end of the lane would be simpler, but what the platform pushes again comes one by one.
"""

from __future__ import annotations

from typing import Any

import msgspec

from larkgate.bot.message import Content
from larkgate.bot.sessions import Session, Sessions
from larkgate.bot.stale import duration, in_one_line
from larkgate.openapi import messages
from larkgate.outbox import Effect, EffectKeys, Outbox
from larkgate.queue import Done, Job, NewJob, Store
from larkgate.texts import say

__all__ = ["DIGEST", "Digests"]

DIGEST = "digest"
"""The body of a job that sends one."""

_QUIET = 30.0  # seconds without a further line before it is sent
_LONGEST = 300.0  # seconds for which lines may put it off
_MOST_QUOTES = 10
_QUOTE = 60  # characters


class Digest(msgspec.Struct):
    """What is kept of a conversation's old messages; `reply_to` is the last of them."""

    account: str
    chat: str
    reply_to: str
    in_thread: bool
    since: float
    last: float
    count: int
    quotes: list[str]


class Digests:
    """The digests of one app."""

    def __init__(self, queue: str, sessions: Sessions, outbox: Outbox, store: Store) -> None:
        self._queue = queue
        self._sessions = sessions
        self._outbox = outbox
        self._store = store

    async def add(self, job: Job, account: str, content: Content, age: float) -> Done:
        """Settle an old delivery with a line in its conversation's digest."""
        lane = f"{job.lane}#digest"
        session = await self._sessions.load(lane, DIGEST)
        now = self._store.now()
        digest = _read(session) or Digest(account, "", "", False, now, now, 0, [])
        digest.chat, digest.reply_to = content.chat.id, content.id
        digest.in_thread, digest.last = bool(content.topic), now
        digest.count += 1
        if len(digest.quotes) < _MOST_QUOTES:
            digest.quotes.append(in_one_line(content.text, _QUOTE) or f"[{content.type}]")
        send = NewJob(
            f"{job.key}#digest",
            self._queue,
            lane.removeprefix(f"{self._queue}/"),
            DIGEST,
            run_at=min(now, digest.since + _LONGEST - _QUIET) + _QUIET,
        )
        result = say("bot.stale_listed", age=duration(age), digest=send.key)
        return self._kept(session, msgspec.to_builtins(digest), result, send)

    async def send(self, job: Job) -> Done:
        """Send the digest of a conversation, unless there is a newer job for it."""
        session = await self._sessions.load(job.lane, DIGEST)
        digest = _read(session)
        if digest is None:
            return Done("nothing left to send")
        now = self._store.now()
        if now < min(digest.last + _QUIET, digest.since + _LONGEST):
            return Done("more came: left to the next")
        effect = self._outbox.job(digest.account, EffectKeys(job.key).answer, _effect(digest))
        return self._kept(session, {}, "sent", effect)

    def _kept(self, session: Session, state: dict[str, Any], result: str, job: NewJob) -> Done:
        session.state = state
        change = session.change(self._store.now())
        return Done(result, jobs=(job,), writes=(change,) if change else ())


def _read(session: Session) -> Digest | None:
    return msgspec.convert(session.state, Digest) if session.state else None


def _effect(digest: Digest) -> Effect:
    content = messages.text(_text(digest))
    return Effect(
        "reply",
        digest.reply_to,
        digest.chat,
        content.msg_type,
        content.content,
        in_thread=digest.in_thread,
    )


def _text(digest: Digest) -> str:
    lines = [f"· {quote}" for quote in digest.quotes]
    if more := digest.count - len(lines):
        lines.append(say("bot.digest_more", count=more))
    return say("bot.digest", count=digest.count, lines="\n".join(lines))
