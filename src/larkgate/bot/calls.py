"""Calls functions that others wrote."""

from __future__ import annotations

import asyncio
import inspect
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from larkgate.bot.threads import ThreadPool
from larkgate.errors import GiveUp, LarkgateError
from larkgate.texts import say

__all__ = ["contained", "in_thread", "place_of"]

T = TypeVar("T")


async def contained(work: Awaitable[T]) -> T:
    """A handler's own exit or cancellation is an error like others, as it is in a thread."""
    try:
        return await work
    except (SystemExit, asyncio.CancelledError) as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise RuntimeError(repr(error)) from error


async def in_thread(threads: ThreadPool, name: str, call: Callable[[], Any]) -> Any:
    """What a plain function returns.

    Raises:
        GiveUp: a coroutine, which nobody would run.
    """
    answer = await threads.run(call)
    if inspect.iscoroutine(answer):
        answer.close()
        raise GiveUp(say("bot.returned_coroutine", handler=name))
    return answer


def place_of(error: Exception) -> str:
    """What was raised, and where. Not its words unless they are ours: they may quote a message."""
    if isinstance(error, LarkgateError):
        return str(error)
    lines = "".join(traceback.format_tb(error.__traceback__)[-3:])
    return f"{type(error).__name__}\n{lines.rstrip()}"
