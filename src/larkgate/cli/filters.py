"""The options that say which jobs a command means, the same for all commands that take them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Literal

import msgspec
import typer

from larkgate.texts import say

__all__ = ["MOST", "Filters", "filtered"]

MOST = 10_000

_Text = str | None


class _State(StrEnum):
    """As the store names them; the command line takes no Literal."""

    open = "open"
    done = "done"
    dead = "dead"
    withdrawn = "withdrawn"


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """The words of a command line; what is empty or None does not restrict."""

    keys: tuple[str, ...] = ()
    queue: _Text = None
    app: _Text = None
    lane: _Text = None
    state: tuple[Literal["open", "done", "dead", "withdrawn"], ...] = ()
    type: _Text = None
    since: _Text = None
    until: _Text = None
    limit: int = MOST

    @property
    def restrict(self) -> bool:
        """Whether they mean less than everything."""
        return msgspec.structs.replace(self, limit=MOST) != Filters()


def filtered(limit: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command all these options in place of its argument `filters`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        def run(**values: Any) -> None:
            chosen = {option.name: values.pop(option.name) for option in _OPTIONS}
            chosen["keys"] = tuple(chosen["keys"] or ())
            chosen["state"] = tuple(each.value for each in chosen["state"] or ())
            command(filters=Filters(**chosen), **values)

        own = inspect.signature(command, eval_str=True).parameters.values()
        options = [
            option.replace(default=limit) if option.name == "limit" else option
            for option in _OPTIONS
        ]
        parameters = [*options, *(each for each in own if each.name != "filters")]
        run.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in parameters]
        )
        run.__annotations__ = {}
        run.__name__ = command.__name__
        return run

    return decorate


def _option(name: str, kind: Any, metavar: str | None = None, **more: Any) -> inspect.Parameter:
    help = say(f"cli.queue.option.{name}")
    annotation = Annotated[kind, typer.Option(f"--{name}", metavar=metavar, help=help, **more)]
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


def _keys() -> inspect.Parameter:
    info = typer.Argument(metavar="KEY", help=say("cli.queue.option.keys"))
    annotation = Annotated[list[str] | None, info]
    return inspect.Parameter(
        "keys", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation
    )


_OPTIONS = (
    _keys(),
    _option("queue", _Text, "QUEUE"),
    _option("app", _Text, "NAME"),
    _option("lane", _Text, "TEXT"),
    _option("state", list[_State] | None, "STATE"),
    _option("type", _Text, "TYPE"),
    _option("since", _Text, "TIME"),
    _option("until", _Text, "TIME"),
    _option("limit", int, "N", min=1, max=MOST),
)
