"""Who the bot is (official document "Get bot info")."""

from __future__ import annotations

import msgspec

from larkgate.openapi.client import Client

__all__ = ["BotInfo", "info"]


class BotInfo(msgspec.Struct, frozen=True):
    """The account's bot.

    Attributes:
        open_id: how events name it, as a sender and in mentions.
        name: how people see it.
        activate_status: 0 to be installed, 1 disabled by the tenant, 2 enabled, 3 installed but
            not enabled, 4 upgrade pending, 5 licence expired, 6 plan expired; None if not told.
    """

    open_id: str
    name: str = msgspec.field(name="app_name", default="")
    activate_status: int | None = None


class _Answer(msgspec.Struct):
    bot: BotInfo


async def info(client: Client) -> BotInfo:
    """Ask for the account's bot. Raises ApiError, DialError."""
    answer = await client.call("GET", "/bot/v3/info", answer=_Answer)
    return answer.bot
