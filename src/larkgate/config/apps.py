"""The apps: `[[app]]`. What is wrong inside one stops that one only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from larkgate.checks import Check
from larkgate.config.accounts import labels_of
from larkgate.config.files import Table
from larkgate.config.reader import Reader, did_you_mean
from larkgate.config.structs import Account, AppSettings
from larkgate.config.table import APP
from larkgate.errors import LarkgateError, SettingsError
from larkgate.texts import Sentence

__all__ = ["read_apps"]


def read_apps(reader: Reader, accounts: tuple[Account, ...]) -> tuple[AppSettings, ...]:
    tables = reader.tables(APP.name)
    apps: list[AppSettings] = []
    for label, table in zip(labels_of(APP, tables), tables, strict=True):
        inner = Reader(reader.sources)
        apps.append(_app(inner, label, table, accounts, {app.name for app in apps}))
        reader.rows.update(_softened(inner))
    return tuple(apps)


def _app(
    reader: Reader, label: str, table: Table, accounts: tuple[Account, ...], taken: set[str]
) -> AppSettings:
    values = reader.section(APP, table, label=label, variables=False)
    if "kind" not in table:
        kinds = APP.settings[0].kind.expected
        reader.fail(f"{label}.kind", SettingsError("config.no_kind", app=label, kinds=kinds))
    # Also of an app that cannot run people are told the name they gave it.
    values["kind"] = values["kind"] or reader.rows[f"{label}.kind"].value
    given = values["name"] or reader.rows[f"{label}.name"].value
    values["name"] = given or values["kind"] or label
    if values["name"] in taken:
        twice = {"table": APP.name, "key": "name", "value": values["name"]}
        reader.fail(f"{label}.name", SettingsError("config.twice", **twice))
    values["accounts"] = _app_ids(reader, label, values["accounts"], accounts)
    errors = dict(_errors(reader))
    # A name of its own and nothing wrong but the kind: the queue of that name is this app's.
    identified = not errors or (bool(given) and errors.keys() == {f"{label}.kind"})
    return AppSettings(**values, error=next(iter(errors.values()), None), identified=identified)


def _app_ids(
    reader: Reader, label: str, names: tuple[str, ...], accounts: tuple[Account, ...]
) -> tuple[str, ...]:
    by_name = {
        key: account.app_id for account in accounts for key in (account.name, account.app_id)
    }
    for name in names:
        if name not in by_name:
            cure = did_you_mean(name, by_name)
            error = SettingsError("config.unknown_account", app=label, name=name, cure=cure)
            reader.fail(f"{label}.accounts", error)
    return tuple(by_name[name] for name in names if name in by_name)


def _errors(reader: Reader) -> Iterator[tuple[str, LarkgateError]]:
    for row in reader.rows.values():
        if isinstance(row.check.cause, LarkgateError):
            yield row.name, row.check.cause


def _softened(reader: Reader) -> dict[str, Any]:
    """The same rows, with warnings for errors: the gateway runs without this app."""
    rows = dict(reader.rows)
    for row in reader.rows.values():
        if row.check.verdict == "failed":
            cause = Sentence("config.app_stopped", {"error": row.check.cause})
            check = Check(row.name, "warning", cause)
            rows[row.name] = msgspec.structs.replace(row, check=check)
    return rows
