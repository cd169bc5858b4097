"""What a person may look at in one SQLite file, as functions over a connection.

So it works through the gateway, beside it, and on a file that nobody has open.
"""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from larkgate.database import json_rows
from larkgate.queue.operations import JobRow, QueueRow, Selection, Sizes, Trace
from larkgate.queue.selecting import Dialect, chosen_ids
from larkgate.queue.sql import statements
from larkgate.queue.traces import assemble

__all__ = ["look_at_queues", "look_at_sizes", "select_jobs", "trace_key"]

_SQL = statements("sqlite_operations")
_DIALECT = Dialect(
    schema="",
    mark=lambda n: f"?{n}",
    find="instr",
    among="job.id in (select value from json_each({}))",
    open_jobs="indexed by job_open",
)
_rows: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(list[Any])


def look_at_queues(connection: sqlite3.Connection, now: float) -> list[QueueRow]:
    """How each queue stands at `now`, seconds of `Store.now`."""
    return [QueueRow(*row) for row in connection.execute(_SQL["queues"], (now,))]


def look_at_sizes(connection: sqlite3.Connection, path: Path) -> Sizes:
    """How large the file at `path` is; `tables` is empty where this SQLite cannot tell."""
    files = (path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm"))
    total = sum(file.stat().st_size for file in files if file.exists())
    try:
        tables = dict(connection.execute(_SQL["sizes"]).fetchall())
    except sqlite3.OperationalError:  # built without the table `dbstat`
        tables = {}
    return Sizes(total, tables, shutil.disk_usage(path.parent).free)


def select_jobs(connection: sqlite3.Connection, selection: Selection) -> list[JobRow]:
    """The jobs that are meant, newest first."""
    known = json_rows(_ask(connection, "known", json_rows(selection.keys)))
    query, values = chosen_ids(_DIALECT, selection, known)
    query = f"select json_group_array(id) from ({query})"  # noqa: S608 - see `chosen_ids`
    return _jobs(connection, connection.execute(query, values).fetchone()[0])


def trace_key(connection: sqlite3.Connection, key: str) -> list[Trace]:
    """See `Operations.trace`."""
    jobs = _ask(connection, "known", json_rows([key]))
    made = _ask(connection, "effects", json_rows(jobs))
    ids = json_rows([*jobs, *(effect for _, effect in made)])
    attempts = _ask(connection, "attempts", ids)
    return assemble(jobs, made, _jobs(connection, ids), _ask(connection, "details", ids), attempts)


def _jobs(connection: sqlite3.Connection, ids: str) -> list[JobRow]:
    return [JobRow(*row) for row in _ask(connection, "rows", ids)]


def _ask(connection: sqlite3.Connection, name: str, value: str) -> list[Any]:
    return _rows.decode(connection.execute(_SQL[name], (value,)).fetchone()[0])
