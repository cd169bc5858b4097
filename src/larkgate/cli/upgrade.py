"""`larkgate db upgrade`."""

from __future__ import annotations

from pathlib import Path

from larkgate.cli import output
from larkgate.cli.settings import load
from larkgate.database import open_directory
from larkgate.gateway.stores import upgrade
from larkgate.lifecycle import run
from larkgate.texts import say

__all__ = ["upgrade_store"]


def upgrade_store(settings: Path | None, as_json: bool) -> None:
    found = load(settings, need_account=False)
    open_directory(found.gateway.data)
    rooms = run(upgrade(found))
    columns = [say(f"cli.column.{name}") for name in ("tables", "before", "after")]
    output.show([room._asdict() for room in rooms], as_json, lambda: output.table(columns, rooms))
