"""The commands of `larkgate queue` that change something."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import typer

from larkgate.checks import is_app_name
from larkgate.cli import output
from larkgate.cli.filters import MOST, Filters
from larkgate.cli.look import nothing, print_jobs
from larkgate.cli.selecting import seconds_of, selection
from larkgate.cli.settings import load
from larkgate.cli.trace import print_visible
from larkgate.config import Config
from larkgate.config.reader import did_you_mean
from larkgate.errors import LarkgateError
from larkgate.gateway.operations import (
    SHORTEST_RETENTION,
    Desk,
    Discard,
    Move,
    Pause,
    Prune,
    Replay,
    Resume,
    Retry,
    open_operations,
)
from larkgate.lifecycle import run
from larkgate.outbox import send_queue
from larkgate.queue import JobRow, State, Trace
from larkgate.texts import say

__all__ = ["Manner", "discard", "move", "pause", "prune", "replay", "resume", "retry"]

_MOST_TRACED = 20
# What a person names may also wait still; filters find dead letters, unless they say more.
_FOUND: tuple[State, ...] = ("dead",)
_RETRIED: tuple[State, ...] = ("open", "dead", "withdrawn")
_DISCARDED: tuple[State, ...] = ("open", "dead")
_REPLAYED: tuple[State, ...] = ("done", "dead", "withdrawn")


class Manner(NamedTuple):
    dry_run: bool
    yes: bool
    as_json: bool


def retry(settings: Path | None, filters: Filters, manner: Manner) -> None:
    async def work(desk: Desk, config: Config) -> None:
        rows = await _select(desk, config, filters, _RETRIED)
        tried = [row for row in rows if row.tried]
        if manner.dry_run:
            _show_plan(rows, [], manner)
            return
        if tried:
            _agree(manner, say("cli.queue.tried", jobs=len(tried)), lambda: print_jobs(tried))
        done = await desk.do(Retry(_ids(rows)))
        _tell(done, manner.as_json, say("cli.queue.retried", jobs=len(done["keys"])))
        _say_who_works(desk, manner.as_json)

    _with_desk(settings, work)


def discard(settings: Path | None, filters: Filters, reason: str, manner: Manner) -> None:
    async def work(desk: Desk, config: Config) -> None:
        rows = await _select(desk, config, filters, _DISCARDED)
        if manner.dry_run:
            _show_plan(rows, [], manner)
            return
        done = await desk.do(Discard(_ids(rows), reason or say("cli.queue.by_hand")))
        _tell(done, manner.as_json, say("cli.queue.discarded", jobs=len(done["keys"])))

    _with_desk(settings, work)


def replay(settings: Path | None, filters: Filters, rate: float, manner: Manner) -> None:
    async def work(desk: Desk, config: Config) -> None:
        found = await _select(desk, config, filters, _REPLAYED, _REPLAYED)
        rows = _deliveries(found)
        if not rows:
            raise LarkgateError("cli.queue.no_delivery")
        traces = [each for row in rows[:_MOST_TRACED] for each in await desk.reads.trace(row.key)]
        if manner.dry_run:
            _show_plan(rows, traces, manner)
            return
        question = say("cli.queue.visible_again", deliveries=len(rows))
        _agree(manner, question, lambda: _print_plan(rows, traces))
        done = await desk.do(Replay(_ids(rows), rate, secrets.token_hex(4)))
        told = say("cli.queue.replaying", deliveries=len(rows), rate=rate)
        _tell(done, manner.as_json, told)
        _say_who_works(desk, manner.as_json)

    _with_desk(settings, work)


def pause(
    settings: Path | None, queue: str | None, app: str | None, reason: str, as_json: bool
) -> None:
    async def work(desk: Desk, config: Config) -> None:
        name = await _known_queue(desk, config, queue, app)
        done = await desk.do(Pause(name, reason or say("cli.queue.by_hand")))
        _tell(done, as_json, say("cli.queue.paused", queue=name))

    _with_desk(settings, work)


def resume(settings: Path | None, queue: str | None, app: str | None, as_json: bool) -> None:
    async def work(desk: Desk, config: Config) -> None:
        name = await _known_queue(desk, config, queue, app)
        done = await desk.do(Resume(name))
        _tell(done, as_json, say("cli.queue.resumed", queue=name))

    _with_desk(settings, work)


def prune(settings: Path | None, older_than: str | None, as_json: bool) -> None:
    async def work(desk: Desk, config: Config) -> None:
        order = _prune_order(config, older_than)
        events = jobs = 0
        more = True
        with _progress() as advance:
            while more:
                batch = await desk.do(order)
                events, jobs, more = events + batch["events"], jobs + batch["jobs"], batch["more"]
                advance(batch["jobs"])
        told = say("cli.queue.pruned", events=events, jobs=jobs)
        _tell({"events": events, "jobs": jobs}, as_json, told)

    _with_desk(settings, work)


def move(settings: Path | None, old: str, new: str, as_json: bool) -> None:
    async def work(desk: Desk, config: Config) -> None:
        if not is_app_name(new) or new == old:
            raise typer.BadParameter(say("cli.queue.bad_app_name", name=new))
        await _known_queue(desk, config, None, old)
        done = await desk.do(Move(old, new))
        _tell(done, as_json, say("cli.queue.moved", jobs=done["moved"], old=old, new=new))

    _with_desk(settings, work)


def _with_desk(settings: Path | None, work: Callable[[Desk, Config], Awaitable[None]]) -> None:
    config = load(settings, need_account=False)

    async def serve() -> None:
        async with open_operations(config) as desk:
            await work(desk, config)

    run(serve())


async def _select(
    desk: Desk,
    config: Config,
    filters: Filters,
    possible: tuple[State, ...],
    found: tuple[State, ...] = _FOUND,
) -> Sequence[JobRow]:
    """The jobs that are meant, of those this can be done to; ends the command if there is none."""
    if not filters.restrict:
        raise typer.BadParameter(say("cli.queue.name_some"))
    rows = await desk.reads.select(selection(filters, config, possible if filters.keys else found))
    if len(rows) == MOST:
        output.complain(say("cli.queue.most", jobs=MOST))
    if rows:
        return rows
    others = await desk.reads.select(selection(filters, config)) if filters.keys else ()
    if others and not filters.state:
        states = ", ".join(sorted({say(f"cli.state.{row.state}") for row in others}))
        raise LarkgateError("cli.queue.wrong_state", jobs=len(others), states=states)
    nothing(filters)


def _deliveries(rows: Sequence[JobRow]) -> Sequence[JobRow]:
    """What came from an event; of a delivery and its former replays only the newest."""
    originals = {row.key.partition("~")[0]: row for row in reversed(rows) if row.type is not None}
    return sorted(originals.values(), key=lambda row: -row.id)


def _ids(rows: Sequence[JobRow]) -> tuple[int, ...]:
    """Oldest first, in the order in which they came."""
    return tuple(sorted(row.id for row in rows))


async def _known_queue(desk: Desk, config: Config, queue: str | None, app: str | None) -> str:
    """A queue that exists, or that the settings make.

    Raises:
        LarkgateError: there is none of this name, with the nearest that there is.
    """
    if (queue is None) == (app is None):
        raise typer.BadParameter(say("cli.queue.queue_or_app"))
    name = queue or f"app:{app}"
    known = {row.name for row in await desk.reads.queues()}
    known |= {f"app:{each.name}" for each in config.apps}
    known |= {send_queue(account.app_id) for account in config.accounts}
    if name not in known:
        cure = did_you_mean(name, sorted(known))
        raise LarkgateError("cli.queue.unknown_queue", queue=name, cure=cure)
    return name


def _prune_order(config: Config, older_than: str | None) -> Prune:
    if older_than is None:
        return Prune(float(config.queue.retention), float(config.queue.dead_letters))
    seconds = seconds_of(older_than)
    if seconds < SHORTEST_RETENTION:
        raise typer.BadParameter(say("cli.queue.too_young", hours=SHORTEST_RETENTION / 3600))
    return Prune(seconds, seconds)


def _agree(manner: Manner, question: str, show: Callable[[], None]) -> None:
    """Ask before something happens that may be seen twice; "no" ends the command."""
    if manner.yes:
        return
    if manner.as_json or not sys.stdin.isatty():
        raise LarkgateError("cli.queue.needs_yes", question=question)
    show()
    if not typer.confirm(f"{question} {say('cli.queue.go_on')}"):
        output.complain(say("cli.queue.left_alone"))
        raise typer.Exit(1)


def _show_plan(rows: Sequence[JobRow], traces: Sequence[Trace], manner: Manner) -> None:
    plan = {"dry_run": True, "jobs": rows, "effects": [e for t in traces for e in t.effects]}
    output.show(plan, manner.as_json, lambda: _print_plan(rows, traces))
    output.complain(say("cli.queue.dry_run", jobs=len(rows)))


def _print_plan(rows: Sequence[JobRow], traces: Sequence[Trace]) -> None:
    print_jobs(rows)
    print_visible(traces)
    if traces and len(rows) > _MOST_TRACED:
        typer.echo(say("cli.queue.not_listed", deliveries=len(rows) - _MOST_TRACED))


def _tell(done: dict[str, Any], as_json: bool, sentence: str) -> None:
    output.show(done, as_json, lambda: typer.echo(sentence))


def _say_who_works(desk: Desk, as_json: bool) -> None:
    if not desk.served and not as_json:
        typer.echo(say("cli.queue.starts_later"))


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """Counts on a terminal what has been done; what programs read stays clean."""
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn

    shown = Progress(
        SpinnerColumn(),
        TextColumn("{task.description} {task.completed:.0f}"),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with shown:
        task = shown.add_task(say("cli.queue.pruning"), total=None)
        yield lambda jobs: shown.advance(task, jobs)
