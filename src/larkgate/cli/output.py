"""What commands print: tables and time lines for people, JSON for programs."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import typer

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Line", "as_json", "complain", "plain", "show", "table", "timeline"]


class Line(NamedTuple):
    """One line of a time line: when, what, and what is to be said of it."""

    when: str
    what: str
    more: str = ""
    depth: int = 0


def show(value: object, json_wanted: bool, people: Callable[[], None]) -> None:
    """What programs or people read of the same thing."""
    if json_wanted:
        as_json(value)
    else:
        people()


def as_json(value: object) -> None:
    builtin = msgspec.to_builtins(value, enc_hook=str)
    typer.echo(json.dumps(builtin, ensure_ascii=False, indent=2))


def complain(sentence: str) -> None:
    """To stderr: what programs read stays JSON."""
    typer.echo(sentence, err=True)


def plain(text: object) -> str:
    """Words of others as they can be shown: nothing in them steers the terminal."""
    words = " ".join(str(text).split())
    return "".join("\ufffd" if unicodedata.category(each)[0] == "C" else each for each in words)


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    folded: int = 0,
    numbers: Collection[int] = (),
) -> None:
    """A table as wide as the terminal; the column `folded` gives way, nothing is cut off.

    Args:
        numbers: the columns that are aligned to the right.
    """
    from rich import box
    from rich.table import Table

    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0), pad_edge=False)
    for number, column in enumerate(columns):
        shown.add_column(
            column,
            overflow="fold",
            no_wrap=number != folded,
            justify="right" if number in numbers else "left",
        )
    for row in rows:
        shown.add_row(*("" if cell is None else plain(cell) for cell in row))
    _print(shown)


def timeline(lines: Sequence[Line]) -> None:
    """Lines in their order; what is long in them is folded."""
    from rich.table import Table

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for when, what, more, depth in lines:
        grid.add_row("  " * depth + when, plain(what), plain(more))
    _print(grid)


def _print(shown: Table) -> None:
    from rich.console import Console

    Console(markup=False, highlight=False).print(shown)
