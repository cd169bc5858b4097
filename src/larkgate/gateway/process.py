"""A whole process: settings, log, signals, banner, the gateway, and the exit status."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from larkgate import config, logs, texts
from larkgate.bot import App
from larkgate.errors import LarkgateError
from larkgate.gateway.banner import banner
from larkgate.gateway.gateway import Gateway
from larkgate.lifecycle import FAILED, exit_status, forced_end, run, stop_on_signals

__all__ = ["serve", "tune"]

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Exception)

# At Python's own 5 ms, threads that burn CPU keep acknowledgements waiting for seconds.
_SWITCH_INTERVAL = 0.0005
# At Python's own 700, a gateway under load spends much of the loop's time on looking for cycles
# in its many waiting tasks.
_NEW_OBJECTS_BEFORE_COLLECTION = 10_000
_GRACE = 0.9  # seconds after the deadline to write outcomes and close


def serve(
    apps: Sequence[App],
    directory: Path,
    environment: Mapping[str, str],
    file: Path | None = None,
) -> int:
    """Run until a signal asks to stop; returns the exit status, 2 when it could not start."""
    texts.use(config.language_of(environment))
    try:
        settings = config.load(directory, environment, file)
        with logs.setup(settings.log, settings.gateway.language, secrets=settings.secrets):
            tune()
            return _run(settings, apps)
    except LarkgateError as error:
        print(error, file=sys.stderr)
        return exit_status(error)


def tune() -> None:
    """Set what belongs to the whole process: how often threads take turns, and cycles are found."""
    sys.setswitchinterval(_SWITCH_INTERVAL)
    gc.set_threshold(_NEW_OBJECTS_BEFORE_COLLECTION)


def _run(settings: config.Config, apps: Sequence[App]) -> int:
    """What ends it too early is said in the log, while there is one."""
    status = 0
    try:
        with forced_end(settings.gateway.stop_deadline + _GRACE) as countdown:
            run(_serve(Gateway(settings, apps), countdown))
    except* LarkgateError as errors:
        error = _first(errors)
        log.critical(error, extra={"event": error.key})
        status = exit_status(error)
    except* Exception as errors:
        crash = _first(errors)
        kind = type(crash).__name__
        texts.tell(log, logging.CRITICAL, "logs.uncaught", crash, kind=kind, error=crash)
        status = FAILED
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


def _first(errors: ExceptionGroup[E]) -> E:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, ExceptionGroup) else first
