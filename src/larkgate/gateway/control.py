"""The control door: how commands reach a running gateway, on loopback and with a token only.

`control.json` in the data directory holds address and token; only its owner can read it.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from larkgate.clock import SystemClock
from larkgate.dial import Dialer
from larkgate.errors import DialError, LarkgateError, NotRunning, NotSentYet, SettingsError

__all__ = ["Action", "ControlDoor", "ask"]

_FILE = "control.json"
_MAX_BODY = 256 * 1024

Action = Callable[[bytes], Awaitable[dict[str, Any]]]
"""Takes the JSON it was sent. Raises what msgspec raises when that has another shape."""


class _Address(msgspec.Struct, frozen=True):
    url: str
    token: str


class ControlDoor:
    """Serves `actions`, each a POST with a JSON object to its name.

    Raises (on entering): SettingsError when its address cannot be written down.
    """

    def __init__(self, directory: Path, actions: Mapping[str, Action]) -> None:
        self._file = directory / _FILE
        self._actions = actions
        self._token = secrets.token_urlsafe(32)

    async def __aenter__(self) -> ControlDoor:
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_post("/{action}", self._serve)
        # Who waits for an answer must not keep the gateway from ending.
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self._host = f"{host}:{port}"
        try:
            self._write(_Address(f"http://{self._host}", self._token))
        except OSError as error:
            await self.__aexit__()
            path, cause = self._file.parent, error.strerror or error
            raise SettingsError("database.directory_unusable", path=path, cause=cause) from error
        return self

    async def __aexit__(self, *_: object) -> None:
        self._file.unlink(missing_ok=True)
        await self._runner.cleanup()

    def _write(self, address: _Address) -> None:
        self._file.unlink(missing_ok=True)
        file = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(file, "wb") as stream:
            stream.write(msgspec.json.encode(address))

    async def _serve(self, request: web.Request) -> web.Response:
        if not self._allowed(request):
            return web.json_response({"error": "forbidden"}, status=403)
        action = self._actions.get(request.match_info["action"])
        if action is None:
            return web.json_response({"error": "unknown action"}, status=404)
        try:
            return web.json_response(await action(await request.read()))
        except LarkgateError as error:
            status = HTTPStatus.CONFLICT
            if isinstance(error, NotSentYet):
                status = HTTPStatus.GATEWAY_TIMEOUT
            return web.json_response({"error": str(error)}, status=status)
        except (msgspec.MsgspecError, ValueError) as error:
            return web.json_response({"error": str(error)}, status=400)

    def _allowed(self, request: web.Request) -> bool:
        """A web page may be made to call loopback: it has an Origin, or another Host."""
        if request.headers.get("Host") != self._host or "Origin" in request.headers:
            return False
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, f"Bearer {self._token}".encode())


async def ask(
    directory: Path, action: str, timeout: float = 30.0, /, **values: Any
) -> dict[str, Any]:
    """Have the gateway on this data directory do something, within `timeout` seconds.

    Raises:
        NotRunning: none answers there.
        NotSentYet: it keeps the message and goes on trying, with its sentence.
        LarkgateError: it refused, with its sentence; or it said nothing in time, and may do it yet.
    """
    try:
        address = msgspec.json.decode((directory / _FILE).read_bytes(), type=_Address)
    except (OSError, msgspec.MsgspecError) as error:
        raise NotRunning("gateway.not_running", directory=directory) from error
    async with Dialer(SystemClock()) as dialer:
        try:
            answer = await dialer.request(
                "POST",
                f"{address.url}/{action}",
                headers={"Authorization": f"Bearer {address.token}"},
                json=values,
                timeout=timeout,
            )
            result = msgspec.json.decode(answer.body, type=dict[str, Any])
        except (DialError, msgspec.MsgspecError) as error:
            if isinstance(error, DialError) and error.maybe_served and error.key == "dial.timeout":
                raise LarkgateError("gateway.silent", seconds=timeout) from error
            # After `kill -9` the file stays; by now its port may be somebody else's.
            raise NotRunning("gateway.not_running", directory=directory) from error
    if answer.status == HTTPStatus.GATEWAY_TIMEOUT:
        raise NotSentYet("gateway.kept", cause=result.get("error", answer.status))
    if answer.status != HTTPStatus.OK:
        raise LarkgateError("gateway.refused", cause=result.get("error", answer.status))
    return result
