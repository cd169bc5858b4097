"""`larkgate queue status`, `list` and `show`: they change nothing, and need nobody to run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import msgspec
import typer

from larkgate.cli import output
from larkgate.cli.filters import Filters
from larkgate.cli.selecting import keys_of, selection
from larkgate.cli.settings import load
from larkgate.cli.times import age, instant
from larkgate.cli.trace import message_id, print_trace, state
from larkgate.clock import SystemClock
from larkgate.gateway.operations import open_operations
from larkgate.lifecycle import run
from larkgate.queue import JobRow, NodeRow, QueueRow, Sizes, Trace
from larkgate.texts import say

__all__ = ["Status", "list_jobs", "nothing", "print_jobs", "print_status", "show", "status"]

_LONGEST_REASON = 200
_LARGEST = 3
_UNITS = ("B", "KB", "MB", "GB", "TB")


class Status(msgspec.Struct, frozen=True):
    queues: Sequence[QueueRow]
    nodes: Sequence[NodeRow]
    sizes: Sizes


def status(settings: Path | None, as_json: bool) -> None:
    found = load(settings, need_account=False)

    async def look() -> Status:
        async with open_operations(found) as desk:
            reads = desk.reads
            return Status(await reads.queues(), await reads.nodes(), await reads.sizes())

    standing = run(look())
    output.show(standing, as_json, lambda: print_status(standing))


def list_jobs(settings: Path | None, filters: Filters, as_json: bool) -> None:
    found = load(settings, need_account=False)
    wanted = selection(filters, found)

    async def look() -> Sequence[JobRow]:
        async with open_operations(found) as desk:
            return await desk.reads.select(wanted)

    rows = run(look())
    output.show(rows, as_json, lambda: print_jobs(rows))
    if not rows:
        nothing(filters)


def show(settings: Path | None, key: str, as_json: bool) -> None:
    found = load(settings, need_account=False)

    async def look() -> Sequence[Trace]:
        async with open_operations(found) as desk:
            keys = keys_of([key], found)
            return [trace for name in keys for trace in await desk.reads.trace(name)]

    traces = run(look())
    output.show(traces, as_json, lambda: print_trace(traces))
    if not traces:
        nothing(Filters(keys=(key,)))


def nothing(filters: Filters) -> NoReturn:
    """End with status 1, saying what was not found."""
    if filters.keys:
        output.complain(say("cli.queue.unknown_key", keys=", ".join(filters.keys)))
    else:
        output.complain(say("cli.queue.nothing"))
    raise typer.Exit(1)


def print_jobs(rows: Sequence[JobRow]) -> None:
    if not rows:
        return
    now = SystemClock().now()
    columns = [
        say(f"cli.column.{name}") for name in ("id", "state", "age", "tries", "queue", "reason")
    ]
    cells = [
        (row.id, state(row), age(now - row.created_at), row.attempts, row.queue, _why(row, now))
        for row in rows
    ]
    output.table(columns, cells, folded=5, numbers=(0, 2, 3))


def _why(row: JobRow, now: float) -> str:
    reason = "" if message_id(row.reason) else (row.reason or "")[:_LONGEST_REASON]
    if row.due is None or row.due <= now:
        return reason
    due = say("cli.queue.due_in", time=age(row.due - now))
    return f"{due}: {reason}" if reason else due


def print_status(found: Status) -> None:
    now = SystemClock().now()
    if found.queues:
        names = ("queue", "waiting", "running", "dead", "oldest", "paused")
        columns = [say(f"cli.column.{name}") for name in names]
        output.table(columns, [_queue(row, now) for row in found.queues], 5, numbers=(1, 2, 3, 4))
    else:
        typer.echo(say("cli.queue.empty"))
    for row in found.queues:
        if row.suspects:
            typer.echo(say("cli.queue.suspects", queue=row.name, lanes=row.suspects))
    _print_nodes(found.nodes, now)
    typer.echo()
    _print_sizes(found.sizes)


def _queue(row: QueueRow, now: float) -> tuple[object, ...]:
    oldest = "" if row.oldest is None else age(now - row.oldest)
    paused = row.paused
    if row.until is not None:
        paused = say("cli.queue.until", reason=row.paused, time=instant(row.until))
    return row.name, row.waiting, row.running, row.dead, oldest, paused


def _print_nodes(nodes: Sequence[NodeRow], now: float) -> None:
    if not nodes:
        return
    names = ("node", "host", "process", "role", "version", "lease")
    columns = [say(f"cli.column.{name}") for name in names]
    typer.echo()
    output.table(columns, [_node(node, now) for node in nodes], folded=1, numbers=(2,))
    if len({node.routers for node in nodes}) > 1:
        typer.echo(say("cli.queue.routers_differ"))


def _node(node: NodeRow, now: float) -> tuple[object, ...]:
    left = age(node.lease_until - now) if node.lease_until > now else say("cli.queue.lapsed")
    return node.id, node.host, node.pid, node.role, node.version, left


def _print_sizes(sizes: Sizes) -> None:
    said = [say("cli.queue.takes", size=_bytes(sizes.total))]
    if sizes.tables:
        largest = sorted(sizes.tables.items(), key=lambda each: -each[1])[:_LARGEST]
        tables = ", ".join(f"{name} {_bytes(size)}" for name, size in largest)
        said.append(say("cli.queue.largest", tables=tables))
    if sizes.free is not None:
        said.append(say("cli.queue.free", size=_bytes(sizes.free)))
    typer.echo(" · ".join(said))


def _bytes(size: float) -> str:
    for unit in _UNITS:
        if size < 1024 or unit == _UNITS[-1]:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError("the last unit has no end")
