"""The life of a job as a time line: received, stored, each attempt, what it made visible."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import typer

from larkgate.cli.output import Line, plain, timeline
from larkgate.cli.times import instant
from larkgate.queue import AttemptRow, JobRow, Trace
from larkgate.texts import say

__all__ = ["message_id", "print_trace", "print_visible", "state"]


class _Act(msgspec.Struct):
    """What effects of all kinds have in common, and nothing of what they say."""

    verb: str = ""
    target: str = ""


class _Receipt(msgspec.Struct):
    message_id: str


def print_trace(traces: Sequence[Trace]) -> None:
    for number, trace in enumerate(traces):
        if number:
            typer.echo()
        job = trace.job
        typer.echo(plain(job.key))
        typer.echo(plain(say("cli.trace.where", id=job.id, queue=job.queue)))
        typer.echo(plain(say("cli.trace.lane", lane=job.lane)))
        timeline(list(_life(trace, 0)))


def print_visible(traces: Sequence[Trace]) -> None:
    """What deliveries have made visible."""
    for trace in traces:
        for effect in trace.effects:
            seen = f"{_act(effect)}, {state(effect.job)} {_outcome(effect.result)}"
            typer.echo(plain(f"#{trace.job.id}: {seen}"))


def state(job: JobRow) -> str:
    """How it stands, in one word."""
    return say("cli.state.running" if job.running else f"cli.state.{job.state}")


def message_id(result: str | None) -> str | None:
    """Of the message an effect became, if that is what the result says."""
    try:
        return msgspec.json.decode(result or "", type=_Receipt).message_id
    except msgspec.MsgspecError:
        return None


def _life(trace: Trace, depth: int) -> Iterator[Line]:
    runs = [line for run in trace.attempts for line in _attempt(run)]
    for line in (*_beginning(trace), *runs, _end(trace)):
        yield line._replace(depth=depth)
    for effect in trace.effects:
        yield from _life(effect, depth + 1)


def _beginning(trace: Trace) -> Iterator[Line]:
    job = trace.job
    if trace.received_at is not None:
        yield Line(instant(trace.received_at), say("cli.trace.received"), job.type or "")
        yield Line(instant(job.created_at), say("cli.trace.stored"))
    else:
        yield Line(instant(job.created_at), say("cli.trace.effect"), f"#{job.id} {_act(trace)}")


def _attempt(run: AttemptRow) -> Iterator[Line]:
    took = say("cli.trace.took", seconds=run.ended - run.started)
    yield Line(instant(run.started), say("cli.trace.attempt", number=run.n), took)
    if run.error:
        yield Line("", "", run.error)


def _end(trace: Trace) -> Line:
    """How it stands now."""
    if trace.claimed_at is not None:
        on = say("cli.trace.on", node=trace.node) if trace.node else ""
        return Line(instant(trace.claimed_at), say("cli.trace.claimed"), on)
    if trace.job.due is not None:
        return Line(instant(trace.job.due), say("cli.trace.due"))
    if trace.job.state == "open":
        return Line("", say("cli.trace.behind"))
    return _over(trace)


def _over(trace: Trace) -> Line:
    last = trace.attempts[-1] if trace.attempts else None
    why = _outcome(trace.result)
    if last is None:
        return Line("", state(trace.job), why)
    return Line(instant(last.ended), state(trace.job), "" if why == last.error else why)


def _outcome(result: str | None) -> str:
    """What a job has left: the message it became, or why it is over."""
    found = message_id(result)
    return f"message_id {found}" if found else result or ""


def _act(trace: Trace) -> str:
    """What an effect does, without what it says."""
    try:
        found = msgspec.json.decode(trace.body, type=_Act)
    except msgspec.MsgspecError:
        return trace.job.queue
    return f"{found.verb} {found.target}".strip() or trace.job.queue
