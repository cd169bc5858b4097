"""Which records a search finds, and in which order.

Official documents: "记录筛选参数填写指南", "查询记录". Days are those of China. What the documents
leave open: `contains` of several options, people or records means any of them; an empty cell "is
not" everything; `TheLastWeek` and the like include today; empty cells come last in any order.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from larkgate.simulator.bitable.bases import Record, Table
from larkgate.simulator.bitable.fields import Actor, Field, Url, Value, Wrong

__all__ = ["Condition", "Filter", "Sort", "Source", "predicate", "sorted_by"]

_INVALID_SORT = 1254016
_INVALID_FILTER = 1254018
_NO_FIELD = 1254045
_MAX_CONDITIONS = 50
_MAX_VALUES = 10
_DAY = 86_400_000
_ZONE = 8 * 3_600_000
_EPOCH = date(1970, 1, 1).toordinal()

Conjunction = Literal["and", "or"]
Predicate = Callable[[Record], bool]
Test = Callable[[Any, Any], bool]
Days = tuple[int, int]


class Condition(Struct, frozen=True):
    field_name: str
    operator: str
    value: list[str] | None = None


class Group(Struct, frozen=True):
    conjunction: Conjunction
    conditions: list[Condition] = []
    children: list[dict[str, object]] | None = None


class Filter(Struct, frozen=True):
    """Conditions, and one level of groups of them."""

    conjunction: Conjunction
    conditions: list[Condition] = []
    children: list[Group] = []


class Sort(Struct, frozen=True):
    field_name: str
    desc: bool = False


class Source(NamedTuple):
    """What a condition is understood with.

    Attributes:
        who: whom an id of the caller's kind means.
        now: ms.
    """

    who: Callable[[str], Actor | None]
    now: int


class _Way(NamedTuple):
    """How the cells of some types are compared.

    Attributes:
        tests: by operator, of a cell that holds something and what is wanted.
        cell: what is compared of the cell.
        wanted: what is compared of the condition; raises ValueError when it makes no sense.
    """

    tests: Mapping[str, Test]
    cell: Callable[[Value], object]
    wanted: Callable[[Condition, Sequence[str], Source], object]


def predicate(table: Table, wanted: Filter, source: Source) -> Predicate:
    """Whether a record is found.

    Raises:
        Wrong: 1254018 for a filter that makes no sense, 1254045 for an unknown field.
    """
    parts = _predicates(table, wanted.conditions, source)
    count = len(parts)
    for group in wanted.children:
        if group.children:
            raise Wrong(_INVALID_FILTER, "children")
        inner = _predicates(table, group.conditions, source)
        count += len(inner)
        parts.append(_joined(group.conjunction, inner))
    if count > _MAX_CONDITIONS:
        raise Wrong(_INVALID_FILTER, "conditions")
    return _joined(wanted.conjunction, parts)


def sorted_by(table: Table, records: Iterable[Record], orders: Sequence[Sort]) -> list[Record]:
    """In this order; equal ones as they were.

    Raises:
        Wrong: 1254016 for an unknown field, or one without an order.
    """
    found = list(records)
    for order in reversed(orders):
        field = table.fields.get(order.field_name)
        if field is None or field.kind.name == "attachment":
            raise Wrong(_INVALID_SORT, order.field_name)
        found = _in_order(table, found, field, desc=order.desc)
    return found


def _in_order(table: Table, records: list[Record], field: Field, *, desc: bool) -> list[Record]:
    cells = [(table.value(record, field), record) for record in records]
    filled = [(_rank(field, cell), record) for cell, record in cells if cell is not None]
    filled.sort(key=operator.itemgetter(0), reverse=desc)
    return [record for _, record in filled] + [record for cell, record in cells if cell is None]


def _rank(field: Field, cell: Value) -> Any:
    """What cells of this field are ordered by: options by their place, people by name."""
    match field.kind.name:
        case "url":
            return cell.text or cell.link
        case "auto_number":
            return int(cell)
        case "single_select" | "multi_select":
            places = {option.name: place for place, option in enumerate(field.options)}
            return [places[name] for name in ((cell,) if isinstance(cell, str) else cell)]
        case "person" | "created_by" | "modified_by":
            return [who.name for who in cell]
        case _:
            return cell


def _joined(conjunction: Conjunction, parts: Sequence[Predicate]) -> Predicate:
    """No condition at all finds everything."""
    if not parts:
        return lambda record: True
    if conjunction == "and":
        return lambda record: all(part(record) for part in parts)
    return lambda record: any(part(record) for part in parts)


def _predicates(table: Table, conditions: Iterable[Condition], source: Source) -> list[Predicate]:
    return [_predicate(table, condition, source) for condition in conditions]


def _predicate(table: Table, condition: Condition, source: Source) -> Predicate:
    field = table.fields.get(condition.field_name)
    if field is None:
        raise Wrong(_NO_FIELD, condition.field_name)
    test = _test(field, condition, source)
    return lambda record: test(table.value(record, field))


def _test(field: Field, condition: Condition, source: Source) -> Callable[[Value | None], bool]:
    values, asked, way = condition.value, condition.operator, _WAYS[field.kind.name]
    try:
        if asked in _EMPTY and way is not _CHECK and values == []:
            return lambda cell: (cell is None) is _EMPTY[asked]
        if not values or len(values) > _MAX_VALUES:
            raise ValueError
        test, wanted = way.tests[asked], way.wanted(condition, values, source)
    except (KeyError, ValueError):
        raise Wrong(_INVALID_FILTER, condition.field_name) from None
    if way is _CHECK:
        return lambda cell: test(bool(cell), wanted)
    without = asked in _NEGATIVE
    return lambda cell: without if cell is None else test(way.cell(cell), wanted)


_EMPTY = {"isEmpty": True, "isNotEmpty": False}
_NEGATIVE = ("isNot", "doesNotContain")
_EQUALITY: dict[str, Test] = {"is": operator.eq, "isNot": operator.ne}


def _one(values: Sequence[str]) -> str:
    (value,) = values
    return value


def _text(cell: str | Url) -> str:
    return cell if isinstance(cell, str) else cell.text or cell.link


_TEXT = _Way(
    _EQUALITY
    | {
        "contains": operator.contains,
        "doesNotContain": lambda cell, wanted: wanted not in cell,
    },
    _text,
    lambda condition, values, source: _one(values),
)
_NUMBER = _Way(
    _EQUALITY
    | {
        "isGreater": operator.gt,
        "isGreaterEqual": operator.ge,
        "isLess": operator.lt,
        "isLessEqual": operator.le,
    },
    lambda cell: cell,
    lambda condition, values, source: float(_one(values)),
)
_CHECK = _Way(
    {"is": operator.is_},
    lambda cell: cell,
    lambda condition, values, source: {"true": True, "false": False}[_one(values)],
)

_CHOICES: dict[str, Test] = _EQUALITY | {
    "contains": lambda cell, wanted: not cell.isdisjoint(wanted),
    "doesNotContain": lambda cell, wanted: cell.isdisjoint(wanted),
}


def _some(condition: Condition, values: Sequence[str]) -> frozenset[str]:
    """One value for equality, any number else."""
    return frozenset({_one(values)} if condition.operator in _EQUALITY else values)


def _people(condition: Condition, values: Sequence[str], source: Source) -> frozenset[str]:
    people = [source.who(each) for each in _some(condition, values)]
    if None in people:
        raise ValueError
    return frozenset(who.id for who in people if who)


_CHOICE = _Way(
    _CHOICES,
    lambda cell: frozenset((cell,) if isinstance(cell, str) else cell),
    lambda condition, values, source: _some(condition, values),
)
_PEOPLE = _Way(_CHOICES, lambda cell: frozenset(who.id for who in cell), _people)


def _day(milliseconds: int) -> int:
    return (milliseconds + _ZONE) // _DAY


def _month(day: int, back: int) -> Days:
    """The first and the last day of the month this many months ago."""
    first = date.fromordinal(day + _EPOCH).replace(day=1)
    for _ in range(back):
        first = (first - timedelta(days=1)).replace(day=1)
    after = (first + timedelta(days=31)).replace(day=1)
    return first.toordinal() - _EPOCH, after.toordinal() - _EPOCH - 1


def _week(day: int, back: int) -> Days:
    """Monday to Sunday."""
    monday = day - (day + _EPOCH - 1) % 7 - 7 * back
    return monday, monday + 6


_SINGLE_DAYS = {"Yesterday": -1, "Today": 0, "Tomorrow": 1}
_PERIODS: dict[str, Callable[[int], Days]] = {
    "CurrentWeek": lambda day: _week(day, 0),
    "LastWeek": lambda day: _week(day, 1),
    "CurrentMonth": lambda day: _month(day, 0),
    "LastMonth": lambda day: _month(day, 1),
    "TheLastWeek": lambda day: (day - 6, day),
    "TheNextWeek": lambda day: (day, day + 6),
    "TheLastMonth": lambda day: (day - 29, day),
    "TheNextMonth": lambda day: (day, day + 29),
}


def _days(condition: Condition, values: Sequence[str], source: Source) -> Days:
    today = _day(source.now)
    if values[0] == "ExactDate" and len(values) == 2:
        exact = _day(int(values[1]))
        return exact, exact
    name = _one(values)
    if name in _SINGLE_DAYS:
        return today + _SINGLE_DAYS[name], today + _SINGLE_DAYS[name]
    if condition.operator != "is":
        raise ValueError
    return _PERIODS[name](today)


_DATE = _Way(
    {
        "is": lambda cell, days: days[0] <= cell <= days[1],
        "isGreater": lambda cell, days: cell > days[1],
        "isLess": lambda cell, days: cell < days[0],
    },
    _day,
    _days,
)
_FILES = _Way({}, lambda cell: cell, lambda condition, values, source: None)

_WAYS: dict[str, _Way] = {
    "text": _TEXT,
    "phone": _TEXT,
    "url": _TEXT,
    "auto_number": _TEXT,
    "number": _NUMBER,
    "checkbox": _CHECK,
    "single_select": _CHOICE,
    "multi_select": _CHOICE,
    "link": _CHOICE,
    "duplex_link": _CHOICE,
    "person": _PEOPLE,
    "created_by": _PEOPLE,
    "modified_by": _PEOPLE,
    "date": _DATE,
    "created_time": _DATE,
    "modified_time": _DATE,
    "attachment": _FILES,
}
