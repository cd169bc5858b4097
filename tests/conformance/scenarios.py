"""What every client must be able to do with the simulator; the clients are in `callers`.

A scenario is a function of a stage. It names the calls it makes, so that it is seen whether each
call that is imitated is made by somebody.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import apis
from apis import Api
from callers import Answer, Caller

from larkgate.simulator import Simulator, StandardWorld

__all__ = ["SCENARIOS", "Scenario", "Stage"]


class Stage:
    """A world, and a client that acts as its app."""

    def __init__(self, sim: Simulator, world: StandardWorld, caller: Caller) -> None:
        self.sim = sim
        self.world = world
        self._caller = caller

    async def call(
        self,
        api: Api,
        path: dict[str, Any] | None = None,
        *,
        query: dict[str, Any] | None = None,
        body: dict[str, Any] | None = None,
        file: bytes | None = None,
    ) -> Answer:
        return await self._caller.call(api, path or {}, query or {}, body, file)

    async def ok(self, api: Api, path: dict[str, Any] | None = None, **asked: Any) -> Any:
        """The `data` of a success."""
        answer = await self.call(api, path, **asked)
        assert answer.code == 0, (api.route, answer)
        return answer.data

    async def refused(
        self, code: int, api: Api, path: dict[str, Any] | None = None, **asked: Any
    ) -> Answer:
        answer = await self.call(api, path, **asked)
        assert answer.code == code, (api.route, answer)
        return answer

    async def send(self, kind: str, content: object, **more: Any) -> Any:
        """A message of the bot's in 研发群."""
        body = {
            "receive_id": self.world.development.id,
            "msg_type": kind,
            "content": json.dumps(content),
            **more,
        }
        return await self.ok(apis.SEND, query={"receive_id_type": "chat_id"}, body=body)

    async def has(self, message_id: str) -> Any:
        """What the platform says this message is."""
        found = await self.ok(apis.GET_MESSAGE, {"message_id": message_id})
        return found["items"][0]


class Scenario(NamedTuple):
    run: Callable[[Stage], Awaitable[None]]
    calls: tuple[Api, ...]

    def __str__(self) -> str:
        return self.run.__name__


SCENARIOS: list[Scenario] = []
_Run = Callable[[Stage], Awaitable[None]]


def scenario(*calls: Api) -> Callable[[_Run], _Run]:
    def add(run: _Run) -> _Run:
        SCENARIOS.append(Scenario(run, calls))
        return run

    return add


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
    line = [{"tag": "text", "text": "看 "}, {"tag": "at", "user_id": _open_id(on, person.name)}]
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


@scenario(apis.NAMES, apis.USER)
async def people_have_names(on: Stage) -> None:
    ids = [_open_id(on, person.name) for person in on.world.people]
    query = {"user_id_type": "open_id"}
    found = await on.ok(apis.NAMES, query=query, body={"user_ids": ids})
    assert {each["user_id"]: each["name"] for each in found["users"]} == dict(
        zip(ids, ["张三", "李四", "王五"], strict=True)
    )
    found = await on.ok(apis.USER, {"user_id": ids[0]}, query=query)
    assert (found["user"]["open_id"], found["user"]["name"]) == (ids[0], "张三")


# Media

_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@scenario(apis.UPLOAD_IMAGE, apis.GET_IMAGE, apis.SEND, apis.RESOURCE)
async def an_image_goes_up_out_and_down(on: Stage) -> None:
    made = await on.ok(apis.UPLOAD_IMAGE, body={"image_type": "message"}, file=_PNG)
    key = {"image_key": made["image_key"]}
    assert (await on.call(apis.GET_IMAGE, key)).content == _PNG
    sent = await on.send("image", key)
    path = {"message_id": sent["message_id"], "file_key": made["image_key"]}
    found = await on.call(apis.RESOURCE, path, query={"type": "image"})
    assert found.content == _PNG


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


# Cards


def _card(text: str, **config: Any) -> dict[str, Any]:
    elements = [
        {"tag": "markdown", "content": text, "element_id": "words"},
        {
            "tag": "button",
            "element_id": "button",
            "text": {"tag": "plain_text", "content": "好"},
            "behaviors": [{"type": "callback", "value": {"k": "v"}}],
        },
    ]
    config = {"update_multi": True, **config}
    return {"schema": "2.0", "config": config, "body": {"elements": elements}}


@scenario(apis.SEND, apis.UPDATE_CARD)
async def a_card_is_sent_and_updated(on: Stage) -> None:
    path = {"message_id": (await on.send("interactive", _card("旧")))["message_id"]}
    await on.ok(apis.UPDATE_CARD, path, body={"content": json.dumps(_card("新"))})
    assert "新" in on.world.development.messages[-1].content
    await on.refused(230099, apis.UPDATE_CARD, path, body={"content": '{"schema": "2.0"}'})


