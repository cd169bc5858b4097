"""What every client must be able to do: sign in, write, read, react, send files, be refused."""

from __future__ import annotations

import base64
import json

import apis
from stage import Stage, scenario

__all__ = ["PNG"]

# Who we are


@scenario(apis.TOKEN)
async def a_token_is_given_for_the_secret(on: Stage) -> None:
    app = on.world.app
    body = {"app_id": app.id, "app_secret": app.secret.reveal()}
    answer = await on.call(apis.TOKEN, body=body)
    assert answer.code == 0
    assert answer.body["tenant_access_token"].startswith("t-")
    assert 1800 <= answer.body["expire"] <= 7200


@scenario(apis.TOKEN)
async def no_token_is_given_for_another_secret(on: Stage) -> None:
    body = {"app_id": on.world.app.id, "app_secret": "another"}
    await on.refused(10015, apis.TOKEN, body=body)


@scenario(apis.TOKEN, apis.BOT)
async def a_token_that_has_run_out_is_replaced(on: Stage) -> None:
    """The SDKs give a token up minutes before its end, ours when it is refused at the latest."""
    on.sim.token_life = 60.0
    assert (await on.call(apis.BOT)).code == 0
    on.sim.revoke_tokens()
    assert (await on.call(apis.BOT)).code == 0
    path = "/open-apis/auth/v3/tenant_access_token/internal"
    assert len([call for call in on.sim.calls if call.path == path]) >= 2


@scenario(apis.BOT)
async def a_token_that_was_revoked_is_refused(on: Stage) -> None:
    """No SDK asks for another; ours does."""
    assert (await on.call(apis.BOT)).code == 0
    on.sim.revoke_tokens()
    await on.call(apis.BOT)
    refused = [call.code for call in on.sim.calls if call.path.endswith("/info")]
    assert refused[1] == 99991663


@scenario(apis.BOT)
async def the_bot_is_who_it_is(on: Stage) -> None:
    answer = await on.call(apis.BOT)
    assert answer.body["bot"]["app_name"] == "TSP助手"
    assert answer.body["bot"]["activate_status"] == 2
    assert answer.body["bot"]["open_id"].startswith("ou_")


# Messages


@scenario(apis.SEND, apis.GET_MESSAGE)
async def what_is_sent_can_be_read(on: Stage) -> None:
    sent = await on.send("text", {"text": "你好 <b>world</b>"})
    assert sent["chat_id"] == on.world.development.id
    assert sent["sender"]["id"] == on.world.app.id
    assert sent["sender"]["sender_type"] == "app"
    found = await on.has(sent["message_id"])
    assert found["body"]["content"] == sent["body"]["content"]
    assert on.world.development.messages[-1].id == sent["message_id"]


@scenario(apis.SEND)
async def a_post_mentions_people(on: Stage) -> None:
    person = on.world.people[0]
    line = [{"tag": "text", "text": "看 "}, {"tag": "at", "user_id": on.open_id(person)}]
    sent = await on.send("post", {"zh_cn": {"title": "标题", "content": [line]}})
    assert [each["name"] for each in sent["mentions"]] == [person.name]


@scenario(apis.SEND)
async def a_repeated_uuid_makes_one_message(on: Stage) -> None:
    first = await on.send("text", {"text": "一次"}, uuid="once")
    again = await on.send("text", {"text": "一次"}, uuid="once")
    assert first["message_id"] == again["message_id"]
    assert len(on.world.development.messages) == 1


@scenario(apis.REPLY)
async def a_reply_knows_what_it_answers(on: Stage) -> None:
    asked = on.sim.say(on.world.development, on.world.people[0], "@TSP助手 在吗")
    body = {"msg_type": "text", "content": '{"text": "在"}', "reply_in_thread": True}
    reply = await on.ok(apis.REPLY, {"message_id": asked.id}, body=body)
    assert (reply["parent_id"], reply["root_id"]) == (asked.id, asked.id)
    assert reply["thread_id"].startswith("omt_")


@scenario(apis.EDIT, apis.RECALL)
async def a_message_is_edited_and_recalled(on: Stage) -> None:
    path = {"message_id": (await on.send("text", {"text": "旧"}))["message_id"]}
    edited = await on.ok(apis.EDIT, path, body={"msg_type": "text", "content": '{"text": "新"}'})
    assert edited["updated"] is True
    assert json.loads(edited["body"]["content"]) == {"text": "新"}
    await on.ok(apis.RECALL, path)
    body = {"msg_type": "text", "content": '{"text": "?"}'}
    await on.refused(230011, apis.REPLY, path, body=body)


@scenario(apis.LIST_MESSAGES)
async def history_comes_in_pages(on: Stage) -> None:
    said = [on.sim.say(on.world.development, on.world.people[0], f"第{n}句").id for n in range(5)]
    query = {
        "container_id_type": "chat",
        "container_id": on.world.development.id,
        "sort_type": "ByCreateTimeAsc",
        "page_size": 3,
    }
    on.world.app.grant("im:message.group_msg")
    first = await on.ok(apis.LIST_MESSAGES, query=query)
    assert first["has_more"] is True
    rest = await on.ok(apis.LIST_MESSAGES, query={**query, "page_token": first["page_token"]})
    assert rest["has_more"] is False
    assert [each["message_id"] for each in first["items"] + rest["items"]] == said


# Reactions, chats, people


