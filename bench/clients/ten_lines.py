"""The test that must take less than a second; a file for pytest."""

from __future__ import annotations

from larkgate import Bot, Click, Message
from larkgate.testing import Feishu

BUTTON = {
    "tag": "button",
    "name": "done",
    "text": {"tag": "plain_text", "content": "解决了"},
    "behaviors": [{"type": "callback", "value": {}}],
}
bot = Bot()


def card(*elements: object) -> dict[str, object]:
    return {"schema": "2.0", "body": {"elements": elements}}


@bot.message()
async def answer(message: Message) -> str:
    return f"收到：{message.text}"


@bot.click("done")
async def close(click: Click) -> dict[str, object]:
    return {"card": {"type": "raw", "data": card({"tag": "markdown", "content": "已关闭"})}}


def test_message_reply_click_update(feishu: Feishu) -> None:
    feishu.run(bot)
    chat = feishu.group("研发群", "张三", "李四")
    message = chat.say("张三", "@bot 车连不上网")
    assert chat.replies_to(message)[0].text == "收到：车连不上网"
    shown = chat.show_card(card(BUTTON))
    shown.press("解决了", by="张三")
    assert "已关闭" in chat.last.text
