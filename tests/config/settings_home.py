"""A directory with settings files, and what is read from it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from larkgate import config, texts
from larkgate.config import Config, Row
from larkgate.errors import SettingsError


class Home:
    """A directory to start from. That no account is configured matters to tests of that only."""

    def __init__(self, path: Path, files: Mapping[str, str | bytes] | None = None) -> None:
        self.path = path
        for name, content in (files or {}).items():
            self.write(name, content)

    def write(self, name: str, content: str | bytes) -> Path:
        file = self.path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def load(self, environment: Mapping[str, str] | None = None, **options: Any) -> Config:
        return config.load(self.path, environment or {}, **{"need_account": False} | options)

    def refusal(self, environment: Mapping[str, str] | None = None, **options: Any) -> str:
        """The sentence that `load` raises, which is one line in both languages."""
        with pytest.raises(SettingsError) as raised:
            self.load(environment, **options)
        chinese, english = spoken(raised.value)
        assert "\n" not in chinese + english
        assert chinese[-1] in "。？"
        assert english[-1] in ".?"
        return english

    def row(self, name: str, environment: Mapping[str, str] | None = None) -> Row:
        rows = config.read(self.path, environment or {}, need_account=False).rows
        return {row.name: row for row in rows}[name]


def spoken(sentence: object) -> tuple[str, str]:
    """In Chinese and in English."""
    texts.use("zh")
    chinese = str(sentence)
    texts.use("en")
    return chinese, str(sentence)
