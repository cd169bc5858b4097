"""What can be tried before anything is started, calling nobody."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from larkgate.apps.support import choose
from larkgate.checks import Check
from larkgate.config.structs import Config, Row
from larkgate.database import is_open_to_others, open_directory
from larkgate.errors import SettingsError
from larkgate.texts import Sentence

__all__ = ["check"]

_NO_MODEL = ("provider", "LLM_PROVIDER, LLM_API_KEY")


def check(config: Config) -> tuple[Row, ...]:
    """The rows of `config`, with what shows only when it is tried.

    The data directory and the log's directory are made if need be, and a file is written there.
    """
    tried = {found.name: found for try_out in _TRIALS for found in try_out(config)}
    return tuple(_with(row, tried.get(row.name)) for row in config.rows)


def _with(row: Row, found: Check | None) -> Row:
    if found is None or row.check.verdict == "failed":
        return row
    return msgspec.structs.replace(row, check=found)


def _data(config: Config) -> list[Check]:
    try:
        path = open_directory(config.gateway.data)
    except SettingsError as error:
        return [Check("gateway.data", "failed", error)]
    if is_open_to_others(path):
        cause = Sentence("database.directory_open", {"path": path})
        return [Check("gateway.data", "warning", cause)]
    return []


def _log_file(config: Config) -> list[Check]:
    """A log that cannot be written is no reason not to run: the console goes on."""
    file = config.log.file
    try:
        if file is not None:
            _try_writing(file)
    except OSError as error:
        cause = Sentence("logs.file_lost", {"file": file, "cause": error.strerror or error})
        return [Check("log.file", "warning", cause)]
    return []


def _try_writing(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    existed = file.exists()
    os.close(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
    if not existed:
        file.unlink()


def _proxies(config: Config) -> list[Check]:
    try:
        config.proxies.check()
    except SettingsError as error:
        name = str(error.values["setting"]).removesuffix("_PROXY").lower()
        return [Check(f"proxy.{name}", "failed", error)]
    return []


def _model(config: Config) -> list[Check]:
    """A model that cannot work stops the app that would use it; without one AI is off."""
    try:
        if choose(config.llm):
            return []
    except SettingsError as error:
        return [Check("llm.provider", "warning", Sentence("config.app_stopped", {"error": error}))]
    name, variable = ("api_key", "LLM_API_KEY") if config.llm.provider else _NO_MODEL
    return [Check(f"llm.{name}", "warning", Sentence("support.ai_off", {"missing": variable}))]


_TRIALS: tuple[Callable[[Config], list[Check]], ...] = (_data, _log_file, _proxies, _model)
