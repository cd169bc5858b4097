"""The page in a real browser, served by a real simulator, with a bot at its wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, async_playwright, expect
from simclient import client_of, text
from system_browser import browser_path

from larkgate.simulator import Simulator, standard_world

ANSWER = "这样解决：\n处理步骤：\n1. 重启车机\n2. 更新固件\n来源：TSP-2024-0061 <b>4G</b> 图标灰色"

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def tell(sentence: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{sentence}", flush=True)

    async with async_playwright() as playwright:
        path = browser_path(Path(playwright.chromium.executable_path), tell)
        browser = await playwright.chromium.launch(executable_path=path)
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(
    browser: Browser, url: str, *, locale: str = "zh-CN", width: int = 1280
) -> AsyncIterator[Page]:
    """The page; at the end the browser must have had nothing to complain of."""
    context = await browser.new_context(locale=locale, viewport={"width": width, "height": 800})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(url)
    await expect(page.locator("#send")).to_be_visible()
    yield page
    await context.close()
    assert complaints == []


@asynccontextmanager
async def simulated() -> AsyncIterator[Simulator]:
    async with Simulator() as sim:
        standard_world(sim)
        yield sim


@asynccontextmanager
async def bot(sim: Simulator) -> AsyncIterator[Callable[[], Awaitable[str]]]:
    """A connected bot: each call takes one push, acknowledges and answers it, gives its text."""
    (app,) = sim.world.apps.values()
    async with client_of(sim, app) as client, client.link() as link:

        async def answer() -> str:
            frame = await link.frame()
            message = msgspec.json.decode(frame.payload)["event"]["message"]
            await link.acknowledge(frame)
            body = {"msg_type": "text", "content": text(ANSWER)}
            await client.call("POST", f"/im/v1/messages/{message['message_id']}/reply", body)
            return str(msgspec.json.decode(message["content"])["text"])

        yield answer


def bubble(page: Page, words: str) -> Locator:
    return page.locator(".message .bubble", has_text=words)


async def test_a_question_is_typed_pushed_acknowledged_and_answered(browser: Browser) -> None:
    async with simulated() as sim, bot(sim) as answer, opened(browser, sim.url) as page:
        await page.get_by_role("button", name="研发群").click()
        await page.keyboard.type("@t")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Enter")
        await page.keyboard.type("车辆无法连接网络")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("已经重启过")
        await page.keyboard.press("Enter")
        assert await answer() == "@_user_1 车辆无法连接网络\n已经重启过"

        reply = bubble(page, "这样解决")
        await expect(reply.locator(".item")).to_have_text(["1重启车机", "2更新固件"])
        await expect(reply.locator("code")).to_have_text("TSP-2024-0061")
        await expect(reply).to_contain_text("<b>4G</b>")
        await expect(reply.locator(".quote")).to_contain_text("张三")
        await expect(bubble(page, "已经重启过").locator(".mention")).to_have_text("@TSP助手")
        await expect(page.locator(".mark.acked")).to_have_count(1)
        await expect(page.locator("#wire-rows .push .state")).to_contain_text("确认")
        await expect(page.locator("#wire-rows .call").last).to_contain_text("回复消息")
        await expect(page.locator("#announcer")).to_contain_text("TSP助手：这样解决")


async def test_everybody_speaks_for_themselves(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, f"{sim.url}/#as=张三&chat=研发群") as page:
        await page.get_by_role("radio", name="李四").check()
        await page.get_by_role("button", name="@TSP助手").click()
        await page.keyboard.type("还有其他方法吗")
        await page.keyboard.press("Enter")
        await expect(page.locator(".mine")).to_contain_text("@TSP助手 还有其他方法吗")
        await expect(page.locator(".mark.nobody")).to_be_visible()  # no bot is connected
        await page.get_by_role("radio", name="张三").check()
        await expect(page.locator(".mine")).to_have_count(0)
        await expect(page.locator(".chat")).to_have_count(3)

    (said,) = sim.messages
    assert (said.sender.name, sim.world.chats[said.chat_id].name) == ("李四", "研发群")


async def test_a_private_chat_is_its_persons_and_unread_until_it_is_opened(
    browser: Browser,
) -> None:
    async with simulated() as sim, opened(browser, f"{sim.url}/#as=张三&chat=研发群") as page:
        await expect(page.locator(".chat")).to_have_count(3)
        private = sim.world.chat_named("王五 · TSP助手")
        sim.say(private, sim.person("王五"), "只有我看得到")
        await expect(page.locator(".person", has_text="王五").locator(".dot")).to_be_visible()
        await page.evaluate(f"location.hash = 'chat={private.id}'")
        await expect(page.get_by_role("radio", name="王五")).to_be_checked()
        await expect(bubble(page, "只有我看得到")).to_be_visible()
        await expect(page.locator(".dot")).to_have_count(0)

        sim.say(sim.world.chat_named("售后群"), sim.person("李四"), "有人吗")
        await expect(page.locator(".unread")).to_have_text("1")
        await page.get_by_role("button", name="售后群").click()
        await expect(page.locator(".unread")).to_have_count(0)


async def test_suggestions_are_sent_with_the_mention_they_need(browser: Browser) -> None:
    async with simulated() as sim, bot(sim) as answer, opened(browser, sim.url) as page:
        await page.get_by_role("button", name="车辆无法连接网络怎么办").click()
        assert await answer() == "@_user_1 车辆无法连接网络怎么办"
        await page.locator("#suggestions").get_by_text("还有其他方法吗").click()
        assert await answer() == "@_user_1 还有其他方法吗"


async def test_enter_belongs_to_the_input_method_while_it_composes(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, sim.url) as page:
        await page.locator("#entry").focus()
        devtools = await page.context.new_cdp_session(page)
        composed = {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6}
        await devtools.send("Input.imeSetComposition", composed)
        await page.keyboard.press("Enter")
        await page.locator("#entry").fill("你好")
        await page.keyboard.press("Enter")
        await expect(bubble(page, "你好")).to_be_visible()

    assert [message.text for message in sim.messages] == ["你好"]


async def test_it_speaks_english_too_and_remembers(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, sim.url, locale="en-GB") as page:
        await expect(page.get_by_role("heading", name="Ask TSP助手")).to_be_visible()
        await page.get_by_role("button", name="中文").click()
        await expect(page.get_by_role("heading", name="向 TSP助手 提问")).to_be_visible()
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        await expect(page.locator("#send")).to_have_text("发送")


async def test_narrow_screens_show_the_chat_or_the_list_and_all_of_it(browser: Browser) -> None:
    async with (
        simulated() as sim,
        bot(sim) as answer,
        opened(browser, sim.url, width=420) as page,
    ):
        await page.locator("#entry").fill("@TSP助手 " + "车辆无法连接网络" * 8)
        await page.keyboard.press("Enter")
        await answer()
        await expect(page.locator("#suggestions .chip")).to_have_count(3)
        await expect(page.locator("#send")).to_be_in_viewport(ratio=1)
        await page.get_by_role("button", name="返回会话列表").click()
        await expect(page.locator("main")).to_be_hidden()
        await page.get_by_role("button", name="售后群").click()
        await expect(page.get_by_role("heading", name="售后群")).to_be_in_viewport(ratio=1)


async def test_a_simulator_that_goes_and_comes_back_is_noticed(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, sim.url) as page:
        await expect(page.locator("#notice")).to_be_hidden()
        sim.changes.close()  # ends the stream
        await expect(page.locator("#notice")).to_contain_text("重新连接")
        sim.say(sim.world.chat_named("研发群"), sim.person("李四"), "中断期间")
        await expect(bubble(page, "中断期间")).to_be_visible()
        await expect(page.locator("#notice")).to_be_hidden()
