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
        self._asking: asyncio.Future[None] | None = None

    async def identity(self) -> BotInfo:
        """Who the bot is; asked of the platform once. All who wait share one question.

        Raises:
            ApiError, DialError: the platform did not say.
        """
        while self.bot is None:
            if self._asking is None:
                await self._ask()
                continue
            asking = self._asking
            await asyncio.wait({asking})
            if not asking.cancelled():
                asking.result()
        return self.bot

    async def _ask(self) -> None:
        """Ask for all who wait; whoever comes next does it if we are cancelled."""
        self._asking = asking = asyncio.get_running_loop().create_future()
        try:
            self.bot = await bots.info(self.client)
            asking.set_result(None)
        except Exception as error:
            asking.set_exception(error)
            asking.exception()  # seen: perhaps nobody waits beside us
            raise
        finally:
            self._asking = None
            asking.cancel()
