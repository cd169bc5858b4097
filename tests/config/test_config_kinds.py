"""What each kind of value reads, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkgate.config import kinds
from larkgate.config.kinds import Kind
from larkgate.config.table import SECTIONS
from larkgate.texts import Sentence

PORT = kinds.whole(0, 65535)
WAIT = kinds.seconds(1, 120)
LEVEL = kinds.choice("INFO", "WARNING", warn="WARNING")


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        (kinds.TEXT, " a b ", "a b"),
        (kinds.FLAG, True, True),
        (kinds.FLAG, "True", True),
        (kinds.FLAG, "off", False),
        (kinds.APP_NAME, " desk-1_A ", "desk-1_A"),
        (kinds.APP_NAME, "", ""),
        (kinds.NAMES, ["a", " b "], ("a", "b")),
        (kinds.NAMES, "a@x, b@x；c@x;", ("a@x", "b@x", "c@x")),
        (kinds.PATH, "data/x", Path("data/x")),
        (kinds.OPTIONAL_PATH, "", None),
        (kinds.ADDRESS, "http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        (kinds.DOMAIN, "Lark", "https://open.larksuite.com"),
        (kinds.DOMAIN, "https://feishu.corp/open", "https://feishu.corp/open"),
        (kinds.HOST, "::1", "::1"),
        (kinds.BYTES, 4096, 4096),
        (kinds.BYTES, "10MB", 10 * 1024 * 1024),
        (kinds.BYTES, "2 GiB", 2 * 1024**3),
        (kinds.BYTES, "512k", 512 * 1024),
        (kinds.LANGUAGE, "zh_CN.UTF-8", "zh"),
        (PORT, "8321", 8321),
        (PORT, 0, 0),
        (WAIT, 10, 10.0),
        (WAIT, "2.5", 2.5),
        (LEVEL, "Warn", "WARNING"),
        (LEVEL, "info", "INFO"),
    ],
)
def test_reads(kind: Kind, raw: object, value: object) -> None:
    assert kind.read(raw) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        (kinds.TEXT, 5),
        (kinds.SECRET, 5),
        (kinds.FLAG, "maybe"),
        (kinds.FLAG, 1),
        (kinds.APP_NAME, "bad name!"),
        (kinds.APP_NAME, "a" * 41),
        (kinds.NAMES, ["a", 5]),
        (kinds.PATH, ""),
        (kinds.PATH, "a\0b"),
        (kinds.ADDRESS, "open.feishu.cn"),
        (kinds.ADDRESS, "ftp://host"),
        (kinds.ADDRESS, "http://host:99999"),
        (kinds.ADDRESS, "http://host/?key=1"),
        (kinds.DOMAIN, ""),
        (kinds.DOMAIN, "feishu.cn"),
        (kinds.HOST, ""),
        (kinds.HOST, "http://host"),
        (kinds.BYTES, 10),
        (kinds.BYTES, "lots"),
        (kinds.LANGUAGE, "fr"),
        (PORT, True),
        (PORT, "1.5"),
        (PORT, 65536),
        (WAIT, "nan"),
        (WAIT, "inf"),
        (WAIT, True),
        (LEVEL, "loud"),
    ],
)
def test_refuses(kind: Kind, raw: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - a kind says nothing more
        kind.read(raw)


ALL_KINDS = [setting.kind for section in SECTIONS for setting in section.settings]
ANYTHING = st.one_of(
    st.text(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.integers()),
)


@given(st.sampled_from(ALL_KINDS), ANYTHING)
def test_a_kind_reads_or_raises_value_error(kind: Kind, raw: object) -> None:
    try:
        kind.read(raw)
    except ValueError:
        return


def test_every_kind_says_what_it_expects() -> None:
    assert all(isinstance(kind.expected, Sentence) and str(kind.expected) for kind in ALL_KINDS)


@pytest.mark.parametrize(
    ("text", "seconds", "shown"),
    [("7d", 604800, "7d"), ("90m", 5400, "90m"), ("60m", 3600, "1h"), ("1.5", 1.5, "1.5s")],
)
def test_a_length_of_time(text: str, seconds: float, shown: str) -> None:
    found = kinds.duration("0", "30d").read(text)
    assert (found, str(found)) == (seconds, shown)


@pytest.mark.parametrize("text", ["31d", "-1", "a day", "1w", "", True, None, "1e9d", "nan"])
def test_no_length_of_time(text: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - a kind says nothing more
        kinds.duration("0", "30d").read(text)
