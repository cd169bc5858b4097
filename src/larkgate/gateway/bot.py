"""`Bot`: an app in code, with everything it needs to run."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from pathlib import Path

from larkgate import config, texts
from larkgate.bot import App
from larkgate.gateway.gateway import Gateway
from larkgate.gateway.process import serve
from larkgate.lifecycle import run

__all__ = ["Bot", "RunningBot"]


class Bot(App):
    """An app that reads `larkgate.toml`, `.env` and the environment, and runs.

        bot = Bot()

        @bot.message(mentioned=True)
        async def answer(message: Message) -> str:
            return f"收到：{message.text}"

        bot.run()

    The apps of `larkgate.toml` run beside it. For the arguments see `App`.
    """

    def run(self) -> None:
        """Run until Ctrl+C or SIGTERM, with a banner and the log of `larkgate run`.

        Raises SystemExit with status 2 and one sentence when the settings cannot be used.
        """
        sys.exit(serve([self], Path.cwd(), os.environ))

    def start_in_thread(self) -> RunningBot:
        """Run in a thread of its own, beside a program that goes on; returns once started.

        Raises:
            SettingsError, StoreError: it could not start.
        """
        return RunningBot(self._gateway())

    async def __aenter__(self) -> Bot:
        self._running = await self._gateway().__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._running.__aexit__()

    def _gateway(self) -> Gateway:
        texts.use(config.language_of(os.environ))
        settings = config.load(Path.cwd(), os.environ)
        texts.use(settings.gateway.language)
        return Gateway(settings, [self])


class RunningBot:
    """A bot in its own thread and event loop."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="larkgate", daemon=True)
        self._thread.start()
        self._started.wait()
        if self._error is not None:
            raise self._error

    def stop(self) -> None:
        """Stop as on SIGTERM; returns when it has stopped. Twice is fine."""
        with contextlib.suppress(RuntimeError):  # its loop is closed: it has stopped
            self._loop.call_soon_threadsafe(self._gateway.stop)
        self._thread.join()

    def _run(self) -> None:
        try:
            run(self._serve())
        except BaseException as error:  # once it has started, the gateway itself tells
            self._error = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with self._gateway as gateway:
            self._started.set()
            await gateway.stopping()
