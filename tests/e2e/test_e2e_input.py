"""Whatever is wrong at start is one sentence that names cause and cure, in either language."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from e2e_command import Result, command, environment, larkgate, settings
from msgspec import Struct

from larkgate.database import DirectoryLock, open_directory


class Case(Struct, frozen=True):
    """What lies in the directory, what is set, and what both languages must name."""

    names: tuple[str, ...]
    toml: str = ""
    env: dict[str, str] = {}
    arguments: tuple[str, ...] = ("run",)
    files: dict[str, str] = {}
    checked: bool = True  # also by `run --check`, which looks at settings only


CASES = {
    "broken TOML": Case(("larkgate.toml", "TOML"), toml="[gateway\n"),
    "unknown key": Case(("stop_dedline", "stop_deadline"), toml="[gateway]\nstop_dedline = 1\n"),
    "unknown table": Case(("gatewai", "gateway"), toml="[gatewai]\n"),
    "unknown variable": Case(("LARKGATE_DAAT", "LARKGATE_DATA"), env={"LARKGATE_DAAT": "x"}),
    "bad value": Case(("stop_deadline", "3600"), toml="[gateway]\nstop_deadline = -1\n"),
    "no secret": Case(("FEISHU_APP_SECRET",), env={"FEISHU_APP_SECRET": ""}),
    "no account": Case(("FEISHU_APP_ID",), env={"FEISHU_APP_ID": "", "FEISHU_APP_SECRET": ""}),
    "no such file": Case(("none.toml",), arguments=("run", "--settings", "none.toml")),
    "missing extra": Case(
        ("socks5://127.0.0.1:1080", "pip install aiohttp-socks"),
        env={"ALL_PROXY": "socks5://127.0.0.1:1080", "PYTHONPATH": "."},
        files={"sitecustomize.py": "import sys\nsys.modules['aiohttp_socks'] = None\n"},
    ),
    "directory is a file": Case(
        ("LARKGATE_DATA",), env={"LARKGATE_DATA": "taken"}, files={"taken": ""}, checked=False
    ),
    "not our file": Case(
        ("larkgate.db", "LARKGATE_DATA"),
        files={"data/larkgate/larkgate.db": "a diary, not a database" * 99},
        checked=False,
    ),
    "no such bot": Case(("nobody:bot",), arguments=("run", "nobody:bot"), checked=False),
    "no bot at all": Case(
        ("mine:bot", "int", "Bot"),
        arguments=("run", "mine:bot"),
        files={"mine.py": "bot = 3\n"},
        checked=False,
    ),
    "bot that fails": Case(
        ("mine:bot", "ZeroDivisionError"),
        arguments=("run", "mine:bot"),
        files={"mine.py": "1 / 0\n"},
        checked=False,
    ),
}


def lay_out(directory: Path, case: Case) -> None:
    directory.mkdir()
    settings(directory, case.toml)
    for name, text in case.files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text, "utf-8")


def assert_one_sentence(result: Result, *names: str) -> None:
    assert result.status == 2
    assert len(result.error.splitlines()) == 1, result.error
    for name in names:
        assert name in result.error


def is_chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)


async def run(directory: Path, case: Case, *arguments: str, language: str = "en") -> Result:
    lay_out(directory, case)
    env = environment(**case.env) | {"LARKGATE_LANG": language}
    return await command(directory, *case.arguments, *arguments, env=env)


@pytest.mark.parametrize("name", CASES)
async def test_it_ends_at_once_with_one_sentence(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    check = ("--check",) if case.checked else ()
    chinese, english = await asyncio.gather(
        run(tmp_path / "zh", case, language="zh"), run(tmp_path / "en", case, *check)
    )
    assert_one_sentence(chinese, *case.names)
    assert is_chinese(chinese.error)
    if not case.checked:
        assert_one_sentence(english, *case.names)
    assert english.status == 2
    shown = " ".join((english.out + english.error).split())
    assert all(part in shown for part in case.names), shown
    assert not is_chinese(shown)


@contextmanager
def port_in_use() -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield server.getsockname()[1]


def test_a_port_in_use(tmp_path: Path) -> None:
    with port_in_use() as port:
        (tmp_path / "larkgate.toml").write_text(f"[http]\nport = {port}\n")
        result = larkgate(tmp_path, "run", env=environment(LOG_LEVEL="ERROR"))
    assert_one_sentence(result, f"127.0.0.1:{port}", "[http] port")


def test_a_second_process_on_the_same_data(tmp_path: Path) -> None:
    settings(tmp_path)
    with DirectoryLock(open_directory(tmp_path / "data/larkgate")):
        result = larkgate(tmp_path, "run", env=environment())
    assert_one_sentence(result, "data/larkgate", "larkgate stop", "LARKGATE_DATA")


async def test_other_commands_fail_as_plainly(tmp_path: Path) -> None:
    settings(tmp_path, "[gateway]\nstop_dedline = 1\n")
    commands = (("send", "--chat", "oc_x", "hi"), ("stop",), ("status",))
    results = (command(tmp_path, *arguments, env=environment()) for arguments in commands)
    for result in await asyncio.gather(*results):
        assert_one_sentence(result, "stop_deadline")


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (("stop",), 1, "larkgate run"),
        (("status",), 1, "larkgate run"),
        (("send", "hi"), 2, "--chat"),
        (("send", "--chat", "oc_x", "--user", "ou_x", "hi"), 2, "--user"),
        (("run", "--json"), 2, "--check"),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_a_command_that_cannot_be_carried_out(
    tmp_path: Path, arguments: tuple[str, ...], status: int, word: str
) -> None:
    settings(tmp_path)
    result = larkgate(tmp_path, *arguments, env=environment())
    assert result.status == status
    assert word in result.out + result.error
    assert "Traceback" not in result.error


def test_a_check_speaks_the_language_of_the_settings(tmp_path: Path) -> None:
    settings(tmp_path, '[gateway]\nlanguage = "zh"')
    result = larkgate(tmp_path, "run", "--check", env=environment(LARKGATE_LANG=""))
    assert "设置可用" in result.out
