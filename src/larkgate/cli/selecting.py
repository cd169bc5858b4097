"""From the words of a command line to what the store is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import typer

from larkgate.cli.filters import Filters
from larkgate.cli.times import duration, moment
from larkgate.clock import SystemClock
from larkgate.config import Config
from larkgate.protocol.events import message_key
from larkgate.queue import Selection, State
from larkgate.texts import say

__all__ = ["keys_of", "seconds_of", "selection"]


def selection(filters: Filters, config: Config, states: tuple[State, ...] = ()) -> Selection:
    """What the filters mean; `states` where they name none.

    Raises:
        typer.BadParameter: a time that is none, or both a queue and an app.
    """
    if filters.queue and filters.app:
        raise typer.BadParameter(say("cli.queue.queue_or_app"))
    return Selection(
        keys=tuple(keys_of(filters.keys, config)),
        queue=filters.queue or (f"app:{filters.app}" if filters.app else ""),
        lane=filters.lane or "",
        states=filters.state or states,
        type=filters.type or "",
        since=_time(filters.since),
        until=_time(filters.until),
        limit=filters.limit,
    )


def keys_of(names: Iterable[str], config: Config) -> Iterator[str]:
    """A message's id means its event, on whichever account received it; a number is a job's."""
    for name in names:
        if name.startswith("om_"):
            yield from (message_key(account.app_id, name) for account in config.accounts)
        else:
            yield f"#{name}" if name.isdecimal() else name


def seconds_of(text: str) -> float:
    """Of `30d`. Raises typer.BadParameter when it is no such duration."""
    try:
        return duration(text)
    except ValueError as error:
        raise typer.BadParameter(say("cli.queue.bad_duration", text=text)) from error


def _time(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return moment(text, SystemClock().now())
    except ValueError as error:
        raise typer.BadParameter(say("cli.queue.bad_time", text=text)) from error
