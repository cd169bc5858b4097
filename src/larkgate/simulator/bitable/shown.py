"""What bases, tables, fields and records look like in an answer.

Official documents: "多维表格记录数据结构", "查询记录", "列出记录", "列出字段".
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterable
from typing import NamedTuple

from larkgate.simulator.bitable.bases import Base, Record, Table
from larkgate.simulator.bitable.fields import Actor, Field, Value
from larkgate.simulator.media import Media

__all__ = ["Reader", "shown_base", "shown_field", "shown_record"]

_DRIVE = "/open-apis/drive/v1/medias"
_PEOPLE = ("person", "created_by", "modified_by")
_LINKS = ("link", "duplex_link")


class Reader(NamedTuple):
    """For whom a record is shown.

    Attributes:
        id_of: what somebody is called.
        origin: where files are downloaded from.
        legacy: as "列出记录" and "检索记录" do: text without segments, links with text.
        automatic: with who made and changed it, and when.
        names: of the fields wanted; None for all.
    """

    id_of: Callable[[Actor], str]
    media: Media
    origin: str
    legacy: bool = False
    automatic: bool = False
    names: frozenset[str] | None = None

    def person(self, who: Actor) -> dict[str, object]:
        return {
            "id": self.id_of(who),
            "name": who.name,
            "en_name": who.name,
            "email": "",
            "avatar_url": "",
        }

    def file(self, token: str) -> dict[str, object]:
        kept = self.media.get(token)
        name, size = (kept.name, len(kept.data)) if kept else ("", 0)
        return {
            "file_token": token,
            "name": name,
            "type": mimetypes.guess_type(name)[0] or "application/octet-stream",
            "size": size,
            "url": f"{self.origin}{_DRIVE}/{token}/download",
            "tmp_url": f"{self.origin}{_DRIVE}/batch_get_tmp_download_url?file_tokens={token}",
        }


def shown_base(base: Base) -> dict[str, object]:
    return {
        "app_token": base.app_token,
        "name": base.name,
        "revision": base.revision,
        "is_advanced": False,
        "time_zone": "Asia/Shanghai",
    }


def shown_field(table: Table, field: Field) -> dict[str, object]:
    return {
        "field_id": field.id,
        "field_name": field.name,
        "type": field.kind.number,
        "ui_type": field.kind.ui_type,
        "property": _property(table, field),
        "is_primary": field is next(iter(table.fields.values())),
        "is_hidden": False,
    }


def shown_record(table: Table, record: Record, reader: Reader) -> dict[str, object]:
    """A record as it is read: empty cells are left out."""
    wanted = (
        field
        for field in table.fields.values()
        if reader.names is None or field.name in reader.names
    )
    cells = ((field, table.value(record, field)) for field in wanted)
    fields = {
        field.name: _cell(table, field, cell, reader) for field, cell in cells if cell is not None
    }
    shown: dict[str, object] = {"fields": fields, "id": record.id, "record_id": record.id}
    if reader.automatic:
        shown |= {
            "created_by": reader.person(record.created_by),
            "created_time": record.created,
            "last_modified_by": reader.person(record.modified_by),
            "last_modified_time": record.modified,
        }
    return shown


def _cell(table: Table, field: Field, cell: Value, reader: Reader) -> object:
    match field.kind.name:
        case "text" if not reader.legacy:
            return [{"text": cell, "type": "text"}]
        case "url":
            return {"link": cell.link, "text": cell.text or cell.link}
        case "attachment":
            return [reader.file(each.file_token) for each in cell]
        case name if name in _PEOPLE:
            return [reader.person(who) for who in cell]
        case name if name in _LINKS and reader.legacy:
            return [_linked(table, field, cell)]
        case name if name in _LINKS:
            return {"link_record_ids": cell}
        case _:
            return cell


def _linked(table: Table, field: Field, record_ids: Iterable[str]) -> dict[str, object]:
    """Links with what their records are called: their primary fields."""
    target = table.base.tables[field.table_id]
    primary = next(iter(target.fields))
    found = [record for each in record_ids if (record := target.get(each))]
    texts = [str(record.fields.get(primary, "")) for record in found]
    return {
        "record_ids": [record.id for record in found],
        "table_id": target.id,
        "text": ",".join(texts),
        "text_arr": texts,
        "type": "text",
    }


def _property(table: Table, field: Field) -> dict[str, object] | None:
    match field.kind.name:
        case "single_select" | "multi_select":
            options = enumerate(field.options)
            return {
                "options": [
                    {"name": option.name, "id": option.id, "color": color % 55}
                    for color, option in options
                ]
            }
        case "number":
            return {"formatter": "0.0"}
        case "date" | "created_time" | "modified_time":
            return {"auto_fill": False, "date_formatter": "yyyy/MM/dd"}
        case "person":
            return {"multiple": True}
        case "link" | "duplex_link":
            target = table.base.tables[field.table_id]
            return {"multiple": True, "table_id": target.id, "table_name": target.name}
        case "auto_number":
            return {"auto_serial": {"type": "auto_increment_number"}}
        case _:
            return None
