"""The bootstrap: credentials in, a URL for one connection out.

Codes are written down here once more, although the client has them too: a mistake must not
cancel itself out. Source: lark-oapi 1.7.5 (ws/client.py, ws/const.py, ws/model.py).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from urllib.parse import urlencode

import msgspec
from aiohttp import web
from msgspec import Struct

from larkgate.clock import Clock
from larkgate.secret import Secret
from larkgate.simulator.apps import App
from larkgate.simulator.codes import Refused
from larkgate.simulator.http import json_answer
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import World

__all__ = ["ENDPOINT_PATH", "TOO_MANY_CONNECTIONS", "WEBSOCKET_PATH", "Endpoint", "Pass"]

ENDPOINT_PATH = "/callback/ws/endpoint"
WEBSOCKET_PATH = "/ws/v2"
TOO_MANY_CONNECTIONS = 1000040350
_WRONG_CREDENTIALS = 1000040345
_MINUTE = 60.0
_FIRST_SERVICE = 33554433


class _Credentials(
    Struct,
    rename={"app_id": "AppID", "app_secret": "AppSecret", "assertion": "ClientAssertion"},
):
    app_id: str = ""
    app_secret: str = ""
    assertion: str = ""


class Pass(Struct, frozen=True):
    """What a ticket is good for."""

    app: App
    device_id: str
    service_id: int
    until: float


class Endpoint:
    """`POST /callback/ws/endpoint`. Each URL it gives away is good for one handshake."""

    def __init__(
        self, world: World, switches: Switches, clock: Clock, is_full: Callable[[App], bool]
    ) -> None:
        self._world = world
        self._switches = switches
        self._clock = clock
        self._is_full = is_full
        self._tickets: dict[str, Pass] = {}
        self._services: dict[str, int] = {}
        self._given: dict[str, list[float]] = {}
        self._devices = itertools.count(7_000_000_000_000_000_001)

    async def answer(self, request: web.Request) -> web.Response:
        """Raises Refused: wrong credentials 1000040345, no room 1000040350."""
        try:
            asked = msgspec.json.decode(await request.read(), type=_Credentials)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise Refused(9499) from None
        app = self._app(asked)
        if self._is_full(app) or self._is_fast(app):
            raise Refused(TOO_MANY_CONNECTIONS)
        data: dict[str, object] = {"URL": self._url(request.host, app)}
        config = app.client_config or self._switches.client_config
        if config is not None:
            data["ClientConfig"] = config
        return json_answer({"code": 0, "msg": "", "data": data})

    def holder(self, ticket: str) -> str:
        """The id of the app that a ticket was given to, or ""."""
        granted = self._tickets.get(ticket)
        return granted.app.id if granted else ""

    def redeem(self, ticket: str) -> Pass | None:
        """What the ticket is good for, the first time it is shown and while it lives."""
        granted = self._tickets.pop(ticket, None)
        return granted if granted and self._clock.monotonic() < granted.until else None

    def _app(self, asked: _Credentials) -> App:
        app = self._world.apps.get(asked.app_id)
        if asked.assertion:
            raise self._wrong_credentials("ClientAssertion is not supported here")
        if app is None or app.secret != Secret(asked.app_secret):
            raise self._wrong_credentials()
        if app.published is None and not self._switches.unpublished_may_connect:
            raise self._wrong_credentials("app is not published")
        return app

    def _is_fast(self, app: App) -> bool:
        """Whether it had all its URLs of the last minute; else this one counts."""
        limit, now = self._switches.connects_per_minute, self._clock.monotonic()
        recent = [at for at in self._given.get(app.id, ()) if now - at < _MINUTE]
        if limit is None or len(recent) < limit:
            self._given[app.id] = [*recent, now]
            return False
        return True

    def _wrong_credentials(self, detail: str = "") -> Refused:
        refused = Refused(_WRONG_CREDENTIALS, detail)
        refused.status = self._switches.wrong_credentials_status
        return refused

    def _url(self, host: str, app: App) -> str:
        service = self._services.setdefault(app.id, _FIRST_SERVICE + len(self._services))
        until = self._clock.monotonic() + self._switches.ticket_life
        granted = Pass(app, str(next(self._devices)), service, until)
        ticket = self._world.next_id()
        self._tickets[ticket] = granted
        query = {
            "fpid": "493",
            "aid": "552564",
            "device_id": granted.device_id,
            "access_key": self._world.next_id(),
            "service_id": granted.service_id,
            "ticket": ticket,
        }
        return f"ws://{host}{WEBSOCKET_PATH}?{urlencode(query)}"
