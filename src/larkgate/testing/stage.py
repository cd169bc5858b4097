"""What chats, messages and people need of the test they belong to."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, ParamSpec, Protocol, TypeVar

from larkgate.errors import LarkgateError
from larkgate.simulator import App, Message, Simulator

__all__ = ["Stage", "Unanswered"]

P = ParamSpec("P")
T = TypeVar("T")


class Unanswered(LarkgateError, AssertionError, IndexError):
    """A message was looked for that nobody has written; the sentence says why."""


class Stage(Protocol):
    """
    `do`, `call` and `look` run something where platform and bot live; `look` when all is at rest,
    for which `rest` waits there.

    Attributes:
        app: the bot under test.
        toasts: what was last shown for a moment to who clicked, by the message's id.
    """

    sim: Simulator
    app: App
    toasts: dict[str, str]

    def do(self, work: Coroutine[Any, Any, T]) -> T: ...
    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...
    def look(self, function: Callable[[], T]) -> T: ...
    async def rest(self) -> None: ...
    def why_unanswered(self, messages: Iterable[Message]) -> Unanswered: ...
