"""A selection as SQL that either dialect understands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from larkgate.queue.jobs import State
from larkgate.queue.operations import MOST_SELECTED, Selection

__all__ = ["Dialect", "chosen_ids"]


class Dialect(NamedTuple):
    """How a database writes what differs.

    Attributes:
        schema: what stands before the name of a table.
        mark: the parameter of this number, counted from 1.
        find: the function that finds a text in a text.
        among: an id is one of those in a parameter, with `{}` for that.
        open_jobs: what makes it use the index of open jobs.
    """

    schema: str
    mark: Callable[[int], str]
    find: str
    among: str
    open_jobs: str


def chosen_ids(
    dialect: Dialect, selection: Selection, known: object | None
) -> tuple[str, Sequence[object]]:
    """A query for the ids of the jobs that are meant, newest first, and its parameters.

    Args:
        known: as a parameter, the ids that the keys of the selection stand for.
    """
    conditions = [*_conditions(dialect, selection, known)]
    limit = max(0, min(selection.limit, MOST_SELECTED))
    marks = [text.format(dialect.mark(n)) for n, (text, _) in enumerate(conditions, start=1)]
    branches = [
        f"select * from (select id from {dialect.schema}job {hint} "  # noqa: S608 - nothing given
        f"where {' and '.join([*state, *marks]) or 'true'} order by id desc limit {limit:d}) found"
        for hint, state in _branches(dialect, selection)
    ]
    found = " union all ".join(branches)
    query = f"select id from ({found}) found order by id desc limit {limit:d}"  # noqa: S608
    return query, [value for _, value in conditions]


def _branches(dialect: Dialect, selection: Selection) -> Iterator[tuple[str, list[str]]]:
    """One for each state, written out: indexes of some states serve only who names those."""
    for state in dict.fromkeys(selection.states):
        hint = dialect.open_jobs if state == "open" and not selection.keys else ""
        yield hint, [_STATES[state]]
    if not selection.states:
        yield "", []


_STATES: dict[State, str] = {
    "open": "job.state = 'open'",
    "done": "job.state = 'done'",
    "dead": "job.state = 'dead'",
    "withdrawn": "job.state = 'withdrawn'",
}


def _conditions(
    dialect: Dialect, selection: Selection, known: object | None
) -> Iterator[tuple[str, object]]:
    if selection.keys:
        yield dialect.among, known
    if selection.queue:
        first = selection.queue if selection.queue.endswith(":") else f"{selection.queue}/"
        yield "job.lane >= {}", first
        yield "job.lane < {}", first[:-1] + chr(ord(first[-1]) + 1)
    if selection.lane:
        find = dialect.find
        yield f"{find}(substr(job.lane, {find}(job.lane, '/') + 1), {{}}) > 0", selection.lane
    if selection.type:
        of_job = f"(select type from {dialect.schema}event where id = job.event)"  # noqa: S608
        yield f"{of_job} = {{}}", selection.type
    if selection.since is not None:
        yield "job.created_at >= {}", selection.since
    if selection.until is not None:
        yield "job.created_at < {}", selection.until
