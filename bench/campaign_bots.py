"""The bots of the campaigns, each for `larkgate run bench.campaign_bots:NAME`."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from pathlib import Path

from larkgate import BlockingMessage, Bot, Message, Session

__all__ = [
    "answering",
    "asking",
    "asking_threads",
    "fleet",
    "remembering",
    "stuck",
    "twice",
    "unsteady",
]

answering = Bot("answering")
remembering = Bot("remembering")
twice = Bot("twice")
unsteady = Bot("unsteady")
stuck = Bot("stuck")
asking = Bot("asking")
asking_threads = Bot("asking")
fleet = Bot("fleet")


@answering.message()
async def answer(message: Message) -> str:
    return f"{message.text} 答"


@remembering.message()
async def count(message: Message, session: Session) -> str:
    session.state["heard"] = session.state.get("heard", 0) + 1
    return f"{message.text} 之{session.state['heard']} 答"


@twice.message()
def say_twice(message: BlockingMessage) -> None:
    message.reply(f"{message.text} 一")
    message.reply(f"{message.text} 二")


@unsteady.message()
async def wander(message: Message) -> str:
    """Takes other steps in every run, as a language model does."""
    unnamed = 0
    for step in random.sample(range(4), random.randint(0, 3)):
        if random.random() < 0.5:
            await message.reply(f"{message.text} 步骤{step}", key=f"step-{step}")
        else:
            unnamed += 1
            await message.reply(f"{message.text} 又{unnamed}")
        await asyncio.sleep(random.random() / 100)
    return f"{message.text} 答"


_SECONDS = float(os.environ.get("CAMPAIGN_SLEEP", "0"))


@stuck.message(pattern="await")
async def wait(message: Message) -> str:
    await message.reply(f"{message.text} 始", key="begun")
    await asyncio.sleep(_SECONDS)
    return f"{message.text} 答"


@stuck.message()
def block(message: BlockingMessage) -> str:
    message.reply(f"{message.text} 始", key="begun")
    time.sleep(_SECONDS)
    return f"{message.text} 答"


_TOGETHER = int(os.environ.get("CAMPAIGN_TOGETHER", "1"))
_PATIENCE = 60.0
_tasks = asyncio.Barrier(_TOGETHER)
_threads = threading.Barrier(_TOGETHER)


@asking.message()
async def ask(message: Message) -> str:
    """Once so many run, all of them send and wait for what the platform calls it."""
    await _tasks.wait()
    sent = await message.reply(f"{message.text} 始")
    return f"{message.text} {await sent.message_id(_PATIENCE)} 答"


@asking_threads.message()
def ask_threads(message: BlockingMessage) -> str:
    _threads.wait()
    sent = message.reply(f"{message.text} 始")
    return f"{message.text} {sent.message_id(_PATIENCE)} 答"


@fleet.message()
async def travel(message: Message, session: Session) -> str:
    """Slow enough to be in flight when its node dies; any node may take it up again."""
    _note()
    session.state["heard"] = session.state.get("heard", 0) + 1
    await message.reply(f"{message.text} 始")
    await asyncio.sleep(random.random() / 20)
    return f"{message.text} 之{session.state['heard']} 答"


def _note() -> None:
    with Path("handled").open("ab") as diary:
        diary.write(b".")
