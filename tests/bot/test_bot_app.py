"""What an app declares, in short: nodes that differ in it are noticed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from larkgate.bot import App


def handler(message: object) -> str:
    return "one"


def other(message: object) -> str:
    return "two"


def app_of(
    function: Callable[..., Any] = handler,
    *,
    error: Callable[..., Any] | None = None,
    filters: dict[str, Any] | None = None,
    **options: Any,
) -> App:
    app = App(**options)
    app.message(**(filters or {}))(function)
    if error:
        app.error(error)
    return app


VARIANTS: dict[str, dict[str, Any]] = {
    "name": {"name": "other"},
    "scope": {"scope": "chat"},
    "accounts": {"accounts": ["a"]},
    "other accounts": {"accounts": ["a", "b"]},
    "chats": {"chats": ["a"]},
    "stale_after": {"stale_after": 60.0},
    "stale": {"stale_after": 60.0, "stale": "note"},
    "handler": {"function": other},
    "error handler": {"error": other},
    "mentioned": {"filters": {"mentioned": True}},
    "chat_type": {"filters": {"chat_type": "p2p"}},
    "filtered chats": {"filters": {"chats": ["a"]}},
    "pattern": {"filters": {"pattern": "x"}},
    "flags": {"filters": {"pattern": re.compile("x", re.IGNORECASE)}},
}


def _clicked(function: Callable[..., Any], name: str | None = None) -> App:
    app = app_of()
    app.click(name)(function)
    return app


def test_each_declaration_is_part_of_the_fingerprint() -> None:
    prints = {name: app_of(**options).fingerprint() for name, options in VARIANTS.items()}
    prints["none"] = app_of().fingerprint()
    prints["click"] = _clicked(handler).fingerprint()
    prints["other click"] = _clicked(other).fingerprint()
    prints["named click"] = _clicked(handler, "close").fingerprint()
    prints["order"] = _two(handler, other).fingerprint()
    prints["other order"] = _two(other, handler).fingerprint()
    assert len(set(prints.values())) == len(prints)
    assert all(re.fullmatch("[0-9a-f]{12}", each) for each in prints.values())


def _two(first: Callable[..., Any], second: Callable[..., Any]) -> App:
    app = app_of(first)
    app.message()(second)
    return app


@pytest.mark.parametrize("options", [{}, *VARIANTS.values()], ids=["none", *VARIANTS])
def test_it_is_the_same_for_the_same_declaration(options: dict[str, Any]) -> None:
    assert app_of(**options).fingerprint() == app_of(**options).fingerprint()


def test_order_of_names_and_what_is_inside_do_not_matter() -> None:
    one, two = app_of(chats=["a", "b"], about="x"), app_of(chats=["b", "a"], about="y")
    assert one.fingerprint() == two.fingerprint()


def test_a_callable_object_has_one_too() -> None:
    class Answering:
        def __call__(self, message: object) -> str:
            return "yes"

    assert app_of(Answering()).fingerprint() == app_of(Answering()).fingerprint()
