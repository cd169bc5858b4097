"""The commands of `larkgate simulate`, with their options, help and examples."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from larkgate.texts import say

__all__ = ["simulate_app"]

simulate_app = typer.Typer(
    help=say("cli.simulate"), invoke_without_command=True, rich_markup_mode=None
)

Json = Annotated[bool, typer.Option("--json", help=say("cli.option.json"))]
Url = Annotated[str | None, typer.Option("--url", metavar="URL", help=say("cli.option.simulator"))]
As = Annotated[str, typer.Option("--as", metavar="NAME", help=say("cli.option.as"))]
MessageId = Annotated[str | None, typer.Argument(metavar="[om_…]", help=say("cli.option.message"))]
File = Annotated[Path, typer.Argument(metavar="FILE", help=say("cli.option.world_or_dash"))]
Fields = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help=say("cli.option.fields"))
]
_SPEAKER = "张三"


@simulate_app.callback()
def simulate(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help=say("cli.option.port"))] = 0,
    host: Annotated[
        str, typer.Option("--host", metavar="ADDRESS", help=say("cli.option.sim_host"))
    ] = "127.0.0.1",
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help=say("cli.option.seed"))
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option("--scenario", metavar="FILE", help=say("cli.option.scenario"))
    ] = None,
    world: Annotated[
        Path | None, typer.Option("--world", metavar="FILE", help=say("cli.option.world"))
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help=say("cli.option.save"))
    ] = None,
    settings: Annotated[
        Path | None, typer.Option("--settings", metavar="FILE", help=say("cli.option.settings_out"))
    ] = None,
) -> None:
    if context.invoked_subcommand is None:
        from larkgate.cli.simulate import Options, run

        run(Options(port, host, seed, scenario, world, save, settings))


@simulate_app.command("say", help=say("cli.say"))
def simulate_say(
    text: Annotated[str, typer.Argument(metavar="TEXT")],
    person: As = _SPEAKER,
    chat: Annotated[
        str, typer.Option("--chat", metavar="NAME", help=say("cli.option.in"))
    ] = "研发群",
    url: Url = None,
    wait: Annotated[float, typer.Option("--wait", min=0, help=say("cli.option.wait"))] = 5.0,
    as_json: Json = False,
) -> None:
    from larkgate.cli import simulated

    simulated.speak(url, person, chat, text, wait, as_json)


@simulate_app.command(help=say("cli.sim.recall"))
def recall(
    message: MessageId = None,
    person: As = _SPEAKER,
    url: Url = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import simulated

    simulated.recall(url, message, person, as_json)


@simulate_app.command(help=say("cli.sim.react"))
def react(
    emoji: Annotated[str, typer.Argument(metavar="EMOJI")] = "OK",
    message: MessageId = None,
    person: As = _SPEAKER,
    url: Url = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import simulated

    simulated.react(url, emoji, message, person, as_json)


@simulate_app.command(help=say("cli.sim.click"))
def click(
    label: Annotated[str, typer.Argument(metavar="LABEL")],
    card: MessageId = None,
    person: As = _SPEAKER,
    url: Url = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import simulated

    simulated.click(url, label, card, person, as_json)


@simulate_app.command(help=say("cli.sim.fault"))
def fault(
    kind: Annotated[str | None, typer.Argument(metavar="[KIND]")] = None,
    fields: Fields = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import simulated

    simulated.fault(url, kind, fields or [], as_json)


@simulate_app.command(help=say("cli.sim.heal"))
def heal(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...")] = None,
    url: Url = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import simulated

    simulated.heal(url, ids or [], as_json)


@simulate_app.command(help=say("cli.sim.switch"))
def switch(fields: Fields = None, url: Url = None, as_json: Json = False) -> None:
    from larkgate.cli import simulated

    simulated.switch(url, fields or [], as_json)


@simulate_app.command(help=say("cli.sim.misconfigure"))
def misconfigure(
    key: Annotated[str | None, typer.Argument(metavar="[KEY]")] = None,
    app: Annotated[str, typer.Option("--app", metavar="NAME", help=say("cli.option.sim_app"))] = "",
    url: Url = None,
    as_json: Json = False,
) -> None:
    from larkgate.cli import simulated

    simulated.misconfigure(url, key, app, as_json)


@simulate_app.command(help=say("cli.sim.export"))
def export(
    file: File,
    secrets: Annotated[bool, typer.Option("--secrets", help=say("cli.option.secrets"))] = False,
    url: Url = None,
) -> None:
    from larkgate.cli import simulated

    simulated.export(url, file, secrets)


@simulate_app.command("import", help=say("cli.sim.import"))
def load(file: File, url: Url = None) -> None:
    from larkgate.cli import simulated

    simulated.load(url, file)


@simulate_app.command(help=say("cli.sim.status"))
def status(url: Url = None, as_json: Json = False) -> None:
    from larkgate.cli import simulated

    simulated.status(url, as_json)
