"""Bots to be tested."""

from __future__ import annotations

import asyncio

from larkgate import Bot, Click, GiveUp, Message, Retry

__all__ = ["CARD", "echo", "sleeper", "troubled"]

CARD = {
    "schema": "2.0",
    "header": {"title": {"tag": "plain_text", "content": "工单 4711"}},
    "body": {
        "elements": [
            {"tag": "markdown", "content": "车连不上网"},
            {
                "tag": "form",
                "name": "close",
                "elements": [
                    {
                        "tag": "input",
                        "name": "reason",
                        "label": {"tag": "plain_text", "content": "原因"},
                    },
                    {
                        "tag": "button",
                        "name": "submit",
                        "text": {"tag": "plain_text", "content": "解决了"},
                        "form_action_type": "submit",
                    },
                ],
            },
        ]
    },
}
CLOSED = {
    "schema": "2.0",
    "header": {"title": {"tag": "plain_text", "content": "工单 4711 已关闭"}},
    "body": {"elements": []},
}


def echo() -> Bot:
    bot = Bot()

    @bot.message(mentioned=True)
    async def answer(message: Message) -> str:
        return f"收到：{message.text}"

    @bot.click("submit")
    async def close(click: Click) -> dict[str, object]:
        toast = {"type": "success", "content": f"谢谢：{click.form.get('reason', '')}"}
        return {"toast": toast, "card": {"type": "raw", "data": CLOSED}}

    return bot


def sleeper(seconds: float) -> Bot:
    bot = Bot()

    @bot.message(mentioned=True)
    async def remind(message: Message) -> str:
        await message.reply("好的")
        await asyncio.sleep(seconds)
        return "时间到了"

    return bot


def troubled() -> Bot:
    bot = Bot()
    tried: list[str] = []

    @bot.message(mentioned=True, pattern="^give up$")
    async def give_up(message: Message) -> str:
        raise GiveUp("no such order")

    @bot.message(mentioned=True, pattern="^fail$")
    async def fail(message: Message) -> str:
        raise ValueError("wrong number")

    @bot.message(mentioned=True, pattern="^recover$")
    async def recover(message: Message) -> str:
        raise KeyError("recovered")

    @bot.message(mentioned=True, pattern="^later$")
    async def later(message: Message) -> str:
        if not tried:
            tried.append(message.id)
            raise Retry("busy", after=60)
        return "now"

    @bot.error
    async def sorry(error: Exception, message: Message) -> str:
        if isinstance(error, KeyError):
            return "sorry"
        raise error

    return bot
