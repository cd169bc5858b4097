"""When a bot is at rest: nothing will happen any more unless somebody acts or time passes.

Of a bot that runs here the store tells: an event is on disk before its push is acknowledged, and
an answer in the commit that ends its message, so there is no moment in which something is on its
way and neither the platform nor the store knows of it. Of a program elsewhere only the platform
knows: its pushes are acknowledged, its calls answered, and nothing has changed for a moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

from msgspec import Struct

from larkgate.errors import LarkgateError
from larkgate.simulator import PushRecord, Simulator
from larkgate.testing.clock import FlowingClock
from larkgate.texts import say

__all__ = ["SOON", "NotAtRest", "Unfinished", "come_to_rest", "connect", "fall_silent"]

SOON = 2.0
"""Seconds: what is due later does not keep a bot from being at rest."""

_CONNECTS_WITHIN = 60.0
_STEP = 0.1
_ANSWERED_WITHIN = 3.0  # an acknowledgement; a call without an answer by then was cut off


class NotAtRest(LarkgateError, TimeoutError):
    """A bot has not come to rest in time; the sentence says what it still does."""


class Unfinished(Struct, frozen=True):
    """Something that goes on.

    Attributes:
        what: tells a person.
        seconds: how long it has nothing to do.
        idle: it waits for time to pass, and for nothing else.
    """

    what: Callable[[], str]
    seconds: float = 0.0
    idle: bool = True


class Worker(Protocol):
    """A bot of this process, as it stands now: neither answer takes a turn of the loop."""

    def unfinished(self) -> list[Unfinished]: ...
    def links(self) -> list[dict[str, Any]]: ...


async def come_to_rest(sim: Simulator, bot: Worker, clock: FlowingClock, patience: float) -> None:
    """Wait until a bot of this process is at rest. Where it only waits for a time that is near,
    time is moved on.

    Args:
        patience: seconds, whether they pass or are skipped.

    Raises:
        NotAtRest: it is still at work.
    """
    going_on: list[Unfinished] = []

    def is_still() -> bool:
        going_on[:] = [*_pushes_under_way(sim, clock.now()), *bot.unfinished()]
        return all(each.idle for each in going_on)

    try:
        async with clock.timeout(patience):
            while True:
                while not is_still():
                    await clock.move()
                await clock.settle()  # what needs no time is done first
                if is_still():
                    if not going_on:
                        return
                    await clock.advance(max(0.0, min(each.seconds for each in going_on)))
    except TimeoutError:
        what = "; ".join(each.what() for each in going_on) or "?"
        raise NotAtRest("testing.not_at_rest", seconds=patience, what=what) from None


def _pushes_under_way(sim: Simulator, now: float) -> Iterator[Unfinished]:
    """Each is acknowledged, or fails 3 s after it was made."""
    if not sim.unacknowledged:
        return
    for push in reversed(sim.pushes):
        if _is_under_way(push):
            what = partial(say, "testing.pushing", type=push.event_type)
            yield Unfinished(what, push.attempts[-1].at + _ANSWERED_WITHIN - now)


def _is_under_way(push: PushRecord) -> bool:
    last = push.attempts[-1] if push.attempts else None
    return last is not None and last.code is None and not last.failed


async def fall_silent(sim: Simulator, clock: FlowingClock, quiet: float, patience: float) -> None:
    """Wait until a program elsewhere is at rest: for `quiet` seconds nothing has happened.

    Raises:
        NotAtRest: something always happens.
    """
    what = ""
    if not sim.calls and not sim.unacknowledged:
        return  # nobody was ever here
    try:
        async with clock.timeout(patience):
            while (what := _under_way(sim, clock.now())) or await _changes_within(sim, quiet):
                if what:
                    await _changes_within(sim, _ANSWERED_WITHIN)
    except TimeoutError:
        what = what or say("testing.restless")
        raise NotAtRest("testing.not_at_rest", seconds=patience, what=what) from None


async def _changes_within(sim: Simulator, seconds: float) -> bool:
    change = sim.changes.next()
    await asyncio.wait((change,), timeout=seconds)
    return change.done()


def _under_way(sim: Simulator, now: float) -> str:
    if pushes := list(_pushes_under_way(sim, now)):
        return pushes[0].what()
    for call in reversed(sim.calls):
        if call.at < now - _ANSWERED_WITHIN:
            return ""
        if call.status is None and call.path.startswith("/open-apis/"):
            return say("testing.calling", call=f"{call.method} {call.path}")
    return ""


async def connect(sim: Simulator, bot: Worker | None, clock: FlowingClock) -> None:
    """Wait until a bot is connected. Where one of this process waits before it dials again, time
    is moved on.

    Raises:
        NotAtRest: it is not within a minute, or is refused.
    """
    missing = say("testing.unconnected")
    try:
        async with clock.timeout(_CONNECTS_WITHIN):
            if bot is None:
                while not sim.connections:
                    await sim.changes.next()
                return
            await clock.settle()
            while missing := _missing(sim, bot):
                await _until_it_dials(bot, clock)
    except NotAtRest:
        raise
    except TimeoutError:
        raise NotAtRest("testing.not_at_rest", seconds=_CONNECTS_WITHIN, what=missing) from None


def _missing(sim: Simulator, bot: Worker) -> str:
    """Which connections are not there, as a person is told."""
    connected = {connection.app_id for connection in sim.connections}
    away = [
        link for link in bot.links() if link["phase"] != "live" or link["app_id"] not in connected
    ]
    for link in away:
        if link["phase"] == "refused":
            raise NotAtRest("testing.refused", reason=link["reason"])
    return "; ".join(
        say("testing.connecting", phase=link["phase"], reason=link["reason"] or "-")
        for link in away
    )


async def _until_it_dials(bot: Worker, clock: FlowingClock) -> None:
    if any(link["phase"] in ("endpoint", "dialing", "opening") for link in bot.links()):
        await clock.move()
    else:
        await clock.advance(_STEP)
