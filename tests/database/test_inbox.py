"""CPython's SimpleQueue may wait for ever when it is asked with a time-out (seen on 3.11: what is
left of the time-out becomes negative when the thread loses the CPU, and negative means no end)."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "larkgate"
USERS = [file for file in SOURCE.rglob("*.py") if "SimpleQueue" in file.read_text("utf-8")]


@pytest.mark.parametrize("file", USERS, ids=lambda file: file.name)
def test_no_simple_queue_is_asked_with_a_time_out(file: Path) -> None:
    nodes = ast.walk(ast.parse(file.read_text("utf-8")))
    calls = [each for each in nodes if isinstance(each, ast.Call) and _is_get(each)]
    assert calls, "this file takes nothing from its queue"
    assert not [call.lineno for call in calls if call.args or call.keywords]


def _is_get(call: ast.Call) -> bool:
    """A call of `….get` on something that is such a queue here."""
    if not isinstance(call.func, ast.Attribute):
        return False
    owner = ast.unparse(call.func.value)
    return call.func.attr.startswith("get") and owner.endswith(("inbox", "_work", "_calls"))