@scenario(apis.REACT, apis.REACTIONS, apis.UNREACT)
async def a_reaction_comes_and_goes(on: Stage) -> None:
    path = {"message_id": (await on.send("text", {"text": "好"}))["message_id"]}
    body = {"reaction_type": {"emoji_type": "SMILE"}}
    made = await on.ok(apis.REACT, path, body=body)
    assert made["reaction_type"] == {"emoji_type": "SMILE"}
    assert made["operator"] == {"operator_id": on.world.app.id, "operator_type": "app"}
    there = await on.ok(apis.REACTIONS, path, query={"reaction_type": "SMILE"})
    assert [each["reaction_id"] for each in there["items"]] == [made["reaction_id"]]
    await on.ok(apis.UNREACT, {**path, "reaction_id": made["reaction_id"]})
    there = await on.ok(apis.REACTIONS, path)
    assert not there.get("items")
    body = {"reaction_type": {"emoji_type": "NO_SUCH_EMOJI"}}
    await on.refused(231001, apis.REACT, path, body=body)


@scenario(apis.CHATS, apis.CHAT)
async def the_bots_groups_are_listed(on: Stage) -> None:
    first = await on.ok(apis.CHATS, query={"page_size": 1})
    assert first["has_more"] is True
    rest = await on.ok(apis.CHATS, query={"page_token": first["page_token"]})
    assert {each["name"] for each in first["items"] + rest["items"]} == {"研发群", "售后群"}
    found = await on.ok(apis.CHAT, {"chat_id": on.world.development.id})
    assert (found["name"], found["chat_mode"]) == ("研发群", "group")
    assert (found["user_count"], found["bot_count"]) == ("3", "1")
    await on.refused(232006, apis.CHAT, {"chat_id": "oc_nowhere"})


@scenario(apis.MEMBERS, apis.IS_IN_CHAT)
async def a_group_tells_who_is_in_it(on: Stage) -> None:
    chat = {"chat_id": on.world.development.id}
    found = await on.ok(apis.MEMBERS, chat, query={"member_id_type": "open_id"})
    assert [each["member_id"] for each in found["items"]] == [
        on.open_id(person) for person in on.world.people
    ]
    assert (found["member_total"], found["has_more"]) == (3, False)
    assert (await on.ok(apis.IS_IN_CHAT, chat))["is_in_chat"] is True


@scenario(apis.NAMES, apis.USER)
async def people_have_names(on: Stage) -> None:
    ids = [on.open_id(person) for person in on.world.people]
    query = {"user_id_type": "open_id"}
    found = await on.ok(apis.NAMES, query=query, body={"user_ids": ids})
    assert {each["user_id"]: each["name"] for each in found["users"]} == dict(
        zip(ids, ["张三", "李四", "王五"], strict=True)
    )
    found = await on.ok(apis.USER, {"user_id": ids[0]}, query=query)
    assert (found["user"]["open_id"], found["user"]["name"]) == (ids[0], "张三")


# Media

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@scenario(apis.UPLOAD_IMAGE, apis.GET_IMAGE, apis.SEND, apis.RESOURCE)
async def an_image_goes_up_out_and_down(on: Stage) -> None:
    made = await on.ok(apis.UPLOAD_IMAGE, body={"image_type": "message"}, file=PNG)
    key = {"image_key": made["image_key"]}
    assert (await on.call(apis.GET_IMAGE, key)).content == PNG
    sent = await on.send("image", key)
    path = {"message_id": sent["message_id"], "file_key": made["image_key"]}
    found = await on.call(apis.RESOURCE, path, query={"type": "image"})
    assert found.content == PNG


@scenario(apis.UPLOAD_FILE, apis.GET_FILE, apis.SEND, apis.RESOURCE)
async def a_file_goes_up_out_and_down(on: Stage) -> None:
    body = {"file_type": "stream", "file_name": "报告.bin"}
    made = await on.ok(apis.UPLOAD_FILE, body=body, file=b"content")
    key = {"file_key": made["file_key"]}
    assert (await on.call(apis.GET_FILE, key)).content == b"content"
    sent = await on.send("file", key)
    path = {"message_id": sent["message_id"], **key}
    found = await on.call(apis.RESOURCE, path, query={"type": "file"})
    assert found.content == b"content"
    await on.refused(234003, apis.RESOURCE, {**path, "file_key": "file_x"}, query={"type": "file"})


@scenario(apis.UPLOAD_IMAGE)
async def what_is_no_image_is_refused(on: Stage) -> None:
    body = {"image_type": "message"}
    await on.refused(234011, apis.UPLOAD_IMAGE, body=body, file=b"no image")


# Refusals


@scenario(apis.SEND)
async def what_may_not_be_done_is_explained(on: Stage) -> None:
    on.world.app.withdraw("im:message")
    body = {"receive_id": on.world.development.id, "msg_type": "text", "content": "{}"}
    query = {"receive_id_type": "chat_id"}
    answer = await on.refused(99991672, apis.SEND, query=query, body=body)
    assert answer.scopes == ["im:message", "im:message:send_as_bot", "im:message:send"]
    assert f"/app/{on.world.app.id}/auth?q=im:message" in answer.msg


@scenario(apis.PUBLISH)
async def too_many_calls_are_told_to_wait(on: Stage) -> None:
    """Of the calls with a limit by the minute, which a slow machine reaches as well."""
    path = {"app_id": on.world.app.id}
    for number in range(20):
        await on.ok(apis.PUBLISH, path, body={"version": f"1.0.{number}"})
    answer = await on.refused(99991400, apis.PUBLISH, path, body={"version": "1.1.0"})
    assert answer.wait
    assert answer.wait <= 60


@scenario(apis.SEND)
async def an_unknown_chat_is_refused(on: Stage) -> None:
    body = {"receive_id": "oc_nowhere", "msg_type": "text", "content": '{"text": "x"}'}
    await on.refused(230001, apis.SEND, query={"receive_id_type": "chat_id"}, body=body)
