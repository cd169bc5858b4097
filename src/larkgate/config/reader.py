"""Reads one table of settings after another, and keeps a row of each value for people to see."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from larkgate.checks import Check
from larkgate.config.files import Sources, Table
from larkgate.config.kinds import Duration
from larkgate.config.structs import Row
from larkgate.config.table import Section, Setting
from larkgate.errors import LarkgateError, SettingsError
from larkgate.secret import Secret
from larkgate.texts import Sentence

__all__ = ["DEFAULT", "ENVIRONMENT", "Found", "Reader", "did_you_mean", "shown"]

DEFAULT = Sentence("config.source.default", {})
ENVIRONMENT = Sentence("config.source.environment", {})

# What manuals and templates print where a value belongs: cli_xxxxx, your_secret, <app id>.
_PLACEHOLDER = re.compile(r"[\w-]*x{4,}|your[_-].*|<.*>", re.IGNORECASE)
_LOGIN = re.compile(r"(?<=://)[^/@\s]+(?=@)|^[^/@\s]+:[^/@\s]+(?=@)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LONGEST_SHOWN = 120


class Found(NamedTuple):
    """A value as it was written.

    `source` is its file, `place` the line too, `variable` its name, empty in a file.
    """

    raw: object
    source: Sentence | str
    place: str
    variable: str


class Reader:
    """Gathers a row of each value, and every credential it meets.

    A value that cannot be used makes a failed row, and reads as the default.
    """

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.file_name = sources.file.name if sources.file else ""
        self.rows: dict[str, Row] = {}
        self.secrets: list[Secret] = []

    def table(self, name: str) -> Table:
        """What is written `[name]`; empty where nothing is."""
        table = self.sources.table.get(name, {})
        if isinstance(table, dict):
            return table
        self._no_table(name)
        return {}

    def tables(self, name: str) -> list[Table]:
        """What is written `[[name]]`, any number of times, or `[name]` once."""
        found = self.sources.table.get(name, [])
        tables = found if isinstance(found, list) else [found]
        if all(isinstance(table, dict) for table in tables):
            return tables
        self._no_table(name)
        return []

    def section(
        self, section: Section[Any], table: Table, *, label: str = "", variables: bool = True
    ) -> dict[str, Any]:
        """The values of one table, by the names of the settings.

        Args:
            label: what the rows are called, where it is not the table's name.
            variables: whether the environment and `.env` override this table.
        """
        label = label or section.name
        self._refuse_unknown(section, table, label)
        return {
            setting.key: self._value(
                f"{label}.{setting.key}",
                setting,
                self.find(section, setting, table, variables=variables),
                section.default(setting),
            )
            for setting in section.settings
        }

    def find(
        self, section: Section[Any], setting: Setting, table: Table, *, variables: bool = True
    ) -> Found | None:
        """The value that counts: of the environment, then `.env`, then the file."""
        if variables and (found := self._variable(setting)):
            return found
        if setting.key not in table:
            return None
        place = f"{self.file_name}: [{section.name}] {setting.key}"
        return Found(table[setting.key], self.file_name, place, "")

    def show(self, name: str, value: str, source: Sentence | str, check: Check) -> None:
        self.rows[name] = Row(name, value, source, check)

    def fail(self, name: str, error: LarkgateError) -> None:
        """Keep an error in the row of this name; the first one stands."""
        row = self.rows.get(name) or Row(name, "", self.file_name, Check(name))
        if row.check.verdict != "failed":
            self.rows[name] = msgspec.structs.replace(row, check=Check(name, "failed", error))

    def _value(self, name: str, setting: Setting, found: Found | None, default: object) -> Any:
        value = self._from_home(default)
        if found is None:
            self.show(name, shown(value), DEFAULT, Check(name))
            return value
        try:
            value = self._from_home(setting.kind.read(found.raw))
        except ValueError:
            raw = "***" if setting.kind.secret else shown(found.raw)
            error = SettingsError(
                "config.bad_value", place=found.place, value=raw, expected=setting.kind.expected
            )
            self.show(name, raw, found.source, Check(name, "failed", error))
            return value
        self.secrets.extend(_credentials(value))
        self.show(name, shown(value), found.source, _remark(name, setting, value))
        return value

    def _from_home(self, value: Any) -> Any:
        return self.sources.home / value if isinstance(value, Path) else value

    def _variable(self, setting: Setting) -> Found | None:
        """An empty variable is as good as none: templates are full of them."""
        layers = ((self.sources.environment, ENVIRONMENT), (self.sources.dotenv, ".env"))
        for values, source in layers:
            for name in setting.env:
                if raw := values.get(name, "").strip():
                    return Found(raw, source, f"{source}: {name}", name)
        return None

    def _no_table(self, name: str) -> None:
        self.fail(name, SettingsError("config.not_a_table", file=self.file_name, table=name))

    def _refuse_unknown(self, section: Section[Any], table: Table, label: str) -> None:
        known = [setting.key for setting in section.settings]
        for key in table:
            if key not in known:
                error = SettingsError(
                    "config.unknown_key",
                    file=self.file_name,
                    table=section.name,
                    key=key,
                    cure=did_you_mean(key, known),
                )
                self.fail(f"{label}.{key}", error)


def did_you_mean(word: str, known: Collection[str]) -> Sentence:
    """What to write instead: the nearest of the known words, or all of them."""
    by_lower = {name.lower(): name for name in known}
    if close := difflib.get_close_matches(word.lower(), by_lower, 1):
        return Sentence("config.did_you_mean", {"name": by_lower[close[0]]})
    return Sentence("config.known", {"names": ", ".join(known)})


def shown(value: object) -> str:
    """A value fit to be seen."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Duration():
            return str(value)
        case float():
            return f"{value:g}"
        case tuple():
            return ", ".join(map(str, value))
    text = _CONTROL.sub("\ufffd", _LOGIN.sub("***", str(value)))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


def _credentials(value: object) -> Iterator[Secret]:
    """A secret, or the password inside a URL."""
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, str) and (login := _LOGIN.search(value)):
        yield Secret(login[0].partition(":")[2])


def _remark(name: str, setting: Setting, value: object) -> Check:
    if setting.remark:
        return Check(name, "ok", Sentence(setting.remark, {}))
    text = value.reveal() if isinstance(value, Secret) else value
    if isinstance(text, str) and _PLACEHOLDER.fullmatch(text):
        return Check(name, "warning", Sentence("config.placeholder", {}))
    return Check(name)
