"""When a bot is at rest, and how time is moved on."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from testing_bots import CARD, echo, sleeper, troubled

from larkgate import BlockingMessage, Bot, Click, Message
from larkgate.errors import LarkgateError
from larkgate.testing import Feishu, NotAtRest, faults


def test_a_short_sleep_of_a_handler_is_skipped(feishu: Feishu) -> None:
    feishu.run(sleeper(1.5))
    started = time.monotonic()
    assert feishu.private("张三").say("张三", "hello").replies.texts == ["好的", "时间到了"]
    assert time.monotonic() - started < 1.4


def test_a_long_one_is_rest_until_time_is_moved_on(feishu: Feishu) -> None:
    feishu.run(sleeper(3600))
    message = feishu.private("张三").say("张三", "hello")
    assert message.replies.texts == ["好的"]
    feishu.advance(minutes=59)
    assert message.replies.texts == ["好的"]
    feishu.advance(minutes=2)
    assert message.replies.texts == ["好的", "时间到了"]


def test_a_slow_answer_to_a_click_takes_no_time(feishu: Feishu) -> None:
    bot = Bot()

    @bot.click()
    async def slow(click: Click) -> str:
        await asyncio.sleep(30)
        return "too late"

    feishu.run(bot)
    card = feishu.private("张三").show_card(CARD)
    started = time.monotonic()
    card.press("解决了", by="张三")
    assert time.monotonic() - started < 2
    assert card.toast not in ("", "too late")


def test_a_plain_function_is_waited_for(feishu: Feishu) -> None:
    bot = Bot()

    @bot.message()
    def slow(message: BlockingMessage) -> str:
        message.reply("一")
        time.sleep(0.1)
        return "二"

    feishu.run(bot)
    assert feishu.private("张三").say("张三", "hello").replies.texts == ["一", "二"]


def test_an_async_handler_that_waits_for_something_outside_is_waited_for(feishu: Feishu) -> None:
    bot = Bot()

    @bot.message()
    async def ask(message: Message) -> str:
        await asyncio.to_thread(time.sleep, 0.1)
        return "42"

    feishu.run(bot)
    assert feishu.private("张三").say("张三", "hello").replies.texts == ["42"]


def test_who_does_not_come_to_rest_is_named(feishu: Feishu) -> None:
    bot, never = Bot(), threading.Event()

    @bot.message(pattern="plain")
    def hangs_plainly(message: BlockingMessage) -> None:
        never.wait()

    @bot.message()
    async def hangs(message: Message) -> None:
        await asyncio.to_thread(never.wait)

    feishu.patience = 0.2
    feishu.run(bot)
    feishu.private("张三").say("张三", "hello")
    with pytest.raises(NotAtRest, match=r"0.2 s: app:bot 'hello' .*test_testing_rest.py:\d+"):
        feishu.come_to_rest()
    feishu.private("李四").say("李四", "plain")
    with pytest.raises(NotAtRest, match=r"test_testing_rest.py:\d+ in .*hangs_plainly"):
        feishu.come_to_rest()
    never.set()
    feishu.come_to_rest()


def test_a_bot_that_is_never_done_is_not_at_rest(feishu: Feishu) -> None:
    bot = Bot()

    @bot.message()
    async def poll(message: Message) -> None:
        while True:  # noqa: ASYNC110 - as people write it
            await asyncio.sleep(0.5)

    feishu.run(bot)
    started = time.monotonic()
    feishu.private("张三").say("张三", "hello")
    with pytest.raises(NotAtRest, match="poll"):
        feishu.come_to_rest()
    assert time.monotonic() - started < 4.5, "what is skipped counts as time"
    feishu.allow_failures()


def test_more_than_a_chat_takes_in_a_second(feishu: Feishu) -> None:
    bot = Bot()

    @bot.message()
    async def count(message: Message) -> None:
        for number in range(12):
            await message.reply(str(number))

    feishu.run(bot)
    message = feishu.private("张三").say("张三", "hello")
    assert message.replies.texts == [str(number) for number in range(12)]


def test_many_at_once(feishu: Feishu) -> None:
    feishu.run(echo())
    feishu.sim.rate_limits = False
    chats = [feishu.private(f"员工{number}") for number in range(50)]
    said = [chat.say(f"员工{number}", "hello") for number, chat in enumerate(chats)]
    assert [message.replies.texts for message in said] == [["收到：hello"]] * 50


def test_a_failed_handler_is_tried_again_when_its_time_comes(feishu: Feishu) -> None:
    feishu.run(troubled())
    message = feishu.private("张三").say("张三", "fail")
    assert len(feishu.failures) == 1
    feishu.advance(seconds=10)
    assert len(feishu.failures) == 2
    feishu.advance(minutes=30)
    assert [failure.dead for failure in feishu.failures] == [False] * 4 + [True]
    assert message.replies.texts == []
    feishu.allow_failures()


def test_days_pass_with_their_heartbeats(feishu: Feishu) -> None:
    feishu.run(echo())
    chat = feishu.private("张三")
    started = time.monotonic()
    feishu.advance(hours=1)
    assert time.monotonic() - started < 5
    assert feishu.sim.connections[0].pings >= 350
    assert chat.say("张三", "still there?").replies.texts == ["收到：still there?"]


def test_a_lost_acknowledgement_is_pushed_again_and_handled_once(feishu: Feishu) -> None:
    feishu.run(echo())
    with feishu.fault(faults.LoseAck(times=1)):
        message = feishu.private("张三").say("张三", "hello")
        feishu.advance(seconds=20)
    assert message.replies.texts == ["收到：hello"]
    assert feishu.deliveries[0].attempts == 2


def test_a_fault_ends_with_its_block_or_when_healed(feishu: Feishu) -> None:
    feishu.run(echo())
    refused = faults.Answer(path="*/reply", status=503)
    message = feishu.private("张三").say("张三", "hello")
    message.replies  # noqa: B018 - the first comes through
    with feishu.fault(refused):
        held = feishu.private("张三").say("张三", "again")
        assert held.replies.texts == []
    feishu.fault(refused)
    feishu.heal()
    feishu.advance(minutes=1)
    assert held.replies.texts == ["收到：again"]


def test_the_bot_comes_back_after_an_outage(feishu: Feishu) -> None:
    feishu.run(echo())
    chat = feishu.private("张三")
    with feishu.offline():
        message = chat.say("张三", "hello")
        feishu.advance(minutes=5)
        assert chat.texts == ["hello"]
    feishu.advance(minutes=10)
    assert message.replies.texts == ["收到：hello"]


def test_a_dropped_connection_is_back_at_once(feishu: Feishu) -> None:
    feishu.run(echo())
    feishu.fault(faults.Drop())
    feishu.wait_for_bot()
    assert feishu.private("张三").say("张三", "hello").replies.texts == ["收到：hello"]


def test_a_bot_that_is_refused_says_why(feishu: Feishu) -> None:
    feishu.fault(faults.Answer(path="/callback/ws/endpoint", code=1000040345))
    with pytest.raises(NotAtRest, match="1000040345"):
        feishu.run(echo())


def test_a_call_that_hangs_is_left_to_its_time_out(feishu: Feishu) -> None:
    feishu.patience = 0.2
    feishu.run(echo())
    with feishu.fault(faults.Hang(path="*/reply")):
        message = feishu.private("张三").say("张三", "hello")
        with pytest.raises(NotAtRest, match=f"send:{feishu.app_id} 'hello'"):
            message.replies  # noqa: B018
        feishu.advance(minutes=1)
    feishu.advance(minutes=1)
    assert message.replies.texts == ["收到：hello"]


def test_a_handler_that_never_ends_does_not_keep_the_test(feishu: Feishu) -> None:
    bot, never = Bot(), asyncio.Event()

    @bot.message()
    async def hang(message: Message) -> None:
        await never.wait()

    feishu.allow_failures()
    feishu.run(bot)
    feishu.private("张三").say("张三", "hello")
    started = time.monotonic()
    feishu.stop()
    assert time.monotonic() - started < 3


def test_a_handler_that_blocks_the_loop_is_named() -> None:
    bot, freed = Bot(), threading.Event()

    @bot.message()
    async def blocks(message: Message) -> None:
        freed.wait()

    with Feishu(patience=0.5) as feishu:
        feishu.run(bot)
        message = feishu.private("张三").say("张三", "hello")
        with pytest.raises(LarkgateError, match=r"test_testing_rest.py:\d+ in .*blocks"):
            message.replies  # noqa: B018
        freed.set()


def test_nobody_here_is_rest(feishu: Feishu) -> None:
    chat = feishu.group("研发群", "张三")
    started = time.monotonic()
    chat.say("张三", "hello")
    assert chat.texts == ["hello"]
    assert time.monotonic() - started < 1
