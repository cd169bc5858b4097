"""Files as editors leave them, and files that are broken or belong to others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from settings_home import Home

from larkgate import config

TOML = '# 飞书\n[feishu]\napp_id = "cli_1"\napp_secret = "s"\nname = "研发"\n'
ENV = "# 飞书\nFEISHU_APP_ID=cli_1\nFEISHU_APP_SECRET='s'\nLLM_MODEL=模型\n"

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "gbk"]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_env_as_editors_leave_it(tmp_path: Path, encoding: str, end: str) -> None:
    found = Home(tmp_path, {".env": ENV.replace("\n", end).encode(encoding)}).load()
    assert found.accounts[0].app_id == "cli_1"
    assert found.accounts[0].app_secret.reveal() == "s"
    assert found.llm.model == "模型"


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_toml_as_editors_leave_it(tmp_path: Path, encoding: str, end: str) -> None:
    found = Home(tmp_path, {"larkgate.toml": TOML.replace("\n", end).encode(encoding)}).load()
    assert found.accounts[0].name == "研发"


@pytest.mark.parametrize("name", [".env", "larkgate.toml"])
def test_an_encoding_nobody_knows(tmp_path: Path, name: str) -> None:
    sentence = Home(tmp_path, {name: b"LOG_LEVEL=\xff\xfd\xff\n"}).refusal()
    assert sentence == f"{tmp_path / name} is in no encoding that is known here: save it as UTF-8."


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[feishu]\napp_id = cli_1\n", "line 2, column 10 is not valid TOML (Invalid value)"),
        ("[feishu]\n[[feishu]]\n", "line 2, column 9 is not valid TOML (Cannot overwrite a value)"),
        ('[feishu]\napp_secret = "canary\n', "line 2, column 21 is not valid TOML"),
        ('a = "canary', "is not valid TOML (Unterminated string (at end of document))"),
        (f"a = {'9' * 5000}", "is not valid TOML (Exceeds the limit"),
    ],
)
@pytest.mark.parametrize("name", ["larkgate.toml", "config.toml"])
def test_broken_toml_names_line_and_column(
    tmp_path: Path, name: str, toml: str, words: str
) -> None:
    sentence = Home(tmp_path, {name: f"{toml}# feishu"}).refusal()
    assert sentence.startswith(str(tmp_path / name))
    assert words in sentence
    assert "canary" not in sentence


def test_a_broken_config_toml_that_is_not_about_feishu_is_none_of_ours(tmp_path: Path) -> None:
    assert Home(tmp_path, {"config.toml": "not = toml = at all"}).load().files == ()


def test_a_config_toml_without_an_app_id_is_none_of_ours(tmp_path: Path) -> None:
    toml = "[feishu]\nwebhook = 'https://…'\n[store]\nurl = 5\n"
    found = Home(tmp_path, {"config.toml": toml}).load()
    assert (found.files, found.accounts) == ((), ())


def test_of_another_programs_file_only_the_app_is_read(tmp_path: Path) -> None:
    toml = '[feishu]\napp_id="cli_1"\napp_secret="s"\nbot_name=5\n[log]\nlevel=0\n[http]\nport="x"'
    found = Home(tmp_path, {"config.toml": toml}).load()
    assert found.accounts[0].app_id == "cli_1"
    assert found.log.level == "INFO"


def test_our_own_file_comes_first(tmp_path: Path) -> None:
    files = {"larkgate.toml": "", "config.toml": '[feishu]\napp_id="cli_1"\napp_secret="s"'}
    assert Home(tmp_path, files).load().accounts == ()


def test_a_settings_file_that_is_not_there(tmp_path: Path) -> None:
    sentence = Home(tmp_path).refusal(file=Path("my.toml"))
    assert sentence.startswith(f"There is no settings file {tmp_path / 'my.toml'}")


def test_a_config_toml_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "bot").mkdir()
    Home(tmp_path / "bot", {"config.toml": '[feishu]\napp_id="cli_1"\napp_secret="s"\n[x]'})
    found = Home(tmp_path).load(file=Path("bot/config.toml"))
    assert found.accounts[0].app_id == "cli_1"
    assert found.gateway.data == tmp_path / "bot" / "data" / "larkgate"


def test_a_file_that_is_a_directory(tmp_path: Path) -> None:
    (tmp_path / "larkgate.toml").mkdir()
    sentence = Home(tmp_path).refusal()
    assert f"{tmp_path / 'larkgate.toml'} cannot be read" in sentence


def test_a_virtual_environment_called_env(tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    assert Home(tmp_path).load().files == ()


@pytest.mark.parametrize(
    "line",
    ["FEISHU_APP_SECRET='canary", "FEISHU_APP_SECRET: canary", 'export FEISHU_APP_SECRET="canary'],
)
def test_a_line_of_ours_that_is_no_assignment(tmp_path: Path, line: str) -> None:
    sentence = Home(tmp_path, {".env": f"A=1\n{line}\n"}).refusal()
    assert "canary" not in sentence
    place, _, cure = sentence.partition(" makes no sense: ")
    assert place == f"{tmp_path / '.env'}, line 2"
    assert cure == "write FEISHU_APP_SECRET=value, with both quotes if any."


def test_a_broken_file_is_a_failed_row(tmp_path: Path) -> None:
    home = Home(tmp_path, {"larkgate.toml": "[", ".env": "LOG_LEVEL=DEBUG"})
    assert home.row("larkgate.toml").check.verdict == "failed"
    assert home.row("log.level").value == "DEBUG"


WORDS = ["[feishu]", "[[app]]", "[", "]", "app_id", "kind", "LOG_LEVEL", "LARKGATE_X", "="]
MARKS = ["'", '"', "#", "5", "x", "飞", "\\n", "{", "}", "export "]
ENDS = ["\n", "\r", "\0", " ", "\ufeff", "\u2028"]
SNIPPETS = st.lists(st.sampled_from(WORDS + MARKS + ENDS), max_size=12)


@given(
    st.sampled_from([".env", "larkgate.toml", "config.toml"]),
    SNIPPETS.map(lambda parts: "".join(parts).encode()) | st.binary(max_size=60),
)
def test_whatever_is_in_a_file_is_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, name: str, content: bytes
) -> None:
    home = Home(tmp_path_factory.mktemp("any"), {name: content})
    for row in config.read(home.path, {}).rows:
        assert len(str(row.check.cause).splitlines()) <= 1
        assert len(row.value.splitlines()) <= 1


def test_the_process_environment_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "LOG_LEVEL", "DEBUG")
    monkeypatch.setitem(os.environ, "LARKGATE_NONSENSE", "1")
    assert Home(tmp_path, {".env": "X=$LOG_LEVEL"}).load().log.level == "INFO"
