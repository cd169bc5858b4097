"""What apps read: one message, histories, threads, merged forwards."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from simdesk import Desk, desk_of

HISTORY = "/im/v1/messages"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_of() as desk:
        desk.app.grant("im:message.group_msg")
        yield desk


async def listed(desk: Desk, container: str = "", **query: str) -> Any:
    kind = query.pop("kind", "chat")
    return await desk.get(
        HISTORY, container_id_type=kind, container_id=container or desk.chat.id, **query
    )


def texts(answer: Any) -> list[str]:
    contents = [each["body"]["content"] for each in answer["data"]["items"]]
    return [msgspec.json.decode(content)["text"] for content in contents]


async def test_a_history_page_by_page_in_both_orders(desk: Desk) -> None:
    words = [str(number) for number in range(5)]
    for each in words:
        desk.say(each)
    for order, expected in (("Asc", words), ("Desc", words[::-1])):
        found, token = [], ""
        for _ in range(3):
            more = {"page_token": token} if token else {}
            page = await listed(desk, sort_type=f"ByCreateTime{order}", page_size="2", **more)
            assert page["data"]["has_more"] == bool(page["data"]["page_token"])
            token = page["data"]["page_token"]
            found += texts(page)
        assert (found, token) == (expected, "")


async def test_messages_that_come_in_between_move_no_page(desk: Desk) -> None:
    for number in range(4):
        desk.say(str(number))
    first = await listed(desk, sort_type="ByCreateTimeDesc", page_size="2")
    desk.say("4")
    token = first["data"]["page_token"]
    second = await listed(desk, sort_type="ByCreateTimeDesc", page_size="2", page_token=token)
    assert (texts(first), texts(second)) == (["3", "2"], ["1", "0"])


async def test_a_span_of_seconds_with_both_its_ends(desk: Desk) -> None:
    start = int(desk.clock.now())
    for number in range(4):
        desk.say(str(number))
        await desk.clock.advance(1)
    span = {"start_time": str(start + 1), "end_time": str(start + 2)}
    assert texts(await listed(desk, **span)) == ["1", "2"]
    assert texts(await listed(desk, sort_type="ByCreateTimeDesc", **span)) == ["2", "1"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"kind": "planet"}, 99992402),
        ({"kind": "thread"}, 230019),
        ({"container": "oc_unknown"}, 230001),
        ({"sort_type": "ByName"}, 99992402),
        ({"page_size": "51"}, 99992402),
        ({"page_size": "0"}, 99992402),
        ({"page_token": "x"}, 230001),
        ({"page_token": "é"}, 230001),
        ({"page_token": "LTE6MA=="}, 230001),
        ({"start_time": "-1"}, 230001),
        ({"end_time": "1" * 13}, 230001),
        ({"user_id_type": "name"}, 99992402),
    ],
)
async def test_questions_without_an_answer(desk: Desk, query: dict[str, str], code: int) -> None:
    assert (await listed(desk, **query))["code"] == code


async def test_a_token_beyond_the_history_is_its_end(desk: Desk) -> None:
    desk.say("一")
    answer = await listed(desk, page_token="MTo5OTk=")
    assert answer["data"] == {"has_more": False, "page_token": "", "items": []}


async def test_the_history_of_a_group_needs_a_scope_more(desk: Desk) -> None:
    said = desk.say("在吗")
    sent = await desk.sent("在")
    desk.app.withdraw("im:message.group_msg")
    for path, query in (
        (HISTORY, {"container_id_type": "chat", "container_id": desk.chat.id}),
        (f"{HISTORY}/{said.id}", {}),
    ):
        refused = await desk.get(path, **query)
        assert refused["code"] == 230027
        assert refused["msg"] == (
            "Lack of necessary permissions, ext=need scope: im:message.group_msg"
        )
    assert (await desk.get(f"{HISTORY}/{sent.id}"))["code"] == 0, "what it wrote itself"
    desk.sim.say(desk.world.private[0], desk.person, "单聊")
    assert texts(await listed(desk, desk.world.private[0].id)) == ["单聊"]


async def test_only_members_read(desk: Desk) -> None:
    chat = desk.sim.group("外面", [desk.person])
    assert (await listed(desk, chat.id))["code"] == 230002


async def test_of_threads_a_group_shows_the_first_message_and_a_topic_group_all(
    desk: Desk,
) -> None:
    first = desk.say("题")
    desk.say("答", reply_to=first, in_thread=True)
    desk.say("别的")
    assert texts(await listed(desk)) == ["题", "别的"]
    assert texts(await listed(desk, first.thread, kind="thread")) == ["题", "答"]

    topics = desk.sim.group("话题群", [desk.person, desk.app], topics=True)
    root = desk.sim.say(topics, desk.person, "题")
    desk.sim.say(topics, desk.person, "答", reply_to=root)
    assert texts(await listed(desk, topics.id)) == ["题", "答"]
    roots = await listed(desk, topics.id, only_thread_root_messages="true")
    assert texts(roots) == ["题"]


async def test_recalled_messages_stay_without_content_and_deleted_ones_do_not(
    desk: Desk,
) -> None:
    desk.sim.recall(desk.say("撤回"))
    desk.say("删除").deleted = True
    answer = await listed(desk)
    (item,) = answer["data"]["items"]
    assert (item["deleted"], item["body"]) == (True, {})


async def test_who_sent_it_by_the_kind_of_id_asked_for(desk: Desk) -> None:
    path = f"{HISTORY}/{desk.say('在吗').id}"

    async def sender(id_type: str) -> tuple[str, str]:
        answer = await desk.get(path, user_id_type=id_type)
        sender = answer["data"]["items"][0]["sender"]
        return sender["id"], sender["id_type"]

    assert await sender("") == (desk.open_id(desk.person), "open_id")
    assert await sender("union_id") == (desk.person.union_id, "union_id")
    assert await sender("user_id") == ("", "user_id")
    desk.app.grant("contact:user.employee_id:readonly")
    assert await sender("user_id") == (desk.person.id, "user_id")


async def test_a_merged_forward_comes_with_its_parts(desk: Desk) -> None:
    said = [desk.say("一"), desk.say("二")]
    desk.sim.recall(gone := desk.say("收回"))
    inner = desk.sim.forward([*said, gone], desk.chat, desk.person)
    outer = desk.sim.forward([inner, desk.say("三")], desk.world.service, desk.person)
    answer = await desk.get(f"{HISTORY}/{outer.id}")
    items = answer["data"]["items"]
    first, second = items[0]["message_id"], items[1]["message_id"]
    assert [each.get("upper_message_id", "") for each in items] == [
        "",
        first,
        second,
        second,
        first,
    ]
    marker = "Merged and Forwarded Message"
    bodies = [each["body"]["content"] for each in items]
    assert bodies == [marker, marker, '{"text":"一"}', '{"text":"二"}', '{"text":"三"}']
    assert len({each["message_id"] for each in items} | {each.id for each in said}) == 7
    assert len(desk.chat.messages) == 5, "parts are in no chat"


async def test_cards_come_flattened_unless_asked_for(desk: Desk) -> None:
    old = {
        "header": {"title": {"tag": "plain_text", "content": "工单"}},
        "elements": [
            {"tag": "div", "text": {"tag": "lark_md", "content": "车辆离线"}},
            {"tag": "hr"},
            {"tag": "action", "actions": [{"tag": "button", "text": {"content": "接单"}}]},
        ],
    }
    new = {"schema": "2.0", "body": {"elements": [{"tag": "markdown", "content": "新"}]}}
    for card in (old, new):
        sent = await desk.send_kind("interactive", card)
        path = f"{HISTORY}/{sent['data']['message_id']}"
        full = await desk.get(path, card_msg_content_type="user_card_content")
        assert msgspec.json.decode(full["data"]["items"][0]["body"]["content"]) == card
    flat = [
        msgspec.json.decode(each["body"]["content"])
        for each in (await listed(desk))["data"]["items"]
    ]
    assert flat[0] == {
        "title": "工单",
        "elements": [
            [{"tag": "text", "text": "车辆离线"}],
            [{"tag": "hr"}],
            [{"tag": "button", "text": "接单", "type": "default"}],
        ],
    }
    assert "请升级" in flat[1]["elements"][0][0]["text"]
    assert [message.text for message in desk.chat.messages] == ["[卡片] 工单", "[卡片]"]


async def test_a_clock_set_back_hides_no_message(desk: Desk) -> None:
    desk.say("一")
    desk.say("一")
    desk.sim.clock_offset = -7200
    late = desk.say("二")
    second = str(late.created // 1000)
    for order in ("ByCreateTimeAsc", "ByCreateTimeDesc"):
        found = await listed(desk, sort_type=order, start_time=second, end_time=second)
        assert texts(found) == ["二"]
