"""How long it takes; the bounds are far above what a quiet machine needs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from statistics import median

import aiohttp
from testing_bots import CARD, echo

from larkgate.protocol import frames
from larkgate.simulator import APP_ID, APP_SECRET, Simulator
from larkgate.testing import Feishu


def seconds(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def message_reply_click_update() -> None:
    with Feishu() as feishu:
        feishu.run(echo())
        chat = feishu.group("研发群", "张三", "李四")
        message = chat.say("张三", "@bot 车连不上网")
        assert chat.replies_to(message)[0].text == "收到：车连不上网"
        card = chat.show_card(CARD)
        card.press("解决了", by="张三")
        assert "已关闭" in chat.last.text


def test_message_reply_click_and_update_take_less_than_a_second() -> None:
    assert median(seconds(message_reply_click_update) for _ in range(3)) < 1


async def test_a_simulator_starts_and_stops_in_less_than_50_ms() -> None:
    async def lived() -> float:
        started = time.monotonic()
        async with Simulator():
            pass
        return time.monotonic() - started

    assert median([await lived() for _ in range(5)]) < 0.05


async def answer_one(sim: Simulator, http: aiohttp.ClientSession) -> list[str]:
    """One message goes to a raw client, which acknowledges and answers it."""
    app = sim.add_app(APP_ID, APP_SECRET, "bot")
    person = sim.person("张三")
    chat = sim.p2p(person, app)
    credentials = {"AppID": APP_ID, "AppSecret": APP_SECRET}
    async with http.post(f"{sim.url}/callback/ws/endpoint", json=credentials) as found:
        url = (await found.json())["data"]["URL"]
    async with http.ws_connect(url) as socket:
        message = sim.say(chat, person, "hello")
        push = frames.decode(await socket.receive_bytes())
        await socket.send_bytes(frames.acknowledgement(push, code=200, milliseconds=1))
        await reply(sim, http, message.id)
        await sim.until(lambda: sim.pushes[0].acked_at)
    return [each.text for each in chat.messages]


async def reply(sim: Simulator, http: aiohttp.ClientSession, message_id: str) -> None:
    api = f"{sim.url}/open-apis"
    credentials = {"app_id": APP_ID, "app_secret": APP_SECRET}
    where = f"{api}/auth/v3/tenant_access_token/internal"
    async with http.post(where, json=credentials) as found:
        token = (await found.json())["tenant_access_token"]
    body = {"msg_type": "text", "content": '{"text": "hi"}'}
    headers = {"Authorization": f"Bearer {token}"}
    where = f"{api}/im/v1/messages/{message_id}/reply"
    async with http.post(where, json=body, headers=headers) as answer:
        assert (await answer.json())["code"] == 0


async def test_a_hundred_simulators_side_by_side() -> None:
    unlimited = aiohttp.TCPConnector(limit=0)
    async with AsyncExitStack() as opened:
        http = await opened.enter_async_context(aiohttp.ClientSession(connector=unlimited))
        sims = [await opened.enter_async_context(Simulator()) for _ in range(100)]
        answers = await asyncio.gather(*(answer_one(sim, http) for sim in sims))
    assert answers == [["hello", "hi"]] * 100


def test_twenty_bots_side_by_side() -> None:
    with ExitStack() as opened:
        stages = [opened.enter_context(Feishu()) for _ in range(20)]
        for stage in stages:
            stage.run(echo())
        said = [stage.private("张三").say("张三", "hello") for stage in stages]
        assert [message.replies.texts for message in said] == [["收到：hello"]] * 20
