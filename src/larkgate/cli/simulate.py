"""`larkgate simulate`: the platform on this machine, until Ctrl+C."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import typer

from larkgate.cli import output
from larkgate.errors import LarkgateError, NotRunning, SettingsError
from larkgate.lifecycle import stop_on_signals
from larkgate.simulator import App, Simulator, standard_world
from larkgate.simulator.playing import play, prepare
from larkgate.simulator.scenario import Scenario, read
from larkgate.texts import say

__all__ = ["Options", "announced", "run", "running"]


class Options(NamedTuple):
    """
    Attributes:
        seed: where ids come from; None never gives an id again that an earlier run has given, so
            that a bot which remembers that run takes nothing for a repetition.
        scenario: what is played.
        world: an exported world to begin with.
        save: where the world is exported to at the end.
        settings: where the settings of the first app are written to, as a `.env` file.
    """

    port: int = 0
    host: str = "127.0.0.1"
    seed: int | None = None
    scenario: Path | None = None
    world: Path | None = None
    save: Path | None = None
    settings: Path | None = None


def run(options: Options) -> None:
    """Run the platform until Ctrl+C.

    Raises:
        SettingsError: the port is taken, or a file cannot be used.
    """
    asyncio.run(_run(options))


async def _run(options: Options) -> None:
    scenario = read(options.scenario) if options.scenario else Scenario()
    simulator = Simulator(host=options.host, port=options.port, seed=options.seed or 0)
    _furnish(simulator, options, scenario)
    if options.seed is None:
        simulator.world.made = max(simulator.world.made, simulator.world.milliseconds())
    async with stop_on_signals() as stop, contextlib.AsyncExitStack() as stack:
        await _open(stack, simulator)
        with announced(simulator.url):
            _welcome(simulator, options.settings)
            await _play(simulator, scenario, options.scenario, stop)
        if options.save is not None:
            _write(options.save, simulator.export(secrets=True))


async def _open(stack: contextlib.AsyncExitStack, simulator: Simulator) -> None:
    try:
        await stack.enter_async_context(simulator)
    except OSError as error:
        raise SettingsError(
            "simulate.port_taken",
            host=simulator.host,
            port=simulator.port,
            cause=os.strerror(error.errno or errno.EADDRINUSE),
        ) from None


def _furnish(simulator: Simulator, options: Options, scenario: Scenario) -> None:
    """The world of the file, or of the scenario, or the one the documentation speaks of."""
    if options.world is not None:
        data = _read(options.world)
        with _naming(options.world):
            simulator.load(data)
    elif not scenario.has_world:
        standard_world(simulator)
    with _naming(options.scenario):
        prepare(simulator, scenario)


async def _play(
    simulator: Simulator, scenario: Scenario, file: Path | None, stop: asyncio.Event
) -> None:
    """Until it is told to stop, whether the script is over or not."""
    async with asyncio.TaskGroup() as playing:
        script = playing.create_task(_script(simulator, scenario, file))
        await stop.wait()
        script.cancel()


async def _script(simulator: Simulator, scenario: Scenario, file: Path | None) -> None:
    """A step that cannot be done ends the script; the platform goes on."""
    try:
        with _naming(file):
            await play(simulator, scenario, typer.echo)
    except LarkgateError as error:
        output.complain(str(error))


def _welcome(simulator: Simulator, settings: Path | None) -> None:
    typer.echo(f"ready {simulator.url}")
    for app in simulator.world.apps.values():
        secret = app.secret.reveal()
        typer.echo(say("simulate.how_to_connect", app_id=app.id, secret=secret, url=simulator.url))
    if settings is not None:
        _write(settings, _settings(simulator).encode())
        typer.echo(say("simulate.settings_written", file=settings))


def _settings(simulator: Simulator) -> str:
    app: App | None = next(iter(simulator.world.apps.values()), None)
    if app is None:
        raise SettingsError("simulate.no_app")
    return (
        f"FEISHU_APP_ID={app.id}\nFEISHU_APP_SECRET={app.secret.reveal()}\n"
        f"FEISHU_DOMAIN={simulator.url}\n"
    )


@contextlib.contextmanager
def _naming(file: Path | None) -> Iterator[None]:
    """Errors in here name the file."""
    try:
        yield
    except LarkgateError as error:
        raise SettingsError("simulator.bad_file", file=file, cause=error) from None


def _read(file: Path) -> bytes:
    return _touch(file, lambda: file.read_bytes())


def _write(file: Path, data: bytes) -> None:
    """Only for the user: there are secrets in it."""

    def write() -> bytes:
        file.touch(0o600)
        file.write_bytes(data)
        return data

    _touch(file, write)


def _touch(file: Path, act: Callable[[], bytes]) -> bytes:
    try:
        return act()
    except OSError as error:
        raise SettingsError("simulator.no_file", file=file, cause=error.strerror) from None


@contextlib.contextmanager
def announced(url: str) -> Iterator[None]:
    """Inside, the other commands of the same user find this simulator by themselves."""
    with _home_may_be_missing():
        file = _announcement()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(url, "utf-8")
    try:
        yield
    finally:
        with _home_may_be_missing():
            file = _announcement()
            if file.read_text("utf-8") == url:
                file.unlink()


def running() -> str:
    """The address of the simulator that runs here.

    Raises:
        NotRunning: there is none.
    """
    try:
        return _announcement().read_text("utf-8")
    except (OSError, RuntimeError) as error:
        raise NotRunning("simulate.not_found") from error


def _home_may_be_missing() -> contextlib.suppress:
    """Or cannot be written, as in a container: `--url` still works."""
    return contextlib.suppress(OSError, RuntimeError)


def _announcement() -> Path:
    """Raises RuntimeError for a user without a home."""
    return Path.home() / ".cache" / "larkgate" / "simulator"
