"""The documentation is true: links lead somewhere, examples run, tables are whole."""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import shlex
import signal
import sys
import tomllib
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache, partial
from itertools import count, zip_longest
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

import pytest
import typer.main

from larkgate import config, texts
from larkgate.bot import App
from larkgate.cli.commands import app as command_line
from larkgate.config.table import variables
from larkgate.gateway import Gateway
from larkgate.simulator import APP_ID, APP_SECRET, Message, Simulator, faults, standard_world
from larkgate.simulator.control import Control
from larkgate.simulator.control_apps import AppsControl
from larkgate.simulator.control_platform import PlatformControl
from larkgate.simulator.control_world import WorldControl
from larkgate.simulator.misconfigurations import MISCONFIGURATIONS
from larkgate.testing import Feishu
from larkgate.version import __version__

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
READMES = [ROOT / "README.md", ROOT / "README.zh.md"]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
RUNNING = ROOT / "docs" / "running.md"
BOTS = {"bot", "机器人"}
SETTINGS = "[http]\nport = 0\n"
FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)

page_parameter = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


class Block(NamedTuple):
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


@cache
def blocks_of(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [
        Block(page, text[: fence.start()].count("\n") + 1, fence["language"], dedent(fence["text"]))
        for fence in FENCE.finditer(text)
    ]


def all_blocks(language: str, pages: list[Path] = PAGES) -> list[Block]:
    return [block for page in pages for block in blocks_of(page) if block.language == language]


# Links


def prose_of(page: Path) -> str:
    """The page without its fenced blocks."""
    return FENCE.sub("", page.read_text("utf-8"))


@cache
def anchors_of(page: Path) -> set[str]:
    """Of each heading, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@page_parameter
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        leads_to = (page.parent / path).resolve() if path else page
        assert leads_to.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors_of(leads_to), f"{page.name}: {target}"


@cache
def known_tests(file: Path) -> set[str]:
    """As pytest names them: `::test_a`, `::TestB::test_c`."""
    return set(_names(ast.parse(file.read_text("utf-8")), ""))


def _names(tree: ast.AST, above: str) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            yield from _names(node, f"{above}::{node.name}")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{above}::{node.name}"


@page_parameter
def test_tests_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"(tests/[\w/]+\.py)((?:::\w+)*)", page.read_text("utf-8"))
    for path, name in named:
        assert (ROOT / path).exists(), f"{page.name}: {path}"
        assert not name or name in known_tests(ROOT / path), f"{page.name}: {path}{name}"


# Examples


class Example(NamedTuple):
    """Code, what stands before all code of its page, and the conversation below it, if any."""

    code: Block
    preamble: str
    conversation: str


def examples() -> Iterator[Example]:
    for page in PAGES:
        blocks = [block for block in blocks_of(page) if block.language in ("python", "chat")]
        for block, below in zip_longest(blocks, blocks[1:]):
            if block.language == "python":
                preamble = "" if "from larkgate import" in block.text else blocks[0].text
                talk = below.text if below and below.language == "chat" else ""
                yield Example(block, preamble, talk)


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: str(example.code))
async def test_examples_of_pages_run(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "examples")
    names: dict[str, Any] = {"__name__": "example"}
    code = compile(example.preamble + example.code.text, str(example.code), "exec")
    exec(code, names)
    for name, found in list(names.items()):
        if name.startswith("test_"):
            await run_test(found, tmp_path)
    if example.conversation:
        await converse(names["bot"], example.conversation, tmp_path)


async def run_test(test: Callable[..., Any], home: Path) -> None:
    """With what its parameters name, as pytest does."""
    with ExitStack() as opened:
        given: dict[str, Callable[[], object]] = {
            "tmp_path": lambda: home,
            "feishu": lambda: opened.enter_context(Feishu()),
        }
        running = test(*[given[name]() for name in inspect.signature(test).parameters])
        if inspect.isawaitable(running):
            await running


ECHO = "张三: @机器人 你好\n机器人: 收到：你好\n"
FAQ = """张三: 报销怎么办
机器人: 报销单请交到三楼财务，每周三下午办理。（第 1 次提问）
李四: 想请假
机器人: 请在飞书审批里提交请假单，直属上级审批。（第 1 次提问）
张三: 还有请假
机器人: 请在飞书审批里提交请假单，直属上级审批。（第 2 次提问）
张三: @机器人 在吗
机器人: 我只认识这些词：报销、请假
"""


@pytest.mark.parametrize(
    ("file", "conversation"),
    [("echo.py", ECHO), ("faq.py", FAQ), ("beside.py", ECHO)],
    ids=["echo", "faq", "beside"],
)
async def test_an_example_answers_and_stops(file: str, conversation: str, tmp_path: Path) -> None:
    async with Simulator() as sim:
        play = Play(conversation, sim)
        process = await started(sim, tmp_path, str(ROOT / "examples" / file))
        try:
            await play.run()
        finally:
            process.send_signal(signal.SIGINT)
        await process.communicate()
        assert process.returncode == 0


async def started(sim: Simulator, home: Path, *command: str) -> asyncio.subprocess.Process:
    """A Python program in `home`, with the settings of an account."""
    (home / "larkgate.toml").write_text(SETTINGS, "utf-8")
    around = {name: value for name, value in os.environ.items() if name not in variables()}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *command,
        cwd=home,
        env={**around, **account(sim), "PYTHONPATH": str(ROOT / "examples")},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_a_keeper_sees_what_the_page_says(tmp_path: Path) -> None:
    """docs/running.md: status, log and stop of a gateway that is well."""
    async with Simulator() as sim:
        play = Play(FAQ, sim)
        gateway = await started(sim, tmp_path, "-m", "larkgate", "run", "faq:bot")
        try:
            await play.run()
            for command, said in (("status", "connected"), ("stop", "stopping")):
                asking = await started(sim, tmp_path, "-m", "larkgate", command)
                output, _ = await asking.communicate()
                assert (asking.returncode, said in output.decode()) == (0, True)
        except BaseException:
            gateway.kill()
            raise
        finally:
            _, banner = await gateway.communicate()
    assert gateway.returncode == 0
    for seen in (APP_ID, "faq", "larkgate.db", "INFO", "larkgate.log", "/health", "Ctrl+C stops"):
        assert seen in banner.decode()
    log = (tmp_path / "logs" / "larkgate.log").read_text("utf-8")
    assert f"connected to {sim.url.replace('http', 'ws')}" in log
    assert set(re.findall(r"^\S+ \S+ INFO +(\S+)", log, re.MULTILINE)) >= GOOD_NEWS
    assert not any(said in log for said in ("报销", "请假", APP_SECRET))


# Of the events on docs/running.md those of a gateway that is well.
GOOD_NEWS = {
    "longconn.endpoint_obtained",
    "longconn.connecting",
    "longconn.connected",
    "longconn.first_pong",
    "bot.message_received",
    "bot.session_created",
    "bot.handler_started",
    "bot.handler_finished",
    "bot.reply_stored",
    "outbox.sent",
}


def test_events_on_pages_exist() -> None:
    rooms = "|".join({key.split(".")[0] for key in texts.table()})
    named = {
        name
        for page in (RUNNING, *READMES)
        for name in re.findall(rf"`((?:{rooms})\.\w+)`", page.read_text("utf-8"))
    }
    assert named >= GOOD_NEWS
    assert named <= texts.table().keys()


class Play:
    """A conversation in a group: what people say is said, what the bot says must be its answer."""

    def __init__(self, conversation: str, sim: Simulator) -> None:
        self._sim = sim
        self._lines = [line.split(": ", 1) for line in conversation.splitlines()]
        (self._bot,) = {speaker for speaker, _ in self._lines} & BOTS
        people = {name: sim.person(name) for name, _ in self._lines if name != self._bot}
        app = sim.add_app(APP_ID, APP_SECRET, self._bot, group_messages=True)
        self._people = people
        self._chat = sim.group("group", [*people.values(), app])

    async def run(self) -> None:
        await self._sim.until(lambda: self._sim.connections, timeout=20)
        asked = ""
        for number, (speaker, text) in enumerate(self._lines):
            if speaker == self._bot:
                answer = await self._sim.until(partial(self._message, number))
                assert (answer.parent, answer.text) == (asked, text)
            else:
                asked = self._sim.say(self._chat, self._people[speaker], text).id

    def _message(self, number: int) -> Message | None:
        return self._chat.messages[number] if number < len(self._chat.messages) else None


async def converse(bot: App, conversation: str, home: Path) -> None:
    async with Simulator() as sim:
        play = Play(conversation, sim)
        (home / "larkgate.toml").write_text(SETTINGS, "utf-8")
        async with Gateway(config.load(home, account(sim)), [bot]):
            await play.run()


def account(sim: Simulator) -> dict[str, str]:
    return {
        "FEISHU_APP_ID": APP_ID,
        "FEISHU_APP_SECRET": APP_SECRET,
        "FEISHU_DOMAIN": sim.url,
        "LARKGATE_LANG": "en",
    }


@pytest.mark.parametrize("block", all_blocks("toml"), ids=str)
def test_settings_on_pages_can_be_used(block: Block, tmp_path: Path) -> None:
    ids = count()
    text = re.sub(r"cli_x+", lambda _: f"cli_{next(ids)}", block.text)  # each reader has their own
    (tmp_path / "larkgate.toml").write_text(text, "utf-8")
    found = config.load(tmp_path, {}, need_account=False)
    assert [app.error for app in found.apps] == [None] * len(found.apps)


async def test_only_the_chosen_groups_are_answered(tmp_path: Path) -> None:
    """docs/running.md: `chats` of an `[[app]]`."""
    (block,) = (block for block in all_blocks("toml") if block.page == RUNNING)
    async with Simulator() as sim:
        world = standard_world(sim)
        text = block.text.replace("oc_xxxxx", world.service.id)
        (tmp_path / "larkgate.toml").write_text(text + SETTINGS, "utf-8")
        async with Gateway(config.load(tmp_path, account(sim)), []):
            await sim.until(lambda: sim.connections)
            for chat in (world.development, world.service):
                sim.say(chat, world.people[0], "@TSP助手 车辆无法连接网络怎么办")
            await sim.until(lambda: len(world.service.messages) == 2)
    assert len(world.development.messages) == 1
    assert all(push.acked_at for push in sim.pushes)


@pytest.mark.parametrize("block", all_blocks("dotenv"), ids=str)
def test_variables_on_pages_are_read(block: Block, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(block.text, "utf-8")
    config.load(tmp_path, {}, need_account=False)
    assert set(re.findall(r"^(\w+)=", block.text, re.MULTILINE)) <= variables()


# Commands


class Call(NamedTuple):
    """A call of `larkgate` in a shell block."""

    block: Block
    words: list[str]

    def __str__(self) -> str:
        return " ".join(self.words)


def calls() -> Iterator[Call]:
    for block in all_blocks("sh"):
        for line in block.text.splitlines():
            words = shlex.split(line, comments=True)
            if "larkgate" in words:
                yield Call(block, words[words.index("larkgate") + 1 :])


def command_named(words: list[str]) -> tuple[Any, list[str]]:
    """The command that the first words name, and the words behind."""
    command: Any = typer.main.get_command(command_line)
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    return command, words


@pytest.mark.parametrize("call", list(calls()), ids=str)
def test_commands_on_pages_exist(call: Call) -> None:
    command, words = command_named(call.words)
    options = {option for parameter in command.params for option in parameter.opts}
    assert not hasattr(command, "commands") or all(word in options for word in words[:1])
    assert {word for word in words if word.startswith("-")} <= options, call.block


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_every_command_is_in_the_readme(page: Path) -> None:
    names = set(command_named([])[0].commands)
    assert names <= set(re.findall(r"`larkgate (\w+)", page.read_text("utf-8")))


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_the_two_commands_come_first(page: Path) -> None:
    first = next(block for block in blocks_of(page) if block.language == "sh")
    assert [line.split("#")[0].strip() for line in first.text.splitlines()] == [
        "make demo",
        "make test",
    ]
    assert {"demo", "test"} <= set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))


def test_ci_runs_what_the_readme_says() -> None:
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("make test")


def test_extras_on_pages_exist() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {name for page in PAGES for name in re.findall(r"\.\[(\w+)\]", page.read_text("utf-8"))}
    assert {"socks", "support"} <= named <= set(extras["optional-dependencies"])


# Wholeness


def commands_of(page: Path) -> list[list[str]]:
    shell = "".join(block.text for block in blocks_of(page) if block.language == "sh")
    return [shlex.split(line, comments=True) for line in shell.splitlines()]


def test_both_readmes_say_the_same() -> None:
    english, chinese = READMES
    assert commands_of(english) == commands_of(chinese)
    links = [re.findall(r"\]\(([^)#\s]+)", prose_of(page)) for page in READMES]
    assert {*links[0], "README.md"} == {*links[1], "README.zh.md"}
    assert links[0][0] == "README.zh.md"
    assert links[1][0] == "README.md"
    headings = [re.findall(r"^#+ ", prose_of(page), re.MULTILINE) for page in READMES]
    assert headings[0] == headings[1]


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    heading = re.search(r"^## \[(.+?)\] - (unreleased|\d{4}-\d\d-\d\d)$", text, re.MULTILINE)
    assert heading
    assert heading[1] == __version__


def test_the_simulators_page_is_whole() -> None:
    texts.use("en")
    text = (ROOT / "docs" / "simulator.md").read_text("utf-8")
    sim = Simulator()
    parts = (sim, Control(sim), PlatformControl(sim), AppsControl(sim), WorldControl(sim))
    routes = {f"`{route.method} {route.path}`" for part in parts for route in part.routes()}
    kinds = {f"`{each.__name__}` | `{each.__struct_config__.tag}`" for each in kinds_of_fault()}
    switches = {f"`{name}`" for name in sim.switches()}
    mistakes = {f"| `{each.key}` | {each.sentence} |" for each in MISCONFIGURATIONS.values()}
    whole = routes | kinds | switches | mistakes
    assert [wanted for wanted in whole if wanted not in text] == []


def kinds_of_fault() -> Iterator[Any]:
    for name in faults.__all__:
        kind = getattr(faults, name)
        if getattr(getattr(kind, "__struct_config__", None), "tag", None):
            yield kind


# Manners

PROSE = [*PAGES, *EXAMPLES, ROOT / "Makefile", ROOT / "pyproject.toml"]
prose_parameter = pytest.mark.parametrize("file", PROSE, ids=lambda file: file.name)
NEVER = re.compile(
    r"pypi\.org|pythonhosted|npmjs|\.\./shared|/(?:work|tmp|root|home|Users|var/folders)/|C:\\"
)


@prose_parameter
def test_nothing_is_said_of_the_machine_it_was_written_on(file: Path) -> None:
    assert NEVER.findall(file.read_text("utf-8")) == []


@prose_parameter
def test_words_instead_of_pictures(file: Path) -> None:
    """Arrows, dashes and the like are fine."""
    text = file.read_text("utf-8")
    symbols = {each for each in text if unicodedata.category(each) in ("So", "Cs", "Co", "Cn")}
    assert symbols <= set("─│▶▲▼┐┘└┌├┤°©"), symbols


@page_parameter
def test_lines_are_short(page: Path) -> None:
    for number, line in enumerate(page.read_text("utf-8").splitlines(), start=1):
        width = sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line)
        assert width <= 100 or line.startswith("|"), f"{page.name}:{number}"


@pytest.mark.parametrize("page", READMES, ids=lambda page: page.name)
def test_a_readme_is_read_in_one_go(page: Path) -> None:
    assert len(page.read_text("utf-8").splitlines()) <= 200
