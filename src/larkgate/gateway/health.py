"""`/health` says whether the process lives, `/ready` whether events can arrive and be kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from aiohttp import web

from larkgate.errors import SettingsError

__all__ = ["HealthDoor"]


class HealthDoor:
    """Serves what `status` says; it is ready when `status()["ready"]` is true."""

    def __init__(self, host: str, port: int, status: Callable[[], dict[str, Any]]) -> None:
        self._host = host
        self._port = port
        self._status = status
        self.url = ""

    async def __aenter__(self) -> HealthDoor:
        app = web.Application(client_max_size=1024)
        app.router.add_get("/health", self._health)
        app.router.add_get("/ready", self._ready)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise SettingsError(
                "gateway.port_in_use",
                host=self._host,
                port=self._port,
                cause=os.strerror(error.errno) if error.errno else error,
            ) from error
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _health(self, _: web.Request) -> web.Response:
        return web.json_response(self._status())

    async def _ready(self, _: web.Request) -> web.Response:
        status = self._status()
        return web.json_response(status, status=200 if status["ready"] else 503)
