"""Bitable: bases, tables, fields, records, and the search in them."""

from larkgate.simulator.bitable.bases import Access, Base, Bases, Record, Table
from larkgate.simulator.bitable.fields import KINDS, Attachment, Field, Url, Wrong

__all__ = [
    "KINDS",
    "Access",
    "Attachment",
    "Base",
    "Bases",
    "Field",
    "Record",
    "Table",
    "Url",
    "Wrong",
]
