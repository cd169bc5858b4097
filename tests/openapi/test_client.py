from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import msgspec
import pytest
from aiohttp import web
from openapi_server import APP_ID, APP_SECRET, Platform, running

from larkgate.clock import SystemClock
from larkgate.dial import Dialer
from larkgate.errors import ApiError, DialError, Reaction
from larkgate.openapi import Client, Content, SentMessage, bots, messages
from larkgate.secret import Secret


class Empty(msgspec.Struct):
    pass


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    async with running() as platform:
        yield platform


@pytest.fixture
async def dialer() -> AsyncIterator[Dialer]:
    async with Dialer(SystemClock()) as dialer:
        yield dialer


def client_of(platform: Platform, dialer: Dialer, secret: str = APP_SECRET) -> Client:
    return Client(
        dialer,
        SystemClock(),
        app_id=APP_ID,
        app_secret=Secret(secret),
        domain=f"{platform.url}/",
    )


class CutShort(web.Response):
    async def write_eof(self, data: bytes = b"") -> None:
        assert self._req
        assert self._req.transport
        self._req.transport.abort()


@pytest.fixture
def client(platform: Platform, dialer: Dialer) -> Client:
    return client_of(platform, dialer)


async def test_200_calls_need_one_token(platform: Platform, client: Client) -> None:
    await asyncio.gather(*(client.call("GET", f"/x/{n}", answer=Empty) for n in range(200)))
    assert platform.issued == ["t-1"]
    assert {call.token for call in platform.calls} == {"t-1"}
    assert len({call.path for call in platform.calls}) == 200


async def test_a_rejected_token_is_replaced_and_nobody_notices(
    platform: Platform, client: Client
) -> None:
    await client.call("GET", "/x", answer=Empty)
    platform.accepted.clear()
    await asyncio.gather(*(client.call("GET", f"/x/{n}", answer=Empty) for n in range(100)))
    assert platform.issued == ["t-1", "t-2"]


@pytest.mark.parametrize("code", [99991663, 99991664, 99991665])
async def test_a_call_is_repeated_once_and_no_more(
    platform: Platform, client: Client, code: int
) -> None:
    for _ in range(3):
        platform.answer(code=code, status=400)
    with pytest.raises(ApiError) as caught:
        await client.call("POST", "/x", body={"a": 1}, answer=Empty)
    assert caught.value.reaction is Reaction.TOKEN
    assert [call.token for call in platform.calls] == ["t-1", "t-2"]
    assert [call.body for call in platform.calls] == [{"a": 1}] * 2


async def test_other_refusals_are_not_repeated(platform: Platform, client: Client) -> None:
    platform.answer(code=230002, status=400, msg="no", headers={"X-Tt-Logid": "L1"})
    with pytest.raises(ApiError) as caught:
        await client.call("GET", "/x", answer=Empty)
    assert (caught.value.code, caught.value.log_id) == (230002, "L1")
    assert len(platform.calls) == 1


async def test_bad_credentials_say_what_to_check(platform: Platform, dialer: Dialer) -> None:
    with pytest.raises(ApiError, match="FEISHU_APP_SECRET") as caught:
        await client_of(platform, dialer, "hunter2").call("GET", "/x", answer=Empty)
    assert caught.value.reaction is Reaction.HOLD
    assert "hunter2" not in str(caught.value)
    assert platform.calls == []


async def test_a_token_desk_that_stumbles_is_asked_again(
    platform: Platform, client: Client
) -> None:
    platform.token_answers.append(web.Response(status=502, text="<html>"))
    with pytest.raises(ApiError) as caught:
        await client.call("GET", "/x", answer=Empty)
    assert caught.value.reaction is Reaction.RETRY
    assert not caught.value.maybe_served
    await client.call("GET", "/x", answer=Empty)


async def test_nobody_there(dialer: Dialer) -> None:
    gone = Platform()
    async with running() as platform:
        gone.url = platform.url
    with pytest.raises(DialError, match="refuses") as caught:
        await client_of(gone, dialer).call("GET", "/x", answer=Empty)
    assert not caught.value.maybe_served


