"""The desk with a model: a real `/chat/completions` on loopback, asked through our dialer."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from larkgate.apps.support.assistant import Answer, Assistant
from larkgate.apps.support.completions import Completions
from larkgate.apps.support.desk import Desk
from larkgate.apps.support.models import choose
from larkgate.apps.support.orders import samples
from larkgate.apps.support.settings import LlmSettings
from larkgate.clock import Clock, SystemClock, VirtualClock
from larkgate.dial import Dialer
from larkgate.secret import Secret

QUESTION = "车辆无法连接网络怎么办"
Reply = Callable[[dict[str, Any]], Awaitable[web.StreamResponse]]


def completion(content: object) -> web.Response:
    """An answer as the API reference "Create chat completion" shows it."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": content},
    }
    return web.json_response(
        {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
        }
    )


class Service:
    """A language model's service; `reply` makes its answers, `asked` holds what it was sent."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.url = ""
        self.reply: Reply = self.cite

    async def cite(self, request: dict[str, Any]) -> web.StreamResponse:
        """Cites the second of the work orders, and one that does not exist."""
        orders = json.loads(request["messages"][1]["content"])["work_orders"]
        return completion(f"请按工单处理 [{orders[1]['id']}]，也见 [TSP-2031-9999]。")

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        self.keys.append(request.headers["Authorization"])
        return await self.reply(self.asked[-1])

    @property
    def found_ids(self) -> list[str]:
        """The work orders the last request was given."""
        sent = json.loads(self.asked[-1]["messages"][1]["content"])
        return [order["id"] for order in sent["work_orders"]]


@asynccontextmanager
async def desk(service: Service, clock: Clock, base_url: str = "") -> AsyncIterator[Desk]:
    settings = LlmSettings(
        provider="custom",
        base_url=base_url or service.url,
        model="m",
        api_key=Secret("sk-the-secret"),
    )
    model = choose(settings)
    assert model is not None
    async with Dialer(clock) as dialer:
        yield Desk(Assistant(samples()), Completions(model, dialer, clock))


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", service.handle)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    service.url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    yield service
    await runner.cleanup()


def searched() -> Answer:
    """What search alone says."""
    return Assistant(samples()).answer(QUESTION, {})


async def test_the_model_writes_from_what_was_found_and_cites_it(service: Service) -> None:
    state: dict[str, Any] = {}
    async with desk(service, SystemClock()) as support:
        answer = await support.answer(QUESTION, state)
    (source,) = answer.sources
    assert service.found_ids[0] == searched().sources[0].id
    assert source.id == service.found_ids[1]
    assert f"[{source.id}]" in answer.text
    assert "TSP-2031" not in answer.text
    assert f"来源：{source.id}（{source.model}）" in answer.text
    assert service.keys == ["Bearer sk-the-secret"]
    assert service.asked[0]["model"] == "m"


async def test_the_next_best_follows_what_was_cited(service: Service) -> None:
    state: dict[str, Any] = {}
    async with desk(service, SystemClock()) as support:
        await support.answer(QUESTION, state)
        given = set(service.found_ids[:2])
        await support.answer("还有其他方法吗", state)
    assert given.isdisjoint(service.found_ids)
    sent = json.loads(service.asked[1]["messages"][1]["content"])
    assert sent["question"] == QUESTION
    assert sent["said_before"] == [QUESTION]


async def test_where_nothing_was_found_no_model_is_asked(service: Service) -> None:
    async with desk(service, SystemClock()) as support:
        answer = await support.answer("食堂几点开饭", {})
    assert "没有找到" in answer.text
    assert service.asked == []


async def test_what_people_write_is_logged_at_no_level(
    service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with desk(service, SystemClock()) as support:
            await support.answer(QUESTION, {})
    assert len(service.asked) == 1
    assert QUESTION not in caplog.text
    assert not [log for log in caplog.records if log.name.startswith(("openai", "httpx"))]


async def refuse(_: dict[str, Any]) -> web.StreamResponse:
    return web.json_response({"error": {"message": "bad key sk-the-secret"}}, status=401)


async def fail(_: dict[str, Any]) -> web.StreamResponse:
    return web.Response(status=500)


async def talk_html(_: dict[str, Any]) -> web.StreamResponse:
    return web.Response(text="<html>hello</html>", content_type="text/html")


async def break_off(_: dict[str, Any]) -> web.StreamResponse:
    return web.Response(text='{"choices": [', content_type="application/json")


async def choose_nothing(_: dict[str, Any]) -> web.StreamResponse:
    return web.json_response({"choices": []})


async def say_nothing(_: dict[str, Any]) -> web.StreamResponse:
    return completion(None)


async def send_a_list(_: dict[str, Any]) -> web.StreamResponse:
    return web.json_response([1, 2])


async def invent(_: dict[str, Any]) -> web.StreamResponse:
    return completion("按 [TSP-2031-9999] 处理即可。")


@pytest.mark.parametrize(
    ("reply", "event"),
    [
        (refuse, "support.ai_refused"),
        (fail, "support.ai_refused"),
        (talk_html, "support.ai_garbled"),
        (break_off, "support.ai_garbled"),
        (choose_nothing, "support.ai_garbled"),
        (say_nothing, "support.ai_garbled"),
        (send_a_list, "support.ai_garbled"),
        (invent, "support.ai_ungrounded"),
    ],
)
async def test_whatever_fails_the_search_answer_is_given_with_a_note(
    service: Service, caplog: pytest.LogCaptureFixture, reply: Reply, event: str
) -> None:
    service.reply = reply
    async with desk(service, SystemClock()) as support:
        answer = await support.answer(QUESTION, {})
    assert answer.text == f"（AI 暂时不可用，以下内容直接来自工单。）\n{searched().text}"
    assert answer.sources == searched().sources
    (record,) = [record for record in caplog.records if record.name.startswith("larkgate")]
    assert (record.levelno, vars(record)["event"]) == (logging.WARNING, event)
    assert "custom/m" in record.getMessage()
    assert "sk-the-secret" not in caplog.text


async def test_nobody_listens(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    async with desk(service, SystemClock(), "http://127.0.0.1:9/v1") as support:
        answer = await support.answer(QUESTION, {})
    assert answer.sources == searched().sources
    assert "127.0.0.1:9" in caplog.text


async def test_a_model_that_hangs_is_given_up_after_30_s(service: Service) -> None:
    never = asyncio.Event()

    async def hang(_: dict[str, Any]) -> web.StreamResponse:
        await never.wait()
        return completion("too late")

    service.reply = hang
    clock = VirtualClock()
    async with desk(service, clock) as support:
        asking = asyncio.ensure_future(support.answer(QUESTION, {}))
        await clock.advance(29)
        assert len(service.asked) == 1
        assert not asking.done()
        await clock.advance(1)
        assert (await asking).text.startswith("（AI 暂时不可用")
    never.set()


async def test_many_ask_at_once_and_nobody_waits_for_another(service: Service) -> None:
    together = asyncio.Barrier(20)

    async def reply_together(request: dict[str, Any]) -> web.StreamResponse:
        await together.wait()
        return await service.cite(request)

    service.reply = reply_together
    async with desk(service, SystemClock()) as support:
        answers = await asyncio.gather(*(support.answer(QUESTION, {}) for _ in range(20)))
    assert all(len(answer.sources) == 1 for answer in answers)


async def test_without_a_model_it_is_search(service: Service) -> None:
    assert await Desk(Assistant(samples())).answer(QUESTION, {}) == searched()
