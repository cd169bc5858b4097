"""Files and environment become one `Config`, once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import msgspec

from larkgate.checks import Check
from larkgate.config.accounts import read_accounts
from larkgate.config.apps import read_apps
from larkgate.config.files import IDLE_TABLES, gather
from larkgate.config.reader import DEFAULT, ENVIRONMENT, Reader, did_you_mean
from larkgate.config.stores import choose_store, own_file
from larkgate.config.structs import Config, GatewaySettings, StoreSettings
from larkgate.config.table import (
    FEISHU,
    GATEWAY,
    HTTP,
    LLM,
    LOG,
    MAIL,
    PROXY,
    QUEUE,
    REPORT,
    SECTIONS,
    STORE,
    STORE_URL,
    Section,
    Setting,
    variables,
)
from larkgate.errors import SettingsError
from larkgate.texts import Language, Sentence

__all__ = ["language_of", "load", "read"]

S = TypeVar("S", bound=msgspec.Struct)

_LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")
_PREFIX = "LARKGATE_"
_FOREIGN = "DATABASE_URL"  # a name that other programs' databases go by


def load(
    directory: Path,
    environment: Mapping[str, str],
    file: Path | None = None,
    *,
    need_account: bool = True,
) -> Config:
    """The settings in force: `larkgate.toml`, overridden by `.env`, overridden by `environment`.

    Args:
        directory: where the files are looked for.
        environment: the variables of the process; nothing else of them is read.
        file: a settings file to read instead of `larkgate.toml`; `.env` is read beside it.
        need_account: whether it is an error that no Feishu app is configured.

    Raises:
        SettingsError: the first setting that cannot be used. An error inside one `[[app]]` is
            kept in that app instead.
    """
    config = read(directory, environment, file, need_account=need_account)
    config.verify()
    return config


def read(
    directory: Path,
    environment: Mapping[str, str],
    file: Path | None = None,
    *,
    need_account: bool = True,
) -> Config:
    """As `load`, but every error becomes a failed row, which `verify` raises, and reads as the
    default.
    """
    sources = gather(directory, environment, file)
    reader = Reader(sources)
    for error in sources.errors:
        reader.fail(Path(str(error.values["file"])).name, error)
    _refuse_unknown_tables(reader)
    _refuse_unknown_variables(reader)
    gateway = _gateway(reader)
    accounts = read_accounts(reader, needed=need_account)
    return Config(  # the order of this is the order of the rows
        home=sources.home,
        files=tuple(file for file in (sources.file, sources.dotenv_file) if file),
        gateway=gateway,
        accounts=accounts,
        apps=read_apps(reader, accounts),
        store=_store(reader, gateway),
        queue=_plain(reader, QUEUE),
        log=_plain(reader, LOG),
        http=_plain(reader, HTTP),
        llm=_plain(reader, LLM),
        proxies=_plain(reader, PROXY),
        mail=_plain(reader, MAIL),
        report=_plain(reader, REPORT),
        rows=tuple(reader.rows.values()),
        notes=tuple(_notes(reader)),
        secrets=tuple(reader.secrets),
    )


def language_of(environment: Mapping[str, str]) -> Language:
    """The language before any settings are read, for the errors of reading them."""
    for name in ("LARKGATE_LANG", *_LOCALE):
        if value := environment.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def _refuse_unknown_tables(reader: Reader) -> None:
    known = [f"[{section.name}]" for section in SECTIONS]
    for name, value in reader.sources.table.items():
        if f"[{name}]" in known or name in IDLE_TABLES:
            continue
        if isinstance(value, dict | list):
            key, cure = "config.unknown_table", did_you_mean(f"[{name}]", known)
        else:
            key, cure = "config.loose_key", _belongs_below(name)
        reader.fail(name, SettingsError(key, file=reader.file_name, name=name, cure=cure))


def _belongs_below(key: str) -> Sentence:
    tables = [s.name for s in SECTIONS if key in (setting.key for setting in s.settings)]
    names = [f"[{name}]" for name in tables or (section.name for section in SECTIONS)]
    return Sentence("config.belongs_below", {"tables": ", ".join(names)})


def _refuse_unknown_variables(reader: Reader) -> None:
    known = sorted(name for name in variables() if name.startswith(_PREFIX))
    layers = ((ENVIRONMENT, reader.sources.environment), (".env", reader.sources.dotenv))
    for source, values in layers:
        for name in values:
            if name.startswith(_PREFIX) and name not in known:
                cure = did_you_mean(name, known)
                error = SettingsError(
                    "config.unknown_variable", source=source, name=name, cure=cure
                )
                reader.show(name, "", source, Check(name, "failed", error))


def _plain(reader: Reader, section: Section[S]) -> S:
    return section.struct(**reader.section(section, reader.table(section.name)))


def _gateway(reader: Reader) -> GatewaySettings:
    settings = _plain(reader, GATEWAY)
    row = reader.rows["gateway.language"]
    if row.source is not DEFAULT:
        return settings
    language = language_of(reader.sources.environment)
    reader.show(row.name, language, DEFAULT, row.check)
    return msgspec.structs.replace(settings, language=language)


def _store(reader: Reader, gateway: GatewaySettings) -> StoreSettings:
    table = reader.table(STORE.name)
    values = reader.section(STORE, table)
    found = reader.find(STORE, STORE_URL, table)
    choice, check = choose_store(
        values.pop(STORE_URL.key) or "",
        foreign=found is not None and found.variable == _FOREIGN,
        data=gateway.data,
        home=reader.sources.home,
        place=found.place if found else "",
    )
    row = reader.rows[check.name]
    if row.check.verdict != "failed":
        default = choice.path == own_file(gateway.data)
        reader.show(check.name, choice.shown, DEFAULT if default else row.source, check)
    if gateway.role != "all" and not choice.postgres:
        reader.fail("gateway.role", SettingsError("config.role_needs_postgres", role=gateway.role))
    return StoreSettings(path=choice.path, postgres=choice.postgres, **values)


def _notes(reader: Reader) -> Iterator[Sentence]:
    """What was read and has no use, in one sentence; then where the data goes instead."""
    idle = [setting.key for setting in FEISHU.settings if _is_set(reader, setting)]
    idle += [f"[{name}]" for name in IDLE_TABLES if name in reader.sources.table]
    if idle:
        yield Sentence("config.not_needed_note", {"names": ", ".join(idle)})
    store = reader.rows["store.url"].check
    if store.verdict == "ok" and isinstance(store.cause, Sentence):
        yield store.cause


def _is_set(reader: Reader, idle: Setting) -> bool:
    """Whether some account has this setting, though it has no use."""
    return any(
        row.source is not DEFAULT
        for name, row in reader.rows.items()
        if idle.remark and name.startswith(FEISHU.name) and name.endswith(f".{idle.key}")
    )
