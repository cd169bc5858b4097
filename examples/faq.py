"""Answers keywords, and counts how often each person has asked.

To see messages that do not mention it, the app needs the permission `im:message.group_msg`.
"""

import re

from larkgate import BlockingMessage, Bot, Session

ANSWERS = {
    "报销": "报销单请交到三楼财务，每周三下午办理。",
    "请假": "请在飞书审批里提交请假单，直属上级审批。",
}

bot = Bot("faq")


@bot.message(pattern="|".join(ANSWERS))
def answer(message: BlockingMessage, match: re.Match[str], session: Session) -> str:
    asked = session.state.get("asked", 0) + 1
    session.state["asked"] = asked
    return f"{ANSWERS[match[0]]}（第 {asked} 次提问）"


@bot.message(mentioned=True)
def others(message: BlockingMessage) -> str:
    return f"我只认识这些词：{'、'.join(ANSWERS)}"


if __name__ == "__main__":
    bot.run()
