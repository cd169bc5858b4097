"""`larkgate run` and `larkgate run --check`."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from larkgate import config, texts
from larkgate.bot import App
from larkgate.cli import output
from larkgate.errors import SettingsError
from larkgate.gateway import serve
from larkgate.lifecycle import UNUSABLE
from larkgate.texts import say

__all__ = ["check", "run"]


def run(target: str | None, settings: Path | None, role: str | None) -> int:
    apps = [_load(target)] if target else []
    return serve(apps, Path.cwd(), _environment(role), settings)


def check(settings: Path | None, role: str | None, as_json: bool) -> int:
    """Print every setting with its value, source and verdict; calls nobody."""
    found = config.read(Path.cwd(), _environment(role), settings)
    texts.use(found.gateway.language)
    rows = config.check(found)
    failed = sum(row.check.verdict == "failed" for row in rows)
    if as_json:
        output.as_json([_plain(row) for row in rows])
    else:
        _show(rows)
        typer.echo(say("cli.check_failed", number=failed) if failed else say("cli.check_ok"))
    return UNUSABLE if failed else 0


def _environment(role: str | None) -> Mapping[str, str]:
    """What is said on the command line overrides the environment."""
    return os.environ if role is None else {**os.environ, "LARKGATE_ROLE": role}


def _show(rows: Sequence[config.Row]) -> None:
    """The table, then what is to be said of its rows."""
    columns = [say(f"cli.column.{name}") for name in ("setting", "value", "source", "verdict")]
    cells = [
        (row.name, row.value, row.source, say(f"cli.verdict.{row.check.verdict}")) for row in rows
    ]
    output.table(columns, cells, folded=1)
    for row in rows:
        if row.check.cause:
            verdict = say(f"cli.verdict.{row.check.verdict}")
            typer.echo(f"{verdict}: {row.name}: {row.check.cause}")


def _plain(row: config.Row) -> dict[str, str]:
    return {
        "name": row.name,
        "value": row.value,
        "source": str(row.source),
        "verdict": row.check.verdict,
        "cause": str(row.check.cause or ""),
    }


def _load(target: str) -> App:
    """The app that `module:name` names.

    Raises:
        SettingsError: there is none, or the module does not import.
    """
    module_name, _, name = target.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(importlib.import_module(module_name), name or "bot")
    except Exception as error:
        cause = f"{type(error).__name__}: {error}"
        raise SettingsError("cli.no_target", target=target, cause=cause) from error
    if not isinstance(found, App):
        raise SettingsError("cli.not_an_app", target=target, type=type(found).__name__)
    return found
