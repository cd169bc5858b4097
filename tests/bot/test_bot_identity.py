"""Who the bot is decides whether it was mentioned: no message is judged before that is known."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from bot_desk import BOT, Desk, content, desk_of, message

from larkgate.bot import App
from larkgate.clock import VirtualClock


class Platform:
    """Tells who the bot is, once it is willing to."""

    def __init__(self) -> None:
        self.url = ""
        self.asked = 0
        self.unwilling: set[str] = set()

    async def grant(self, request: web.Request) -> web.Response:
        app_id = (await request.json())["app_id"]
        return web.json_response({"code": 0, "tenant_access_token": app_id, "expire": 7200})

    async def tell(self, request: web.Request) -> web.Response:
        self.asked += 1
        if request.headers["Authorization"].removeprefix("Bearer ") in self.unwilling:
            return web.json_response({"code": 5000, "msg": "no"}, status=500)
        return web.json_response({"code": 0, "bot": {"open_id": BOT, "app_name": "Bot"}})


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    platform = Platform()
    app = web.Application()
    app.router.add_post("/open-apis/auth/v3/tenant_access_token/internal", platform.grant)
    app.router.add_get("/open-apis/bot/v3/info", platform.tell)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    platform.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield platform
    await runner.cleanup()


@pytest.fixture
async def desk(tmp_path: Path, clock: VirtualClock, platform: Platform) -> AsyncIterator[Desk]:
    """Answers where it is mentioned."""
    app = App()
    app.message(mentioned=True)(lambda message: message.text)
    async with desk_of(tmp_path / "larkgate.db", clock, app, platform=platform.url) as desk:
        yield desk


async def test_the_platform_is_asked_once(desk: Desk, platform: Platform) -> None:
    for number in range(20):
        await desk.receive(message(f"{number}", sender=f"ou_{number}", to_bot=True))
        await desk.receive(message("to nobody", sender=f"ou_{number}"))
    texts = sorted(content(effect) for effect in await desk.effects())
    assert texts == sorted(str(number) for number in range(20))
    assert platform.asked == 1


async def test_messages_wait_until_it_says(desk: Desk, platform: Platform) -> None:
    """Uncharged, in order, and without holding those of another account."""
    platform.unwilling = {"cli_1"}
    for text in ("one", "two"):
        await desk.receive(message(text, to_bot=True), "cli_1")
        await desk.receive(message(text, to_bot=True), "cli_2")
    assert [content(effect) for effect in await desk.effects("cli_2")] == ["one", "two"]
    await desk.clock.advance(600)
    assert await desk.effects("cli_1") == []
    assert 3 < platform.asked < 600
    platform.unwilling = set()
    await desk.clock.advance(10)
    assert [content(effect) for effect in await desk.effects("cli_1")] == ["one", "two"]
    assert {attempts for *_, attempts in await desk.deliveries()} == {1}


async def test_all_who_wait_share_one_question(desk: Desk, platform: Platform) -> None:
    platform.unwilling = {"cli_1"}
    for number in range(8):
        await desk.receive(message("hello", sender=f"ou_{number}", to_bot=True))
    before = platform.asked
    await desk.clock.advance(50)
    assert 10 <= platform.asked - before <= 20
