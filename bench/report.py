"""docs/benchmarks.md: one row for each figure, written by the bench that measured it."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path

__all__ = ["median", "verdict", "write"]

_FILE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
_HEAD = """# Benchmarks

Each row is written by the command it names, on the machine and day it names; medians of five runs
unless it says otherwise. Machines differ and are noisy: compare the columns of one row, measured
side by side, not rows of different days.

| figure | bound | measured | command | when and where |
| --- | --- | --- | --- | --- |
"""


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def verdict(holds: bool) -> str:
    return "holds" if holds else "**missed**"


def write(figure: str, bound: str, measured: str, command: str) -> None:
    """Put the row of this figure into the file, in place of its former one, and print it."""
    where = f"{datetime.date.today()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    row = f"| {figure} | {bound} | {measured} | `{command}` | {where} |"
    lines = _FILE.read_text("utf-8").splitlines() if _FILE.exists() else _HEAD.splitlines()
    start = f"| {figure} |"
    kept = [line for line in lines if not line.startswith(start)]
    _FILE.write_text("\n".join([*kept, row]) + "\n", "utf-8")
    print(row, flush=True)
