"""Puts the rows of a trace together, whichever store they come from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from larkgate.queue.operations import AttemptRow, JobRow, Trace

__all__ = ["assemble"]


def assemble(
    jobs: Sequence[int],
    made: Iterable[tuple[int, int]],
    rows: Iterable[JobRow],
    details: Iterable[Sequence[Any]],
    attempts: Iterable[Sequence[Any]],
) -> list[Trace]:
    """The traces of some jobs.

    Args:
        made: pairs (job, effect) of ids.
        rows: of the jobs and their effects.
        details: the fields of a Trace from `event_key` to `result`, after the job's id.
        attempts: the fields of an AttemptRow, after the job's id.
    """
    runs: defaultdict[int, list[AttemptRow]] = defaultdict(list)
    for job, *attempt in attempts:
        runs[job].append(AttemptRow(*attempt))
    known = {row.id: row for row in rows}
    traces = {id: _trace(known[id], rest, runs[id]) for id, *rest in details if id in known}
    effects: defaultdict[int, list[Trace]] = defaultdict(list)
    for job, effect in sorted(made):
        if effect in traces:
            effects[job].append(traces[effect])
    return [
        msgspec.structs.replace(traces[id], effects=tuple(effects[id]))
        for id in jobs
        if id in traces
    ]


def _trace(job: JobRow, details: Sequence[Any], attempts: Sequence[AttemptRow]) -> Trace:
    event, account, received, claimed, node, body, result = details
    if not job.running:
        claimed = node = None
    known = (event, account, received, claimed, node, body, result)
    return Trace(job, *known, tuple(attempts), ())
