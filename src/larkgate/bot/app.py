"""What handles events: its handlers, in the order in which they are asked."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection
from hashlib import sha256
from math import inf
from typing import Any, Literal, TypeVar, get_args

import msgspec

from larkgate.bot.click import Click
from larkgate.bot.filters import Filter, Finding, message_filters
from larkgate.bot.lanes import Scope
from larkgate.bot.message import Content
from larkgate.bot.stale import Stale
from larkgate.checks import is_app_name
from larkgate.errors import SettingsError

__all__ = ["App", "ClickHandler", "ErrorHandler", "Handler", "Scope"]

Function = TypeVar("Function", bound=Callable[..., Any])

_GIVEN = {"session", "match"}
_REPUSHED = 8 * 3600.0  # the platform pushes an event again for seven hours


class App:
    """Handlers under a name that is part of every delivery: do not change it once it has run.

    Args:
        name: letters, digits, `-` and `_`.
        scope: who shares a conversation, and so its order and its session.
        accounts: names or app ids of the accounts it serves; none means all.
        chats: ids of the only chats it serves; none means all.
        about: what it has loaded, in a few words, for the banner.
        stale_after: seconds after which a message that is not handled yet counts as old.
        stale: what becomes of old messages, see `larkgate.bot.stale.Stale`.

    Attributes:
        keeps: seconds for which the ledger must be kept at least, to recognise a repetition.

    Raises:
        SettingsError: the name, or what is said of old messages, cannot be used.
    """

    def __init__(
        self,
        name: str = "bot",
        *,
        scope: Scope = "person",
        accounts: Collection[str] = (),
        chats: Collection[str] = (),
        about: str = "",
        stale_after: float | None = None,
        stale: Stale = "answer",
    ) -> None:
        if not is_app_name(name):
            raise SettingsError("bot.bad_app_name", name=name)
        _check_stale(name, stale_after, stale)
        self.name = name
        self.scope = scope
        self.accounts = frozenset(accounts)
        self.chats = frozenset(chats)
        self.about = about
        self.stale_after = stale_after
        self.stale = stale
        self.keeps = max(_REPUSHED, stale_after or 0.0)
        self.handlers: list[Handler] = []
        self.click_handlers: list[ClickHandler] = []
        self.on_error: ErrorHandler | None = None

    @property
    def queue(self) -> str:
        return self.queue_of(self.name)

    @property
    def click_queue(self) -> str:
        """Clicks run beside the messages, not behind them."""
        return f"click:{self.name}"

    @staticmethod
    def queue_of(name: str) -> str:
        """The queue of the deliveries of an app of this name."""
        return f"app:{name}"

    def fingerprint(self) -> str:
        """A short hash of what decides which messages it gets and what becomes of them.

        Two nodes on which it differs run different versions of an app. What a handler does inside
        is not part of it.
        """
        declared = (
            *(self.name, self.scope, sorted(self.accounts), sorted(self.chats)),
            *(self.stale_after, self.stale),
            [(handler.qualified_name, handler.declared) for handler in self.handlers],
            [(handler.qualified_name, handler.named) for handler in self.click_handlers],
            self.on_error and self.on_error.qualified_name,
        )
        return sha256(msgspec.json.encode(declared)).hexdigest()[:12]

    def message(
        self,
        *,
        mentioned: bool = False,
        chat_type: Literal["p2p", "group"] | None = None,
        chats: Collection[str] = (),
        pattern: str | re.Pattern[str] | None = None,
    ) -> Callable[[Function], Function]:
        """Register a handler for received messages; the first that matches gets the message.

        The handler takes the message, and by name, if it wants them, `session` and `match`. What
        it returns is the reply. `async def` runs on the event loop, plain `def` in a thread.

        Args:
            mentioned: only messages that mention the bot, or are sent to it alone.
            pattern: only texts in which this regular expression is found; passed on as `match`.
        """
        wanted = None if pattern is None else re.compile(pattern)
        filters = message_filters(
            mentioned=mentioned, chat_type=chat_type, chats=chats, pattern=wanted
        )
        words = wanted and (wanted.pattern, wanted.flags)
        declared = (mentioned, chat_type, sorted(chats), words)

        def register(function: Function) -> Function:
            self.handlers.append(Handler(function, filters, declared))
            return function

        return register

    def click(self, name: str | None = None) -> Callable[[Function], Function]:
        """Register a handler for clicks on cards; the first that matches gets the click.

        It takes the click. What it returns goes back to who clicked: text is shown to them for a
        moment, a dict is the platform's own answer with `toast`, `card` or both, None changes
        nothing. That has to be within 2.5 s: after that they are told that it is being worked on,
        and the handler goes on. `async def` runs on the event loop, plain `def` in a thread.

        Args:
            name: of the element that is clicked, or `action` in its `value`; None takes all.
        """

        def register(function: Function) -> Function:
            self.click_handlers.append(ClickHandler(function, name))
            return function

        return register

    def error(self, function: Function) -> Function:
        """Register what is called with (error, message) when a handler raised.

        What it returns is the reply, and the delivery is done; without it, or when it raises,
        the delivery is tried again.
        """
        self.on_error = ErrorHandler(function)
        return function

    def serves(self, account: str, name: str) -> bool:
        """Whether it is for the account with this app id and this name."""
        return not self.accounts or account in self.accounts or name in self.accounts

    def delivery_key(self, event_key: str) -> str:
        """The key of the delivery of an event to this app."""
        return f"{self.name}:{event_key}"

    def find(self, content: Content) -> tuple[Handler, dict[str, Any]] | None:
        """The first handler that wants the message, with the filters' findings."""
        for handler in self.handlers:
            finding = handler.match(content)
            if finding is not None:
                return handler, finding
        return None

    def find_click(self, click: Click) -> ClickHandler | None:
        """The first handler that wants the click."""
        return next((each for each in self.click_handlers if each.wants(click)), None)


