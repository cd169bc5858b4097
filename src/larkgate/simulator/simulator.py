"""The platform on this machine, listening."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Self

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from larkgate import texts
from larkgate.clock import Clock
from larkgate.simulator.control import Control
from larkgate.simulator.control_apps import AppsControl
from larkgate.simulator.control_platform import PlatformControl
from larkgate.simulator.control_world import WorldControl
from larkgate.simulator.guard import Guard
from larkgate.simulator.listener import Listener
from larkgate.simulator.page import page_routes
from larkgate.simulator.platform import Platform

__all__ = ["Simulator", "serve"]

_log = logging.getLogger(__name__)
_http_log = logging.getLogger(f"{__name__}.http")
_FOREVER = 86400.0 * 365  # library time-outs are off
_TO_THE_END = 0.01  # for calls under way when it closes; to aiohttp, 0 is for ever
_LONGEST_BODY = 32 << 20  # a file of 30 MB in its form


class Simulator(Platform):
    """The platform behind a port: `async with Simulator() as sim`, then `sim.url` is the domain
    to give an account.

    It belongs to the event loop that opened it.

    Args:
        clock: a `VirtualClock` makes hours pass in a test; None is real time.
        host: where to listen. Anything but loopback shows the control API to other machines.
        port: 0 takes a free one.
        seed: where ids and chance come from.

    Raises:
        OSError: on opening, when the port is taken.
    """

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__(clock, seed=seed)
        self.host = host
        self.port = port
        self._runner: web.AppRunner | None = None
        self._listener: Listener | None = None

    @property
    def url(self) -> str:
        """What an account's domain is set to."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(
            self._application(),
            logger=_http_log,
            access_log=None,
            handler_cancellation=True,
            keepalive_timeout=_FOREVER,
            shutdown_timeout=_TO_THE_END,
        )
        await self._runner.setup()
        if self._runner.server is None:
            raise AssertionError("a runner that is set up has a server")
        self._listener = Listener(self.host, self.port, self.faults, self._runner.server)
        await self._listener.open()
        self.port = self._listener.port
        texts.tell(_log, logging.INFO, "simulator.listening", url=self.url)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._listener is not None:
            await self._listener.close()
        self.close()
        await self.disconnect()
        if self._runner is not None:
            self._drop_unread(self._runner)
            await self._runner.cleanup()

    def _drop_unread(self, runner: web.AppRunner) -> None:
        """A client that does not read what it has asked for holds nobody up."""
        for connection in runner.server.connections if runner.server else ():
            transport = connection.transport
            if isinstance(transport, asyncio.Transport) and transport.get_write_buffer_size():
                transport.abort()

    def _application(self) -> web.Application:
        application = web.Application(
            middlewares=[Guard([self.host]).middleware, self._gate.middleware],
            client_max_size=_LONGEST_BODY,
        )
        application.add_routes(self.routes())
        for control in (Control, PlatformControl, AppsControl, WorldControl):
            application.add_routes(control(self).routes())
        application.add_routes(page_routes())
        return application


async def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    seed: int = 0,
    clock: Clock | None = None,
    prepare: Callable[[Simulator], object] | None = None,
    ready: Callable[[Simulator], object] | None = None,
) -> None:
    """Run a simulator until cancelled.

    Args:
        prepare: makes the world before anybody can connect, for example `standard_world`.
        ready: called when it listens.
    """
    simulator = Simulator(clock, host=host, port=port, seed=seed)
    if prepare is not None:
        prepare(simulator)
    async with simulator:
        if ready is not None:
            ready(simulator)
        await asyncio.Event().wait()


def _is_ours(record: logging.LogRecord) -> bool:
    """A client that sends what is no HTTP is answered with 400; nothing has failed here."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


_http_log.addFilter(_is_ours)
