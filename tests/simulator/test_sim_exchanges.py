"""What calls brought and what they were answered, as the page shows it."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
import yarl
from simclient import Client, client_of

from larkgate.simulator import Simulator, standard_world
from larkgate.simulator.exchanges import redacted

SECRETS = ("very-secret", "v-token", "key-of-16")


async def last(client: Client) -> dict[str, Any]:
    log_id = client.sim.calls[-1].log_id
    status, shown, _ = await client.request("GET", f"/sim/calls/{log_id}")
    assert status == 200, shown
    return dict(shown)


@pytest.mark.parametrize(
    "text",
    [
        '{"app_secret":"very-secret"}',
        '{"AppSecret" : "very-sec\\"ret very-secret"}',
        '{"app_secret":"very-secret',
        '{"URL":"wss://x/ws/v2?device_id=1&access_key=key-of-16&ticket=very-secret"}',
        "ticket=very-secret&device_id=1",
        '{"tenant_access_token":"t-0123456789abcdef0123"}',
        '{"content":"{\\"token\\":\\"v-token\\"}"}',
        "Bearer t-0123456789abcdef0123",
    ],
)
def test_no_secret_is_shown(text: str) -> None:
    shown = redacted(text)
    assert "…" in shown
    assert not any(secret in shown for secret in (*SECRETS, "0123456789abcdef0123"))


def test_what_is_no_secret_stays() -> None:
    text = '{"page_token":"abc","app_token":"bascn1","file_token":"box1","text":"令牌 token"}'
    assert redacted(text) == text


async def test_a_call_is_shown_with_both_bodies() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            chat = world.development.id
            body = {"receive_id": chat, "msg_type": "text", "content": '{"text":"你好"}'}
            await client.call("POST", "/im/v1/messages", body, receive_id_type="chat_id")
            shown = await last(client)
            assert shown["query"] == "receive_id_type=chat_id"
            assert '{\\"text\\":\\"你好\\"}' in shown["request"]["text"]
            assert sim.messages[0].id in shown["answer"]["text"]
            assert (await client.request("GET", "/sim/calls/none"))[0] == 404


async def test_a_handshake_that_was_refused_shows_no_ticket() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            await client.http.get(yarl.URL(f"{sim.url}/ws/v2?ticket=a%26bc&x=1", encoded=True))
            assert (await last(client))["query"] == "ticket=…&x=1"


async def test_long_bodies_are_cut_and_pictures_left_out() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            url = f"{sim.url}/open-apis/im/v1/images"
            await client.http.post(url, data=b"x" * 9_000, headers={"Content-Type": "text/plain"})
            shown = await last(client)
            assert (shown["request"]["size"], len(shown["request"]["text"])) == (9_000, 4_096)
            form = aiohttp.FormData({"image_type": "message"})
            form.add_field("image", b"\x89PNG" * 100, filename="a.png")
            await client.http.post(url, data=form)
            shown = await last(client)
            assert shown["request"]["size"] > 400
            assert shown["request"]["text"] == ""


async def test_only_the_last_are_kept() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client:
            first = None
            for _ in range(501):
                await client.http.get(f"{sim.url}/open-apis/none")
                first = first or sim.calls[-1].log_id
            assert first
            assert sim.exchange(first) is None
            assert sim.exchange(sim.calls[-1].log_id)
