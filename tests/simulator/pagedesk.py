"""The page in a real browser, served by a real simulator, with a bot at its wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

import msgspec
from playwright.async_api import Browser, ConsoleMessage, Error, Locator, Page, expect
from simclient import Client, Link, client_of, text

from larkgate.protocol import frames
from larkgate.simulator import Simulator, standard_world

DEVELOPMENT = "/#as=张三&chat=研发群"

Event = dict[str, Any]
Answer = Callable[[Client, str, Event], Awaitable[object]]


@asynccontextmanager
async def opened(
    browser: Browser,
    url: str,
    *,
    locale: str = "zh-CN",
    width: int = 1280,
    motion: Literal["reduce", "no-preference"] = "reduce",
) -> AsyncIterator[Page]:
    """The page; at the end the browser must have had nothing to complain of."""
    page = await _window(browser, locale)
    await page.set_viewport_size({"width": width, "height": 800})
    await page.emulate_media(color_scheme="light", reduced_motion=motion)
    page.set_default_timeout(5_000)
    complaints: list[str] = []

    def complain(of: ConsoleMessage | Error) -> None:
        complaints.append(str(of))

    page.on("console", complain)
    page.on("pageerror", complain)
    await page.goto(url)
    await expect(entry(page)).not_to_have_attribute("placeholder", "")
    yield page
    await page.goto("about:blank")  # before its simulator goes
    page.remove_listener("console", complain)
    page.remove_listener("pageerror", complain)
    assert complaints == []


async def _window(browser: Browser, locale: str) -> Page:
    """The one window of this language: each simulator has a port, so an origin and a storage, of
    its own."""
    for context in browser.contexts:
        (page,) = context.pages
        if await page.evaluate("navigator.language") == locale:
            return page
    return await (await browser.new_context(locale=locale)).new_page()


@asynccontextmanager
async def simulated() -> AsyncIterator[Simulator]:
    async with Simulator() as sim:
        standard_world(sim)
        yield sim


@asynccontextmanager
async def bot(sim: Simulator, answer: Answer) -> AsyncIterator[Client]:
    """A connected bot: what `answer(client, event type, event)` gives goes into the
    acknowledgement."""
    (app,) = sim.world.apps.values()

    async def serve(client: Client, link: Link) -> None:
        while True:
            frame = await link.frame()
            push = msgspec.json.decode(frame.payload)
            event_type = push["header"]["event_type"] if "header" in push else push["event"]["type"]
            given = await answer(client, event_type, push["event"])
            await _acknowledge(link, frame, given)

    async with client_of(sim, app) as client, client.link() as link, asyncio.TaskGroup() as tasks:
        serving = tasks.create_task(serve(client, link))
        yield client
        serving.cancel()


async def _acknowledge(link: Link, frame: frames.Frame, given: object) -> None:
    if isinstance(given, int):
        await link.acknowledge(frame, code=given)
    else:
        data = None if given is None else msgspec.json.encode(given)
        await link.acknowledge(frame, data=data)


async def send(client: Client, chat_id: str, kind: str, content: object) -> str:
    """A message of the bot; gives its id."""
    body = {
        "receive_id": chat_id,
        "msg_type": kind,
        "content": msgspec.json.encode(content).decode(),
    }
    answer = await client.call("POST", "/im/v1/messages", body, receive_id_type="chat_id")
    assert answer["code"] == 0, answer
    return str(answer["data"]["message_id"])


async def reply(client: Client, event: Event, words: str) -> None:
    """To the message of this event, in its thread if it has one."""
    message = event["message"]
    body = {
        "msg_type": "text",
        "content": text(words),
        "reply_in_thread": "thread_id" in message,
    }
    await client.call("POST", f"/im/v1/messages/{message['message_id']}/reply", body)


async def nothing(client: Client, event_type: str, event: Event) -> None:
    """A bot that only listens."""


def bubble(page: Page, words: str) -> Locator:
    return page.locator("#messages .message .bubble", has_text=words)


def entry(page: Page) -> Locator:
    return page.locator("#composer .entry")
