"""Every sentence people read, in Chinese and English.

A sentence has a key that never changes with the language (`longconn.connected`). Each file of
this package holds the sentences of one room in `SENTENCES`: key to (Chinese, English), with
`str.format` fields that both languages share.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal

__all__ = ["Language", "Sentence", "language", "say", "tell", "use"]

Language = Literal["zh", "en"]

_column = 1
_sentences: dict[str, tuple[str, str]] = {}


def use(language: Language) -> None:
    """Choose the language of everything said from now on in this process."""
    global _column
    _column = 0 if language == "zh" else 1


def language() -> Language:
    return "zh" if _column == 0 else "en"


def say(key: str, /, **values: object) -> str:
    """The sentence of this key. Raises KeyError for a key that no room has."""
    return table()[key][_column].format_map(values)


def table() -> dict[str, tuple[str, str]]:
    """All sentences, read once from the files of this package."""
    if not _sentences:
        for module in iter_modules(__path__):
            _sentences.update(import_module(f"{__name__}.{module.name}").SENTENCES)
    return _sentences


class Sentence:
    """A sentence that is put together only when somebody reads it."""

    __slots__ = ("key", "values")

    def __init__(self, key: str, values: Mapping[str, object]) -> None:
        self.key = key
        self.values = values

    def __str__(self) -> str:
        return say(self.key, **self.values)


def tell(
    logger: logging.Logger,
    level: int,
    key: str,
    exc_info: BaseException | None = None,
    /,
    **values: object,
) -> None:
    """Log a sentence; the record's `event` is its key, whatever the language."""
    if logger.isEnabledFor(level):
        extra = {"event": key, "values": values}
        logger.log(level, Sentence(key, values), exc_info=exc_info, extra=extra)
