"""The statements of each dialect, each under a `-- name --` line in a file of its own."""

from __future__ import annotations

import re
from importlib.resources import files

from larkgate.database import Migrations

__all__ = ["SCHEMA", "statements"]

_HEADING = re.compile(r"^-- ([\w ]+) --\n", re.MULTILINE)


def statements(dialect: str) -> dict[str, str]:
    """Name to statement, for `sqlite` or `postgres`."""
    text = files(__name__).joinpath(f"{dialect}.sql").read_text("utf-8")
    parts = _HEADING.split(text)
    return {
        name: statement.strip() for name, statement in zip(parts[1::2], parts[2::2], strict=True)
    }


def _schemas(dialect: str) -> tuple[str, ...]:
    """The statements called `schema <n>`, which stand in their order."""
    found = statements(dialect)
    return tuple(found[name] for name in found if name.startswith("schema "))


SCHEMA = Migrations("queue", _schemas("sqlite"), _schemas("postgres"))
