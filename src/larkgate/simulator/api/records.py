"""Calls about the records of a table.

Official documents: "新增记录", "更新记录", "删除记录", "新增多条记录", "更新多条记录",
"删除多条记录", "批量获取记录", "查询记录", "列出记录", "检索记录"; shapes from lark-oapi 1.7.5
api/bitable/v1. A batch is done as a whole or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

import msgspec
from msgspec import Struct

from larkgate.simulator.api.bases import READS, WRITES, Data, Desk, table_of
from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.api.directory import Directory, id_type_of
from larkgate.simulator.api.pages import page
from larkgate.simulator.bitable import Base, Record, Table
from larkgate.simulator.bitable.fields import Actor, Value
from larkgate.simulator.bitable.filters import Filter, Sort, Source, predicate, sorted_by
from larkgate.simulator.bitable.shown import Reader, shown_record
from larkgate.simulator.codes import Refused
from larkgate.simulator.media import Media
from larkgate.simulator.permissions import (
    RECORD_CREATE,
    RECORD_DELETE,
    RECORD_READ,
    RECORD_SEARCH,
    RECORD_UPDATE,
)
from larkgate.simulator.world import World

__all__ = ["RecordCalls"]

_RECORDS = "/bitable/v1/apps/{app_token}/tables/{table_id}/records"
_RECORD = f"{_RECORDS}/{{record_id}}"
_MOST_WRITTEN = 1000
_MOST_DELETED = 500
_MOST_FETCHED = 100
_PAGE = 500
_REMEMBERED = 10_000


class _Row(Struct):
    fields: dict[str, object]


class _Change(Struct):
    record_id: str
    fields: dict[str, object]


class _Rows(Struct):
    records: list[_Row]


class _Changes(Struct):
    records: list[_Change]


class _Deletions(Struct):
    records: list[str]


class _Wanted(Struct):
    record_ids: list[str]
    user_id_type: str = ""
    automatic_fields: bool = False


class _Search(Struct):
    view_id: str = ""
    field_names: list[str] | None = None
    sort: list[Sort] = []
    filter: Filter | None = None
    automatic_fields: bool = False


class _PersonId(Struct):
    id: str


class RecordCalls:
    """Rows in, rows out."""

    def __init__(self, world: World, media: Media, desk: Desk) -> None:
        self._world = world
        self._media = media
        self._desk = desk
        self._directory = Directory(world)
        self._done: dict[tuple[str, Table, str], tuple[bytes, list[Data]]] = {}

    def calls(self) -> tuple[Call, ...]:
        read, write = self._desk.reading, self._desk.writing
        create, update, delete = RECORD_CREATE, RECORD_UPDATE, RECORD_DELETE
        return (
            Call("POST", _RECORDS, write(self._create), create, WRITES),
            Call("PUT", _RECORD, write(self._update), update, WRITES),
            Call("DELETE", _RECORD, write(self._delete), delete, WRITES),
            Call("POST", f"{_RECORDS}/batch_create", write(self._create_all), create, WRITES),
            Call("POST", f"{_RECORDS}/batch_update", write(self._update_all), update, WRITES),
            Call("POST", f"{_RECORDS}/batch_delete", write(self._delete_all), delete, WRITES),
            Call("POST", f"{_RECORDS}/batch_get", read(self._get_all), RECORD_READ, READS),
            Call("POST", f"{_RECORDS}/search", read(self._search), RECORD_SEARCH, READS),
            Call("GET", _RECORDS, read(self._list), RECORD_SEARCH, READS),
            Call("GET", _RECORD, read(self._get), RECORD_READ, READS),
        )

    def _create(self, asked: Asked, base: Base) -> Data:
        table, row = table_of(asked, base), asked.json(_Row)
        (shown,) = self._once(asked, table, lambda: self._insert(asked, table, [row]))
        return {"record": shown}

    def _create_all(self, asked: Asked, base: Base) -> Data:
        table, rows = table_of(asked, base), asked.json(_Rows).records
        _check_count(rows, _MOST_WRITTEN)
        return {"records": self._once(asked, table, lambda: self._insert(asked, table, rows))}

    def _insert(self, asked: Asked, table: Table, rows: Sequence[_Row]) -> list[Data]:
        table.check_room(len(rows))
        cells = [self._taken(asked, table, row.fields) for row in rows]
        records = [table.insert(each, asked.app) for each in cells]
        return [_written(record, row.fields) for record, row in zip(records, rows, strict=True)]

    def _update(self, asked: Asked, base: Base) -> Data:
        table, row = table_of(asked, base), asked.json(_Row)
        change = _Change(asked.path["record_id"], row.fields)
        (shown,) = self._change(asked, table, [change])
        return {"record": shown}

    def _update_all(self, asked: Asked, base: Base) -> Data:
        table, changes = table_of(asked, base), asked.json(_Changes).records
        _check_count(changes, _MOST_WRITTEN)
        return {"records": self._change(asked, table, changes)}

    def _change(self, asked: Asked, table: Table, changes: Sequence[_Change]) -> list[Data]:
        records = [_record(table, change.record_id) for change in changes]
        cells = [self._taken(asked, table, change.fields) for change in changes]
        for record, each in zip(records, cells, strict=True):
            table.update(record, each, asked.app)
        return [
            _written(record, each.fields) for record, each in zip(records, changes, strict=True)
        ]

    def _delete(self, asked: Asked, base: Base) -> Data:
        (gone,) = _remove(table_of(asked, base), [asked.path["record_id"]])
        return gone

    def _delete_all(self, asked: Asked, base: Base) -> Data:
        table, record_ids = table_of(asked, base), asked.json(_Deletions).records
        _check_count(record_ids, _MOST_DELETED)
        return {"records": _remove(table, record_ids)}

    def _get(self, asked: Asked, base: Base) -> Data:
        table = table_of(asked, base)
        record = _record(table, asked.path["record_id"])
        reader = self._reader(asked, automatic=_flag(asked, "automatic_fields"), legacy=True)
        return {"record": shown_record(table, record, reader)}

    def _get_all(self, asked: Asked, base: Base) -> Data:
        table, wanted = table_of(asked, base), asked.json(_Wanted)
        _check_count(wanted.record_ids, _MOST_FETCHED)
        if wanted.user_id_type:
            asked = asked._replace(query={"user_id_type": wanted.user_id_type})
        reader = self._reader(asked, automatic=wanted.automatic_fields)
        found = {each: record for each in wanted.record_ids if (record := table.get(each))}
        return {
            "records": [shown_record(table, record, reader) for record in found.values()],
            "forbidden_record_ids": [],
            "absent_record_ids": [each for each in wanted.record_ids if each not in found],
        }

    def _search(self, asked: Asked, base: Base) -> Data:
        search = asked.json(_Search) if asked.body else _Search()
        return self._found(asked, table_of(asked, base), search, legacy=False)

    def _list(self, asked: Asked, base: Base) -> Data:
        """The older search; its filter, a formula, is not imitated."""
        if asked.query.get("filter"):
            raise Refused(1254018, "The simulator knows no formulas.")
        search = _Search(
            asked.query.get("view_id", ""),
            _names(asked, "field_names") or None,
            [_sort(each) for each in _names(asked, "sort")],
            None,
            _flag(asked, "automatic_fields"),
        )
        legacy = not _flag(asked, "text_field_as_array")
        return self._found(asked, table_of(asked, base), search, legacy=legacy)

    def _found(self, asked: Asked, table: Table, search: _Search, *, legacy: bool) -> Data:
        _check_view(table, search.view_id)
        names = None if search.field_names is None else frozenset(search.field_names)
        if names and not names <= table.fields.keys():
            raise Refused(1254024)
        records: list[Record] = table.records
        if search.filter:
            source = Source(
                partial(self._directory.find, asked.app, id_type_of(asked)),
                self._world.milliseconds(),
            )
            records = list(filter(predicate(table, search.filter, source), records))
        records = sorted_by(table, records, search.sort)
        shown, more = page(asked, records, size=20, largest=_PAGE, bad_token=1254030)
        reader = self._reader(asked, automatic=search.automatic_fields, legacy=legacy, names=names)
        items = [shown_record(table, record, reader) for record in shown]
        return {"items": items, "total": len(records), **more}

    def _reader(
        self,
        asked: Asked,
        *,
        automatic: bool,
        legacy: bool = False,
        names: frozenset[str] | None = None,
    ) -> Reader:
        id_of = partial(self._directory.id, asked.app, id_type_of(asked))
        return Reader(id_of, self._media, asked.origin, legacy, automatic, names)

    def _taken(
        self, asked: Asked, table: Table, fields: dict[str, object]
    ) -> dict[str, Value | None]:
        id_type = id_type_of(asked)

        def who(raw: object) -> Actor | None:
            try:
                person_id = msgspec.convert(raw, _PersonId).id
                return self._directory.find(asked.app, id_type, person_id)
            except msgspec.ValidationError:
                return None

        return table.taken(fields, who)

    def _once(self, asked: Asked, table: Table, make: Callable[[], list[Data]]) -> list[Data]:
        """What `make` gives, and gave before for the same `client_token`.

        Raises:
            Refused: 1254037 the token is no UUID of version 4, 1255006 it stood for other content.
        """
        if not (token := asked.query.get("client_token", "")):
            return make()
        key = (asked.app.id, table, _uuid4(token))
        if key in self._done:
            body, shown = self._done[key]
            if body != asked.body:
                raise Refused(1255006)
            return shown
        self._done[key] = asked.body, make()
        if len(self._done) > _REMEMBERED:
            del self._done[next(iter(self._done))]
        return self._done[key][1]


def _uuid4(token: str) -> str:
    try:
        uuid = UUID(token)
    except ValueError:
        raise Refused(1254037) from None
    if uuid.version != 4:
        raise Refused(1254037)
    return str(uuid)


def _check_count(items: Sequence[object], most: int) -> None:
    if not items:
        raise Refused(1254007)
    if len(items) > most:
        raise Refused(1254104)


def _check_view(table: Table, view_id: str) -> None:
    if view_id and not view_id.startswith("vew"):
        raise Refused(1254005)
    if view_id not in ("", table.view_id):
        raise Refused(1254042)


def _record(table: Table, record_id: str) -> Record:
    if not record_id.startswith("rec"):
        raise Refused(1254006)
    if (record := table.get(record_id)) is None:
        raise Refused(1254043)
    return record


def _remove(table: Table, record_ids: Sequence[str]) -> list[Data]:
    records = [_record(table, each) for each in record_ids]
    for record in records:
        table.remove(record)
    return [{"deleted": True, "record_id": record.id} for record in records]


def _written(record: Record, fields: dict[str, object]) -> Data:
    """A record in the answer to a write: the cells as they were written."""
    return {"fields": fields, "id": record.id, "record_id": record.id}


def _flag(asked: Asked, name: str) -> bool:
    return asked.query.get(name, "").lower() == "true"


def _names(asked: Asked, name: str) -> list[str]:
    """A list of the query: JSON in text."""
    try:
        return msgspec.json.decode(asked.query.get(name) or "[]", type=list[str])
    except (msgspec.MsgspecError, ValueError):
        raise Refused(1254024 if name == "field_names" else 1254016) from None


def _sort(text: str) -> Sort:
    """An order of the older search: `字段 DESC`."""
    name, _, order = text.rpartition(" ")
    if order not in ("ASC", "DESC"):
        raise Refused(1254016)
    return Sort(name, order == "DESC")
