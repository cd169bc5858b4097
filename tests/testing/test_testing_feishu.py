"""What a test sees and does: chats, messages, cards, files, people."""

from __future__ import annotations

from pathlib import Path

import pytest
from testing_bots import CARD, echo

from larkgate import Bot
from larkgate.errors import LarkgateError, SettingsError
from larkgate.simulator import WorldError
from larkgate.testing import Chat, ClickFailed, Feishu, Message, Unanswered


@pytest.fixture
def bot(feishu: Feishu) -> Feishu:
    """The platform with a bot that answers."""
    feishu.run(echo())
    return feishu


@pytest.fixture
def chat(bot: Feishu) -> Chat:
    return bot.group("研发群", "张三", "李四")


def test_a_mention_is_answered(chat: Chat) -> None:
    message = chat.say("张三", "@bot 车连不上网")
    assert chat.replies_to(message)[0].text == "收到：车连不上网"
    assert message.replies.texts == ["收到：车连不上网"]
    assert chat.last.sender == "bot"
    assert chat.texts == ["@bot 车连不上网", "收到：车连不上网"]


async def test_a_test_may_be_async_as_well(chat: Chat) -> None:
    assert chat.say("张三", "@bot hello").replies[0].text == "收到：hello"


def test_in_private_nobody_needs_a_mention(bot: Feishu) -> None:
    chat = bot.private("王五")
    assert chat.say("王五", "hello").replies.texts == ["收到：hello"]


def test_the_bot_may_have_any_name(bot: Feishu) -> None:
    bot.bot_name = "TSP助手"
    chat = bot.group("研发群", "张三")
    assert chat.say("张三", "@TSP助手 在吗").replies.texts == ["收到：在吗"]


def test_replies_stay_in_their_thread(chat: Chat) -> None:
    asked = chat.say("张三", "开个话题")
    again = chat.say("李四", "@bot 一", reply_to=asked, in_thread=True)
    assert again.in_thread
    assert asked.replies.texts == ["收到：一"]
    assert asked.replies[0].in_thread


def test_a_topic_group(bot: Feishu) -> None:
    chat = bot.group("话题", "张三", topics=True)
    assert chat.say("张三", "@bot 一").replies[0].in_thread


def test_people_edit_recall_react_and_send_all_kinds(chat: Chat) -> None:
    message = chat.say("张三", "hello")
    message.edit("hello again")
    message.react("李四", "SMILE")
    message.react("张三", "OK")
    message.unreact("张三", "OK")
    chat.send_file("张三", "log.txt", b"line")
    chat.send_post("张三", "一", "@李四 二", title="标题")
    chat.send("张三", "location", {"name": "合肥", "longitude": "1", "latitude": "2"})
    assert chat.texts == ["hello again", "[文件] log.txt", "标题\n一\n@李四 二", "[位置] 合肥"]
    assert (message.edits, message.reactions, message.recalled) == (1, ["SMILE"], False)
    message.recall()
    assert message.recalled


def test_a_handle_is_the_same_message(chat: Chat) -> None:
    message = chat.say("张三", "hello")
    assert chat.last == message
    assert message in chat.messages
    assert len({message, chat.last}) == 1
    assert isinstance(message, Message)


def test_people_come_go_and_read(bot: Feishu) -> None:
    chat = bot.group("研发群", "张三")
    chat.add("王五", by="张三")
    assert chat.say("王五", "@bot hello").replies.texts == ["收到：hello"]
    chat.read("张三")
    chat.remove("bot", by="张三")
    chat.say("王五", "@bot still there?")
    assert chat.texts[1:] == ["收到：hello", "@bot still there?"]
    assert "im.chat.member.bot.deleted_v1" in [each.type for each in bot.deliveries]


def test_the_private_chat_is_opened_and_its_menu_used(bot: Feishu) -> None:
    bot.enter("张三")
    bot.menu("张三", "help")
    types = [each.type for each in bot.deliveries]
    entered = "im.chat.access_event.bot_p2p_chat_entered_v1"
    assert types[-2:] == [entered, "application.bot.menu_v6"]


def test_a_card_is_read_filled_in_and_changes(chat: Chat) -> None:
    card = chat.show_card(CARD)
    assert card.text == "工单 4711\n车连不上网\n原因\n解决了"
    assert (card.buttons, card.fields) == (["解决了"], ["原因"])
    card.press("解决了", by="张三", form={"原因": "换了 SIM 卡"})
    assert card.toast == "谢谢：换了 SIM 卡"
    assert chat.last.text == "工单 4711 已关闭"
    assert chat.last.buttons == []
    assert chat.last.content["schema"] == "2.0"


def test_a_click_that_fails_names_the_error(feishu: Feishu) -> None:
    feishu.run(echo())
    card = feishu.group("研发群", "张三").show_card(CARD)
    feishu.app.set(callbacks=frozenset())
    with pytest.raises(ClickFailed) as failed:
        card.press("解决了", by="张三")
    assert failed.value.code == 200340
    assert card.toast == ""


