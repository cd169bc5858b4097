"""A whole process: settings, log, signals, banner, the gateway, and the exit status."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from larkgate import config, logs, texts
from larkgate.bot import App
from larkgate.errors import LarkgateError
from larkgate.gateway.banner import banner
from larkgate.gateway.gateway import Gateway
from larkgate.lifecycle import forced_end, stop_on_signals

__all__ = ["serve"]

# At Python's own 5 ms, threads that burn CPU keep acknowledgements waiting for seconds.
_SWITCH_INTERVAL = 0.0005
_UNUSABLE = 2
_GRACE = 0.9  # seconds after the deadline to write outcomes and close


def serve(
    apps: Sequence[App],
    directory: Path,
    environment: Mapping[str, str],
    file: Path | None = None,
) -> int:
    """Run until a signal asks to stop; returns the exit status, 2 when it could not start."""
    texts.use(config.language_of(environment))
    status = 0
    try:
        settings = config.load(directory, environment, file)
        with logs.setup(settings.log, settings.gateway.language, secrets=settings.secrets):
            sys.setswitchinterval(_SWITCH_INTERVAL)
            with forced_end(settings.gateway.stop_deadline + _GRACE) as countdown:
                asyncio.run(_serve(Gateway(settings, apps), countdown))
    except* LarkgateError as errors:
        print(_first(errors), file=sys.stderr)
        status = _UNUSABLE
    return status


async def _serve(gateway: Gateway, countdown: Callable[[], None]) -> None:
    async with stop_on_signals(countdown) as stop, asyncio.TaskGroup() as group:
        running = group.create_task(gateway.run())
        telling = group.create_task(_tell(gateway))
        asked = [
            group.create_task(stop.wait()),
            group.create_task(gateway.stopping()),
        ]
        await asyncio.wait((running, *asked), return_when=asyncio.FIRST_COMPLETED)
        countdown()
        gateway.stop()
        await asyncio.wait((running,))
        for task in (telling, *asked):
            task.cancel()


async def _tell(gateway: Gateway) -> None:
    await gateway.ready.wait()
    print(banner(gateway), file=sys.stderr, flush=True)


def _first(errors: BaseException) -> BaseException:
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors
