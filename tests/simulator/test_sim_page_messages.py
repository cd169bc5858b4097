"""Messages on the page: every kind of them, and what people do with them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pagedesk import DEVELOPMENT, Event, bot, bubble, entry, nothing, opened, reply, send, simulated
from playwright.async_api import Browser, Page, expect
from simclient import Client

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c636060f8cf00000301010018dd8db00000000049454e44ae426082"
)
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_every_kind_is_shown(browser: Browser) -> None:
    async with simulated() as sim, bot(sim, nothing) as client:
        chat, people = sim.world.chat_named("研发群"), list(sim.world.people.values())
        sim.send_file(chat, people[1], "现场.png", PNG, kind="image")
        sim.send_file(chat, people[1], "日志.log", b"x" * 2048)
        sim.send_sticker(chat, people[1])
        first = sim.say(chat, people[2], "原话")
        sim.forward([first], chat, people[1])
        sim.send(chat, people[1], "location", {"name": "望京", "longitude": "1", "latitude": "2"})
        rows = [
            [
                {"tag": "text", "text": "共三起", "style": ["bold"]},
                {"tag": "a", "text": "报表", "href": "https://example.com/r"},
                {"tag": "at", "user_id": "all"},
            ],
            [{"tag": "code_block", "language": "GO", "text": "fmt.Println(1)"}],
        ]
        await send(client, chat.id, "post", {"zh_cn": {"title": "通报", "content": rows}})
        async with opened(browser, sim.url + DEVELOPMENT) as page:
            picture = page.locator(".picture img")
            await expect(picture).to_be_visible()
            assert await picture.evaluate("image => image.naturalWidth") == 1
            await expect(page.locator("a.file")).to_contain_text("日志.log2.0 KB")
            await expect(page.locator(".sticker")).to_be_visible()
            await expect(page.locator(".forward")).to_contain_text("王五 原话")
            await expect(bubble(page, "望京")).to_be_visible()
            post = bubble(page, "通报")
            await expect(post.locator("b")).to_have_text("共三起")
            await expect(post.locator("a")).to_have_attribute("href", "https://example.com/r")
            await expect(post.locator(".mention.me")).to_have_text("@所有人")
            await expect(post.locator("pre code")).to_have_text("fmt.Println(1)")


async def test_people_write_posts_too(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, sim.url + DEVELOPMENT) as page:
        await page.get_by_role("button", name="带标题和格式").click()
        await page.keyboard.type("周报")
        await entry(page).fill("一切 **正常**，见 [报表](https://example.com/r) [注]\n@李四 请看")
        await entry(page).press("Enter")
        post = bubble(page, "周报")
        await expect(post.locator("b")).to_have_text("正常")
        await expect(post.locator("a")).to_have_text("报表")
        await expect(post.locator(".mention")).to_have_text("@李四")
        await expect(post).to_contain_text("[注]")
        await expect(page.locator("#composer .title")).to_be_hidden()
    assert [mention.name for mention in sim.messages[0].mentions] == ["李四"]


async def test_files_go_up_and_come_down(browser: Browser, tmp_path: Path) -> None:
    log = tmp_path / "诊断 日志.html"
    log.write_text(HOSTILE)
    async with simulated() as sim, opened(browser, sim.url + DEVELOPMENT) as page:
        await page.locator("#composer .file-input").set_input_files(log)
        async with page.expect_download() as waiting:
            await page.locator("a.file").click()
        download = await waiting.value
        assert download.suggested_filename == log.name
        await download.save_as(tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == log.read_bytes()

        await page.evaluate(
            """bytes => {
              const data = new DataTransfer();
              const image = new File([new Uint8Array(bytes)], "截图.png", { type: "image/png" });
              data.items.add(image);
              const drop = new DragEvent("drop", { bubbles: true, dataTransfer: data });
              document.querySelector("#stage").dispatchEvent(drop);
            }""",
            list(PNG),
        )
        await expect(page.locator(".picture img")).to_be_visible()

        await page.evaluate(
            """() => {
              const data = new DataTransfer();
              data.items.add(new File([new Uint8Array(31 << 20)], "核心转储.bin"));
              const drop = new DragEvent("drop", { bubbles: true, dataTransfer: data });
              document.querySelector("#stage").dispatchEvent(drop);
            }"""
        )
        await expect(page.get_by_role("alert")).to_contain_text("核心转储.bin 超过 30 MB")
    assert [message.kind for message in sim.messages] == ["file", "image"]


async def test_recalling_editing_and_reacting(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, sim.url + DEVELOPMENT) as page:
        chat, other = sim.world.chat_named("研发群"), sim.person("李四")
        theirs = sim.say(chat, other, "大家好")
        sim.react(theirs, other, "THUMBSUP")
        message = page.locator(".message", has_text="大家好")
        chip = message.locator(".reaction")
        await expect(chip).to_have_attribute("aria-pressed", "false")
        await chip.click()
        await expect(chip).to_contain_text("2")
        await chip.click()
        await expect(chip).to_contain_text("1")
        await message.hover()
        await message.get_by_role("button", name="添加表情回复").click()
        await page.locator("#emoji").get_by_title("比心").click()
        await expect(message.locator(".reaction")).to_have_count(2)
        assert [(each.emoji, each.who.name) for each in theirs.reactions] == [
            ("THUMBSUP", "李四"),
            ("HEART", "张三"),
        ]

        await entry(page).fill("写错了")
        await page.keyboard.press("Enter")
        own = page.locator(".message.mine")
        await own.hover()
        await own.get_by_role("button", name="编辑").click()
        await expect(entry(page)).to_have_value("写错了")
        await entry(page).fill("写对了")
        await page.keyboard.press("Enter")
        await expect(own.locator(".edited")).to_be_visible()
        await expect(own.locator(".bubble")).to_have_text("写对了")
        await own.get_by_role("button", name="撤回").click()
        await expect(page.locator(".recalled")).to_have_text("张三 撤回了一条消息")
    assert sim.messages[-1].recalled


async def test_replies_quote_and_topics_open_beside_the_chat(browser: Browser) -> None:
    async def answer(client: Client, event_type: str, event: Event) -> None:
        if event_type == "im.message.receive_v1":
            await reply(client, event, "看过日志了")

    async with simulated() as sim, bot(sim, answer), opened(browser, sim.url) as page:
        (app,) = sim.world.apps.values()
        people = list(sim.world.people.values())
        topics = sim.group("话题", [*people, app], topics=True)
        root = sim.say(topics, people[1], "OTA 卡住")
        sim.say(topics, people[2], "我这里也是", reply_to=root)
        await page.evaluate(f"location.reload(location.hash = 'as=张三&chat={topics.id}')")
        await expect(page.locator("#messages .message")).to_have_count(1)
        await page.get_by_role("button", name="1 条回复").click()
        pane = page.locator("#thread")
        await expect(pane.locator(".message")).to_have_count(2)
        await page.keyboard.type("@TSP助手 怎么办")
        await page.keyboard.press("Enter")
        await expect(pane.locator(".message.from-bot")).to_contain_text("看过日志了")
        await expect(page.locator("#messages .thread-link")).to_contain_text("3 条回复")
        assert {message.thread for message in topics.messages} == {root.thread}
        await pane.get_by_role("button", name="关闭话题").click()
        await expect(pane).to_be_hidden()

        await page.get_by_role("button", name="研发群").click()
        sim.say(sim.world.chat_named("研发群"), people[1], "谁来看看")
        asked = page.locator(".message", has_text="谁来看看")
        await asked.hover()
        await asked.get_by_role("button", name="回复 · 李四", exact=True).click()
        await page.keyboard.type("我来")
        await page.keyboard.press("Enter")
        await expect(page.locator(".message.mine .quote")).to_contain_text("李四 谁来看看")


async def test_what_the_bot_said_is_marked_as_read(browser: Browser) -> None:
    async with simulated() as sim, bot(sim, nothing) as client:
        private = sim.world.chat_named("张三 · TSP助手")
        async with opened(browser, sim.url + DEVELOPMENT) as page:
            await send(client, private.id, "text", {"text": "在吗"})
            await expect(page.locator(".chat .unread")).to_have_text("1")
            assert not private.messages[0].readers
            await page.get_by_role("button", name="TSP助手 机器人").click()
            await expect(page.locator(".readers")).to_have_text("张三 已读")
    assert sim.pushes[-1].event_type == "im.message.message_read_v1"


async def test_ten_thousand_messages_come_by_the_page(browser: Browser) -> None:
    async with simulated() as sim:
        chat, person = sim.world.chat_named("研发群"), sim.person("李四")
        (app,) = sim.world.apps.values()
        app.set(events=frozenset())
        for number in range(10_000):
            sim.say(chat, person, f"第 {number} 条")
        async with opened(browser, sim.url + DEVELOPMENT) as page:
            await expect(bubble(page, "第 9999 条")).to_be_in_viewport()
            await expect(page.locator("#messages .message")).to_have_count(50)
            await page.locator("#scroller").evaluate("list => list.scrollTo(0, 0)")
            await expect(page.locator("#messages .message")).to_have_count(100)
            await expect(bubble(page, "第 9950 条")).to_be_in_viewport()  # it stayed in sight
            sim.say(chat, person, "又一条")
            await page.get_by_role("button", name="最新消息").click()
            await expect(bubble(page, "又一条")).to_be_in_viewport()


async def test_a_flood_is_followed(browser: Browser) -> None:
    async with simulated() as sim, opened(browser, sim.url + DEVELOPMENT) as page:
        chat, person = sim.world.chat_named("研发群"), sim.person("李四")
        for number in range(2_000):
            sim.say(chat, person, f"第 {number} 条")
        await expect(bubble(page, "第 1999 条")).to_be_in_viewport()
        assert await page.locator("#messages .message").count() <= 150
        await page.get_by_role("button", name="更早的消息").click()
        await expect(bubble(page, "第 1900 条")).to_be_attached()


async def test_nothing_that_is_said_is_markup(browser: Browser) -> None:
    link = "[点我](javascript:window.hacked=1) <a href='javascript:window.hacked=1'>这里</a>"
    async with simulated() as sim, bot(sim, nothing) as client:
        mallory = sim.person(HOSTILE)
        (app,) = sim.world.apps.values()
        chat = sim.group(HOSTILE, [sim.person("张三"), mallory, app])
        sim.say(chat, mallory, f"{HOSTILE} {link}")
        sim.send_file(chat, mallory, HOSTILE.replace("/", ""), HOSTILE.encode())
        rows = [[{"tag": "a", "text": HOSTILE, "href": "javascript:window.hacked=1"}]]
        await send(client, chat.id, "post", {"zh_cn": {"title": HOSTILE, "content": rows}})
        text = {"tag": "lark_md", "content": f"{HOSTILE} {link}"}
        elements = [
            {"tag": "markdown", "content": f"{HOSTILE}\n{link}\n```\n{HOSTILE}\n```"},
            {"tag": "div", "text": text},
            {
                "tag": "action",
                "actions": [{"tag": "button", "text": text, "url": "javascript:window.hacked=1"}],
            },
        ]
        header = {"title": {"tag": "plain_text", "content": HOSTILE}, "template": '"><script>'}
        await send(client, chat.id, "interactive", {"header": header, "elements": elements})
        async with opened(browser, f"{sim.url}/#as=张三&chat={chat.id}") as page:
            await expect(page.locator(".message")).to_have_count(4)
            await page.locator(".card .button").click()
            assert await _is_clean(page)


async def test_long_texts_are_drawn_at_once(browser: Browser) -> None:
    async with simulated() as sim:
        chat, person = sim.world.chat_named("研发群"), sim.person("李四")
        for opening in ("<b>", "<font color=red>", "**", "[", "<a ", "@"):
            sim.say(chat, person, opening * (60_000 // len(opening)))
        sim.say(chat, person, "最后")
        async with opened(browser, sim.url + DEVELOPMENT) as page:
            await expect(bubble(page, "最后")).to_be_visible()


async def _is_clean(page: Page) -> bool:
    return bool(
        await page.evaluate(
            """() => window.hacked === undefined
              && !document.querySelector("body script, #messages img:not([src^='/sim/files/'])")
              && ![...document.links].some(({ href }) => href.startsWith("javascript:"))"""
        )
    )
