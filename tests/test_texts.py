"""Every sentence is there in both languages, is used somewhere, and gets the values it names."""

from __future__ import annotations

import ast
import logging
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

from larkgate import texts

SOURCE = Path(texts.__file__).parent.parent
TABLE = texts.table()
ROOMS = {key.partition(".")[0] for key in TABLE}
KEY = re.compile(r"[a-z]+(\.[a-z0-9_]+)+")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Use(NamedTuple):
    """A place that names a sentence; `given` are the values it gives, None if nobody can tell."""

    place: str
    key: str
    given: set[str] | None


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def trees() -> Iterator[tuple[str, ast.AST]]:
    for file in sorted(SOURCE.rglob("*.py")):
        if file.parent != SOURCE / "texts" or file.stem == "__init__":
            yield str(file.relative_to(SOURCE)), ast.parse(file.read_text("utf-8"))


def text_of(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def calls() -> Iterator[Use]:
    """`tell`, `say`, `Sentence` and errors that are made with a key."""
    for place, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and (use := _call(place, node)):
                yield use


def _call(place: str, call: ast.Call) -> Use | None:
    name = called(call)
    position = {"tell": 2, "say": 0, "Sentence": 0}.get(name, 0)
    if name not in ("tell", "say", "Sentence") and not re.fullmatch(r"\w*(Error|Refused)", name):
        return None
    key = text_of(call.args[position]) if len(call.args) > position else None
    if key is None or not KEY.fullmatch(key):
        return None
    return Use(f"{place}:{call.lineno}", key, _given(name, call))


def _given(name: str, call: ast.Call) -> set[str] | None:
    values: set[str | None] = {keyword.arg for keyword in call.keywords}
    if name == "Sentence":
        table = call.args[1]
        if not isinstance(table, ast.Dict):
            return None
        values = {text_of(key) for key in table.keys}
    return None if None in values else {str(value) for value in values}


CALLS = list(calls())


def literals() -> set[str]:
    return {found for _, tree in trees() for node in ast.walk(tree) if (found := text_of(node))}


def beginnings() -> set[str]:
    """How keys begin that are put together: f"banner.{...}"."""
    return {
        begin
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr) and node.values and (begin := text_of(node.values[0]))
        if begin.partition(".")[0] in ROOMS and re.fullmatch(r"[a-z]+\.[a-z0-9_.]*", begin)
    }


def test_the_source_was_read() -> None:
    assert len(TABLE) > 200
    assert len(CALLS) > 100
    assert len(literals()) > 500


@pytest.mark.parametrize("key", TABLE)
def test_a_sentence_has_both_languages(key: str) -> None:
    chinese, english = TABLE[key]
    assert KEY.fullmatch(key)
    assert chinese.strip() == chinese != ""
    assert english.strip() == english != ""
    assert CHINESE.search(chinese), "no Chinese sentence"
    words = re.findall("[A-Za-z]", english)  # beside which names and examples may be Chinese
    assert len(words) > 2 * len(CHINESE.findall(english)), "no English sentence"
    assert fields(chinese) == fields(english)
    assert all(name.isidentifier() for name in fields(english))


def test_no_key_is_defined_twice() -> None:
    """A second file would silently replace the sentence of the first."""
    defined = [
        text_of(key)
        for file in sorted((SOURCE / "texts").glob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Dict)
        for key in node.keys
    ]
    keys = [key for key in defined if key in TABLE]
    assert sorted(keys) == sorted({*keys}) == sorted(TABLE)


@pytest.mark.parametrize("use", CALLS, ids=lambda use: f"{use.place} {use.key}")
def test_a_sentence_that_is_said_is_there(use: Use) -> None:
    assert use.key in TABLE
    if use.given is not None:
        assert fields(TABLE[use.key][1]) <= use.given, "it names values that are not given"


def test_every_sentence_is_said_somewhere() -> None:
    used, begun = literals(), tuple(beginnings())
    unused = {key for key in TABLE if key not in used and not key.startswith(begun)}
    assert unused == set()


@pytest.mark.parametrize("begin", sorted(beginnings()))
def test_a_key_that_is_put_together_begins_as_some_do(begin: str) -> None:
    assert any(key.startswith(begin) for key in TABLE)


@pytest.mark.parametrize(("language", "expected"), [("zh", "已停止"), ("en", "stopped")])
def test_the_language_can_be_chosen(language: texts.Language, expected: str) -> None:
    texts.use(language)
    assert texts.language() == language
    assert texts.say("gateway.stopped") == expected


def test_a_sentence_is_put_together_when_it_is_read() -> None:
    sentence = texts.Sentence("gateway.stopped", {})
    texts.use("zh")
    assert str(sentence) == "已停止"


def test_a_key_that_nobody_has() -> None:
    with pytest.raises(KeyError, match=r"nobody\.has"):
        texts.say("nobody.has")


def test_a_log_line_has_its_key_and_values(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("larkgate.sample")
    texts.use("zh")
    with caplog.at_level(logging.INFO, "larkgate"):
        texts.tell(logger, logging.INFO, "gateway.stopping", seconds=8.0)
        texts.tell(logger, logging.DEBUG, "gateway.stopping")
    [record] = caplog.records
    assert record.__dict__["event"] == "gateway.stopping"
    assert record.__dict__["values"] == {"seconds": 8.0}
    assert "正在停止" in record.getMessage()
    assert "8" in record.getMessage()
