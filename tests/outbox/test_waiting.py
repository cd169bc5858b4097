"""Handlers that all wait for the ids of what they send: each queue has workers of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from outbox_platform import APP_ID, Post, running

from larkgate.bot import ThreadPool
from larkgate.clock import SystemClock
from larkgate.outbox import Effect, Pace
from larkgate.queue import Claim, Done, NewJob, Retries, Worker

MANY = 128
UNLIMITED = Pace(per_second=0, per_minute=0, per_chat=0)


async def send_and_wait(post: Post, claim: Claim, chat: str) -> Done:
    effect = Effect("send", chat, chat, "text", claim.job.key)
    sent = await post.outbox.store(APP_ID, f"{claim.job.key}#1", effect, claim.job)
    return Done(await sent.message_id(timeout=30))


def in_a_thread(
    handle: Callable[[Claim], Coroutine[Any, Any, Done]],
) -> Callable[[Claim], Awaitable[Done]]:
    """As plain `def` handlers run: one thread each, blocked until the id is there."""
    pool = ThreadPool(MANY, SystemClock())
    loop = asyncio.get_running_loop()

    def work(claim: Claim) -> Done:
        return asyncio.run_coroutine_threadsafe(handle(claim), loop).result()

    return lambda claim: pool.run(work, claim)


@pytest.mark.parametrize("chats", [1, MANY], ids=["one chat", "a chat each"])
@pytest.mark.parametrize("threads", [True, False], ids=["threads", "async"])
async def test_all_of_them_get_their_ids(tmp_path: Path, threads: bool, chats: int) -> None:
    clock: Any = SystemClock()
    waiting: set[str] = set()
    all_wait = asyncio.Event()

    async def handle(claim: Claim) -> Done:
        waiting.add(claim.job.key)
        if len(waiting) == MANY:
            all_wait.set()
        await all_wait.wait()
        return await send_and_wait(post, claim, f"oc_{claim.job.id % chats}")

    async with (
        running(clock) as platform,
        Post(tmp_path / "larkgate.db", clock).open(platform.url, UNLIMITED) as post,
        asyncio.timeout(60),
    ):
        worker = Worker(
            post.store,
            "app:bot",
            in_a_thread(handle) if threads else handle,
            clock,
            limit=MANY,
            retries=Retries(),
            random=lambda: 0.5,
        )
        jobs = [NewJob(f"d{number}", "app:bot", f"lane {number}") for number in range(MANY)]
        await asyncio.gather(*map(post.store.add, jobs))
        working = asyncio.create_task(worker.run())
        ended = await asyncio.gather(*(post.store.ended(job.key) for job in jobs))
        worker.stop()
        await working
    assert sorted(str(stored.result) for stored in ended) == sorted(
        f"om_{number + 1}" for number in range(MANY)
    )
