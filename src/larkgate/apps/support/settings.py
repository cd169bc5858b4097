"""What the support desk can be told."""

from __future__ import annotations

from typing import Literal

import msgspec

from larkgate.bot import Stale
from larkgate.secret import Secret

__all__ = ["LlmSettings", "Settings"]


class LlmSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The language model. What is empty comes from the provider's row in `models.PROVIDERS`."""

    provider: str = ""
    api_key: Secret = Secret("")
    base_url: str = ""
    model: str = ""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One support desk.

    Attributes:
        name: part of every delivery; it must not change.
        accounts: names or app ids of the accounts it serves; none means all.
        chats: ids of the only chats it serves; none means all.
        stale_after, stale: when a message counts as old, and what becomes of it (`bot.App`).
    """

    name: str = "support"
    scope: Literal["person", "topic", "chat"] = "person"
    accounts: tuple[str, ...] = ()
    chats: tuple[str, ...] = ()
    stale_after: float | None = None
    stale: Stale = "answer"
    llm: LlmSettings = LlmSettings()
