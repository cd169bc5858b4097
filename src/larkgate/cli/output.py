"""What commands print: a table for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typer

__all__ = ["as_json", "table"]


def as_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def table(columns: Sequence[str], rows: Sequence[Sequence[object]], folded: int = 0) -> None:
    """A table as wide as the terminal; the column `folded` gives way, nothing is cut off."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, highlight=False)
    for number, column in enumerate(columns):
        shown.add_column(column, overflow="fold", no_wrap=number != folded)
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(markup=False, highlight=False).print(shown)
