"""Cards on the page: drawn, clicked, filled in, updated, streamed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from pagedesk import DEVELOPMENT, Event, bot, nothing, opened, send, simulated
from playwright.async_api import Browser, expect
from simclient import Client

pytestmark = pytest.mark.asyncio(loop_scope="session")


def plain(words: str) -> dict[str, str]:
    return {"tag": "plain_text", "content": words}


def button(words: str, value: object, **more: object) -> dict[str, object]:
    behaviors = [{"type": "callback", "value": value}]
    return {"tag": "button", "text": plain(words), "behaviors": behaviors, **more}


def card(*elements: object, title: str = "工单", **config: object) -> dict[str, object]:
    return {
        "schema": "2.0",
        "config": config,
        "header": {"title": plain(title), "template": "orange"},
        "body": {"elements": list(elements)},
    }


OLD_CARD = {
    "header": {"title": plain("旧式"), "template": "red"},
    "elements": [
        {
            "tag": "div",
            "text": {"tag": "lark_md", "content": "**粗** <font color='green'>好</font>"},
            "fields": [{"is_short": True, "text": plain("左")}, {"text": plain("右")}],
        },
        {"tag": "hr"},
        {
            "tag": "action",
            "actions": [{"tag": "button", "text": plain("问"), "value": {"k": 1}}],
        },
        {"tag": "note", "elements": [plain("脚注")]},
        {"tag": "chart", "chart_spec": {}},
    ],
}


async def test_cards_of_both_versions_are_drawn(browser: Browser) -> None:
    table = {
        "tag": "table",
        "page_size": 1,
        "columns": [{"name": "a", "display_name": "车型"}],
        "rows": [{"a": "E60"}, {"a": "E70"}],
    }
    text = "## 说明\n- 一 `码`\n1. 二\n> 引\n\n| 甲 | 乙 |\n|--|--|\n| 1 | 2 |"
    async with simulated() as sim, bot(sim, nothing) as client:
        chat = sim.world.chat_named("研发群").id
        await send(client, chat, "interactive", OLD_CARD)
        await send(client, chat, "interactive", card({"tag": "markdown", "content": text}, table))
        async with opened(browser, sim.url + DEVELOPMENT) as page:
            old, new = page.locator(".card").first, page.locator(".card").last
            await expect(old.locator(".card-head.red")).to_have_text("旧式")
            await expect(old.locator("b")).to_have_text("粗")
            await expect(old.locator(".ink-green")).to_have_text("好")
            await expect(old.locator(".fields > div")).to_have_text(["左", "右"])
            await expect(old.locator(".note")).to_have_text("脚注")
            await expect(old.locator(".unknown")).to_have_text("‹chart›")
            await expect(new.get_by_role("heading", name="说明")).to_be_visible()
            await expect(new.locator(".item")).to_have_text(["•一 码", "1二"])
            await expect(new.locator("blockquote")).to_have_text("引")
            await expect(new.locator(".markdown td")).to_have_text(["1", "2"])
            await new.get_by_role("button", name="›").click()
            await expect(new.locator("td").last).to_have_text("E70")


async def test_a_click_brings_a_notice_and_another_card(browser: Browser) -> None:
    clicked: list[Any] = []

    async def answer(client: Client, event_type: str, event: Event) -> object:
        clicked.append(event["action"]["value"])
        done = card(
            {"tag": "markdown", "content": "已解决"}, button("再来", {"k": 2}), title="完成"
        )
        toast = {"type": "success", "content": "记下了"}
        return {"toast": toast, "card": {"type": "raw", "data": done}} if len(clicked) == 1 else 500

    async with simulated() as sim, bot(sim, answer) as client:
        chat = sim.world.chat_named("研发群").id
        sure = {"title": plain("确定？"), "text": plain("不能反悔")}
        await send(client, chat, "interactive", card(button("解决", {"k": 1}, confirm=sure)))
        async with opened(browser, sim.url + DEVELOPMENT) as page:
            await page.get_by_role("button", name="解决").click()
            await page.locator("dialog").get_by_role("button", name="确定").click()
            await expect(page.locator(".toast.success")).to_have_text("记下了")
            await expect(page.locator(".card-head")).to_have_text("完成")
            await page.get_by_role("button", name="再来").click()
            await expect(page.locator(".toast.error")).to_contain_text("200671")
            sim.world.apps[client.app.id].set(callbacks=frozenset())
            await page.get_by_role("button", name="再来").click()
            await expect(page.locator(".toast.error").last).to_contain_text("200340")
    assert clicked == [{"k": 1}, {"k": 2}]


async def test_a_form_is_filled_in_and_sent(browser: Browser) -> None:
    actions: list[Any] = []

    async def answer(client: Client, event_type: str, event: Event) -> object:
        if event_type == "card.action.trigger":
            actions.append(event["action"])
        return {}

    options = [{"text": plain("车机"), "value": "hu"}, {"text": plain("网关"), "value": "gw"}]
    form = {
        "tag": "form",
        "name": "order",
        "elements": [
            {"tag": "input", "name": "vin", "label": plain("车架号"), "required": True},
            {"tag": "select_static", "name": "part", "options": options},
            {"tag": "multi_select_static", "name": "parts", "options": options},
            {"tag": "date_picker", "name": "day"},
            {"tag": "checker", "name": "urgent", "text": plain("加急")},
            button("提交", {"go": True}, name="ok", form_action_type="submit"),
        ],
    }
    alone = {
        "tag": "select_static",
        "options": options,
        "behaviors": [{"type": "callback", "value": "v"}],
    }
    async with simulated() as sim, bot(sim, answer) as client:
        chat = sim.world.chat_named("研发群").id
        await send(client, chat, "interactive", card(form, alone))
        async with opened(browser, sim.url + DEVELOPMENT) as page:
            shown = page.locator(".card")
            submit = shown.get_by_role("button", name="提交")
            await submit.click()
            await expect(shown.locator(".field.missing")).to_have_count(1)
            await shown.get_by_label("车架号").fill("LSV123")
            await shown.locator("select").first.select_option("车机")
            await shown.locator(".many summary").click()
            await shown.get_by_role("checkbox", name="网关").check()
            await shown.get_by_role("checkbox", name="车机").check()
            await page.keyboard.press("Escape")
            await expect(shown.locator(".many summary")).to_have_text("车机、网关")
            await shown.locator("input[type=date]").fill("2026-11-20")
            await shown.get_by_label("加急").check()
            sim.react(sim.messages[0], sim.person("李四"), "OK")
            await expect(page.locator(".reaction")).to_be_visible()  # and the form keeps its fields
            await submit.click()
            await sim.until(lambda: actions)
            await shown.locator("select").last.select_option("网关")
            await sim.until(lambda: len(actions) == 2)
    sent, chosen = actions
    assert sent["form_value"] == {
        "vin": "LSV123",
        "part": "hu",
        "parts": ["hu", "gw"],
        "day": "2026-11-20 +0800",
        "urgent": True,
    }
    assert (sent["tag"], sent["name"], sent["value"]) == ("button", "ok", {"go": True})
    assert (chosen["tag"], chosen["option"], chosen["value"]) == ("select_static", "gw", "v")


async def test_streamed_text_is_typed_out(browser: Browser) -> None:
    pace = {"print_frequency_ms": {"default": 40}, "print_step": {"default": 2}}
    empty = card(
        {"tag": "markdown", "content": "", "element_id": "answer"},
        streaming_mode=True,
        streaming_config=pace,
    )
    words = "先**重启车机**，再更新固件，然后回到主页面查看网络状态。"
    async with simulated() as sim, bot(sim, nothing) as client:
        created = {"type": "card_json", "data": msgspec.json.encode(empty).decode()}
        card_id = (await client.call("POST", "/cardkit/v1/cards", created))["data"]["card_id"]
        chat = sim.world.chat_named("研发群").id
        await send(client, chat, "interactive", {"type": "card", "data": {"card_id": card_id}})
        path = f"/cardkit/v1/cards/{card_id}"
        url = sim.url + DEVELOPMENT
        async with opened(browser, url, motion="no-preference") as page:
            text = page.locator(".card .markdown")
            await expect(page.locator(".card-foot")).to_have_text("生成中…")
            await page.evaluate(
                """() => {
                  window.lengths = [];
                  const note = () =>
                    lengths.push(document.querySelector(".card .markdown").textContent.length);
                  const seen = { childList: true, subtree: true, characterData: true };
                  new MutationObserver(note).observe(document.querySelector("#messages"), seen);
                }"""
            )
            for sequence, end in ((1, 12), (2, len(words))):
                body = {"content": words[:end], "sequence": sequence}
                await client.call("PUT", f"{path}/elements/answer/content", body)
            await expect(text).to_have_text(words.replace("**", ""))
            lengths = await page.evaluate("lengths")
            assert len(set(lengths)) > 5
            await expect(text.locator("b")).to_have_text("重启车机")

            await page.reload()
            await expect(text).to_have_text(words.replace("**", ""))
            off = {"settings": '{"config":{"streaming_mode":false}}', "sequence": 3}
            await client.call("PATCH", f"{path}/settings", off)
            await expect(page.locator(".card-foot")).to_have_count(0)
            await expect(text).to_have_text(words.replace("**", ""))