async def test_a_call_that_waits_for_its_token_has_not_left(
    platform: Platform, client: Client
) -> None:
    """A token that got no answer is no message that may have been sent."""
    platform.token_answers.append(CutShort())
    with pytest.raises(DialError) as caught:
        await client.call("POST", "/x", answer=Empty)
    assert not caught.value.maybe_served
    assert platform.calls == []


async def test_a_call_that_left_may_have_been_served(platform: Platform, client: Client) -> None:
    platform.answers.append(CutShort())
    with pytest.raises(DialError) as caught:
        await client.call("POST", "/x", answer=Empty)
    assert caught.value.maybe_served
    platform.answers.append(web.Response(status=502, text="<html>"))
    with pytest.raises(ApiError) as refused:
        await client.call("POST", "/x", answer=Empty)
    assert refused.value.maybe_served


async def test_logs_hold_neither_token_nor_secret_nor_body(
    platform: Platform, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "larkgate"):
        await client.call("POST", "/x", body={"text": "private"}, answer=Empty)
    assert "POST /x: HTTP 200" in caplog.text
    for secret in (APP_SECRET, "t-1", "private"):
        assert secret not in caplog.text


async def test_send(platform: Platform, client: Client) -> None:
    platform.answer({"message_id": "om_1", "chat_id": "oc_1", "body": {"content": "{}"}})
    sent = await messages.send(client, "oc_1", messages.text('你好\n"x"'), uuid="u-1")
    assert sent == SentMessage("om_1", chat_id="oc_1")
    [call] = platform.calls
    assert (call.method, call.path) == ("POST", "/im/v1/messages")
    assert call.query == {"receive_id_type": "chat_id"}
    assert call.body == {
        "receive_id": "oc_1",
        "msg_type": "text",
        "content": '{"text":"你好\\n\\"x\\""}',
        "uuid": "u-1",
    }


@pytest.mark.parametrize(
    ("receiver", "kind"),
    [
        ("oc_1", "chat_id"),
        ("ou_1", "open_id"),
        ("on_1", "union_id"),
        ("a@b.cn", "email"),
        ("7e1f2a", "user_id"),
    ],
)
async def test_the_kind_of_receiver_is_seen_by_its_id(
    platform: Platform, client: Client, receiver: str, kind: str
) -> None:
    platform.answer({"message_id": "om_1"})
    await messages.send(client, receiver, messages.text("x"))
    assert platform.calls[0].query == {"receive_id_type": kind}
    assert "uuid" not in platform.calls[0].body


async def test_a_given_kind_of_receiver_wins(platform: Platform, client: Client) -> None:
    platform.answer({"message_id": "om_1"})
    await messages.send(client, "oc_1", messages.text("x"), receive_id_type="user_id")
    assert platform.calls[0].query == {"receive_id_type": "user_id"}


async def test_reply(platform: Platform, client: Client) -> None:
    platform.answer({"message_id": "om_2", "thread_id": "omt_1", "root_id": "om_1"})
    content = Content("interactive", '{"schema":"2.0"}')
    sent = await messages.reply(client, "om_1/../x", content, in_thread=True, uuid="u-2")
    assert (sent.message_id, sent.thread_id, sent.root_id) == ("om_2", "omt_1", "om_1")
    [call] = platform.calls
    assert (call.method, call.path) == ("POST", "/im/v1/messages/om_1%2F..%2Fx/reply")
    assert call.body == {
        "reply_in_thread": True,
        "msg_type": "interactive",
        "content": '{"schema":"2.0"}',
        "uuid": "u-2",
    }


async def test_bot_info(platform: Platform, client: Client) -> None:
    bot = {"activate_status": 2, "app_name": "TSP助手", "open_id": "ou_b", "ip_white_list": []}
    platform.answer(bot=bot)
    assert await bots.info(client) == bots.BotInfo("ou_b", "TSP助手", 2)