@scenario(apis.CREATE_CARD, apis.SEND, apis.STREAM, apis.SETTINGS)
async def text_streams_into_a_card(on: Stage) -> None:
    card = {"card_id": await _made(on, streaming_mode=True)}
    await on.send("interactive", {"type": "card", "data": card})
    words = {**card, "element_id": "words"}
    for sequence, text in enumerate(("流", "流式", "流式文本"), 1):
        await on.ok(apis.STREAM, words, body={"content": text, "sequence": sequence})
    await on.refused(300317, apis.STREAM, words, body={"content": "旧", "sequence": 2})
    button = {**card, "element_id": "button"}
    await on.refused(300310, apis.STREAM, button, body={"content": "x", "sequence": 4})
    settings = json.dumps({"config": {"streaming_mode": False}})
    await on.ok(apis.SETTINGS, card, body={"settings": settings, "sequence": 5})
    await on.refused(300309, apis.STREAM, words, body={"content": "晚", "sequence": 6})


@scenario(apis.CREATE_CARD, apis.ADD_ELEMENT, apis.REPLACE_ELEMENT, apis.PATCH_ELEMENT)
async def elements_are_added_and_changed(on: Stage) -> None:
    card = {"card_id": await _made(on)}
    more = [{"tag": "markdown", "content": "多", "element_id": "more"}]
    body = {"type": "append", "elements": json.dumps(more), "sequence": 1}
    await on.ok(apis.ADD_ELEMENT, card, body=body)
    path = {**card, "element_id": "more"}
    body = {"element": json.dumps({**more[0], "content": "换"}), "sequence": 2}
    await on.ok(apis.REPLACE_ELEMENT, path, body=body)
    body = {"partial_element": json.dumps({"content": "改"}), "sequence": 3}
    await on.ok(apis.PATCH_ELEMENT, path, body=body)
    await on.send("interactive", {"type": "card", "data": card})


@scenario(apis.CREATE_CARD, apis.DELETE_ELEMENT, apis.REPLACE_CARD, apis.BATCH)
async def a_card_is_replaced_and_changed_at_once(on: Stage) -> None:
    card = {"card_id": await _made(on)}
    await on.ok(apis.DELETE_ELEMENT, {**card, "element_id": "button"}, body={"sequence": 1})
    whole = {"type": "card_json", "data": json.dumps(_card("全新"))}
    await on.ok(apis.REPLACE_CARD, card, body={"card": whole, "sequence": 2})
    actions = [{"action": "delete_elements", "params": {"element_ids": ["button"]}}]
    await on.ok(apis.BATCH, card, body={"actions": json.dumps(actions), "sequence": 3})
    await on.refused(200740, apis.BATCH, {"card_id": "1"}, body={"actions": "[]", "sequence": 4})


@scenario(apis.CREATE_CARD)
async def what_is_no_card_is_refused(on: Stage) -> None:
    body = {"type": "card_json", "data": '{"schema": "1.0"}'}
    await on.refused(300303, apis.CREATE_CARD, body=body)


async def _made(on: Stage, **config: Any) -> str:
    body = {"type": "card_json", "data": json.dumps(_card("…", **config))}
    card_id: str = (await on.ok(apis.CREATE_CARD, body=body))["card_id"]
    return card_id


# The console by API


@scenario(apis.CONFIGURE, apis.PUBLISH)
async def an_app_changes_and_publishes_itself(on: Stage) -> None:
    path = {"app_id": on.world.app.id}
    on.world.app.set(events=frozenset())
    body = {"event": {"subscription_type": "websocket", "add_events": ["im.message.receive_v1"]}}
    await on.ok(apis.CONFIGURE, path, body=body)
    assert not on.world.app.in_force.events
    await on.ok(apis.PUBLISH, path, body={"version": "1.0.1", "changelog": "事件"})
    assert on.world.app.in_force.events == {"im.message.receive_v1"}


# Refusals


@scenario(apis.SEND)
async def what_may_not_be_done_is_explained(on: Stage) -> None:
    on.world.app.withdraw("im:message")
    body = {"receive_id": on.world.development.id, "msg_type": "text", "content": "{}"}
    query = {"receive_id_type": "chat_id"}
    answer = await on.refused(99991672, apis.SEND, query=query, body=body)
    assert answer.scopes == ["im:message", "im:message:send_as_bot", "im:message:send"]
    assert f"/app/{on.world.app.id}/auth?q=im:message" in answer.msg


@scenario(apis.BOT)
async def too_many_calls_are_told_to_wait(on: Stage) -> None:
    answer = await on.call(apis.BOT)
    for _ in range(60):
        if answer.code:
            break
        answer = await on.call(apis.BOT)
    else:
        raise AssertionError("60 calls were served")
    assert answer.code == 99991400
    assert answer.wait
    assert answer.wait <= 60


@scenario(apis.SEND)
async def an_unknown_chat_is_refused(on: Stage) -> None:
    body = {"receive_id": "oc_nowhere", "msg_type": "text", "content": '{"text": "x"}'}
    await on.refused(230001, apis.SEND, query={"receive_id_type": "chat_id"}, body=body)


def _open_id(on: Stage, name: str) -> str:
    return on.sim.world.open_id(on.sim.person(name), on.world.app)
