"""Bases with their tables and records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from larkgate.simulator.apps import App
from larkgate.simulator.bitable.fields import (
    KINDS,
    Actor,
    Field,
    FieldKind,
    Known,
    Option,
    Value,
    Wrong,
    take,
)
from larkgate.simulator.media import Media
from larkgate.simulator.world import Person, World, WorldError

__all__ = ["Access", "Base", "Bases", "Record", "Table"]

Access = Literal["read", "edit"]
_NO_FIELD = 1254045
_TOO_MANY_RECORDS = 1254103
_RECORDS = 20_000
_SELECTS = ("single_select", "multi_select")


class Record(Struct, eq=False):
    """A row. Times are ms.

    Attributes:
        number: counts the records of its table from 1.
        fields: the cells that hold something, by field name: texts, numbers, bools; tuples of
            texts for options and records, of people, of attachments; `Url`.
    """

    id: str
    number: int
    fields: dict[str, Value]
    created_by: Actor
    created: int
    modified_by: Actor
    modified: int


class Table:
    """A table with one view.

    Attributes:
        fields: by name; the first is the primary one.
        revision: counts its changes.
    """

    def __init__(self, base: Base, name: str) -> None:
        self.base = base
        self.name = name
        self.id = base.next_id("tbl")
        self.view_id = base.next_id("vew")
        self.fields: dict[str, Field] = {}
        self.revision = 0
        self._records: dict[str, Record] = {}
        self._added = 0

    @property
    def records(self) -> list[Record]:
        """In the order they were added."""
        return list(self._records.values())

    @property
    def added(self) -> int:
        """How many records there were, with those that are gone."""
        return self._added

    def restore(self, records: Iterable[Record], added: int, revision: int) -> None:
        """These are all there are."""
        self._records = {each.id: each for each in records}
        self._added, self.revision = added, revision

    def get(self, record_id: str) -> Record | None:
        return self._records.get(record_id)

    def add_field(self, name: str, kind: FieldKind, options: Iterable[str] = ()) -> Field:
        field = self.fields[name] = Field(self.base.next_id("fld"), name, kind, table_id=self.id)
        for option in options:
            self._add_option(field, option)
        self.revision += 1
        return field

    def add(self, fields: Mapping[str, object], *, by: Person) -> Record:
        """A person adds a record: values as the Open API takes them, but people as they are.

        Raises:
            WorldError: there is no such field, or it does not take the value.
        """
        return self.insert(self._taken_here(fields), by)

    def change(self, record: Record, fields: Mapping[str, object], *, by: Person) -> None:
        """A person changes cells; None empties one.

        Raises:
            WorldError: there is no such field, or it does not take the value.
        """
        self.update(record, self._taken_here(fields), by)

    def remove(self, record: Record) -> None:
        """Nothing happens when it is gone already."""
        self._records.pop(record.id, None)
        self.revision += 1

    def taken(
        self, fields: Mapping[str, object], who: Callable[[object], Actor | None]
    ) -> dict[str, Value | None]:
        """Cells from what is to be written.

        Args:
            who: the person meant by one element of a person field.

        Raises:
            Wrong: there is no such field, or it does not take the value.
        """
        for name in fields:
            if name not in self.fields:
                raise Wrong(_NO_FIELD, name)
        known = Known(who, self.base.has_record, self.base.has_file)
        return {name: take(self.fields[name], raw, known) for name, raw in fields.items()}

    def insert(self, cells: Mapping[str, Value | None], by: Actor) -> Record:
        self._added += 1
        now = self.base.now()
        record = Record(self.base.next_id("rec"), self._added, {}, by, now, by, now)
        self._records[record.id] = record
        self.update(record, cells, by)
        return record

    def update(self, record: Record, cells: Mapping[str, Value | None], by: Actor) -> None:
        """A select field gets the options it does not have yet."""
        for name, value in cells.items():
            if value is None:
                record.fields.pop(name, None)
                continue
            record.fields[name] = value
            if self.fields[name].kind.name in _SELECTS:
                for option in (value,) if isinstance(value, str) else value:
                    self._add_option(self.fields[name], option)
        record.modified_by, record.modified = by, self.base.now()
        self.revision += 1

    def value(self, record: Record, field: Field) -> Value | None:
        """What a cell shows: also of the fields nobody writes."""
        match field.kind.name:
            case "created_time":
                return record.created
            case "modified_time":
                return record.modified
            case "created_by":
                return (record.created_by,)
            case "modified_by":
                return (record.modified_by,)
            case "auto_number":
                return str(record.number)
            case _:
                return record.fields.get(field.name)

    def check_room(self, more: int) -> None:
        """Raises Wrong when so many more records are too many (20,000 is the limit)."""
        if len(self._records) + more > _RECORDS:
            raise Wrong(_TOO_MANY_RECORDS, self.name)

    def _taken_here(self, fields: Mapping[str, object]) -> dict[str, Value | None]:
        try:
            return self.taken(fields, lambda one: one if isinstance(one, Person | App) else None)
        except Wrong as wrong:
            if wrong.code == _NO_FIELD:
                known = ", ".join(self.fields)
                raise WorldError(
                    "simulator.no_field", table=self.name, name=wrong.field, known=known
                ) from None
            value = repr(fields[wrong.field])
            raise WorldError("simulator.bad_value", field=wrong.field, value=value) from None

    def _add_option(self, field: Field, name: str) -> None:
        if all(option.name != name for option in field.options):
            field.options.append(Option(self.base.next_id("opt"), name))


class Base:
    """A base, known to apps by `app_token`.

    Attributes:
        wiki_token: what stands in the address of a wiki page that shows it; as an `app_token` it
            is none (91402).
        access: what each app, by its id, may do here; an app that is not listed gets 91403.
        writing: a write is under way.
    """

    def __init__(self, world: World, media: Media, name: str) -> None:
        self._world = world
        self._media = media
        self.name = name
        self.app_token = world.next_id("bascn", size=11)
        self.wiki_token = world.next_id("wikcn", size=11)
        self.tables: dict[str, Table] = {}
        self.access: dict[str, Access] = {}
        self.writing = False

    @property
    def revision(self) -> int:
        return sum(table.revision for table in self.tables.values())

    def share(self, app: App, access: Access = "edit") -> None:
        """Make the app a collaborator."""
        self.access[app.id] = access

    def unshare(self, app: App) -> None:
        self.access.pop(app.id, None)

    def add_table(self, name: str) -> Table:
        """An empty table without fields."""
        table = Table(self, name)
        self.tables[table.id] = table
        return table

    def table(self, name: str) -> Table:
        """Raises WorldError when there is none of this name."""
        for table in self.tables.values():
            if table.name == name:
                return table
        known = ", ".join(each.name for each in self.tables.values())
        raise WorldError("simulator.no_table", base=self.name, name=name, known=known or "-")

    def has_record(self, table_id: str, record_id: str) -> bool:
        return table_id in self.tables and self.tables[table_id].get(record_id) is not None

    def attach(self, name: str, data: bytes, *, by: App | None = None) -> str:
        """Upload a file, as a person does or an app; returns the `file_token` that a cell takes.

        Raises:
            WorldError: there is no room for it.
        """
        return self._media.keep("attachment", name, data, owner=by, parent=self.app_token)

    def has_file(self, token: str) -> bool:
        kept = self._media.get(token)
        return kept is not None and kept.parent == self.app_token and not kept.deleted

    def next_id(self, prefix: str) -> str:
        return self._world.next_id(prefix, size=6)

    def now(self) -> int:
        return self._world.milliseconds()


class Bases:
    """All bases, by `app_token`."""

    def __init__(self, world: World, media: Media) -> None:
        self._world = world
        self._media = media
        self._bases: dict[str, Base] = {}
        self.wiki_tokens: set[str] = set()

    def __iter__(self) -> Iterator[Base]:
        return iter(self._bases.values())

    def get(self, app_token: str) -> Base | None:
        return self._bases.get(app_token)

    def restore(self, bases: Iterable[Base]) -> None:
        """These are all there are."""
        self._bases = {each.app_token: each for each in bases}
        self.wiki_tokens = {each.wiki_token for each in self}

    def add(self, name: str, tables: Mapping[str, Mapping[str, str]]) -> Base:
        """A base with tables of fields, each of a type such as `text` or `link:工单`.

        Raises:
            WorldError: there is no such type, or no such table to link to.
        """
        base = Base(self._world, self._media, name)
        self._bases[base.app_token] = base
        self.wiki_tokens.add(base.wiki_token)
        for table_name in tables:
            base.add_table(table_name)
        for table_name, fields in tables.items():
            for field_name, text in fields.items():
                _add_field(base, base.table(table_name), field_name, text)
        return base


def _add_field(base: Base, table: Table, name: str, text: str) -> None:
    kind, _, target = text.partition(":")
    if kind not in KINDS:
        raise WorldError("simulator.bad_field_type", type=kind, known=", ".join(KINDS))
    field = table.add_field(name, KINDS[kind])
    if target:
        field.table_id = base.table(target).id
