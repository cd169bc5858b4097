"""Keeps bytes: one SQLite file, one writer thread, many writes in each commit."""

from larkgate.database.directory import DirectoryLock, StoreLock, is_open_to_others, open_directory
from larkgate.database.migrations import Migrations
from larkgate.database.sqlite import PARKED, Batch, Database, insert, json_rows, open_read_only

__all__ = [
    "PARKED",
    "Batch",
    "Database",
    "DirectoryLock",
    "Migrations",
    "StoreLock",
    "insert",
    "is_open_to_others",
    "json_rows",
    "open_directory",
    "open_read_only",
]
