"""Answers whoever mentions it, or writes to it alone, with what they said."""

from larkgate import Bot, Message

bot = Bot()


@bot.message(mentioned=True)
async def answer(message: Message) -> str:
    return f"收到：{message.text}"


if __name__ == "__main__":
    bot.run()
