"""Larkgate with the handlers that the benches need: `ours.py KIND`; settings by environment.

On SIGTERM it prints, as its last line, JSON with what the handlers saw.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from typing import Any

from larkgate import BlockingMessage, Bot, Message

bot = Bot()
handled = 0
last = 0.0
delays: list[float] = []


def note(text: str) -> None:
    global handled, last
    handled += 1
    last = time.monotonic()
    delays.append((last - float(text.split()[1])) * 1000)


async def nothing(message: Message) -> None:
    global handled, last
    handled += 1
    last = time.monotonic()


async def timed(message: Message) -> None:
    note(message.text)


async def slow(message: Message) -> None:
    await asyncio.sleep(1)


def sleeping(message: BlockingMessage) -> None:
    note(message.text)
    time.sleep(60)


def spinning(message: BlockingMessage) -> None:
    note(message.text)
    until = time.monotonic() + 60
    while time.monotonic() < until:
        sum(range(1000))


def for_hundred(message: BlockingMessage) -> None:
    """The first hundred messages sleep for a minute, the others do nothing."""
    (sleeping if handled < 100 else lambda m: note(m.text))(message)


def for_four(message: BlockingMessage) -> None:
    """The first four messages burn CPU for a minute, the others do nothing."""
    (spinning if handled < 4 else lambda m: note(m.text))(message)


if __name__ == "__main__":
    kinds: dict[str, Callable[..., Any]] = {
        "nothing": nothing,
        "timed": timed,
        "slow": slow,
        "sleeping": for_hundred,
        "spinning": for_four,
    }
    bot.message()(kinds[sys.argv[1]])
    try:
        bot.run()
    finally:
        print(json.dumps({"handled": handled, "last": last, "delays": sorted(delays)}), flush=True)
