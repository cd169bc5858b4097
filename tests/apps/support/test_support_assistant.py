"""The dialogue: follow-ups, next best answers, honesty, languages, bounds."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkgate.apps.support.assistant import Answer, Assistant
from larkgate.apps.support.orders import samples

ASSISTANT = Assistant(samples())
NO_NETWORK = "车辆无法连接网络怎么办"


class Talk:
    """One person's conversation."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}

    def say(self, text: str) -> Answer:
        answer = ASSISTANT.answer(text, self.state)
        # What a session keeps between two messages is JSON.
        self.state = msgspec.json.decode(msgspec.json.encode(self.state))
        return answer

    def ids(self, *texts: str) -> list[str]:
        return [order.id for text in texts for order in self.say(text).sources]


def test_an_answer_gives_cause_and_steps_and_names_its_order() -> None:
    answer = Talk().say(NO_NETWORK)
    (order,) = answer.sources
    for part in (order.id, order.model, order.symptom, order.cause, *order.resolution):
        assert part in answer.text


@pytest.mark.parametrize(
    "more",
    [
        "还有其他方法吗",
        "还有其他解决方法吗？",
        "别的办法",
        "有没有别的办法",
        "试了没用，还有别的办法吗",
        "还有没有其他的解决方案",
        "下一个",
        "换个方法",
        "换一个吧",
        "换一种！",
        "还有吗",
        "还是不行",
        "没用",
        "other ways?",
        "anything else?",
        "What else can I try?",
    ],
)
def test_asking_for_more_gives_the_next_best(more: str) -> None:
    talk = Talk()
    first, second = talk.ids(NO_NETWORK, more)
    assert first != second
    assert {order.category for order in talk.say(more).sources} == {"网络连接"}


def test_no_order_is_given_twice_and_the_end_is_said() -> None:
    talk = Talk()
    given_ids = talk.ids(NO_NETWORK)
    while more := talk.ids("还有其他方法吗"):
        given_ids += more
    assert len(given_ids) == len(set(given_ids)) >= 6
    assert "没有更多办法" in talk.say("还有其他方法吗").text


def test_how_many_are_left_is_true() -> None:
    talk = Talk()
    left = int(talk.say(NO_NETWORK).text.split("另有 ")[1].split(" ")[0])
    for remaining in range(left - 1, 0, -1):
        assert f"另有 {remaining} 个" in talk.say("下一个").text
    assert "另有" not in talk.say("下一个").text
    assert talk.say("下一个").sources == ()


def test_a_refinement_is_searched_together_with_the_question() -> None:
    talk = Talk()
    talk.say("蓝牙钥匙打不开车门")
    answer = talk.say("车型是鹿汀 N1")
    assert answer.sources[0].model == "鹿汀 N1"
    assert answer.sources[0].category == "蓝牙钥匙"
    assert "蓝牙钥匙打不开车门" in answer.question


def test_what_was_tried_leads_to_another_order_of_the_same_topic() -> None:
    talk = Talk()
    first = talk.say(NO_NETWORK).sources[0]
    second = talk.say("已经重启过了").sources[0]
    assert first != second
    assert second.category == "网络连接"


def test_a_clear_new_question_is_no_refinement() -> None:
    talk = Talk()
    talk.say(NO_NETWORK)
    answer = talk.say("蓝牙钥匙已经重新配对了还是不解锁")
    assert answer.sources[0].category == "蓝牙钥匙"
    assert "网络" not in answer.question


def test_words_of_other_ways_inside_a_question_are_part_of_it() -> None:
    talk = Talk()
    talk.say(NO_NETWORK)
    assert talk.say("换个手机号以后登录不了").question == "换个手机号以后登录不了"
    assert talk.say("其他车都收到新版本推送了").question == "其他车都收到新版本推送了"


def test_a_new_question_starts_afresh() -> None:
    talk = Talk()
    assert talk.ids(NO_NETWORK) == talk.ids("OTA 下载卡住", NO_NETWORK)[1:]


def test_nothing_found_is_said_and_what_is_missing() -> None:
    answer = Talk().say("食堂几点开饭")
    assert answer.sources == ()
    assert "没有找到" in answer.text
    for missing in ("车型", "现象", "报错"):
        assert missing in answer.text


def test_after_a_question_without_answer_there_is_no_next_best() -> None:
    talk = Talk()
    assert talk.ids(NO_NETWORK, "今天天气怎么样", "还有其他方法吗") == talk.ids(NO_NETWORK)


def test_a_vague_complaint_is_not_guessed_at() -> None:
    talk = Talk()
    assert talk.say("我的车有问题").sources == ()
    assert talk.say("车型是松墨 E60").sources == ()
    assert talk.say("OTA 升级下载到一半不动了").sources[0].category == "OTA 升级"


def test_asking_for_more_before_any_question_explains() -> None:
    talk = Talk()
    assert "描述现象" in talk.say("还有其他方法吗").text
    assert talk.state == {}


@pytest.mark.parametrize("text", ["", "  ", "你好", "您好！", "帮助", "/help", "Hello!", "你是谁"])
def test_greetings_and_help_are_explained(text: str) -> None:
    answer = Talk().say(text)
    assert answer.sources == ()
    assert "OTA" in answer.text


def test_small_talk_does_not_end_the_conversation() -> None:
    talk = Talk()
    first = talk.ids(NO_NETWORK)
    assert "不客气" in talk.say("好的，谢谢！").text
    assert talk.ids("还有其他方法吗") not in ([], first)


def test_a_greeting_before_a_question_is_not_all_of_it() -> None:
    assert Talk().say("你好，" + NO_NETWORK).sources


def test_english_questions_get_english_frames_around_chinese_orders() -> None:
    talk = Talk()
    answer = talk.say("My car cannot connect to the network")
    assert answer.language == "en"
    assert answer.sources[0].category == "网络连接"
    assert "Steps:" in answer.text
    assert "Source: TSP-" in answer.text
    assert "Another way" in talk.say("any other ways?").text
    assert "no work order" in Talk().say("what's the weather today").text


def test_two_conversations_share_nothing() -> None:
    one, other = Talk(), Talk()
    first = one.ids(NO_NETWORK)
    one.say("还有其他方法吗")
    assert other.ids(NO_NETWORK) == first


@pytest.mark.parametrize(
    "state", [{"dialogue": 7}, {"dialogue": {"offered": "x"}}, {"dialogue": None}, {"other": 1}]
)
def test_a_state_of_another_shape_is_a_new_conversation(state: dict[str, Any]) -> None:
    assert ASSISTANT.answer(NO_NETWORK, state).sources


TEXTS = st.text(max_size=2000) | st.sampled_from(
    [NO_NETWORK, "还有其他方法吗", "车型是松墨 E60", "已经重启过了", "other ways?", "谢谢", "OTA"]
)


@given(st.lists(TEXTS, max_size=12))
def test_every_answer_says_something_names_what_exists_and_stays_bounded(
    said: list[str],
) -> None:
    talk = Talk()
    known = {order.id for order in samples()}
    for text in said:
        answer = talk.say(text)
        assert answer.text
        assert {order.id for order in answer.sources} <= known
    assert len(msgspec.json.encode(talk.state)) < 30_000


def test_a_long_conversation_stays_bounded() -> None:
    talk = Talk()
    for number in range(200):
        talk.say(f"已经试过第 {number} 种办法了，车辆无法连接网络" + "，还是不行" * 100)
    assert len(msgspec.json.encode(talk.state)) < 30_000
