"""Calls: tokens, messages, refusals, limits."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from simclient import text
from simdesk import Desk, desk_of

from larkgate.simulator import APP_ID

HALF_HOUR = 1800.0


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_of() as desk:
        yield desk


async def test_a_token_is_kept_until_half_an_hour_is_left(desk: Desk) -> None:
    assert await desk.client.authorize() == 7200
    first = desk.client.token
    await desk.clock.advance(3 * HALF_HOUR)
    assert await desk.client.authorize() == 1800
    assert desk.client.token == first
    await desk.clock.advance(1)
    assert await desk.client.authorize() == 7200
    assert desk.client.token != first
    desk.client.token = first
    assert (await desk.client.call("GET", "/bot/v3/info"))["code"] == 0, "both are valid"
    await desk.clock.advance(HALF_HOUR)
    assert (await desk.client.call("GET", "/bot/v3/info"))["code"] == 99991663


async def test_a_revoked_token_is_refused_and_a_new_one_is_not(desk: Desk) -> None:
    await desk.client.authorize()
    desk.sim.revoke_tokens()
    assert (await desk.client.call("GET", "/bot/v3/info"))["code"] == 99991663
    await desk.client.authorize()
    assert (await desk.client.call("GET", "/bot/v3/info"))["code"] == 0


@pytest.mark.parametrize(("token", "code"), [("", 99991661), ("x-1", 99991671), ("t-1", 99991663)])
async def test_a_call_needs_a_token(desk: Desk, token: str, code: int) -> None:
    desk.client.token = token
    status, answer, headers = await desk.client.request("GET", "/open-apis/bot/v3/info")
    assert (status, answer["code"]) == (400, code)
    assert answer["error"]["log_id"] == headers["X-Tt-Logid"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"app_id": APP_ID, "app_secret": "wrong"}, 10015),
        ({"app_id": "cli_0000000000000000", "app_secret": "x"}, 10014),
        ({"app_id": ""}, 10003),
    ],
)
async def test_no_token_for_wrong_credentials(desk: Desk, body: object, code: int) -> None:
    path = "/open-apis/auth/v3/tenant_access_token/internal"
    status, answer, _ = await desk.client.request("POST", path, body)
    assert (status, answer["code"]) == (200, code)


async def test_the_bot_knows_itself(desk: Desk) -> None:
    bot = (await desk.client.call("GET", "/bot/v3/info"))["bot"]
    assert bot["app_name"] == "TSP助手"
    assert bot["activate_status"] == 2
    assert bot["open_id"] == desk.sim.world.open_id(desk.world.app, desk.world.app)


async def test_a_sent_message_is_in_the_chat_and_can_be_read_back(desk: Desk) -> None:
    person = desk.world.people[1]
    open_id = desk.sim.world.open_id(person, desk.world.app)
    sent = await desk.send(f'<at user_id="{open_id}">x</at> <at user_id="all"></at> 收到')
    (message,) = desk.chat.messages
    assert message.text == "@李四 @所有人 收到"
    data = sent["data"]
    assert data["message_id"] == message.id
    assert data["sender"] == {
        "id": APP_ID,
        "id_type": "app_id",
        "sender_type": "app",
        "tenant_key": desk.sim.world.tenant_key,
    }
    assert data["body"]["content"] == '{"text":"@_user_1 @_all 收到"}'
    (mention,) = data["mentions"]
    assert (mention["id"], mention["name"]) == (open_id, "李四")
    read = await desk.client.call("GET", f"/im/v1/messages/{message.id}")
    assert read["data"]["items"] == [data]


async def test_a_person_can_be_written_to_by_each_of_their_ids(desk: Desk) -> None:
    person = desk.world.people[0]
    ids = {
        "open_id": desk.sim.world.open_id(person, desk.world.app),
        "union_id": person.union_id,
        "user_id": person.id,
    }
    for id_type, receive_id in ids.items():
        body = {"receive_id": receive_id, "msg_type": "text", "content": text(id_type)}
        await desk.client.call("POST", "/im/v1/messages", body, receive_id_type=id_type)
    assert [message.text for message in desk.world.private[0].messages] == list(ids)


async def test_a_post_is_kept_without_its_locale(desk: Desk) -> None:
    open_id = desk.sim.world.open_id(desk.world.people[0], desk.world.app)
    rows = [[{"tag": "text", "text": "请 "}, {"tag": "at", "user_id": open_id}]]
    content = msgspec.json.encode({"zh_cn": {"title": "日报", "content": rows}}).decode()
    sent = await desk.send("", msg_type="post", content=content)
    assert sent["code"] == 0
    (message,) = desk.chat.messages
    assert message.text == "日报\n请 @张三"
    assert msgspec.json.decode(message.content)["title"] == "日报"


async def test_replies_keep_the_thread(desk: Desk) -> None:
    question = desk.sim.say(desk.chat, desk.world.people[0], "@TSP助手 在吗")
    plain = (await desk.reply(question.id, "在"))["data"]
    assert plain["parent_id"] == plain["root_id"] == question.id
    assert "thread_id" not in plain
    threaded = (await desk.reply(question.id, "在", reply_in_thread=True))["data"]
    assert threaded["thread_id"] == question.thread
    again = (await desk.reply(threaded["message_id"], "还在"))["data"]
    assert (again["thread_id"], again["parent_id"]) == (question.thread, question.id)


async def test_a_uuid_makes_one_message_an_hour(desk: Desk) -> None:
    first = await desk.send("一", uuid="u-1")
    await desk.clock.advance(3599)
    again = await desk.send("二", uuid="u-1")
    assert again["data"]["message_id"] == first["data"]["message_id"]
    assert [message.text for message in desk.chat.messages] == ["一"]
    desk.sim.repeated_uuid = 230049
    assert (await desk.send("三", uuid="u-1"))["code"] == 230049
    await desk.clock.advance(1)
    await desk.send("四", uuid="u-1")
    assert [message.text for message in desk.chat.messages] == ["一", "四"]
    assert (await desk.send("五", uuid="u" * 51))["code"] == 99992402


async def test_a_uuid_is_forgotten_with_the_world_it_was_used_in(desk: Desk) -> None:
    empty = desk.sim.export(secrets=True)
    await desk.send("一", uuid="u-1")
    desk.sim.load(empty)
    await desk.client.authorize()
    made = await desk.send("二", uuid="u-1")
    (message,) = desk.sim.messages
    assert (message.id, message.text) == (made["data"]["message_id"], "二")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"receive_id": "oc_unknown"}, 230001),
        ({"msg_type": "telegram"}, 230001),
        ({"content": "在吗"}, 230001),
        ({"content": '{"txt":"在吗"}'}, 230001),
        ({"msg_type": "post", "content": '{"zh_cn":{"content":"x"}}'}, 230001),
        ({"content": 5}, 99992402),
        ({"content": text("x" * (150 << 10))}, 230025),
        ({"msg_type": "interactive", "content": text("x" * (30 << 10))}, 230025),
    ],
)
async def test_a_message_that_cannot_be_sent(desk: Desk, body: dict[str, Any], code: int) -> None:
    answer = await desk.send("在吗", **body)
    assert answer["code"] == code
    assert desk.chat.messages == []


async def test_ids_of_others_are_refused(desk: Desk) -> None:
    other = desk.sim.add_app("cli_00000000000000ff", "s", "别的")
    foreign = desk.sim.world.open_id(desk.world.people[0], other)

    async def code(id_type: str, receive_id: str) -> int:
        body = {"receive_id": receive_id, "msg_type": "text", "content": text("在吗")}
        answer = await desk.client.call("POST", "/im/v1/messages", body, receive_id_type=id_type)
        return int(answer["code"])

    assert await code("open_id", foreign) == 99992361
    assert await code("open_id", "ou_unknown") == 99992351
    assert await code("user_id", "unknown") == 230001
    assert await code("phone", "1") == 99992402


async def test_a_bot_outside_the_chat_can_do_nothing_there(desk: Desk) -> None:
    chat = desk.sim.group("没有机器人", [desk.world.people[0]])
    message = desk.sim.say(chat, desk.world.people[0], "在吗")
    assert (await desk.send("在", receive_id=chat.id))["code"] == 230002
    assert (await desk.reply(message.id, "在"))["code"] == 230002
    assert (await desk.client.call("GET", f"/im/v1/messages/{message.id}"))["code"] == 230002
    assert (await desk.reply("om_unknown", "在"))["code"] == 99992354


async def test_recalled_messages_take_no_reply_and_have_no_content(desk: Desk) -> None:
    question = desk.sim.say(desk.chat, desk.world.people[0], "@TSP助手 在吗")
    path = f"/im/v1/messages/{question.id}"
    assert (await desk.client.call("DELETE", path))["code"] == 230026
    desk.sim.recall(question)
    assert (await desk.reply(question.id, "在"))["code"] == 230011
    desk.world.app.grant("im:message.group_msg")
    (item,) = (await desk.client.call("GET", path))["data"]["items"]
    assert item["deleted"]
    assert "content" not in item["body"]


async def test_a_bot_edits_and_recalls_what_it_sent(desk: Desk) -> None:
    path = f"/im/v1/messages/{(await desk.send('一'))['data']['message_id']}"
    body = {"msg_type": "text", "content": text("二")}
    edited = await desk.client.call("PUT", path, body)
    assert edited["data"]["updated"]
    assert desk.chat.messages[0].text == "二"
    codes = [(await desk.client.call("PUT", path, body))["code"] for _ in range(20)]
    assert codes == [0] * 19 + [230072]
    assert (await desk.client.call("DELETE", path))["code"] == 0
    assert desk.chat.messages[0].recalled
    assert (await desk.client.call("PUT", path, body))["code"] == 230011
    asked = desk.sim.say(desk.chat, desk.world.people[0], "三")
    answer = await desk.client.call("PUT", f"/im/v1/messages/{asked.id}", body)
    assert (answer["code"], "sender" in answer["msg"]) == (230071, True)


async def test_a_chat_takes_five_messages_a_second(desk: Desk) -> None:
    codes = [(await desk.send(str(number)))["code"] for number in range(7)]
    assert codes == [0] * 5 + [230020] * 2
    await desk.clock.advance(1)
    assert (await desk.send("later"))["code"] == 0


async def test_an_api_takes_fifty_calls_a_second_and_says_how_long_to_wait(desk: Desk) -> None:
    await desk.client.authorize()
    path = "/open-apis/bot/v3/info"
    for _ in range(50):
        assert (await desk.client.request("GET", path))[0] == 200
    status, answer, headers = await desk.client.request("GET", path)
    assert (status, answer["code"]) == (429, 99991400)
    assert headers["x-ogw-ratelimit-limit"] == "50"
    assert headers["x-ogw-ratelimit-reset"] == "1"
    assert (await desk.send("another API"))["code"] == 0
    desk.sim.rate_limits = False
    assert (await desk.client.request("GET", path))[0] == 200


async def test_an_api_takes_a_thousand_calls_a_minute(desk: Desk) -> None:
    await desk.client.authorize()
    path = "/open-apis/bot/v3/info"
    for _ in range(20):
        for _ in range(50):
            await desk.client.request("GET", path)
        await desk.clock.advance(1)
    status, _, headers = await desk.client.request("GET", path)
    assert (status, headers["x-ogw-ratelimit-limit"]) == (429, "1000")
    assert headers["x-ogw-ratelimit-reset"] == "40"


async def test_an_unknown_path_gets_the_answer_of_the_platform(desk: Desk) -> None:
    for method, path in (("GET", "/open-apis/nowhere"), ("PATCH", "/open-apis/bot/v3/info")):
        status, answer, _ = await desk.client.request(method, path)
        assert (status, answer["code"]) == (404, 99991201)
