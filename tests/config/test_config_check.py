"""What `run --check` tries, calling nobody."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from settings_home import Home

from larkgate import config
from larkgate.config import Row


def rows(home: Home, environment: Mapping[str, str] | None = None) -> dict[str, Row]:
    found = config.read(home.path, environment or {}, need_account=False)
    return {row.name: row for row in config.check(found)}


def files_below(path: Path) -> list[Path]:
    return [file for file in path.rglob("*") if file.is_file()]


def test_directories_are_made_and_left_empty(tmp_path: Path) -> None:
    checked = rows(Home(tmp_path))
    assert [row.name for row in checked.values() if row.check.verdict != "ok"] == ["llm.provider"]
    assert (tmp_path / "data" / "larkgate").is_dir()
    assert (tmp_path / "logs").is_dir()
    assert files_below(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
def test_a_directory_that_others_share_is_said_and_left_to_them(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    check = rows(Home(tmp_path), {"LARKGATE_DATA": "."})["gateway.data"].check
    assert check.verdict == "warning"
    assert "chmod 700" in str(check.cause)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_log_that_is_there_stays(tmp_path: Path) -> None:
    log = Home(tmp_path).write("bot.log", "a line\n")
    rows(Home(tmp_path), {"LOG_FILE": "bot.log"})
    assert log.read_text() == "a line\n"


def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    Home(tmp_path).write("data", "in the way")
    check = rows(Home(tmp_path))["gateway.data"].check
    assert check.verdict == "failed"
    assert "LARKGATE_DATA" in str(check.cause)


@pytest.mark.skipif(sys.platform == "win32", reason="no modes there")
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no directory root cannot write to")
def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    check = rows(Home(tmp_path), {"LARKGATE_DATA": "/proc/self"})["gateway.data"].check
    assert check.verdict == "failed"


def test_a_log_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    Home(tmp_path).write("logs", "in the way")
    check = rows(Home(tmp_path))["log.file"].check
    assert check.verdict == "warning"
    assert str(tmp_path / "logs" / "larkgate.log") in str(check.cause)
    assert "LOG_FILE" in str(check.cause)


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_can_never_work(tmp_path: Path, name: str) -> None:
    check = rows(Home(tmp_path), {name: "ftp://me:canary@proxy:1"})[
        f"proxy.{name[:-6].lower()}"
    ].check
    assert check.verdict == "failed"
    assert name.upper() in str(check.cause)
    assert "canary" not in str(check.cause)


@pytest.mark.parametrize(
    ("environment", "name", "cause"),
    [
        ({}, "llm.provider", "AI is off (not set: LLM_PROVIDER, LLM_API_KEY)"),
        ({"LLM_PROVIDER": "qwen"}, "llm.api_key", "AI is off (not set: LLM_API_KEY)"),
        ({"LLM_PROVIDER": "clippy", "LLM_API_KEY": "canary"}, "llm.provider", "This app will not"),
        ({"LLM_API_KEY": "canary"}, "llm.provider", "This app will not run."),
        ({"LLM_PROVIDER": "qwen", "LLM_API_KEY": "canary"}, "", ""),
        ({"LLM_PROVIDER": "ollama"}, "", ""),
    ],
)
def test_a_model_that_is_off_or_unknown_is_a_warning(
    tmp_path: Path, environment: dict[str, str], name: str, cause: str
) -> None:
    checked = rows(Home(tmp_path), environment)
    warned = [row.name for row in checked.values() if row.check.verdict == "warning"]
    assert warned == ([name] if name else [])
    if name:
        assert str(checked[name].check.cause).startswith(cause)
        assert "canary" not in str(checked[name].check.cause)


def test_what_failed_before_is_not_tried(tmp_path: Path) -> None:
    home = Home(tmp_path, {"larkgate.toml": "[gateway]\ndata = 5"})
    home.write("data", "in the way")
    check = rows(home)["gateway.data"].check
    assert "must be a path" in str(check.cause)


def test_no_account_is_a_failed_row_where_one_is_needed(tmp_path: Path) -> None:
    found = config.check(config.read(tmp_path, {}))
    assert [row.name for row in found if row.check.verdict == "failed"] == ["feishu.app_id"]


def test_every_check_is_named_as_its_row(tmp_path: Path) -> None:
    os.mkdir(tmp_path / ".env")
    found = rows(Home(tmp_path), {"DATABASE_URL": "x", "HTTP_PROXY": "ftp://x", "LARKGATE_X": "1"})
    assert all(row.check.name == name for name, row in found.items())
