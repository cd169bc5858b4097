from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkgate.protocol.content import text_of
from larkgate.protocol.events import Mention, UserId

BOT = "ou_bot"


def mention(number: int | str, open_id: str, name: str) -> Mention:
    key = f"@_user_{number}" if isinstance(number, int) else number
    return Mention(key=key, id=UserId(open_id=open_id), name=name)


def text(said: str, *mentions: Mention) -> tuple[str, bool]:
    return text_of("text", json.dumps({"text": said}), mentions, BOT)


TSP = mention(1, BOT, "TSP助手")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("@_user_1 车辆无法连接网络怎么办", "车辆无法连接网络怎么办"),
        ("@_user_1车辆", "车辆"),
        ("请 @_user_1 看看", "请 看看"),
        ("@_user_1\n第一行\n  第二行 @_user_1", "第一行\n  第二行"),
        ("@_user_1", ""),
    ],
)
def test_the_bots_own_mention_is_left_out(said: str, expected: str) -> None:
    assert text(said, TSP) == (expected, True)


def test_others_are_named() -> None:
    people = [mention(n, f"ou_{n}", f"人{n}") for n in range(1, 12)]
    assert text("@_user_1 @_user_10 @_user_11", *people) == ("@人1 @人10 @人11", False)


def test_a_digit_typed_behind_a_mention_is_no_part_of_it() -> None:
    assert text("@_user_10 元", TSP) == ("0 元", True)
    assert text("@_user_25", mention(2, "ou_2", "张三")) == ("@张三5", False)


def test_a_name_that_looks_like_a_placeholder_stays_a_name() -> None:
    people = [mention(2, "ou_2", "@_user_1"), TSP]
    assert text("@_user_2 @_user_1 好", *people) == ("@@_user_1 好", True)


def test_unknown_placeholders_and_nameless_people_stay() -> None:
    assert text("@_user_3 hi") == ("@_user_3 hi", False)
    assert text("@_user_3 hi", Mention(key="@_user_3")) == ("@_user_3 hi", False)


def test_everyone_is_not_the_bot() -> None:
    assert text("@_all 开会") == ("@所有人 开会", False)
    assert text("@_all开会", Mention(key="@_all", name="全体")) == ("@全体开会", False)
    assert text("@_all_of") == ("@_all_of", False)


def test_while_its_own_id_is_unknown_nobody_is_the_bot() -> None:
    assert text_of("text", '{"text":"@_user_1 hi"}', [TSP], "") == ("@TSP助手 hi", False)
    nameless = Mention(key="@_user_1", id=UserId(open_id=""))
    assert text_of("text", '{"text":"@_user_1 hi"}', [nameless], "") == ("@_user_1 hi", False)


def test_a_post_is_flattened() -> None:
    post = {
        "title": "周报",
        "content": [
            [
                {"tag": "at", "user_id": "@_user_1", "user_name": "TSP助手"},
                {"tag": "text", "text": " 见"},
                {"tag": "a", "text": "链接", "href": "https://example.com/"},
                {"tag": "emotion", "emoji_type": "SMILE"},
            ],
            [{"tag": "hr"}],
            [{"tag": "img", "image_key": "img_1"}, {"tag": "code_block", "text": "a = 1\nb"}],
            [{"tag": "at", "user_id": "ou_9", "user_name": "李四"}],
        ],
    }
    assert text_of("post", json.dumps(post), [TSP], BOT) == (
        "周报\n见[链接](https://example.com/)[SMILE]\n---\na = 1\nb\n@李四",
        True,
    )
    assert text_of("post", json.dumps({"zh_cn": post}), [TSP], BOT)[0].startswith("周报\n")


def test_other_types_have_no_text() -> None:
    assert text_of("image", '{"image_key":"img_1"}', None, BOT) == ("", False)


@pytest.mark.parametrize("content", ["", "{", "null", "[]", '{"text":5}', "[" * 100_000])
def test_odd_content_has_no_text(content: str) -> None:
    assert text_of("text", content, [TSP], BOT) == ("", True)


def test_half_a_surrogate_pair_can_be_stored() -> None:
    assert text_of("text", r'{"text":"a\ud83d"}', [], BOT) == ("a?", False)


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["text", "title", "content", "tag", "user_id", "user_name", "href", "emoji_type"]
            ),
            inner | st.sampled_from(["at", "a", "emotion", "text", "@_user_1", "@_all"]),
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(st.sampled_from(["text", "post", "file", ""]), odd, st.lists(st.just(TSP), max_size=1))
def test_no_content_makes_it_raise(kind: str, content: Any, mentions: list[Mention]) -> None:
    said, mentioned = text_of(kind, json.dumps(content), mentions, BOT)
    said.encode()
    assert mentioned == bool(mentions)
