"""Bases as plain values, and back: what a cell holds depends on its field."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from larkgate.simulator.bitable.bases import Access, Base, Bases, Record, Table
from larkgate.simulator.bitable.fields import KINDS, Attachment, Field, Option, Url
from larkgate.simulator.media import Media
from larkgate.simulator.plain import Broken, Plain, Reader, plain
from larkgate.simulator.world import World

__all__ = ["plain_bases", "read_bases"]


class _Field(Struct):
    id: str
    name: str
    kind: str
    options: list[Option] = []
    table_id: str = ""


class _Table(Struct):
    id: str
    name: str
    view_id: str
    revision: int
    added: int
    fields: list[_Field]
    records: list[Plain]


class _Base(Struct):
    name: str
    app_token: str
    wiki_token: str
    access: dict[str, Access]
    tables: list[_Table]


def plain_bases(bases: Bases, references: tuple[type, ...]) -> list[Plain]:
    return [msgspec.to_builtins(_plain_base(base, references)) for base in bases]


def read_bases(values: list[Plain], reader: Reader, world: World, media: Media) -> list[Base]:
    """
    Raises:
        Broken: something is not what it would have to be.
    """
    return [
        _read_base(_converted(value, f"bases[{at}]"), f"bases[{at}]", reader, world, media)
        for at, value in enumerate(values)
    ]


def _converted(value: Plain, where: str) -> _Base:
    try:
        return msgspec.convert(value, _Base)
    except msgspec.ValidationError as error:
        raise Broken(where, str(error)) from None


def _plain_base(base: Base, references: tuple[type, ...]) -> _Base:
    tables = [_plain_table(each, references) for each in base.tables.values()]
    return _Base(base.name, base.app_token, base.wiki_token, base.access, tables)


def _plain_table(table: Table, references: tuple[type, ...]) -> _Table:
    fields = [
        _Field(each.id, each.name, each.kind.name, each.options, each.table_id)
        for each in table.fields.values()
    ]
    records = [plain(each, references) for each in table.records]
    return _Table(table.id, table.name, table.view_id, table.revision, table.added, fields, records)


def _read_base(stored: _Base, where: str, reader: Reader, world: World, media: Media) -> Base:
    base = Base(world, media, stored.name)
    base.app_token, base.wiki_token, base.access = (
        stored.app_token,
        stored.wiki_token,
        stored.access,
    )
    for at, each in enumerate(stored.tables):
        table = _read_table(base, each, f"{where}.tables[{at}]", reader)
        base.tables[table.id] = table
    return base


def _read_table(base: Base, stored: _Table, where: str, reader: Reader) -> Table:
    table = Table(base, stored.name)
    table.id, table.view_id = stored.id, stored.view_id
    for at, each in enumerate(stored.fields):
        if each.kind not in KINDS:
            raise Broken(f"{where}.fields[{at}].kind", f"no field is a {each.kind!r}")
        kind = KINDS[each.kind]
        table.fields[each.name] = Field(each.id, each.name, kind, each.options, each.table_id)
    records = [
        _read_record(table, each, f"{where}.records[{at}]", reader)
        for at, each in enumerate(stored.records)
    ]
    table.restore(records, stored.added, stored.revision)
    return table


def _read_record(table: Table, value: Plain, where: str, reader: Reader) -> Record:
    if not isinstance(value, dict) or not isinstance(value.get("fields"), dict):
        raise Broken(where, "expected an object with `fields`")
    record: Record = reader.read(Record, value | {"fields": {}}, where)
    record.fields = {
        name: _cell(table, name, each, f"{where}.fields.{name}", reader)
        for name, each in value["fields"].items()
    }
    return record


def _cell(table: Table, name: str, value: Plain, where: str, reader: Reader) -> Any:
    if name not in table.fields:
        raise Broken(where, "there is no such field")
    match table.fields[name].kind.name:
        case "person":
            return tuple(reader.found(each, where) for each in _listed(value, where))
        case "attachment":
            return tuple(reader.read(Attachment, each, where) for each in _listed(value, where))
        case "url":
            return reader.read(Url, value, where)
        case "multi_select" | "link" | "duplex_link":
            return tuple(_listed(value, where))
    return value


def _listed(value: Plain, where: str) -> Iterable[Any]:
    if not isinstance(value, list):
        raise Broken(where, "expected an array")
    return value
