"""One account's way to call the platform."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlencode

from larkgate.clock import Clock
from larkgate.dial import Dialer
from larkgate.errors import ApiError, DialError, Reaction
from larkgate.openapi.answers import read
from larkgate.openapi.auth import Grant, TenantToken
from larkgate.secret import Secret

__all__ = ["Client"]

T = TypeVar("T")

logger = logging.getLogger("larkgate.openapi")

_GRANT = "/auth/v3/tenant_access_token/internal"


class Client:
    """Calls the open API as one self-built app.

    Args:
        domain: such as `https://open.feishu.cn`.
        timeout: seconds one call may take.
    """

    def __init__(
        self,
        dialer: Dialer,
        clock: Clock,
        *,
        app_id: str,
        app_secret: Secret,
        domain: str,
        timeout: float = 15.0,
    ) -> None:
        self._dialer = dialer
        self._clock = clock
        self._app_id = app_id
        self._app_secret = app_secret
        self._domain = domain.rstrip("/")
        self._timeout = timeout
        self._token = TenantToken(self._fetch_token, clock)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        answer: type[T],
    ) -> T:
        """Call `/open-apis<path>` with the account's token.

        `answer` is the shape of the whole answer, so most have a field `data`. A call whose token
        was not accepted is repeated once with a fresh one.

        Raises ApiError when the platform refuses, DialError when no answer came. While their
        `maybe_served` is True it may or may not have happened: repeat such a call with the same
        `uuid`. It is False when there was no connection, or no token, so that the call never left.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        token = await self._token.get()
        try:
            return await self._send(method, target, body, answer, token)
        except ApiError as error:
            if error.reaction is not Reaction.TOKEN:
                raise
        self._token.drop(token)
        return await self._send(method, target, body, answer, await self._token.get())

    async def _send(
        self, method: str, target: str, body: object, answer: type[T], token: str = ""
    ) -> T:
        began = self._clock.monotonic()
        response = await self._dialer.request(
            method,
            f"{self._domain}/open-apis{target}",
            headers={"Authorization": f"Bearer {token}"} if token else None,
            json=body,
            timeout=self._timeout,
        )
        spent = 1000 * (self._clock.monotonic() - began)
        logger.debug("%s %s: HTTP %d in %.0f ms", method, target, response.status, spent)
        return read(response, answer, console=f"{self._domain}/app/{self._app_id}")

    async def _fetch_token(self) -> Grant:
        body = {"app_id": self._app_id, "app_secret": self._app_secret.reveal()}
        try:
            return await self._send("POST", _GRANT, body, Grant)
        except (ApiError, DialError) as error:
            error.maybe_served = False  # neither was any call that waits for the token
            raise
