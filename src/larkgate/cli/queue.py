"""The commands of `larkgate queue`, with their options, help and examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from larkgate.cli.filters import MOST, Filters, filtered
from larkgate.texts import say

__all__ = ["queue_app"]

queue_app = typer.Typer(
    help=say("cli.queue.help"), invoke_without_command=True, rich_markup_mode=None
)

Settings = Annotated[
    Path | None, typer.Option("--settings", "-s", metavar="FILE", help=say("cli.option.settings"))
]
Json = Annotated[bool, typer.Option("--json", help=say("cli.option.json"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=say("cli.queue.option.dry_run"))]
Yes = Annotated[bool, typer.Option("--yes", "-y", help=say("cli.queue.option.yes"))]
Reason = Annotated[
    str, typer.Option("--reason", metavar="TEXT", help=say("cli.queue.option.reason"))
]
Rate = Annotated[
    float,
    typer.Option("--rate", metavar="N", min=0.1, max=1000, help=say("cli.queue.option.rate")),
]
OneQueue = Annotated[
    str | None, typer.Argument(metavar="[QUEUE]", help=say("cli.queue.option.queue"))
]
OneApp = Annotated[
    str | None, typer.Option("--app", metavar="NAME", help=say("cli.queue.option.app"))
]
_SHOWN = 50


@queue_app.callback()
def _root(context: typer.Context, settings: Settings = None, as_json: Json = False) -> None:
    if context.invoked_subcommand is None:
        status(settings, as_json)


@queue_app.command(help=say("cli.queue.status"))
def status(settings: Settings = None, as_json: Json = False) -> None:
    from larkgate.cli import look

    look.status(settings, as_json)


@queue_app.command("list", help=say("cli.queue.list"))
@filtered(_SHOWN)
def list_jobs(filters: Filters, settings: Settings = None, as_json: Json = False) -> None:
    from larkgate.cli import look

    look.list_jobs(settings, filters, as_json)


@queue_app.command(help=say("cli.queue.show"))
def show(
    key: Annotated[str, typer.Argument(metavar="KEY", help=say("cli.queue.option.keys"))],
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import look

    look.show(settings, key, as_json)


@queue_app.command(help=say("cli.queue.retry"))
@filtered(MOST)
def retry(
    filters: Filters,
    dry_run: DryRun = False,
    yes: Yes = False,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import operate

    operate.retry(settings, filters, operate.Manner(dry_run, yes, as_json))


@queue_app.command(help=say("cli.queue.discard"))
@filtered(MOST)
def discard(
    filters: Filters,
    reason: Reason = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import operate

    operate.discard(settings, filters, reason, operate.Manner(dry_run, yes, as_json))


@queue_app.command(help=say("cli.queue.replay"))
@filtered(MOST)
def replay(
    filters: Filters,
    rate: Rate = 5.0,
    dry_run: DryRun = False,
    yes: Yes = False,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import operate

    operate.replay(settings, filters, rate, operate.Manner(dry_run, yes, as_json))


@queue_app.command(help=say("cli.queue.pause"))
def pause(
    queue: OneQueue = None,
    app: OneApp = None,
    reason: Reason = "",
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import operate

    operate.pause(settings, queue, app, reason, as_json)


@queue_app.command(help=say("cli.queue.resume"))
def resume(
    queue: OneQueue = None, app: OneApp = None, settings: Settings = None, as_json: Json = False
) -> None:
    from larkgate.cli import operate

    operate.resume(settings, queue, app, as_json)


@queue_app.command(help=say("cli.queue.prune"))
def prune(
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="TIME", help=say("cli.queue.option.older_than")),
    ] = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import operate

    operate.prune(settings, older_than, as_json)


@queue_app.command(help=say("cli.queue.move"))
def move(
    old: Annotated[str, typer.Argument(metavar="OLD", help=say("cli.queue.option.old"))],
    new: Annotated[str, typer.Argument(metavar="NEW", help=say("cli.queue.option.new"))],
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import operate

    operate.move(settings, old, new, as_json)
