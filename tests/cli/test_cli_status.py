"""What `larkgate status` says of an account besides its numbers."""

from typing import Any

import pytest

from larkgate import texts
from larkgate.cli.talk import show_status


def answer(foreign: object) -> dict[str, Any]:
    account = {
        "name": "ops",
        "phase": "live",
        "since": 0.0,
        "reason": "",
        "counters": {"events": 7},
        "foreign": foreign,
    }
    return {"accounts": [account], "queues": []}


def test_a_suspected_foreign_connection_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    texts.use("en")
    show_status(answer({"messages": 3, "example": "om_1"}))
    said = " ".join(capsys.readouterr().out.split())
    assert "receive events of the account ops: 3 private messages" in said
    assert "om_1" in said


def test_nothing_is_said_where_nothing_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    texts.use("en")
    show_status(answer(None))
    assert "Somebody else" not in capsys.readouterr().out
