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
        self._renewal: asyncio.Future[str] | None = None

    async def get(self) -> str:
        """A valid token. Raises ApiError or DialError when there is none to be had."""
        while self._clock.monotonic() >= self._renew_at:
            if self._renewal is None:
                return await self._renew()
            if self._clock.monotonic() < self._expires_at:
                break
            renewal = self._renewal
            await asyncio.wait({renewal})
            if not renewal.cancelled():
                return renewal.result()
        return self._token

    def drop(self, token: str) -> None:
        """The platform did not accept this token: fetch another, unless that has happened."""
        if token == self._token:
            self._renew_at = self._expires_at = self._clock.monotonic()

    async def _renew(self) -> str:
        """Fetch for all who wait; whoever comes next does it if we are cancelled."""
        self._renewal = renewal = asyncio.get_running_loop().create_future()
        try:
            await self._replace()
        except (ApiError, DialError) as error:
            renewal.set_exception(error)
            renewal.exception()  # seen: perhaps nobody waits beside us
            raise
        else:
            renewal.set_result(self._token)
            return self._token
        finally:
            self._renewal = None
            renewal.cancel()

    async def _replace(self) -> None:
        asked = self._clock.monotonic()
        try:
            grant = await self._fetch()
        except (ApiError, DialError) as error:
            if self._clock.monotonic() >= self._expires_at:
                raise
            self._renew_at = self._clock.monotonic() + _NEXT_TRY
            tell(logger, logging.WARNING, "openapi.token_not_renewed", cause=error)
            return
        self._token = grant.tenant_access_token
        self._expires_at = asked + grant.expire
        self._renew_at = self._expires_at - min(_RENEW_BELOW, grant.expire / 2)
