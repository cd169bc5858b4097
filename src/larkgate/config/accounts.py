"""The Feishu apps: `[feishu]`, several `[[feishu]]`, or variables alone."""

from __future__ import annotations

from typing import Any

import msgspec

from larkgate.config.files import Table
from larkgate.config.reader import Reader
from larkgate.config.structs import Account
from larkgate.config.table import FEISHU, Section
from larkgate.errors import SettingsError

__all__ = ["labels_of", "read_accounts"]


def read_accounts(reader: Reader, *, needed: bool) -> tuple[Account, ...]:
    """Every account; the variables override, or make, the first one."""
    tables = reader.tables(FEISHU.name) or [{}]
    labels = labels_of(FEISHU, tables)
    accounts = [
        _account(reader, label, table, variables=label == labels[0])
        for label, table in zip(labels, tables, strict=True)
    ]
    if len(accounts) == 1 and not accounts[0].app_id and not accounts[0].app_secret:
        if needed:
            reader.fail("feishu.app_id", SettingsError("config.no_account"))
        return ()
    for label, account in zip(labels, accounts, strict=True):
        _refuse_incomplete(reader, label, account)
    _refuse_twins(reader, labels, accounts)
    return tuple(accounts)


def labels_of(section: Section[Any], tables: list[Table]) -> list[str]:
    """What the rows of each table are called."""
    if len(tables) == 1:
        return [section.name]
    return [f"{section.name}[{number}]" for number in range(1, len(tables) + 1)]


def _account(reader: Reader, label: str, table: Table, *, variables: bool) -> Account:
    account = Account(**reader.section(FEISHU, table, label=label, variables=variables))
    if account.name:
        return account
    row = reader.rows[f"{label}.name"]
    reader.show(row.name, account.app_id, row.source, row.check)
    return msgspec.structs.replace(account, name=account.app_id)


def _refuse_incomplete(reader: Reader, label: str, account: Account) -> None:
    if not account.app_id:
        reader.fail(f"{label}.app_id", SettingsError("config.no_app_id", account=label))
    if not account.app_secret:
        error = SettingsError("config.no_app_secret", account=label, app_id=account.app_id)
        reader.fail(f"{label}.app_secret", error)


def _refuse_twins(reader: Reader, labels: list[str], accounts: list[Account]) -> None:
    for key in ("app_id", "name"):
        seen: set[str] = set()
        for label, account in zip(labels, accounts, strict=True):
            value: str = getattr(account, key)
            if value in seen:
                error = SettingsError("config.twice", table=FEISHU.name, key=key, value=value)
                reader.fail(f"{label}.{key}", error)
            seen.add(value)
