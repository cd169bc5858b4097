"""What a check is. Rooms offer their own; `run --check` and the doctor show them."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from larkgate.errors import LarkgateError
from larkgate.texts import Sentence

__all__ = ["Check", "Verdict", "is_app_name"]

_APP_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")

Verdict = Literal["ok", "warning", "failed"]


class Check(msgspec.Struct, frozen=True):
    """What was looked at, how it stands, why, and what to do about it.

    `cause` may also explain an "ok"; `cure` is empty where the cause already names it.
    """

    name: str
    verdict: Verdict = "ok"
    cause: Sentence | LarkgateError | str = ""
    cure: Sentence | str = ""


def is_app_name(name: str) -> bool:
    """Whether an app may have this name, in the settings as in code."""
    return _APP_NAME.fullmatch(name) is not None
