"""The channel layer of the official SDK, which goes its own ways to the same endpoints."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from foreign import Foreign, account, lark_oapi
from scenarios import PNG
from worlds import world_of

from larkgate.clock import SystemClock
from larkgate.simulator import Message, Simulator, StandardWorld

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Channel(NamedTuple):
    sim: Simulator
    world: StandardWorld
    foreign: Foreign

    async def do(self, method: str, *arguments: Any) -> Any:
        """Call a method; its result is checked."""
        done = await self.foreign.do("through_channel", method=method, arguments=arguments)
        assert not isinstance(done, dict) or done.get("success", True), done
        return done

    async def send(self, message: dict[str, Any]) -> Message:
        """What is sent into 研发群."""
        sent = await self.do("send", self.world.development.id, message)
        return self.sim.world.messages[sent["message_id"]]

    async def heard(self, name: str) -> Any:
        """The next event of this name."""
        found: list[Any] = []
        while not found:
            await SystemClock().sleep(0.02)
            found = [each for each in await self.foreign.do("received") if each["type"] == name]
        return found[0]["event"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def channel() -> AsyncIterator[Channel]:
    async with Simulator() as sim, lark_oapi() as foreign:
        world = world_of(sim, "channel")
        sim.rate_limits = False  # the SDK takes the limit of a chat (230020) for a recall
        await foreign.do("open_channel", account=account(sim, world.app))
        yield Channel(sim, world, foreign)
        assert sim.complaints == []


async def test_it_hears_what_mentions_it(channel: Channel) -> None:
    said = channel.sim.say(channel.world.development, channel.world.people[0], "@TSP助手 在吗")
    event = await channel.heard("message")
    assert event["id"] == said.id
    assert event["content_text"] == "@TSP助手 在吗"
    (mention,) = event["mentions"]
    assert mention["open_id"] == channel.sim.world.open_id(channel.world.app, channel.world.app)


async def test_it_sends_text_and_edits_it(channel: Channel) -> None:
    message = await channel.send({"text": "你好"})
    await channel.do("edit_message", message.id, {"text": "再见"})
    assert message.text == "再见"


async def test_it_sends_markdown_and_recalls_it(channel: Channel) -> None:
    message = await channel.send({"markdown": "# 标题\n\n- 一\n- 二"})
    assert message.kind in ("post", "interactive")
    await channel.do("recall_message", message.id)
    assert message.recalled


async def test_it_reacts(channel: Channel) -> None:
    message = await channel.send({"text": "好"})
    await channel.do("add_reaction", message.id, "SMILE")
    (reaction,) = message.reactions
    await channel.do("remove_reaction", message.id, reaction.id)
    assert message.reactions == ()


async def test_it_sends_a_card_updates_it_and_hears_a_click(channel: Channel) -> None:
    message = await channel.send({"card": card("旧")})
    await channel.do("update_card", message.id, card("新"))
    assert "新" in message.content
    clicked = await channel.sim.click(message, channel.world.people[0], {"k": "v"})
    assert clicked.error is None
    event = await channel.heard("cardAction")
    assert event["message_id"] == message.id


async def test_it_streams(channel: Channel) -> None:
    pieces = ["流", "式", "文本"]
    chat = channel.world.development.id
    sent = await channel.foreign.do("stream", chat=chat, pieces=pieces)
    assert sent["success"], sent
    assert channel.sim.world.messages[sent["message_id"]].kind == "interactive"


async def test_it_sends_an_image_and_downloads_it(channel: Channel, tmp_path: Path) -> None:
    (tmp_path / "image.png").write_bytes(PNG)
    message = await channel.send({"image": {"source": str(tmp_path / "image.png")}})
    key = json.loads(message.content)["image_key"]
    found = await channel.foreign.do("download", file_key=key, kind="image", message_id=message.id)
    assert base64.b64decode(found) == PNG


async def test_it_knows_the_chat(channel: Channel) -> None:
    info = await channel.do("get_chat_info", channel.world.development.id)
    assert info["name"] == "研发群"


def card(text: str) -> dict[str, Any]:
    elements = [{"tag": "markdown", "content": text, "element_id": "words"}]
    return {"schema": "2.0", "config": {"update_multi": True}, "body": {"elements": elements}}
