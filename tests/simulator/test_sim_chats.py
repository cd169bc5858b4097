"""What apps are told of chats and people."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from simdesk import Desk, desk_of

CHATS = "/im/v1/chats"
BATCH = "/contact/v3/users/basic_batch"


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_of() as desk:
        yield desk


async def test_the_groups_of_a_bot_page_by_page(desk: Desk) -> None:
    desk.sim.group("外面", [desk.person])
    desk.sim.group("话题群", [desk.person, desk.app], topics=True)
    first = (await desk.get(CHATS, page_size="2"))["data"]
    assert [each["name"] for each in first["items"]] == ["研发群", "售后群"]
    assert first["has_more"]
    second = (await desk.get(CHATS, page_size="2", page_token=first["page_token"]))["data"]
    assert [each["name"] for each in second["items"]] == ["话题群"]
    assert not second["has_more"]
    assert first["items"][0] == {
        "chat_id": desk.chat.id,
        "avatar": "",
        "name": "研发群",
        "description": "",
        "external": False,
        "tenant_key": desk.sim.world.tenant_key,
        "chat_status": "normal",
        "owner_id": desk.open_id(desk.person),
        "owner_id_type": "open_id",
    }
    assert (await desk.get(CHATS, page_size="101"))["code"] == 99992402
    assert (await desk.get(CHATS, page_token="nonsense"))["code"] == 232001


async def test_a_member_sees_all_of_a_group(desk: Desk) -> None:
    desk.chat.managers = (desk.world.people[1], desk.app)
    desk.chat.members.append(desk.sim.person("外人", "别家"))
    found = (await desk.get(f"{CHATS}/{desk.chat.id}", user_id_type="union_id"))["data"]
    assert (found["user_count"], found["bot_count"]) == ("4", "1")
    assert (found["chat_mode"], found["group_message_type"]) == ("group", "chat")
    assert (found["owner_id"], found["owner_id_type"]) == (desk.person.union_id, "union_id")
    assert found["user_manager_id_list"] == [desk.world.people[1].union_id]
    assert len(found["bot_manager_id_list"]) == 1
    assert found["external"]
    desk.sim.dissolve(desk.chat)
    assert (await desk.get(f"{CHATS}/{desk.chat.id}"))["data"]["chat_status"] == "dissolved"


async def test_topic_groups_and_private_chats(desk: Desk) -> None:
    topics = desk.sim.group("话题群", [desk.person, desk.app], topics=True)
    found = (await desk.get(f"{CHATS}/{topics.id}"))["data"]
    assert (found["chat_mode"], found["group_message_type"]) == ("topic", "thread")
    private = (await desk.get(f"{CHATS}/{desk.world.private[0].id}"))["data"]
    assert private["chat_mode"] == "p2p"
    assert "owner_id" not in private


async def test_others_see_part_of_a_group_and_nothing_of_a_private_chat(desk: Desk) -> None:
    other = desk.sim.add_app("cli_00000000000000ff", "s", "别的")
    outside = desk.sim.group("外面", [desk.person])
    found = (await desk.get(f"{CHATS}/{outside.id}"))["data"]
    assert found["name"] == "外面"
    assert "owner_id" not in found
    private = desk.sim.p2p(desk.person, other)
    foreign = desk.sim.group("别家的群", [desk.sim.person("外人", "别家")])
    codes = [
        (await desk.get(f"{CHATS}/{chat_id}"))["code"]
        for chat_id in ("oc_unknown", foreign.id, private.id)
    ]
    assert codes == [232006, 232010, 232011]


async def test_external_groups_may_be_closed_to_apps(desk: Desk) -> None:
    desk.chat.members.append(desk.sim.person("外人", "别家"))
    desk.sim.external_groups = False
    assert (await desk.get(f"{CHATS}/{desk.chat.id}"))["code"] == 232033
    desk.app.set(bot=False)
    assert (await desk.get(CHATS))["code"] == 232025


async def batch(desk: Desk, ids: list[str], **query: str) -> Any:
    return await desk.client.call("POST", BATCH, {"user_ids": ids}, **query)


async def test_names_of_up_to_ten_people_also_outside_the_range(desk: Desk) -> None:
    desk.app.set(visible_to=frozenset())
    ids = [desk.open_id(each) for each in desk.world.people]
    users = (await batch(desk, ids))["data"]["users"]
    assert [(each["user_id"], each["name"]) for each in users] == list(
        zip(ids, ["张三", "李四", "王五"], strict=True)
    )
    by_union = await batch(desk, [desk.person.union_id], user_id_type="union_id")
    assert by_union["data"]["users"][0]["i18n_name"]["zh_cn"] == "张三"
    assert (await batch(desk, []))["code"] == 99992402
    assert (await batch(desk, ids * 4))["code"] == 99992402


async def test_names_five_times_a_second(desk: Desk) -> None:
    ids = [desk.open_id(desk.person)]
    codes = [(await batch(desk, ids))["code"] for _ in range(6)]
    assert codes == [0] * 5 + [99991400]
    await desk.clock.advance(1)
    assert (await batch(desk, ids))["code"] == 0


async def test_ids_of_nobody(desk: Desk) -> None:
    desk.sim.rate_limits = False
    other = desk.sim.add_app("cli_00000000000000ff", "s", "别的")
    foreign = desk.sim.world.open_id(desk.person, other)
    stranger = desk.sim.person("外人", "别家")
    bot = desk.sim.world.open_id(desk.app, desk.app)
    for user_id, id_type, code in (
        (foreign, "open_id", 99992361),
        ("ou_unknown", "open_id", 99992351),
        ("nobody", "user_id", 41012),
        (stranger.union_id, "union_id", 41012),
        (bot, "open_id", 41012),
        ("x", "name", 99992402),
    ):
        found = await desk.get(f"/contact/v3/users/{user_id}", user_id_type=id_type)
        assert found["code"] == code, id_type
        assert (await batch(desk, [user_id], user_id_type=id_type))["code"] == code


async def test_a_person_within_the_range_by_what_the_scopes_allow(desk: Desk) -> None:
    path = f"/contact/v3/users/{desk.open_id(desk.person)}"
    user = (await desk.get(path))["data"]["user"]
    assert (user["name"], user["union_id"]) == ("张三", desk.person.union_id)
    assert "user_id" not in user
    desk.app.withdraw("contact:user.base:readonly")
    assert "name" not in (await desk.get(path))["data"]["user"]
    desk.app.grant("contact:user.employee_id:readonly")
    assert (await desk.get(path))["data"]["user"]["user_id"] == desk.person.id
    desk.app.set(visible_to=frozenset({"李四"}))
    assert (await desk.get(path))["code"] == 41050
    desk.app.withdraw("contact:contact.base:readonly")
    assert (await desk.get(path))["code"] == 99991672


async def test_the_people_of_a_chat_page_by_page(desk: Desk) -> None:
    path = f"{CHATS}/{desk.chat.id}/members"
    first = (await desk.get(path, page_size="2"))["data"]
    assert first["items"][0] == {
        "member_id_type": "open_id",
        "member_id": desk.open_id(desk.person),
        "name": desk.person.name,
        "tenant_key": desk.person.tenant_key,
    }
    assert (first["member_total"], first["has_more"]) == (3, True)
    rest = (await desk.get(path, page_token=first["page_token"], member_id_type="union_id"))["data"]
    assert [each["member_id"] for each in rest["items"]] == [desk.world.people[2].union_id]
    assert (await desk.get(path, member_id_type="name"))["code"] == 99992402
    assert (await desk.get(path, page_token="x"))["code"] == 232001


async def test_whose_people_are_not_told(desk: Desk) -> None:
    outside = desk.sim.group("外面", [desk.person])
    elsewhere = desk.sim.group("别家", [desk.sim.person("外人", "别家")])
    codes = {outside.id: 232011, elsewhere.id: 232010, "oc_none": 232006}
    for chat_id, code in codes.items():
        assert (await desk.get(f"{CHATS}/{chat_id}/members"))["code"] == code
    desk.sim.dissolve(desk.chat)
    assert (await desk.get(f"{CHATS}/{desk.chat.id}/members"))["code"] == 232009
    desk.app.withdraw("im:chat:readonly")
    assert (await desk.get(f"{CHATS}/{desk.chat.id}/members"))["code"] == 99991672


async def test_whether_the_bot_is_in_a_chat(desk: Desk) -> None:
    outside = desk.sim.group("外面", [desk.person])
    for chat, is_in in ((desk.chat, True), (outside, False)):
        found = await desk.get(f"{CHATS}/{chat.id}/members/is_in_chat")
        assert found["data"] == {"is_in_chat": is_in}
