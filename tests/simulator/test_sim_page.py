"""The page in a real browser: who speaks, where, and in which language."""

from __future__ import annotations

import pytest
from pagedesk import DEVELOPMENT, Event, bot, bubble, entry, nothing, opened, reply, simulated
from playwright.async_api import Browser, expect
from simclient import Client

ANSWER = "这样解决：\n处理步骤：\n1. 重启车机\n2. 更新固件\n来源：TSP-2024-0061 <b>4G</b> 图标灰色"

SPILLING = """() => [...document.querySelectorAll(
  ".head, .person, .titles, .bubble, .chat, dialog label"
)].filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.className)"""

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_question_is_typed_pushed_acknowledged_and_answered(browser: Browser) -> None:
    heard: list[str] = []

    async def answer(client: Client, event_type: str, event: Event) -> None:
        heard.append(event["message"]["content"])
        await reply(client, event, ANSWER)

    async with simulated() as sim, bot(sim, answer), opened(browser, sim.url) as page:
        await page.get_by_role("button", name="研发群").click()
        await page.keyboard.type("@t")
        await expect(page.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Enter")
        await page.keyboard.type("车辆无法连接网络")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("已经重启过")
        await page.keyboard.press("Enter")

        answered = bubble(page, "这样解决")
        await expect(answered.locator(".item")).to_have_text(["1重启车机", "2更新固件"])
        await expect(answered.locator("code")).to_have_text("TSP-2024-0061")
        await expect(answered).to_contain_text("4G")
        await expect(answered.locator(".quote")).to_contain_text("张三")
        asked = bubble(page, "已经重启过").first
        await expect(asked.locator(".mention")).to_have_text("@TSP助手")
        await expect(page.locator(".mark.acked")).to_have_count(1)
        await expect(page.locator("#wire-rows .push .state").first).to_contain_text("确认")
        await expect(page.locator("#wire-rows .call").last).to_contain_text("回复消息")
        await expect(page.locator("#announcer")).to_contain_text("TSP助手：这样解决")
    assert heard == ['{"text":"@_user_1 车辆无法连接网络\\n已经重启过"}']


async def test_everybody_speaks_for_themselves(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, sim.url + DEVELOPMENT) as page:
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
    async with simulated() as sim, opened(browser, sim.url + DEVELOPMENT) as page:
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


async def test_people_groups_and_members_are_added(browser: Browser) -> None:
    async with simulated() as sim, bot(sim, nothing), opened(browser, sim.url) as page:
        await page.get_by_role("button", name="添加人").click()
        await page.get_by_label("名字").fill("赵六")
        await page.keyboard.press("Enter")
        await page.get_by_role("radio", name="赵六").check()

        await page.get_by_role("button", name="新建会话").click()
        await page.get_by_label("话题群").check()
        await page.get_by_label("名字").fill("试验群")
        await page.get_by_role("checkbox", name="王五").uncheck()
        await page.get_by_role("button", name="创建").click()
        await expect(page.get_by_role("heading", name="试验群")).to_be_visible()
        group = sim.world.chat_named("试验群")
        assert (group.mode, [each.name for each in group.people]) == (
            "topic",
            ["张三", "李四", "赵六"],
        )

        await page.get_by_role("button", name="成员管理").click()
        await page.get_by_role("checkbox", name="TSP助手").uncheck()
        await expect(page.locator("#chat-note")).to_contain_text("3 位成员")
        assert group.apps == []
        await page.get_by_role("checkbox", name="张三").uncheck()
        await expect(page.locator("#chat-note")).to_have_text("2 位成员：李四、赵六")
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_be_hidden()


async def test_entering_a_private_chat_and_its_menu_are_told(browser: Browser) -> None:
    async with simulated() as sim, bot(sim, nothing), opened(browser, sim.url) as page:
        await page.get_by_role("button", name="TSP助手 机器人").click()
        await page.get_by_role("button", name="机器人菜单").click()
        await page.get_by_label("事件标识").fill("daily")
        await page.get_by_role("button", name="点击菜单").click()
        await sim.until(lambda: b'"event_key":"daily"' in sim.pushes[-1].payload)
    assert [push.event_type for push in sim.pushes[-2:]] == [
        "im.chat.access_event.bot_p2p_chat_entered_v1",
        "application.bot.menu_v6",
    ]


async def test_suggestions_are_sent_with_the_mention_they_need(browser: Browser) -> None:
    async def answer(client: Client, event_type: str, event: Event) -> None:
        await reply(client, event, ANSWER)

    async with simulated() as sim, bot(sim, answer), opened(browser, sim.url) as page:
        await page.get_by_role("button", name="车辆无法连接网络怎么办").click()
        await page.locator("#suggestions").get_by_text("还有其他方法吗").click()
        await expect(bubble(page, "还有其他方法吗")).to_have_count(2)  # asked, and quoted
    assert [each.text for each in sim.messages if each.sender.name == "张三"] == [
        "@TSP助手 车辆无法连接网络怎么办",
        "@TSP助手 还有其他方法吗",
    ]


async def test_enter_belongs_to_the_input_method_while_it_composes(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, sim.url) as page:
        await entry(page).focus()
        devtools = await page.context.new_cdp_session(page)
        composed = {"text": "ni hao", "selectionStart": 6, "selectionEnd": 6}
        await devtools.send("Input.imeSetComposition", composed)
        await page.keyboard.press("Enter")
        await entry(page).fill("你好")
        await page.keyboard.press("Enter")
        await expect(bubble(page, "你好")).to_be_visible()

    assert [message.text for message in sim.messages] == ["你好"]


async def test_it_speaks_english_too_and_remembers_that_and_the_dark(browser: Browser) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    async with simulated() as sim, opened(browser, sim.url, locale="en-GB") as page:
        await expect(page.get_by_role("heading", name="Ask TSP助手")).to_be_visible()
        await page.get_by_role("button", name="中文").click()
        await expect(page.get_by_role("heading", name="向 TSP助手 提问")).to_be_visible()
        light = await page.evaluate(ground)
        await page.emulate_media(color_scheme="dark")
        as_the_system_has_it = await page.evaluate(ground)
        await page.emulate_media(color_scheme="light")
        await page.get_by_role("button", name="切换深色和浅色").click()
        dark = await page.evaluate(ground)
        await page.reload()
        await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        await expect(page.locator("#composer .send")).to_have_text("发送")
        assert await page.evaluate(ground) == dark == as_the_system_has_it != light


async def test_narrow_screens_show_the_chat_or_the_list_and_all_of_it(browser: Browser) -> None:
    async def answer(client: Client, event_type: str, event: Event) -> None:
        await reply(client, event, ANSWER * 3)

    async with (
        simulated() as sim,
        bot(sim, answer),
        opened(browser, sim.url, width=390) as page,
    ):
        await entry(page).fill("@TSP助手 " + "车辆无法连接网络" * 8)
        await page.keyboard.press("Enter")
        await expect(page.locator("#suggestions .chip")).to_have_count(3)
        await expect(page.locator("#composer .send")).to_be_in_viewport(ratio=1)
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        await page.get_by_role("button", name="返回会话列表").click()
        await expect(page.locator("main")).to_be_hidden()
        await page.get_by_role("button", name="售后群").click()
        await expect(page.get_by_role("heading", name="售后群")).to_be_in_viewport(ratio=1)


async def test_names_of_any_length_and_direction_stay_in_their_place(browser: Browser) -> None:
    async with simulated() as sim:
        (app,) = sim.world.apps.values()
        names = ("W" * 60, "\u202eمحمد علي", "很长的名字" * 12)
        people = [sim.person(name) for name in names]
        chat = sim.group("长" * 60, [sim.person("张三"), *people, app])
        for each in people:
            sim.say(chat, each, "مرحبا، كيف الحال؟ " + "x" * 200)
        async with opened(browser, f"{sim.url}/#as=张三&chat={chat.id}", width=390) as page:
            await expect(page.locator(".message")).to_have_count(3)
            assert await page.evaluate(SPILLING) == []
            await page.get_by_role("button", name="成员管理").click()
            assert await page.evaluate(SPILLING) == []
            await page.keyboard.press("Escape")
            await page.get_by_role("button", name="返回会话列表").click()
            assert await page.evaluate(SPILLING) == []


async def test_two_windows_see_each_other(browser: Browser) -> None:
    async with (
        simulated() as sim,
        opened(browser, sim.url + DEVELOPMENT) as page,
        opened(browser, sim.url + "/#as=李四&chat=研发群", locale="en-GB") as other,
    ):
        for window, words in ((page, "你那边呢"), (other, "一样")):
            await entry(window).fill(words)
            await entry(window).press("Enter")
            for each in (page, other):
                await expect(bubble(each, words)).to_be_visible()


async def test_a_simulator_that_goes_and_comes_back_is_noticed(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, sim.url) as page:
        await expect(page.locator("#notice")).to_be_hidden()
        sim.changes.close()  # ends the stream
        await expect(page.locator("#notice")).to_contain_text("重新连接")
        sim.say(sim.world.chat_named("研发群"), sim.person("李四"), "中断期间")
        await expect(bubble(page, "中断期间")).to_be_visible()
        await expect(page.locator("#notice")).to_be_hidden()
