"""One call of the Open API: what it needs, and what it is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol, TypeVar

import msgspec
from aiohttp import web

from larkgate.simulator.api.forms import Part
from larkgate.simulator.apps import App
from larkgate.simulator.codes import Refused
from larkgate.simulator.permissions import NONE, Need

__all__ = ["Act", "Asked", "Call", "Family", "invalid_field"]

T = TypeVar("T")


class Asked(NamedTuple):
    """A request that got past the door.

    Attributes:
        path: what stands in the call's path for its names.
        origin: how the simulator was addressed, `http://127.0.0.1:1234`.
        form: the fields of a multipart body, else empty.
    """

    app: App
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    form: Mapping[str, Part]
    origin: str

    def field(self, name: str) -> str:
        """A text of the form, "" where there is none."""
        part = self.form.get(name)
        return part.text if part else ""

    def values(self, name: str) -> list[str]:
        """All values of the query under this name."""
        return [value for key, value in self.query.items() if key == name]

    def json(self, shape: type[T]) -> T:
        """The body.

        Raises:
            Refused: 9499 for what is not JSON, 99992402 for another shape.
        """
        try:
            return msgspec.json.decode(self.body, type=shape)
        except msgspec.ValidationError as error:
            raise invalid_field("body", "", str(error)) from None
        except (msgspec.MsgspecError, ValueError, RecursionError):
            raise Refused(9499) from None

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A number of the query.

        Raises:
            Refused: 99992402 when it is none, or out of bounds.
        """
        text = self.query.get(name, "") or str(default)
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            raise invalid_field(name, text, f"{name} is not a number")
        if not low <= int(text) <= high:
            raise invalid_field(name, text, f"{name} must be from {low} to {high}")
        return int(text)


Answer = Mapping[str, object] | web.StreamResponse
Act = Callable[[Asked], Answer | Awaitable[Answer]]
"""Does what was asked. Gives what stands beside `code` and `msg` in the answer, mostly `data`, or
a whole answer. Raises Refused."""


class Call(NamedTuple):
    """
    Attributes:
        path: below `/open-apis`, with `{names}`.
        need: scopes of the app.
        limits: (calls, seconds) for each app; the platform's tiers are in the official document
            "频控策略".
        no_bot: the code for an app without the ability to be a bot; None: it needs none.
        form: the body is multipart.
        too_long: the code for a body that no call takes, over 32 MB.
    """

    method: str
    path: str
    act: Act
    need: Need = NONE
    limits: tuple[tuple[int, float], ...] = ((50, 1.0), (1000, 60.0))
    no_bot: int | None = None
    form: bool = False
    too_long: int = 9499


class Family(Protocol):
    """Calls that belong together."""

    def calls(self) -> tuple[Call, ...]: ...


def invalid_field(field: str, value: str, description: str) -> Refused:
    violation = {"field": field, "value": value, "description": description}
    return Refused(99992402, error={"field_violations": [violation]})
