"""One Feishu app with its credentials, and who its bot is."""

from __future__ import annotations

import asyncio

from larkgate.openapi import BotInfo, Client, bots

__all__ = ["Account"]


class Account:
    """An account while the gateway runs."""

    def __init__(self, name: str, app_id: str, client: Client) -> None:
        self.name = name
        self.app_id = app_id
        self.client = client
        self.bot: BotInfo | None = None
        self._asking = asyncio.Lock()

    async def identity(self) -> BotInfo:
        """Who the bot is; asked of the platform once.

        Raises:
            ApiError, DialError: the platform did not say.
        """
        async with self._asking:
            if self.bot is None:
                self.bot = await bots.info(self.client)
            return self.bot
