"""What a check is. Rooms offer their own; `run --check` and the doctor show them."""

from __future__ import annotations

from typing import Literal

import msgspec

from larkgate.errors import LarkgateError
from larkgate.texts import Sentence

__all__ = ["Check", "Verdict"]

Verdict = Literal["ok", "warning", "failed"]


class Check(msgspec.Struct, frozen=True):
    """What was looked at, how it stands, why, and what to do about it.

    `cause` may also explain an "ok"; `cure` is empty where the cause already names it.
    """

    name: str
    verdict: Verdict = "ok"
    cause: Sentence | LarkgateError | str = ""
    cure: Sentence | str = ""
