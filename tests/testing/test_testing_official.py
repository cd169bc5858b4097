"""A bot that is no Larkgate bot, in a process of its own, driven by the same handles."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from larkgate.testing import Feishu, Unanswered

PROGRAM = Path(__file__).with_name("official_bot.py")


@pytest.fixture
def official(feishu: Feishu) -> Iterator[Feishu]:
    environment = {**os.environ, **feishu.environment}
    process = subprocess.Popen(
        [sys.executable, str(PROGRAM)], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        feishu.wait_for_bot()
        yield feishu
    finally:
        process.kill()
        process.wait()


def test_message_reply_click_and_update(official: Feishu) -> None:
    official.patience = 30
    chat = official.group("研发群", "张三")
    card = chat.say("张三", "@bot 车连不上网").replies[0]
    assert (card.text, card.buttons) == ("收到\n解决了", ["解决了"])
    card.press("解决了", by="张三")
    assert (card.toast, chat.last.text) == ("4711 已关闭", "已关闭")
    assert [each.acknowledged for each in official.deliveries] == [True, True]
    with pytest.raises(Unanswered, match="nobody mentions the bot"):
        chat.say("张三", "hello").replies[0]
