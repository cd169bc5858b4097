"""The platform beside the chats: the wire, what was withheld, faults, the set-up."""

from __future__ import annotations

import pytest
from pagedesk import DEVELOPMENT, Event, bot, bubble, nothing, opened, reply, send, simulated
from playwright.async_api import Browser, expect
from simclient import Client, client_of

from larkgate.protocol import frames

NAMELESS = """() => [...document.querySelectorAll("button, input, select, textarea, a")]
  .filter((each) => each.checkVisibility())
  .filter((each) => !(each.ariaLabel || each.textContent.trim() || each.placeholder
    || [...(each.labels ?? [])].some((label) => label.textContent.trim())))
  .map((each) => each.outerHTML)"""

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_what_passes_is_shown_in_full_filtered_and_paused(browser: Browser) -> None:
    async def answer(client: Client, event_type: str, event: Event) -> None:
        await reply(client, event, "好")

    async with simulated() as sim, bot(sim, answer), opened(browser, sim.url) as page:
        chat, person = sim.world.chat_named("研发群"), sim.person("张三")
        sim.say(chat, person, "@TSP助手 在吗")
        push = page.locator("#wire-rows .push")
        await expect(push.locator(".state")).to_contain_text("确认")
        await push.get_by_role("button").click()
        payload = push.locator("pre").first
        await expect(payload).to_contain_text('"event_type": "im.message.receive_v1"')
        await expect(payload).to_contain_text("@_user_1 在吗")
        await expect(push.locator("h4").last).to_contain_text("确认 200")
        await push.get_by_role("button", name="查看消息").click()
        await expect(page.locator(".message.found")).to_contain_text("在吗")
        await push.locator(".wire-head").click()
        await expect(push.locator("pre")).to_have_count(0)

        await page.get_by_label("筛选").fill("reply")
        call = page.locator("#wire-rows li")
        await expect(call).to_have_count(1)
        await call.get_by_role("button").click()
        await expect(call.locator("h4")).to_contain_text(["POST /open-apis/im", "回答 200"])
        await expect(call.locator("pre").first).to_contain_text('"content": "{')
        await expect(call.locator("pre").last).to_contain_text('"message_id": "om_')
        await page.get_by_label("筛选").fill("")
        await expect(push).to_have_count(1)
        await page.get_by_role("button", name="暂停").click()
        sim.say(chat, person, "@TSP助手 还在吗")
        await expect(page.locator("#wire-paused")).to_contain_text("2 条新记录")
        await expect(push).to_have_count(1)
        await page.get_by_role("button", name="继续").click()
        await expect(push).to_have_count(2)


async def test_heartbeats_are_one_row_if_one_wants_them_and_no_secret_is_shown(
    browser: Browser,
) -> None:
    async with simulated() as sim, opened(browser, sim.url) as page:
        (app,) = sim.world.apps.values()
        async with client_of(sim, app) as client, client.link() as link:
            for _ in range(3):
                await link.socket.send_bytes(frames.ping(1))
                await link.frame()
            rows = page.locator("#wire-rows li")
            await expect(rows).to_have_count(2)  # the bootstrap and the connection
            await rows.first.get_by_role("button").click()
            await expect(rows.first).to_contain_text('"AppSecret": "…"')
            await expect(rows.first).to_contain_text("ticket=…")
            assert app.secret.reveal() not in await page.content()
            await page.get_by_role("button", name="显示心跳").click()
            await expect(rows.last).to_contain_text("心跳 3 次")


async def test_another_world_is_shown_at_once(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, sim.url + DEVELOPMENT) as page:
        before = sim.export()
        sim.say(sim.world.chat_named("研发群"), sim.person("张三"), "旧的世界")
        await expect(bubble(page, "旧的世界")).to_be_visible()
        sim.load(before)
        await expect(bubble(page, "旧的世界")).to_have_count(0)
        await expect(page.locator("#wire-rows li")).to_have_count(0)
        sim.say(sim.world.chat_named("研发群"), sim.person("张三"), "新的世界")
        await expect(bubble(page, "新的世界")).to_be_visible()


async def test_faults_strike_by_one_click_and_are_lifted(browser: Browser) -> None:
    async with (
        simulated() as sim,
        bot(sim, nothing) as client,
        opened(browser, sim.url + DEVELOPMENT) as page,
    ):
        await page.get_by_role("tab", name="故障").click()
        panel = page.locator("#faults")
        await expect(panel).to_contain_text("一切正常")
        await panel.get_by_label("次数").select_option("一直")
        await panel.get_by_role("button", name="503（未处理）").click()
        await expect(panel.locator(".active li")).to_contain_text("503（未处理）")
        async with client.http.get(f"{sim.url}/open-apis/bot/v3/info") as spoiled:
            assert spoiled.status == 503
        await expect(panel.locator(".active li")).to_contain_text("已发生 1 次")
        await panel.get_by_role("button", name="解除", exact=True).click()
        await expect(panel).to_contain_text("一切正常")
        assert sim.faults.active == []

        for name in ("半开（无声）", "重复推送"):
            await panel.get_by_role("button", name=name).click()
        await expect(page.locator("#faults-count")).to_have_text("2")
        await panel.get_by_role("button", name="全部解除").click()
        await expect(page.locator("#faults-count")).to_be_hidden()


async def test_silence_has_reasons_and_mistakes_are_put_right(browser: Browser) -> None:
    async with (
        simulated() as sim,
        bot(sim, nothing) as client,
        opened(browser, sim.url + DEVELOPMENT) as page,
    ):
        await page.get_by_role("tab", name="设置").click()
        await page.get_by_role("button", name="no_group_scope").click()
        await expect(page.locator(".toast.warning")).to_contain_text("缺少群消息权限")
        sim.say(sim.world.chat_named("研发群"), sim.person("张三"), "@TSP助手 在吗")
        await page.get_by_role("tab", name="未推送").click()
        row = page.locator("#withheld-rows li")
        await expect(row).to_contain_text("im:message.group_at_msg:readonly")
        await expect(row).to_contain_text("张三：@TSP助手 在吗")
        assert sim.pushes == []

        await page.get_by_role("tab", name="设置").click()
        await page.get_by_role("button", name="恢复正确").click()
        await sim.until(lambda: "im:message.group_at_msg:readonly" in client.app.in_force.scopes)
        limits = page.get_by_label("rate limits")
        await limits.uncheck()
        await sim.until(lambda: not sim.rate_limits)
        size = page.get_by_label("fragment size")
        await size.fill("512")
        await size.press("Enter")
        await sim.until(lambda: sim.fragment_size == 512)


async def test_the_keyboard_reaches_all_of_the_panel(browser: Browser) -> None:
    async with simulated() as sim, bot(sim, nothing) as client:
        await send(client, sim.world.chat_named("研发群").id, "text", {"text": "在"})
        async with opened(browser, sim.url + DEVELOPMENT) as page:
            for tab in ("故障", "设置", "通信"):
                await page.get_by_role("tab", name=tab).click()
                assert await page.evaluate(NAMELESS) == []
            await page.keyboard.press("ArrowRight")
            await expect(page.get_by_role("tab", name="未推送")).to_be_focused()
            await expect(page.locator("#withheld")).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(page.locator("#panel")).to_be_hidden()
            await page.reload()
            await expect(page.locator("#panel")).to_be_hidden()
