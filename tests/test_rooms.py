"""Imports go downwards only: this table is the architecture, and this test reads every import."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "larkgate"

GROUND = {"errors", "secret", "clock", "dial", "checks", "texts", "version"}
STORE = {"database", "queue"}
ANSWER = {"bot", "outbox", "openapi", "protocol"} | STORE | GROUND

MAY_IMPORT: dict[str, set[str]] = {
    "texts": set(),
    "version": set(),
    "errors": {"texts"},
    "secret": {"errors"},
    "clock": {"errors", "secret"},
    "checks": {"errors", "secret", "clock", "texts"},
    "dial": {"errors", "secret", "clock", "texts", "version"},
    "protocol": {"errors", "secret", "texts"},
    "database": GROUND,
    "openapi": {"protocol"} | GROUND,
    "ingress": {"protocol"} | GROUND,
    "queue": {"database"} | GROUND,
    "simulator": {"protocol"} | GROUND,
    "outbox": {"openapi", "protocol"} | STORE | GROUND,
    "bot": {"outbox", "openapi", "protocol"} | STORE | GROUND,
    "apps": ANSWER,
    "lifecycle": GROUND,
    "logs": GROUND,
    "config": {"database", "apps", "logs"} | GROUND,
    "gateway": ANSWER | {"ingress", "apps", "config", "logs", "lifecycle"},
    "testing": ANSWER | {"ingress", "apps", "config", "logs", "lifecycle", "gateway", "simulator"},
    "cli": ANSWER | {"ingress", "apps", "config", "logs", "lifecycle", "gateway", "simulator"},
}
CLOCKS = {SOURCE / "clock.py", SOURCE / "testing" / "clock.py"}
# Sans-I/O: bytes and `now` in, events and deadlines out.
NOT_IN_PROTOCOL = {"asyncio", "socket", "ssl", "time", "datetime", "random", "secrets", "os"}


def room_of(file: Path) -> str:
    part = file.relative_to(SOURCE).parts[0]
    return part.removesuffix(".py")


def imports_of(file: Path) -> Iterator[tuple[int, str]]:
    """Every module a file imports, also inside functions."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}:{node.lineno}: imports are absolute"
            if node.module == "larkgate":
                yield from ((node.lineno, f"larkgate.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module or ""


def python_files() -> list[Path]:
    return sorted(
        file for file in SOURCE.rglob("*.py") if file.parent != SOURCE or file.stem[0] != "_"
    )


@pytest.mark.parametrize("file", python_files(), ids=lambda file: str(file.relative_to(SOURCE)))
def test_a_room_imports_only_what_lies_below_it(file: Path) -> None:
    room = room_of(file)
    assert room in MAY_IMPORT, f"{room} is not in the table of rooms"
    for line, module in imports_of(file):
        if module.split(".")[0] != "larkgate":
            continue
        assert module != "larkgate", f"{file}:{line}: a room imports rooms, never the front door"
        target = module.split(".")[1]
        assert target == room or target in MAY_IMPORT[room], f"{file}:{line}: {room} -> {target}"


def test_the_settings_reach_into_no_room_without_need() -> None:
    """They are on everybody's way: each room they import is one they cannot be read without."""
    imports = [each for file in (SOURCE / "config").rglob("*.py") for each in imports_of(file)]
    used = {module.split(".")[1] for _, module in imports if module.startswith("larkgate.")}
    assert MAY_IMPORT["config"] - GROUND == used - GROUND - {"config"}


def test_protocol_touches_no_outside_world() -> None:
    for file in (SOURCE / "protocol").rglob("*.py"):
        for line, module in imports_of(file):
            assert module.split(".")[0] not in NOT_IN_PROTOCOL, f"{file}:{line}: {module}"


def test_only_the_clocks_tell_the_time_or_sleep() -> None:
    asking = {("asyncio", name) for name in ("sleep", "timeout", "wait_for")}
    asking |= {("datetime", name) for name in ("now", "today", "utcnow")}
    for file in python_files():
        if file in CLOCKS:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                pair = (node.value.id, node.attr)
                assert pair not in asking, f"{file}:{node.lineno}: {pair}"
                assert pair[0] != "time", f"{file}:{node.lineno}: {pair}"


def test_apps_do_not_import_each_other() -> None:
    for file in (SOURCE / "apps").rglob("*.py"):
        app = file.relative_to(SOURCE / "apps").parts[0].removesuffix(".py")
        for line, module in imports_of(file):
            if module.startswith("larkgate.apps."):
                assert module.split(".")[2] == app, f"{file}:{line}: {app} -> {module}"
