"""Every command with its options, its help and its examples."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from larkgate.cli.queue import queue_app
from larkgate.cli.simulation import simulate_app
from larkgate.texts import say
from larkgate.version import __version__

__all__ = ["app"]

app = typer.Typer(
    name="larkgate",
    help=say("cli.help"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)
app.add_typer(simulate_app, name="simulate")
app.add_typer(queue_app, name="queue")
db_app = typer.Typer(help=say("cli.db"), no_args_is_help=True, rich_markup_mode=None)
app.add_typer(db_app, name="db")


class Role(StrEnum):
    """Words of a choice on the command line."""

    all = "all"
    ingress = "ingress"
    worker = "worker"


Settings = Annotated[
    Path | None, typer.Option("--settings", "-s", metavar="FILE", help=say("cli.option.settings"))
]
Json = Annotated[bool, typer.Option("--json", help=say("cli.option.json"))]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help=say("cli.option.port"))]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"larkgate {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help=say("cli.option.version")),
    ] = False,
) -> None:
    pass


@app.command(help=say("cli.demo"))
def demo(
    ask: Annotated[
        str | None, typer.Option("--ask", metavar="TEXT", help=say("cli.option.ask"))
    ] = None,
    port: Port = 0,
) -> None:
    from larkgate.cli import demo

    demo.run(ask, port)


@app.command(help=say("cli.run"))
def run(
    target: Annotated[
        str | None, typer.Argument(metavar="[MODULE:NAME]", help=say("cli.option.target"))
    ] = None,
    settings: Settings = None,
    role: Annotated[
        Role | None, typer.Option("--role", help=say("cli.option.role"), show_default=False)
    ] = None,
    check: Annotated[bool, typer.Option("--check", help=say("cli.option.check"))] = False,
    as_json: Json = False,
) -> None:
    from larkgate.cli import run

    if as_json and not check:
        raise typer.BadParameter(say("cli.json_of_check"))
    chosen = role and role.value
    if check:
        raise typer.Exit(run.check(settings, chosen, as_json))
    raise typer.Exit(run.run(target, settings, chosen))


@app.command(help=say("cli.send"))
def send(
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    chat: Annotated[
        str | None, typer.Option("--chat", metavar="oc_…", help=say("cli.option.chat"))
    ] = None,
    user: Annotated[
        str | None, typer.Option("--user", metavar="ou_…", help=say("cli.option.user"))
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", metavar="NAME", help=say("cli.option.account"))
    ] = None,
    settings: Settings = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import talk

    if (chat is None) == (user is None):
        raise typer.BadParameter(say("cli.chat_or_user"))
    talk.send(settings, chat or user or "", text, account, as_json)


@app.command(help=say("cli.stop"))
def stop(settings: Settings = None) -> None:
    from larkgate.cli import talk

    talk.stop(settings)


@app.command(help=say("cli.status"))
def status(settings: Settings = None, as_json: Json = False) -> None:
    from larkgate.cli import talk

    raise typer.Exit(talk.status(settings, as_json))


@db_app.command("upgrade", help=say("cli.upgrade"))
def db_upgrade(settings: Settings = None, as_json: Json = False) -> None:
    from larkgate.cli import upgrade

    upgrade.upgrade_store(settings, as_json)
