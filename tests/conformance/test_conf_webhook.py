"""The official SDKs answer challenges, decrypt and verify what the simulator posts to them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from foreign import Foreign
from worlds import world_of

from larkgate.secret import Secret
from larkgate.simulator import App, Simulator, StandardWorld

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = '{"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "卡片"}]}}'
ANSWER = {"toast": {"type": "info", "content": "收到"}}
Listen = Callable[[Foreign, App], AbstractAsyncContextManager[str]]


@pytest.fixture(params=["python", "node"])
def sdk(request: pytest.FixtureRequest) -> tuple[Foreign, Listen]:
    """An SDK's program, and how it listens."""
    listen = {"python": dispatcher, "node": adapter}[request.param]
    return request.getfixturevalue(request.param), listen


@asynccontextmanager
async def dispatcher(foreign: Foreign, app: App) -> AsyncIterator[str]:
    """The SDK for Python brings no server."""
    known = keys(app)

    async def handle(request: web.Request) -> web.Response:
        body, headers = (await request.read()).decode(), dict(request.headers)
        found = await foreign.do("webhook", **known, headers=headers, body=body)
        return web.Response(text=found["body"], status=found["status"])

    application = web.Application()
    application.router.add_post("/webhook", handle)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def adapter(foreign: Foreign, app: App) -> AsyncIterator[str]:
    yield await foreign.do("listen", **keys(app))


def keys(app: App) -> dict[str, str]:
    return {
        "encrypt_key": app.encrypt_key.reveal(),
        "verification_token": app.verification_token.reveal(),
    }


@pytest.mark.parametrize("encrypt_key", ["", "encrypt-key"], ids=["plain", "encrypted"])
async def test_a_challenge_an_event_and_a_click(sdk: Any, encrypt_key: str) -> None:
    foreign, listen = sdk
    await foreign.do("answer", to="card.action.trigger", with_=ANSWER)
    await foreign.do("received")
    async with Simulator() as sim:
        world = prepared(sim, encrypt_key)
        async with listen(foreign, world.app) as url:
            for kind in ("event", "callback"):
                await sim.save_request_url(world.app, url, kind)
            said = sim.say(world.private[0], world.people[0], "你好")
            await sim.until(lambda: sim.pushes[0].acked_at, timeout=20)
            card = sim.world.post(world.private[0], world.app, "interactive", CARD)
            clicked = await sim.click(card, world.people[0], {"k": "v"})
        received = await foreign.do("received")
        assert sim.complaints == []
    assert [each["type"] for each in received] == ["im.message.receive_v1", "card.action.trigger"]
    assert received[0]["event"]["message"]["message_id"] == said.id
    assert clicked.answer == ANSWER


async def test_what_is_signed_with_another_key_is_not_taken(sdk: Any) -> None:
    foreign, listen = sdk
    async with Simulator() as sim:
        world = prepared(sim, "encrypt-key")
        async with listen(foreign, world.app) as url:
            await sim.save_request_url(world.app, url)
            world.app.encrypt_key = Secret("another-key")
            sim.say(world.private[0], world.people[0], "你好")
            await sim.until(lambda: sim.pushes[0].attempts[0].failed, timeout=20)
        assert await foreign.do("received") == []


def prepared(sim: Simulator, encrypt_key: str) -> StandardWorld:
    world = world_of(sim, "webhook")
    world.app.encrypt_key = Secret(encrypt_key)
    world.app.verification_token = Secret("verification-token")
    return world
