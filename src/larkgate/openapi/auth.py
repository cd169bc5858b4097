"""The tenant_access_token of one account.

The platform gives the same token out until it has less than 30 minutes left, then a new one
beside it; both stay valid (official document "Get tenant_access_token of a self-built app"). So
from then on the first caller to notice fetches the new one, while others go on with the old.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import msgspec

from larkgate.clock import Clock
from larkgate.errors import ApiError, DialError
from larkgate.texts import tell

__all__ = ["Grant", "TenantToken"]

logger = logging.getLogger("larkgate.openapi")

_RENEW_BELOW = 1800.0
_NEXT_TRY = 60.0


class Grant(msgspec.Struct, frozen=True):
    """The answer to a request for a token; `expire` is in seconds."""

    tenant_access_token: str
    expire: float


class TenantToken:
    """Holds the token; however many ask, one fetches.

    Args:
        fetch: asks the platform for a token.
        clock: measures its life.
    """

    def __init__(self, fetch: Callable[[], Awaitable[Grant]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._token = ""
        self._renew_at = self._expires_at = clock.monotonic()
        self._renewal: asyncio.Future[None] | None = None

    async def get(self) -> str:
        """A valid token. Raises ApiError or DialError when there is none to be had."""
        while self._clock.monotonic() >= self._renew_at:
            if self._renewal is None:
                await self._renew()
            elif self._is_valid():
                break
            else:
                await self._wait_for(self._renewal)
        return self._token

    def drop(self, token: str) -> None:
        """The platform did not accept this token: fetch another, unless that has happened."""
        if token == self._token:
            self._renew_at = self._expires_at = self._clock.monotonic()

    def _is_valid(self) -> bool:
        return self._clock.monotonic() < self._expires_at

    async def _renew(self) -> None:
        self._renewal = renewal = asyncio.get_running_loop().create_future()
        try:
            await self._replace()
        except (ApiError, DialError) as error:
            renewal.set_exception(error)
            renewal.exception()  # seen: perhaps nobody waits beside us
            raise
        else:
            renewal.set_result(None)
        finally:
            self._renewal = None
            renewal.cancel()  # of effect only if we were cancelled ourselves

    async def _replace(self) -> None:
        asked = self._clock.monotonic()
        try:
            grant = await self._fetch()
        except (ApiError, DialError) as error:
            if not self._is_valid():
                raise
            self._renew_at = self._clock.monotonic() + _NEXT_TRY
            tell(logger, logging.WARNING, "openapi.token_not_renewed", cause=error)
            return
        self._token = grant.tenant_access_token
        self._expires_at = asked + grant.expire
        self._renew_at = self._expires_at - min(_RENEW_BELOW, grant.expire / 2)

    @staticmethod
    async def _wait_for(renewal: asyncio.Future[None]) -> None:
        """Share its outcome; if its caller was cancelled it has none, and the next one fetches."""
        await asyncio.wait({renewal})
        if not renewal.cancelled():
            renewal.result()
