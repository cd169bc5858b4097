"""What becomes of a callback: it is pushed once and answered in the acknowledgement.

The numbers that a client shows instead of an answer: official document "卡片回传交互回调". An app
that has subscribed to clicks of both versions gets both; either answer counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from larkgate.simulator.answers import BadAnswer, of_click, of_legacy_click, of_preview
from larkgate.simulator.apps import App
from larkgate.simulator.changes import Changes
from larkgate.simulator.envelopes import LEGACY_CLICK, flat
from larkgate.simulator.events import Events
from larkgate.simulator.pushes import PushRecord
from larkgate.simulator.world import Message

__all__ = ["NOT_CONFIGURED", "PREVIEW", "Clicked", "ask", "ask_for_preview"]

CLICK = "card.action.trigger"
PREVIEW = "url.preview.get"

NOT_CONFIGURED = 200340
_LATE = 200341
_REFUSED = 200671
_FAILURES = {
    "no_address": NOT_CONFIGURED,
    "not_allowed": NOT_CONFIGURED,
    "no_connection": 200342,
    "no_name": 200343,
    "broken": 200080,
}


class Clicked(NamedTuple):
    """What who clicked gets: the answer as that to `card.action.trigger`, or the number of an
    error."""

    answer: dict[str, Any] | None
    error: int | None = None


class _Asked(NamedTuple):
    """A push and what makes sense of its answer."""

    push: PushRecord | None
    read: Callable[[bytes], dict[str, Any]]


async def ask(
    events: Events,
    changes: Changes,
    app: App,
    event: Mapping[str, Any],
    card: Message,
    pushed: Callable[[PushRecord], object],
) -> Clicked:
    """Push a click, in each version the app has subscribed to, and wait for the outcome.

    Args:
        event: that of `card.action.trigger`.
        card: what was clicked on.
        pushed: told of every push.
    """
    asked: list[_Asked] = []
    if LEGACY_CLICK in app.in_force.callbacks:
        push = events.tell(app, LEGACY_CLICK, flat(event), about=card.id)
        asked.append(_Asked(push, lambda body: of_legacy_click(body, card.content)))
    if CLICK in app.in_force.callbacks or not asked:
        push = events.tell(app, CLICK, event, about=card.id)
        asked.append(_Asked(push, lambda body: of_click(body, card.content)))
    for each in asked:
        if each.push is not None:
            pushed(each.push)
    return await _outcome(changes, asked)


async def ask_for_preview(
    events: Events, changes: Changes, app: App, event: Mapping[str, Any], about: str
) -> Clicked:
    """Push `url.preview.get` and wait for the outcome; `about` is the message with the link."""
    push = events.tell(app, PREVIEW, event, about=about)
    return await _outcome(changes, [_Asked(push, of_preview)])


async def _outcome(changes: Changes, asked: Sequence[_Asked]) -> Clicked:
    """The first answer, or when there will be none the error of the last push."""
    while True:
        known = [clicked for each in asked if (clicked := _clicked(each))]
        if answered := [each for each in known if each.error is None]:
            return answered[0]
        if len(known) == len(asked):
            return known[-1]
        await changes.next()


def _clicked(asked: _Asked) -> Clicked | None:
    """None while the answer may still come."""
    push = asked.push
    if push is None:
        return Clicked(None, NOT_CONFIGURED)
    if push.acked_at is None:
        return Clicked(None, _number(push)) if push.given_up else None
    try:
        return Clicked(asked.read(push.answer or b""))
    except BadAnswer as bad:
        return Clicked(None, bad.number)


def _number(push: PushRecord) -> int:
    attempt = push.attempts[0]
    unanswered = _LATE if attempt.code is None else _REFUSED
    return _FAILURES.get(attempt.failure, unanswered)
