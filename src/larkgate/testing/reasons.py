"""What a bot was sent, and why it is silent."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from larkgate.queue import Trace
from larkgate.simulator import Message, PushRecord, Simulator
from larkgate.testing.bot import BotRun
from larkgate.texts import say

__all__ = ["Delivery", "deliveries", "why"]


class Delivery(Struct, frozen=True):
    """An event or callback for the bot.

    Attributes:
        about: the id of the message it tells of, or "".
        attempts: how often it was pushed.
        acknowledged: whether the bot has taken it.
        withheld: why it was not pushed at all, or "".
    """

    type: str
    about: str
    attempts: int
    acknowledged: bool
    withheld: str = ""


def deliveries(sim: Simulator) -> Iterator[Delivery]:
    """What was pushed, in the order of the first attempts; then what was not."""
    for push in sim.pushes:
        taken = push.acked_at is not None
        yield Delivery(push.event_type, push.about, len(push.attempts), taken)
    for held in sim.events.withheld:
        yield Delivery(held.event_type, held.about, 0, False, held.sentence)


def why(sim: Simulator, bot: BotRun | None, message: Message | None) -> Iterator[str]:
    """What became of a message that has no answer, one sentence each."""
    if message is None:
        yield say("testing.nobody_spoke")
        return
    yield say("testing.last_said", who=message.sender.name, text=message.text)
    held = [each for each in sim.events.withheld if each.about == message.id]
    pushes = [push for push in sim.pushes if push.about == message.id]
    yield from (each.sentence for each in held)
    yield from map(_pushed, pushes)
    if not held and not pushes:
        yield say("testing.nobody_told")
    if bot is not None:
        for trace in bot.trace(message.id):
            yield _handled(trace, bot)


def _pushed(push: PushRecord) -> str:
    if push.acked_at is not None:
        return say("testing.acknowledged", type=push.event_type)
    last = push.attempts[-1] if push.attempts else None
    if last is None or last.connection is None:
        return say("testing.not_connected", type=push.event_type)
    return say("testing.not_acknowledged", type=push.event_type, code=last.code)


def _handled(trace: Trace, bot: BotRun) -> str:
    """What became of it in one app, and of the answers it made."""
    job = trace.job
    if job.state == "done" and trace.result == "unwanted":
        names = ", ".join(handler.name for app in bot.apps for handler in app.handlers)
        return say("testing.unwanted", handlers=names)
    if job.state == "done" and not trace.effects:
        return say("testing.silent", result=trace.result)
    if job.state != "done":
        return say("testing.not_done", state=job.state, reason=job.reason)
    unsent = [each.job for each in trace.effects if each.job.state != "done"]
    reasons = "; ".join(f"{each.state}: {each.reason}" for each in unsent)
    return say("testing.unsent", reason=reasons) if unsent else say("testing.answered")
