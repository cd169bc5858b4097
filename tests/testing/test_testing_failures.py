"""What goes wrong in a bot fails its test, and what is missing is explained."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from testing_bots import echo, troubled

from larkgate import Bot, texts
from larkgate import Message as Received
from larkgate.testing import BotFailed, Feishu, Message, Unanswered, faults


def say(feishu: Feishu, bot: Bot, text: str) -> Message:
    feishu.run(bot)
    return feishu.private("张三").say("张三", text)


def test_an_exception_fails_the_test_with_the_handlers_own_traceback() -> None:
    failed = pytest.raises(BotFailed, match="the handler fail failed: ValueError: wrong number")
    with failed as end, Feishu() as feishu:
        say(feishu, troubled(), "fail")
    assert isinstance(end.value.__cause__, ValueError)


def test_a_dead_letter_fails_the_test() -> None:
    with pytest.raises(BotFailed, match="no such order"), Feishu() as feishu:
        say(feishu, troubled(), "give up")


def test_what_the_platform_refuses_fails_the_test() -> None:
    refused = faults.Answer(path="*/reply", code=230011)
    with pytest.raises(BotFailed, match="230011"), Feishu() as feishu, feishu.fault(refused):
        say(feishu, echo(), "hello").replies  # noqa: B018


def test_a_failed_test_is_not_failed_twice() -> None:
    with pytest.raises(IndexError) as end, Feishu() as feishu:
        say(feishu, troubled(), "fail").replies[0]
    assert isinstance(end.value, Unanswered)


def test_what_the_test_allows_for_does_not(feishu: Feishu) -> None:
    feishu.run(troubled())
    feishu.private("张三").say("张三", "fail")
    (failure,) = feishu.failures
    assert (failure.handler, failure.dead) == ("fail", False)
    assert isinstance(failure.error, ValueError)
    assert 'raise ValueError("wrong number")' in failure.traceback
    assert "dispatch.py" not in failure.traceback
    feishu.allow_failures()


def test_what_the_bots_error_handler_answers_is_no_failure(feishu: Feishu) -> None:
    feishu.run(troubled())
    assert feishu.private("张三").say("张三", "recover").replies.texts == ["sorry"]
    assert feishu.failures == []


def test_a_retry_that_a_handler_asks_for_is_no_failure(feishu: Feishu) -> None:
    feishu.run(troubled())
    message = feishu.private("张三").say("张三", "later")
    with pytest.raises(Unanswered, match=r"not done \(open\): busy"):
        message.replies[0]
    feishu.advance(minutes=1)
    assert message.replies.texts == ["now"]
    assert feishu.failures == []


def test_what_fails_in_another_bot_of_the_process_is_not_ours(feishu: Feishu) -> None:
    feishu.run(echo())
    with Feishu() as other:
        other.allow_failures()
        other.run(troubled())
        other.private("张三").say("张三", "fail")
        assert len(other.failures) == 1
    assert feishu.failures == []


def test_a_quiet_log_hides_no_failure(feishu: Feishu) -> None:
    log = logging.getLogger("larkgate")
    log.setLevel(logging.CRITICAL)
    try:
        feishu.run(troubled())
        feishu.private("张三").say("张三", "fail")
        assert len(feishu.failures) == 1
        feishu.stop()
        assert log.level == logging.CRITICAL
    finally:
        log.setLevel(logging.NOTSET)
    feishu.allow_failures()


def test_it_may_speak_chinese() -> None:
    with Feishu() as feishu:
        feishu.run(troubled(), environment={"LARKGATE_LANG": "zh"})
        with pytest.raises(Unanswered, match="没有处理函数要它"):
            feishu.private("张三").say("张三", "hello").replies[0]
    assert texts.language() == "en"


def test_why_nobody_answered(feishu: Feishu) -> None:
    bot = Bot()

    @bot.message(mentioned=True, pattern="^order")
    async def order(message: Received) -> str:
        return "here"

    @bot.message(mentioned=True, pattern="^quiet")
    async def quiet(message: Received) -> None: ...

    feishu.run(bot)
    chat = feishu.group("研发群", "张三")
    with pytest.raises(Unanswered, match="nobody has said anything"):
        chat.last  # noqa: B018
    for text, why in (
        ("hello", "nobody mentions the bot"),
        ("@bot hello", "no handler wanted it; there are: order, quiet"),
        ("@bot quiet", "the handler said nothing"),
    ):
        with pytest.raises(Unanswered, match=f"张三 said: {text}\n(.*\n)?.*{why}"):
            chat.say("张三", text).replies[0]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"events": frozenset()}, "has not subscribed"),
        ({"scopes": frozenset()}, "the scope is missing: .*im:message.group_at_msg"),
        ({"bot": False}, "the app has no bot"),
        ({"event_mode": None}, "no subscription mode"),
        ({"visible_to": frozenset({"李四"})}, "not available to this person"),
    ],
)
def test_why_nothing_was_pushed(feishu: Feishu, changes: dict[str, Any], why: str) -> None:
    feishu.run(echo())
    feishu.app.set(**changes)
    with pytest.raises(Unanswered, match=why):
        feishu.group("研发群", "张三").say("张三", "@bot hello").replies[0]
    assert re.search(why, feishu.deliveries[-1].withheld)


def test_why_an_answer_did_not_come_through(feishu: Feishu) -> None:
    feishu.run(echo())
    feishu.allow_failures()
    feishu.fault(faults.Answer(path="*/reply", code=230011, times=1))
    message = feishu.private("张三").say("张三", "hello")
    with pytest.raises(Unanswered, match=r"the answer was not sent: dead: .*230011"):
        message.replies[0]


def test_a_failed_handler_is_the_cause_of_what_is_missing(feishu: Feishu) -> None:
    feishu.run(troubled())
    feishu.allow_failures()
    with pytest.raises(Unanswered, match=r"not done \(open\): ValueError: wrong number") as missing:
        feishu.private("张三").say("张三", "fail").replies[0]
    assert isinstance(missing.value.__cause__, ValueError)


def test_the_transcript_reads_like_the_chat(feishu: Feishu) -> None:
    feishu.run(troubled())
    feishu.allow_failures()
    chat = feishu.group("研发群", "张三", "李四")
    first = chat.say("张三", "@bot recover")
    first.react("李四", "SMILE")
    chat.say("李四", "@bot fail")
    feishu.come_to_rest()
    said = feishu.transcript
    assert said.startswith("[研发群]\n  张三: @bot recover (SMILE 李四)\n  ")
    assert "  bot: sorry" in said
    assert said.endswith("ValueError: wrong number")
