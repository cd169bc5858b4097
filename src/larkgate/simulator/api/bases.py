"""Calls about bases, tables and fields.

Official documents: "获取多维表格元数据", "列出数据表", "新增一个数据表", "列出字段", "新增字段",
"列出视图"; shapes from lark-oapi 1.7.5 api/bitable/v1.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from msgspec import Struct

from larkgate.clock import Clock
from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.api.pages import page
from larkgate.simulator.bitable import Base, Bases, Field, Table, Wrong
from larkgate.simulator.bitable.fields import NUMBERED
from larkgate.simulator.bitable.shown import shown_base, shown_field
from larkgate.simulator.codes import Refused
from larkgate.simulator.permissions import BASE, BASE_EDIT
from larkgate.simulator.switches import Switches

__all__ = ["READS", "WRITES", "BaseCalls", "Data", "Desk", "table_of"]

READS = ((20, 1.0),)
WRITES = ((50, 1.0),)
_APP = "/bitable/v1/apps/{app_token}"
_TABLES = f"{_APP}/tables"
_FIELDS = f"{_TABLES}/{{table_id}}/fields"
_VIEWS = f"{_TABLES}/{{table_id}}/views"
_LINKS = ("link", "duplex_link")

Data = dict[str, object]


class Desk:
    """Opens bases and tables for calls, and lets one write at a time into each base."""

    def __init__(self, bases: Bases, clock: Clock, switches: Switches) -> None:
        self._bases = bases
        self._clock = clock
        self._switches = switches

    def reading(self, act: Callable[[Asked, Base], Data]) -> Callable[[Asked], Data]:
        """`act` as a call that changes nothing."""

        def read(asked: Asked) -> Data:
            with _refusing():
                return {"data": act(asked, self._open(asked))}

        return read

    def writing(self, act: Callable[[Asked, Base], Data]) -> Callable[[Asked], Awaitable[Data]]:
        """`act` as a call that takes the base for itself."""

        async def write(asked: Asked) -> Data:
            base = self._open(asked)
            if base.access[asked.app.id] != "edit":
                raise Refused(1254302)
            with self._alone(base), _refusing():
                if seconds := self._switches.base_write_seconds:
                    await self._clock.sleep(seconds)
                return {"data": act(asked, base)}

        return write

    def _open(self, asked: Asked) -> Base:
        token = asked.path["app_token"]
        if not (token.isascii() and token.isalnum()):
            raise Refused(1254003)
        if token in self._bases.wiki_tokens:
            raise Refused(91402)
        if (base := self._bases.get(token)) is None:
            raise Refused(1254040)
        if asked.app.id not in base.access:
            raise Refused(91403)
        return base

    @contextmanager
    def _alone(self, base: Base) -> Iterator[None]:
        if base.writing:
            raise Refused(1254291)
        base.writing = True
        try:
            yield
        finally:
            base.writing = False


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except Wrong as wrong:
        message = f"Invalid request parameter: '{wrong.field}'."
        raise Refused(wrong.code, error={"message": message}) from None


def table_of(asked: Asked, base: Base) -> Table:
    """The table the path names.

    Raises:
        Refused: 1254004 for what is no id of a table, 1254041 there is none.
    """
    table_id = asked.path["table_id"]
    if not table_id.startswith("tbl"):
        raise Refused(1254004)
    if table_id not in base.tables:
        raise Refused(1254041)
    return base.tables[table_id]


class _Option(Struct):
    name: str


class _Property(Struct):
    options: list[_Option] = []
    table_id: str = ""


class _Field(Struct):
    field_name: str
    type: int
    property: _Property | None = None


class _Table(Struct):
    name: str
    fields: list[_Field] = []


class _NewTable(Struct):
    table: _Table


_FIRST_FIELD = _Field("多行文本", 1)


class BaseCalls:
    """What there is in a base beside the records."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def calls(self) -> tuple[Call, ...]:
        read, write = self._desk.reading, self._desk.writing
        return (
            Call("GET", _APP, read(_app), BASE, READS),
            Call("GET", _TABLES, read(_tables), BASE, READS),
            Call("POST", _TABLES, write(_add_table), BASE_EDIT, WRITES),
            Call("GET", _FIELDS, read(_fields), BASE, READS),
            Call("POST", _FIELDS, write(_add_field), BASE_EDIT, WRITES),
            Call("GET", _VIEWS, read(_views), BASE, READS),
        )


def _app(asked: Asked, base: Base) -> Data:
    return {"app": shown_base(base)}


def _tables(asked: Asked, base: Base) -> Data:
    return _listed(
        asked,
        [
            {"table_id": table.id, "name": table.name, "revision": table.revision}
            for table in base.tables.values()
        ],
    )


def _fields(asked: Asked, base: Base) -> Data:
    table = table_of(asked, base)
    return _listed(asked, [shown_field(table, field) for field in table.fields.values()])


def _views(asked: Asked, base: Base) -> Data:
    table = table_of(asked, base)
    return _listed(asked, [{"view_id": table.view_id, "view_name": "表格", "view_type": "grid"}])


def _listed(asked: Asked, items: list[Data]) -> Data:
    shown, more = page(asked, items, size=20, largest=100, bad_token=1254030)
    return {"items": shown, "total": len(items), **more}


def _add_table(asked: Asked, base: Base) -> Data:
    wanted = asked.json(_NewTable).table
    if any(table.name == wanted.name for table in base.tables.values()):
        raise Refused(1254013)
    fields = wanted.fields or [_FIRST_FIELD]
    if len({field.field_name for field in fields}) < len(fields):
        raise Refused(1254014)
    for field in fields:
        _check(base, field)
    table = base.add_table(wanted.name)
    return {
        "table_id": table.id,
        "default_view_id": table.view_id,
        "field_id_list": [_added(table, field).id for field in fields],
    }


def _add_field(asked: Asked, base: Base) -> Data:
    table, wanted = table_of(asked, base), asked.json(_Field)
    if wanted.field_name in table.fields:
        raise Refused(1254014)
    _check(base, wanted)
    return {"field": shown_field(table, _added(table, wanted))}


def _check(base: Base, wanted: _Field) -> None:
    if wanted.type not in NUMBERED:
        raise Refused(1254012)
    if NUMBERED[wanted.type].name in _LINKS:
        target = wanted.property.table_id if wanted.property else ""
        if target not in base.tables:
            raise Refused(1254041)


def _added(table: Table, wanted: _Field) -> Field:
    more = wanted.property or _Property()
    options = [option.name for option in more.options]
    field = table.add_field(wanted.field_name, NUMBERED[wanted.type], options)
    field.table_id = more.table_id or field.table_id
    return field