def test_what_is_not_there_is_named(chat: Chat) -> None:
    with pytest.raises(WorldError, match="nobody is called '王五'; there are: 张三, 李四"):
        chat.say("王五", "hello")
    with pytest.raises(WorldError, match="关闭"):
        chat.show_card(CARD).press("关闭", by="张三")


def test_calls_and_deliveries(bot: Feishu, chat: Chat) -> None:
    message = chat.say("张三", "@bot hello")
    (call,) = bot.calls("POST */reply")
    assert (call.status, call.code) == (200, 0)
    assert bot.calls("*/reply") == [call]
    (delivery,) = bot.deliveries
    assert (delivery.about, delivery.attempts, delivery.acknowledged) == (message.id, 1, True)


def test_one_of_several_messages_by_number_or_slice(chat: Chat) -> None:
    first = chat.say("张三", "@bot 1")
    chat.say("张三", "@bot 2")
    assert sorted(chat.texts) == ["@bot 1", "@bot 2", "收到：1", "收到：2"]
    assert chat.messages[:1].texts == ["@bot 1"]
    assert chat.messages[0] == first
    with pytest.raises(IndexError):
        chat.messages[4]


def test_sessions_and_settings_survive_a_restart(feishu: Feishu) -> None:
    bot = Bot()

    @bot.message()
    async def count(message: object, session: object) -> str:
        state = session.state  # type: ignore[attr-defined]
        state["n"] = state.get("n", 0) + 1
        return f"第 {state['n']} 条"

    feishu.run(bot)
    chat = feishu.private("张三")
    assert chat.say("张三", "a").replies.texts == ["第 1 条"]
    feishu.restart()
    assert chat.say("张三", "b").replies.texts == ["第 2 条"]


def test_what_was_said_while_it_was_stopped_is_answered(feishu: Feishu) -> None:
    feishu.run(echo())
    chat = feishu.private("张三")
    feishu.stop()
    message = chat.say("张三", "hello")
    with pytest.raises(Unanswered, match="was pushed while no bot was connected"):
        chat.messages[1]
    feishu.run(echo())
    feishu.advance(seconds=15)
    assert message.replies.texts == ["收到：hello"]


def test_apps_of_a_settings_file_run(feishu: Feishu, tmp_path: Path) -> None:
    file = tmp_path / "larkgate.toml"
    file.write_text(
        '[[feishu]]\napp_id = "cli_work"\napp_secret = "secret"\n'
        '[[app]]\nkind = "support"\nname = "desk"\n[http]\nport = 8321\n',
        "utf-8",
    )
    feishu.run(settings=file)
    assert feishu.app_id == "cli_work"
    chat = feishu.group("研发群", "张三")
    assert "来源" in chat.say("张三", "@bot 车辆无法连接网络怎么办").replies[0].text


def test_a_bot_by_its_place(
    feishu: Feishu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "placed_bot.py").write_text(
        "from larkgate import Bot\n"
        "bot = Bot()\n"
        "@bot.message()\n"
        "def answer(message):\n"
        "    return 'here'\n"
        "other = 5\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SettingsError, match="'placed_bot:other' is a int, not a Bot"):
        feishu.run("placed_bot:other")
    with pytest.raises(SettingsError, match="no bot could be loaded from 'placed_bot:no'"):
        feishu.run("placed_bot:no")
    feishu.run("placed_bot")
    assert feishu.private("张三").say("张三", "where?").replies.texts == ["here"]


def test_several_bots_run_together_and_only_once(feishu: Feishu) -> None:
    other = Bot("other")

    @other.message()
    def also(message: object) -> str:
        return "me too"

    feishu.run(echo(), other)
    replies = feishu.private("张三").say("张三", "hello").replies
    assert sorted(replies.texts) == ["me too", "收到：hello"]
    with pytest.raises(LarkgateError, match="runs here already"):
        feishu.run(echo())


def test_there_is_nothing_to_restart(feishu: Feishu) -> None:
    with pytest.raises(LarkgateError, match="no bot runs here"):
        feishu.restart()


def test_a_handler_cannot_use_the_handles_of_its_test(feishu: Feishu) -> None:
    bot = Bot()
    said = []

    @bot.message()
    async def look(message: object) -> None:
        try:
            feishu.private("张三").texts  # noqa: B018
        except LarkgateError as error:
            said.append(str(error))

    feishu.run(bot)
    feishu.private("张三").say("张三", "hello")
    feishu.come_to_rest()
    assert said[0].startswith("this is the bot's own thread")


def test_handles_are_shown_as_one_reads_them(chat: Chat) -> None:
    message = chat.say("张三", "@bot hello")
    message.react("李四", "SMILE")
    chat.show_card(CARD)
    assert repr(message) == "<张三: @bot hello (SMILE 李四)>"
    assert repr(chat.messages[:1]) == "[<张三: @bot hello (SMILE 李四)>]"
    assert repr(chat) == "<Chat 研发群: 3 messages>"
