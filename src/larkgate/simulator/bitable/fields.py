"""Fields of a table: which types there are and what they take.

Official documents: "多维表格记录数据结构", "字段编辑指南"; codes from "新增记录".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta, Struct

from larkgate.simulator.apps import App
from larkgate.simulator.world import Person

__all__ = [
    "KINDS",
    "NUMBERED",
    "Actor",
    "Attachment",
    "Field",
    "FieldKind",
    "Known",
    "Option",
    "Url",
    "Value",
    "Wrong",
    "take",
]

Actor = Person | App
Value = Any
"""What a cell holds: text, a number, a bool, `Url`, or a tuple of texts, actors or attachments.
An empty cell is not there at all."""

_CELL_LIMIT = 100_000
_TOO_LARGE = 1254130
_NOT_ITS_FILE = 1254303


class Url(Struct, frozen=True):
    link: str
    text: str = ""


class Attachment(Struct, frozen=True):
    file_token: str


class FieldKind(NamedTuple):
    """A type of field.

    Attributes:
        number, ui_type: what the platform calls it.
        shape: what may be written; None for what the platform fills in itself.
        refusal: the code for anything else.
    """

    name: str
    number: int
    ui_type: str
    shape: Any
    refusal: int


_Phone = Annotated[str, Meta(pattern=r"^\+?[0-9]*$", max_length=64)]
_Texts = tuple[str, ...]

KINDS = {
    kind.name: kind
    for kind in (
        FieldKind("text", 1, "Text", str, 1254060),
        FieldKind("number", 2, "Number", int | float, 1254061),
        FieldKind("single_select", 3, "SingleSelect", str, 1254062),
        FieldKind("multi_select", 4, "MultiSelect", _Texts, 1254063),
        FieldKind("date", 5, "DateTime", int, 1254064),
        FieldKind("checkbox", 7, "Checkbox", bool, 1254065),
        FieldKind("person", 11, "User", tuple[Any, ...], 1254066),
        FieldKind("phone", 13, "Phone", _Phone, 1254072),
        FieldKind("url", 15, "Url", Url, 1254068),
        FieldKind("attachment", 17, "Attachment", tuple[Attachment, ...], 1254069),
        FieldKind("link", 18, "SingleLink", _Texts, 1254067),
        FieldKind("duplex_link", 21, "DuplexLink", _Texts, 1254074),
        FieldKind("created_time", 1001, "CreatedTime", None, 1254015),
        FieldKind("modified_time", 1002, "ModifiedTime", None, 1254015),
        FieldKind("created_by", 1003, "CreatedUser", None, 1254015),
        FieldKind("modified_by", 1004, "ModifiedUser", None, 1254015),
        FieldKind("auto_number", 1005, "AutoNumber", None, 1254015),
    )
}
NUMBERED = {kind.number: kind for kind in KINDS.values()}


class Option(Struct, frozen=True):
    id: str
    name: str


class Field(Struct, eq=False):
    """A column.

    Attributes:
        options: of a select field, in the order they came up.
        table_id: where the records of a link field are.
    """

    id: str
    name: str
    kind: FieldKind
    options: list[Option] = []
    table_id: str = ""


class Wrong(Exception):
    """Something that cannot be written; `code` is the platform's."""

    def __init__(self, code: int, field: str) -> None:
        super().__init__(code, field)
        self.code = code
        self.field = field


class Known(NamedTuple):
    """What a cell may refer to.

    Attributes:
        person: whom one element of a person field means.
        is_record: whether a table (its id) has this record.
        is_file: whether there is an attachment of this token.
    """

    person: Callable[[object], Actor | None]
    is_record: Callable[[str, str], bool]
    is_file: Callable[[str], bool]


def take(field: Field, raw: object, known: Known) -> Value | None:
    """The value of a cell from what was written; None empties it.

    Raises:
        Wrong: the field does not take it.
    """
    if field.kind.shape is None:
        raise _refused(field)
    if raw is None:
        return None
    try:
        value = msgspec.convert(raw, field.kind.shape)
    except (msgspec.ValidationError, RecursionError):
        raise _refused(field) from None
    if check := _CHECKS.get(field.kind.name):
        value = check(field, value, known)
    return None if value in ("", ()) else value


def _refused(field: Field) -> Wrong:
    return Wrong(field.kind.refusal, field.name)


def _text(field: Field, text: str, known: Known) -> str:
    if len(text) > _CELL_LIMIT:
        raise Wrong(_TOO_LARGE, field.name)
    return text


def _people(field: Field, people: tuple[object, ...], known: Known) -> tuple[Actor, ...]:
    found = tuple(who for each in people if (who := known.person(each)))
    if len(found) < len(people):
        raise _refused(field)
    return found


def _links(field: Field, record_ids: _Texts, known: Known) -> _Texts:
    if not all(known.is_record(field.table_id, each) for each in record_ids):
        raise _refused(field)
    return record_ids


def _files(field: Field, files: tuple[Attachment, ...], known: Known) -> tuple[Attachment, ...]:
    if not all(known.is_file(each.file_token) for each in files):
        raise Wrong(_NOT_ITS_FILE, field.name)
    return files


_CHECKS: dict[str, Callable[[Field, Any, Known], Value]] = {
    "text": _text,
    "person": _people,
    "link": _links,
    "duplex_link": _links,
    "attachment": _files,
}
