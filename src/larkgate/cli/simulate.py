"""`larkgate simulate` and `larkgate simulate say`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import typer

from larkgate.cli import output
from larkgate.clock import Clock, SystemClock
from larkgate.dial import Dialer
from larkgate.errors import DialError, LarkgateError, NotRunning
from larkgate.lifecycle import stop_on_signals
from larkgate.simulator import APP_ID, APP_SECRET, Simulator, standard_world
from larkgate.texts import say

__all__ = ["announced", "run", "speak"]

_LOOK_EVERY = 0.1


def run(port: int) -> None:
    """Run the platform until Ctrl+C."""
    asyncio.run(_run(port))


async def _run(port: int) -> None:
    async with stop_on_signals() as stop, Simulator(port=port) as simulator:
        standard_world(simulator)
        with announced(simulator.url):
            typer.echo(f"ready {simulator.url}")
            typer.echo(
                say(
                    "simulate.how_to_connect",
                    app_id=APP_ID,
                    secret=APP_SECRET,
                    url=simulator.url,
                )
            )
            await stop.wait()


@contextlib.contextmanager
def announced(url: str) -> Iterator[None]:
    """Inside, `simulate say` of the same user finds this simulator by itself."""
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


def _home_may_be_missing() -> contextlib.suppress:
    """Or cannot be written, as in a container: `--url` still works."""
    return contextlib.suppress(OSError, RuntimeError)


def _announcement() -> Path:
    """Raises RuntimeError for a user without a home."""
    return Path.home() / ".cache" / "larkgate" / "simulator"


def speak(url: str | None, person: str, chat: str, text: str, wait: float, as_json: bool) -> None:
    """Say something and show who answered."""
    said, answers = asyncio.run(_speak(url or _running(), person, chat, text, wait))
    if as_json:
        output.as_json({"said": said, "answers": answers})
        return
    typer.echo(f"[{chat}] {person}: {said['text']}")
    for answer in answers:
        typer.echo(f"[{chat}] {answer['sender']}: {answer['text']}")
    if wait and not answers:
        typer.echo(say("simulate.nobody_answered", seconds=wait))
        raise typer.Exit(1)


def _running() -> str:
    try:
        return _announcement().read_text("utf-8")
    except (OSError, RuntimeError) as error:
        raise NotRunning("simulate.not_found") from error


async def _speak(
    url: str, person: str, chat: str, text: str, wait: float
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    clock = SystemClock()
    async with Dialer(clock) as dialer:
        body = {"as": person, "chat": chat, "text": text}
        said = await _call(dialer, "POST", f"{url}/sim/say", body)
        return said, await _answers(dialer, clock, url, said, wait)


async def _answers(
    dialer: Dialer, clock: Clock, url: str, said: dict[str, Any], wait: float
) -> list[dict[str, Any]]:
    until = clock.monotonic() + wait
    while True:
        messages = await _call(dialer, "GET", f"{url}/sim/messages?chat={said['chat_id']}", None)
        answers = [message for message in messages if message["parent"] == said["id"]]
        if answers or clock.monotonic() >= until:
            return answers
        await clock.sleep(_LOOK_EVERY)


async def _call(dialer: Dialer, method: str, url: str, body: object) -> Any:
    try:
        answer = await dialer.request(method, url, json=body, timeout=10.0)
    except DialError as error:
        raise NotRunning("simulate.not_found") from error
    if answer.status != 200:
        raise LarkgateError("simulate.refused", cause=answer.body.decode("utf-8", "replace"))
    return msgspec.json.decode(answer.body)
