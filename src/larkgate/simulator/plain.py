"""Structs as plain values, and back.

Who and what has an id of its own (`References`) is written as that id wherever something else
names it, so that a graph of structs becomes a tree. What a struct is made of is read off its
annotations: a new field is kept without further ado.
"""

from __future__ import annotations

import types
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import NODEFAULT, Struct
from msgspec.structs import fields

from larkgate.secret import Secret

__all__ = ["Broken", "Plain", "Reader", "plain"]

Plain = Any
"""What JSON has."""


class Broken(Exception):
    """A value that is not what its place wants; `where` is its path, such as `chats[0].name`."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(where, problem)
        self.where = where
        self.problem = problem


def plain(value: object, references: tuple[type, ...], *, leave: Collection[str] = ()) -> Plain:
    """A struct, or a part of one, as plain values.

    Args:
        references: what is written as its id inside of others.
        leave: fields of the outermost struct that are left out.
    """
    if isinstance(value, Struct):
        return {
            each.name: _inside(getattr(value, each.name), references)
            for each in fields(value)
            if each.name not in leave
        }
    return _inside(value, references)


def _inside(value: object, references: tuple[type, ...]) -> Plain:
    if isinstance(value, references):
        return getattr(value, "id")  # noqa: B009 - every reference has one
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, Mapping):
        return {key: _inside(each, references) for key, each in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, list | tuple | deque):
        return [_inside(each, references) for each in value]
    return plain(value, references) if isinstance(value, Struct) else value


class Reader:
    """Makes structs of plain values.

    Args:
        references: as of `plain`.
        find: what an id stands for, None for an unknown one.
    """

    def __init__(self, references: tuple[type, ...], find: Callable[[str], object | None]) -> None:
        self._references = references
        self._find = find

    def read(self, kind: Any, value: Plain, where: str) -> Any:
        """A struct of this type.

        Raises:
            Broken: the value is not what it would have to be.
        """
        if not isinstance(value, dict):
            raise Broken(where, "expected an object")
        hints = _hints(kind)
        if unknown := sorted(value.keys() - hints.keys()):
            raise Broken(f"{where}.{unknown[0]}", "unknown")
        for each in fields(kind):
            needed = each.default is NODEFAULT and each.default_factory is NODEFAULT
            if needed and each.name not in value:
                raise Broken(f"{where}.{each.name}", "missing")
        return kind(
            **{
                name: self._part(hints[name], each, f"{where}.{name}")
                for name, each in value.items()
            }
        )

    def _part(self, kind: Any, value: Plain, where: str) -> Any:
        alternatives = _alternatives(kind)
        if value is None and type(None) in alternatives:
            return None
        wanted = next((each for each in alternatives if each is not type(None)), kind)
        if wanted in self._references:
            return self.found(value, where)
        if wanted is Secret or wanted is bytes:
            return _decoded(wanted, value, where)
        if isinstance(wanted, type) and issubclass(wanted, Struct):
            return self.read(wanted, value, where)
        origin = get_origin(wanted)
        if origin in (list, tuple, frozenset, deque):
            return origin(self._parts(get_args(wanted)[0], value, where))
        return _checked(kind, value, where)

    def _parts(self, kind: Any, value: Plain, where: str) -> list[Any]:
        if not isinstance(value, list):
            raise Broken(where, "expected an array")
        return [self._part(kind, each, f"{where}[{at}]") for at, each in enumerate(value)]

    def found(self, value: Plain, where: str) -> object:
        found = self._find(value) if isinstance(value, str) else None
        if found is None:
            raise Broken(where, f"nobody and nothing has the id {value!r}")
        return found


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _alternatives(kind: Any) -> tuple[Any, ...]:
    return get_args(kind) if get_origin(kind) in (Union, types.UnionType) else (kind,)


def _decoded(wanted: type, value: Plain, where: str) -> Secret | bytes:
    if not isinstance(value, str):
        raise Broken(where, "expected a string")
    try:
        return Secret(value) if wanted is Secret else b64decode(value, validate=True)
    except ValueError:
        raise Broken(where, "no base64") from None


def _checked(kind: Any, value: Plain, where: str) -> Any:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise Broken(where, str(error)) from None
