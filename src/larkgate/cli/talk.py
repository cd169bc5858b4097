"""Commands that talk to a running gateway: `send`, `stop`, `status`."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import typer

from larkgate import config, logs, texts
from larkgate.cli import output
from larkgate.cli.settings import load
from larkgate.errors import NotRunning
from larkgate.gateway import Gateway, SendOrder, ask
from larkgate.gateway.operations import open_operations
from larkgate.lifecycle import run
from larkgate.queue import QueueRow
from larkgate.texts import say

__all__ = ["send", "show_status", "status", "stop"]

_NOT_READY = 1
_ANSWERING = 5.0  # seconds more than the gateway itself waits


def send(
    settings: Path | None, receiver: str, text: str, account: str | None, as_json: bool
) -> None:
    """Send through the gateway that runs, else open its store for as long as it takes."""
    found = load(settings)
    order = SendOrder(secrets.token_hex(16), receiver, text, account)
    try:
        values = msgspec.structs.asdict(order)
        answer = asyncio.run(ask(found.gateway.data, "send", order.timeout + _ANSWERING, **values))
    except NotRunning:
        answer = {"message_id": _send_alone(found, order)}
    if as_json:
        output.as_json(answer)
    else:
        typer.echo(say("cli.sent", message_id=answer["message_id"]))


def _send_alone(found: config.Config, order: SendOrder) -> str:
    """The log goes to its file: what a person must know is the answer, or the error."""
    with (
        Path(os.devnull).open("w") as nowhere,
        logs.setup(found.log, texts.language(), secrets=found.secrets, console=nowhere),
    ):
        return run(_sent(found, order))


async def _sent(found: config.Config, order: SendOrder) -> str:
    async with Gateway(found, [], receive=False) as gateway:
        sent = await gateway.send(order)
        return await sent.message_id(order.timeout)


def stop(settings: Path | None) -> None:
    found = load(settings, need_account=False)
    asyncio.run(ask(found.gateway.data, "stop"))
    typer.echo(say("cli.stopping"))


def status(settings: Path | None, as_json: bool) -> int:
    found = load(settings, need_account=False)
    try:
        answer = asyncio.run(ask(found.gateway.data, "status"))
    except NotRunning as error:
        answer = {"ready": False, "running": None, "queues": _stored(found)}
        if not as_json:
            typer.echo(str(error))
    if as_json:
        output.as_json(answer)
    else:
        show_status(answer)
    return 0 if answer["ready"] else _NOT_READY


def _stored(found: config.Config) -> list[dict[str, Any]]:
    """What waits where nobody answers on this machine."""

    async def look() -> Sequence[QueueRow]:
        async with open_operations(found) as desk:
            return await desk.reads.queues()

    return [count for row in run(look()) for count in _counts(row)]


def _counts(row: QueueRow) -> list[dict[str, Any]]:
    by_state = {"open": row.waiting + row.running, "done": row.done, "dead": row.dead}
    by_state["withdrawn"] = row.withdrawn
    return [
        {"queue": row.name, "state": state, "jobs": jobs}
        for state, jobs in by_state.items()
        if jobs
    ]


def show_status(answer: dict[str, Any]) -> None:
    """What a running gateway tells of itself, for people."""
    accounts = answer.get("accounts", [])
    if accounts:
        columns = [say(f"cli.column.{name}") for name in ("account", "state", "since", "events")]
        output.table(columns, [_account(account) for account in accounts])
    for account in accounts:
        if account["reason"]:
            typer.echo(f"{account['name']}: {account['reason']}")
        if found := account["foreign"]:
            values = {"count": found["messages"], "example": found["example"]}
            typer.echo(say("bot.foreign_connection", account=account["name"], **values))
    for name, reason in answer.get("broken", {}).items():
        typer.echo(say("cli.broken", app=name, reason=reason))
    if queues := answer["queues"]:
        columns = [say(f"cli.column.{name}") for name in ("queue", "state", "jobs")]
        rows = [(row["queue"], say(f"cli.state.{row['state']}"), row["jobs"]) for row in queues]
        output.table(columns, rows)
    for hold in answer.get("holds", []):
        typer.echo(say("cli.held", queue=hold["queue"], reason=hold["reason"]))


def _account(account: dict[str, Any]) -> tuple[object, ...]:
    since = datetime.fromtimestamp(account["since"]).strftime("%Y-%m-%d %H:%M:%S")
    phase = say(f"cli.phase.{account['phase']}")
    return account["name"], phase, since, account["counters"]["events"]