def _check_stale(name: str, after: float | None, stale: str) -> None:
    if stale not in get_args(Stale):
        known = ", ".join(get_args(Stale))
        raise SettingsError("bot.unknown_stale", name=name, stale=stale, known=known)
    if after is not None and not 0 < after < inf:
        raise SettingsError("bot.bad_stale_after", name=name, seconds=after)
    if after is None and stale != "answer":
        raise SettingsError("bot.stale_without_age", name=name, stale=stale)


class _Function:
    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.qualified_name = getattr(function, "__qualname__", type(function).__qualname__)
        self.name = getattr(function, "__name__", repr(function))
        self.blocking = not (
            inspect.iscoroutinefunction(function)
            or inspect.iscoroutinefunction(type(function).__call__)
        )


class ErrorHandler(_Function):
    """A function of (error, message)."""


class ClickHandler(_Function):
    """A function of a click; `named` says which it wants, see `App.click`."""

    def __init__(self, function: Callable[..., Any], named: str | None) -> None:
        super().__init__(function)
        self.named = named

    def wants(self, click: Click) -> bool:
        return self.named is None or click.is_named(self.named)


class Handler(_Function):
    """A function of a message, with the filters before it.

    Args:
        declared: the filters as data.

    Raises:
        SettingsError: it asks for an argument that nothing gives.
    """

    def __init__(
        self, function: Callable[..., Any], filters: list[Filter], declared: object = ()
    ) -> None:
        super().__init__(function)
        self.declared = declared
        self._filters = filters
        self.wants = frozenset(list(inspect.signature(function).parameters)[1:])
        if unknown := self.wants - _GIVEN:
            raise SettingsError(
                "bot.unknown_argument",
                handler=self.name,
                argument=", ".join(sorted(unknown)),
                known=", ".join(sorted(_GIVEN)),
            )

    def match(self, content: Content) -> Finding:
        findings: dict[str, Any] = {}
        for wanted in self._filters:
            finding = wanted(content)
            if finding is None:
                return None
            findings |= finding
        return {name: value for name, value in findings.items() if name in self.wants}
