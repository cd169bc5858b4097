"""docs/simulator.md says of every call what is imitated of it, and of none that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from larkgate.simulator import Simulator

PAGE = Path(__file__).parent.parent.parent / "docs" / "simulator.md"
SOURCES = ("Document", "SDK")


def rows_below(heading: str) -> list[list[str]]:
    """The cells of each row of the first table after the heading."""
    table = re.search(rf"^{re.escape(heading)}\n\| --- .*\n((?:\|.*\n)+)", text(), re.MULTILINE)
    assert table, f"no table begins with {heading}"
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in table[1].splitlines()]


def text() -> str:
    return PAGE.read_text("utf-8")


CALLS = rows_below("| call | imitated | not | follows |")
RULES = rows_below("| rule | imitated | not | follows |")


def test_every_call_of_the_simulator_stands_in_the_table_once() -> None:
    served = sorted(f"`{route.method} {route.path}`" for route in Simulator().routes())
    assert sorted(row[0] for row in CALLS) == served


@pytest.mark.parametrize("row", CALLS + RULES, ids=lambda row: row[0])
def test_each_row_says_what_it_imitates_and_whom_it_follows(row: list[str]) -> None:
    _, imitated, _, follows = row
    assert imitated
    assert follows.startswith(SOURCES), "the official document or the SDK's source"
