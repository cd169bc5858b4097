"""The desk answers in the language it was asked in, whatever language the logs have."""

from __future__ import annotations

import re

from larkgate import texts
from larkgate.texts import Language

__all__ = ["language_of", "say"]

_CHINESE = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")


def language_of(text: str) -> Language:
    """The language of a question; of one that has no letters, the language in use."""
    if _CHINESE.search(text):
        return "zh"
    return "en" if _LATIN.search(text) else texts.language()


def say(language: Language, key: str, /, **values: object) -> str:
    """The sentence of this key in this language."""
    chinese, english = texts.table()[key]
    return (chinese if language == "zh" else english).format_map(values)
