"""What went wrong on the way to PostgreSQL or in it, as one sentence."""

from __future__ import annotations

import ssl

from larkgate.errors import StoreError, StoreFull

__all__ = ["explain", "has_passed", "is_lost"]

# Appendix "PostgreSQL Error Codes" of the official manual.
_KEYS = {
    "28000": "postgres.refused",
    "28P01": "postgres.refused",
    "3D000": "postgres.no_database",
    "42501": "postgres.no_rights",
    "25006": "postgres.read_only",
    "53300": "postgres.too_many",
    "57P03": "postgres.starting",
    "08P01": "postgres.not_postgres",
}
_DISK_FULL = "53100"
# Deadlock, serialization failure.
_IN_THE_WAY = {"40P01", "40001"}
# Connection exceptions; the server stops, or has crashed.
_GONE = ("08", "57P")
# Data exceptions, integrity violations: the values are wrong, not the store.
_WRONG_VALUES = ("22", "23")


def is_lost(error: BaseException) -> bool:
    """Whether the connection is of no more use."""
    state = _state(error)
    if state:
        return state.startswith(_GONE) or state == "25006"
    return isinstance(error, OSError | TimeoutError) or _is_of_asyncpg(error)


def has_passed(error: BaseException) -> bool:
    """Whether the same transaction may succeed at once, on a new connection if need be."""
    return _state(error) in _IN_THE_WAY or (is_lost(error) and not isinstance(error, TimeoutError))


def explain(error: Exception, place: str) -> Exception:
    """A StoreError, or the error itself where not the store is at fault but what it was given."""
    state = _state(error)
    if isinstance(error, ssl.SSLError) or "SSL upgrade" in str(error):
        return StoreError("postgres.tls", place=place, cause=error)
    if state == _DISK_FULL:
        return StoreFull("postgres.full", place=place)
    if state.startswith(_WRONG_VALUES):
        return error
    if state:
        key = "postgres.lost" if state.startswith(_GONE) else "postgres.failed"
        return StoreError(_KEYS.get(state, key), place=place, cause=error)
    if isinstance(error, OSError | TimeoutError):
        cause = error.strerror if isinstance(error, OSError) and error.strerror else error
        return StoreError("postgres.unreachable", place=place, cause=cause or type(error).__name__)
    if _is_of_asyncpg(error):
        return StoreError("postgres.lost", place=place, cause=error)
    return error


def _state(error: BaseException) -> str:
    return getattr(error, "sqlstate", None) or ""


def _is_of_asyncpg(error: BaseException) -> bool:
    """An error of the library itself; wrong values are ValueErrors too."""
    return type(error).__module__.startswith("asyncpg") and not isinstance(error, ValueError)
