"""Which jobs of a lane go together, and that they stay together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from larkgate.database.group_commit import Commit
from larkgate.queue.jobs import Job
from larkgate.queue.sql import statements

__all__ = ["as_job", "bind_bursts"]

_SQL = statements("postgres")
_WHOLE_BURST = 1_000


class _Question(NamedTuple):
    """What follows this head; `burst` is the one it was claimed with before, if it was."""

    lane: str
    epoch: int
    head: int
    burst: int | None
    room: int


async def bind_bursts(
    commit: Commit, sizes: Mapping[str, int], heads: Mapping[str, Any]
) -> dict[str, tuple[Job, ...]]:
    """The jobs that go with the head of each lane; of a new burst its members are written down.

    Args:
        sizes: how many may go together, by lane.
        heads: rows of the statement `heads`, by lane.
    """
    asked = [
        question
        for lane, size in sizes.items()
        if (question := _question(lane, size, heads[lane])) is not None
    ]
    bursts: dict[str, tuple[Job, ...]] = dict.fromkeys(sizes, ())
    if not asked:
        return bursts
    behind: dict[str, list[Any]] = defaultdict(list)
    for row in await commit.connection.fetch(_SQL["behind"], *map(list, zip(*asked, strict=True))):
        behind[row["lane"]].append(row)
    bound: list[tuple[int, int]] = []
    for lane, _, head, burst, _ in asked:
        members = behind[lane] if burst is not None else _alike(heads[lane], behind[lane])
        bursts[lane] = tuple(map(as_job, members))
        if burst is None:
            bound += [(row["id"], head) for row in (heads[lane], *members)]
    if bound:
        await commit.connection.execute(_SQL["bind"], *map(list, zip(*bound, strict=True)))
    return bursts


def _question(lane: str, size: int, head: Any) -> _Question | None:
    if head["burst"] is not None:
        return _Question(lane, head["epoch"], head["id"], head["burst"], _WHOLE_BURST)
    if size > 1 and head["together"] is not None:
        return _Question(lane, head["epoch"], head["id"], None, size - 1)
    return None


def _alike(head: Any, behind: Iterable[Any]) -> list[Any]:
    """The unbroken row behind the head that has the same in common."""
    members: list[Any] = []
    for row in behind:
        alike = row["together"] == head["together"] and row["burst"] is None
        if not (alike and row["due"]):
            break
        members.append(row)
    return members


def as_job(row: Any) -> Job:
    """Of a row whose first columns are those of `Job`."""
    return Job(*row[:14])
