"""Who may be written to, what may be sent, what may be changed: codes of the error tables."""

from collections.abc import AsyncIterator, Callable

import msgspec
import pytest
from simclient import client_of
from simdesk import Desk, desk_of, json

from larkgate.simulator import Chat

DAY = 86400.0
Place = Callable[[Desk], Chat]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with desk_of() as desk:
        yield desk


async def test_a_person_can_be_written_to_by_email(desk: Desk) -> None:
    answer = await desk.send("邮箱", to="email", receive_id=desk.person.email)
    assert answer["data"]["chat_id"] == desk.world.private[0].id


@pytest.mark.parametrize(
    ("to", "receive_id"),
    [
        ("chat_id", "ou_1"),
        ("open_id", "oc_1"),
        ("union_id", "ou_1"),
        ("user_id", "ou_1"),
        ("email", "ou_1"),
    ],
)
async def test_an_id_of_another_kind(desk: Desk, to: str, receive_id: str) -> None:
    assert (await desk.send("在吗", to=to, receive_id=receive_id))["code"] == 230034


def dissolved(desk: Desk) -> Chat:
    desk.sim.dissolve(desk.chat)
    return desk.chat


def outside(desk: Desk) -> Chat:
    return desk.sim.group("外面", [desk.person])


def muted(desk: Desk) -> Chat:
    desk.chat.muted = True
    return desk.chat


def for_its_owner(desk: Desk) -> Chat:
    desk.chat.speakers = "only_owner"
    return desk.chat


def external(desk: Desk) -> Chat:
    desk.sim.external_groups = False
    desk.chat.members.append(desk.sim.person("外人", "别家"))
    return desk.chat


def of_another_tenant(desk: Desk) -> Chat:
    return desk.sim.p2p(desk.sim.person("外人", "别家"), desk.app)


def stopped(desk: Desk) -> Chat:
    desk.sim.stop(desk.person, desk.app)
    return desk.world.private[0]


def resigned(desk: Desk) -> Chat:
    desk.sim.resign(desk.person)
    return desk.world.private[0]


def not_available(desk: Desk) -> Chat:
    desk.app.set(visible_to=frozenset({"李四"}))
    return desk.world.private[0]


PLACES = [
    (outside, 230002),
    (dissolved, 232009),
    (external, 230027),
    (for_its_owner, 230018),
    (muted, 230035),
    (of_another_tenant, 230038),
    (stopped, 230053),
    (resigned, 230029),
    (not_available, 230013),
]


@pytest.mark.parametrize(("place", "code"), PLACES)
async def test_a_chat_that_takes_no_message(desk: Desk, place: Place, code: int) -> None:
    chat = place(desk)
    assert (await desk.send("在吗", receive_id=chat.id))["code"] == code
    assert chat.messages == []


@pytest.mark.parametrize(
    ("place", "code"), [(stopped, 230053), (resigned, 230013), (not_available, 230013)]
)
async def test_a_person_who_takes_no_message(desk: Desk, place: Place, code: int) -> None:
    place(desk)
    answer = await desk.send("在吗", to="open_id", receive_id=desk.open_id(desk.person))
    assert answer["code"] == code


async def test_a_person_of_another_tenant_gets_no_private_chat(desk: Desk) -> None:
    stranger = desk.sim.person("外人", "别家")
    answer = await desk.send("在吗", to="union_id", receive_id=stranger.union_id)
    assert answer["code"] == 230038
    assert not any(stranger in chat.members for chat in desk.sim.world.chats.values())


async def test_replies_are_checked_like_messages(desk: Desk) -> None:
    asked = desk.say("在吗")
    muted(desk)
    assert (await desk.reply(asked.id, "在"))["code"] == 230035


async def test_who_runs_the_group_speaks_though_others_may_not(desk: Desk) -> None:
    for_its_owner(desk).managers = (desk.app,)
    assert (await desk.send("公告"))["code"] == 0


async def test_no_reply_to_a_deleted_message_and_no_thread_where_there_are_none(
    desk: Desk,
) -> None:
    asked = desk.say("在吗")
    desk.chat.threads = False
    refused = await desk.reply(asked.id, "在", reply_in_thread=True)
    assert (refused["code"], "thread" in refused["msg"]) == (230071, True)
    assert (await desk.reply(asked.id, "在"))["code"] == 0
    asked.deleted = True
    assert (await desk.reply(asked.id, "在"))["code"] == 230110


POST = {"tag": "text", "text": "一"}
MARKDOWN = {"tag": "md", "text": "**一**"}


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("post", {}),
        ("post", {"title": "没有语言", "content": [[POST]]}),
        ("post", {"中文": {"content": [[POST]]}}),
        ("post", {"zh_cn": {"content": [POST]}}),
        ("post", {"zh_cn": {"content": [[{"tag": "blink", "text": "一"}]]}}),
        ("post", {"zh_cn": {"content": [[{"tag": "a", "text": "没有地址"}]]}}),
        ("post", {"zh_cn": {"content": [[MARKDOWN, POST]]}}),
        ("post", {"zh_cn": {"content": [[POST, {"tag": "img", "image_key": "img_1"}]]}}),
        ("image", {"file_key": "img_1"}),
        ("image", {"image_key": ""}),
        ("file", {"image_key": "file_1"}),
        ("share_chat", {"user_id": "ou_1"}),
        ("share_user", {"chat_id": "oc_1"}),
        ("interactive", {}),
        ("merge_forward", {"content": "x"}),
        ("image", {"image_key": "img_of_nobody"}),
        ("file", {"file_key": "file_of_nobody"}),
        ("share_chat", {"chat_id": "oc_of_nobody"}),
        ("system", {"type": "divider", "params": {}}),
    ],
)
async def test_content_of_another_shape(desk: Desk, kind: str, content: object) -> None:
    assert (await desk.send_kind(kind, content))["code"] == 230001
    assert desk.chat.messages == []


async def test_a_post_of_all_its_elements(desk: Desk) -> None:
    image = desk.sim.media.keep("image", "图.png", b"1", owner=desk.app)
    video = desk.sim.media.keep("file", "片.mp4", b"1", owner=desk.app, file_type="mp4")
    rows = [
        [
            POST | {"style": ["bold"]},
            {"tag": "a", "text": "链接", "href": "https://example.com"},
            {"tag": "at", "user_id": "all"},
            {"tag": "emotion", "emoji_type": "SMILE"},
        ],
        [{"tag": "img", "image_key": image}],
        [{"tag": "media", "file_key": video}],
        [{"tag": "code_block", "language": "PYTHON", "text": "1 + 1"}],
        [{"tag": "hr"}],
        [MARKDOWN],
    ]
    answer = await desk.send_kind("post", {"zh_cn": {"title": "全", "content": rows}})
    assert answer["code"] == 0
    (message,) = desk.chat.messages
    assert message.text == "全\n一链接@所有人[SMILE]\n[图片]\n[视频]\n1 + 1\n---\n**一**"


async def test_markdown_comes_back_as_plain_paragraphs(desk: Desk) -> None:
    at = f'<at user_id="{desk.open_id(desk.person)}">x</at>'
    markdown = {"tag": "md", "text": f"# 标题\n> 引用 {at}\n- **粗** 和 ~~旧~~"}
    sent = await desk.send_kind("post", {"zh_cn": {"content": [[markdown]]}})
    content = sent["data"]["body"]["content"]
    assert '"md"' not in content

    def words(text: str) -> dict[str, object]:
        return {"tag": "text", "text": text, "style": []}

    mention = {"tag": "at", "user_id": "@_user_1", "user_name": "张三", "style": []}
    assert content == json(
        {"content": [[words("标题")], [words("引用 "), mention], [words("- 粗 和 旧")]]}
    )
    assert sent["data"]["mentions"][0]["name"] == "张三"


async def test_only_what_the_bot_uploaded_and_only_in_its_kind_of_message(desk: Desk) -> None:
    keep = desk.sim.media.keep
    theirs = keep("image", "图.png", b"1")
    image = keep("image", "图.png", b"1", owner=desk.app)
    pdf = keep("file", "表.pdf", b"1", owner=desk.app, file_type="pdf")
    opus = keep("file", "音.opus", b"1", owner=desk.app, file_type="opus")
    sends = [
        ("image", {"image_key": theirs}, 230017),
        ("image", {"image_key": image}, 0),
        ("image", {"image_key": pdf}, 230001),
        ("audio", {"file_key": pdf}, 230055),
        ("file", {"file_key": opus}, 230055),
        ("media", {"file_key": opus}, 230055),
        ("file", {"file_key": pdf}, 0),
        ("audio", {"file_key": opus}, 0),
    ]
    codes = [(await desk.send_kind(kind, content))["code"] for kind, content, _ in sends]
    assert codes == [code for _, _, code in sends]
    desk.sim.media.delete(image)
    assert (await desk.send_kind("image", {"image_key": image}))["code"] == 230001


async def test_name_cards(desk: Desk) -> None:
    private = desk.world.private[0]
    assert (await desk.send_kind("share_chat", {"chat_id": private.id}))["code"] == 230015
    assert (await desk.send_kind("share_chat", {"chat_id": outside(desk).id}))["code"] == 230002
    assert (await desk.send_kind("share_chat", {"chat_id": desk.chat.id}))["code"] == 0
    shown = {"user_id": desk.open_id(desk.person)}
    assert (await desk.send_kind("share_user", shown))["code"] == 0
    assert (await desk.send_kind("share_user", {"user_id": "ou_1"}))["code"] == 99992351


async def test_a_divider_needs_its_scope_and_a_private_chat(desk: Desk) -> None:
    divider = {"type": "divider", "params": {"divider_text": {"text": "新会话"}}}
    private = {"receive_id": desk.world.private[0].id}
    refused = await desk.send_kind("system", divider, **private)
    assert refused["code"] == 230027
    assert refused["msg"].endswith("ext=need scope: im:message:send_sys_msg")
    desk.app.grant("im:message:send_sys_msg")
    assert (await desk.send_kind("system", divider))["code"] == 230001
    assert (await desk.send_kind("system", divider, **private))["code"] == 0
    assert desk.world.private[0].messages[0].text == "新会话"


async def test_a_card_is_checked(desk: Desk) -> None:
    card = {"schema": "2.0", "body": {"elements": [{"tag": "note"}]}}
    assert (await desk.send_kind("interactive", card))["code"] == 230099
    assert (await desk.send_kind("interactive", {"elements": []}))["code"] == 0


async def test_a_mention_by_any_id(desk: Desk) -> None:
    first, second, third = desk.world.people
    ids = (desk.open_id(first), second.union_id, third.id, "nobody")
    await desk.send("".join(f'<at user_id="{each}">谁</at>' for each in ids))
    assert desk.chat.messages[0].text == "@张三@李四@王五@谁"


async def test_the_owner_of_a_group_recalls_what_others_said(desk: Desk) -> None:
    said = desk.say("说错了")
    assert await desk.recall(said) == 230026
    desk.chat.managers = (desk.app,)
    assert await desk.recall(said) == 0
    assert said.recalled
    assert await desk.recall(said) == 0, "again is no error"


async def test_a_message_is_too_old_to_recall(desk: Desk) -> None:
    old = await desk.sent("旧")
    await desk.clock.advance(DAY)
    desk.client.token = ""  # it has expired
    new = await desk.sent("新")
    desk.sim.recall_days = 0.5
    assert await desk.recall(old) == 230009
    assert await desk.recall(new) == 0


async def test_a_tenant_closes_editing(desk: Desk) -> None:
    message = await desk.sent("一")
    desk.sim.edit_seconds = 60
    await desk.clock.advance(60)
    assert await desk.edit(message, "二") == 0
    await desk.clock.advance(1)
    assert await desk.edit(message, "三") == 230075
    assert message.text == "二"


async def test_only_texts_and_posts_are_edited(desk: Desk) -> None:
    await desk.send_kind("interactive", {"elements": []})
    assert await desk.edit(desk.chat.messages[0], "二") == 230054


async def test_bots_of_a_group_share_its_five_messages_a_second(desk: Desk) -> None:
    other = desk.sim.add_app("cli_00000000000000ff", "s", "别的")
    desk.chat.members.append(other)
    for number in range(5):
        assert (await desk.send(str(number)))["code"] == 0
    async with client_of(desk.sim, other) as client:
        body = {"receive_id": desk.chat.id, "msg_type": "text", "content": json({"text": "六"})}
        path = "/im/v1/messages"
        answer = await client.call("POST", path, body, receive_id_type="chat_id")
        assert answer["code"] == 230020
    private = await desk.send("单聊", to="open_id", receive_id=desk.open_id(desk.person))
    assert private["code"] == 0


async def test_another_bot_hears_what_mentions_it_and_what_is_recalled(desk: Desk) -> None:
    other = desk.sim.add_app("cli_00000000000000ff", "s", "别的")
    other.grant("im:message.group_at_msg.include_bot:readonly")
    desk.chat.members.append(other)
    seen = desk.sim.world.open_id(other, desk.app)
    markdown = {"tag": "md", "text": f'## 请 <at user_id="{seen}">x</at> 看'}
    await desk.send_kind("post", {"zh_cn": {"content": [[markdown]]}})
    await desk.send("没有提到谁")
    await desk.recall(desk.chat.messages[0])
    received, recalled = [msgspec.json.decode(push.payload) for push in desk.sim.pushes]
    assert {push.app_id for push in desk.sim.pushes} == {other.id}, "never one's own"
    event = received["event"]
    assert event["sender"]["sender_type"] == "bot"
    assert "看" in event["message"]["content"]
    assert '"md"' not in event["message"]["content"]
    assert event["message"]["mentions"][0]["name"] == "别的"
    assert recalled["event"]["recall_type"] == "message_owner"


async def test_a_card_entity_is_shown_by_one_message(desk: Desk) -> None:
    card = {"schema": "2.0", "body": {"elements": []}}
    body = {"type": "card_json", "data": json(card)}
    created = await desk.client.call("POST", "/cardkit/v1/cards", body)
    content = {"type": "card", "data": {"card_id": created["data"]["card_id"]}}
    codes = [(await desk.send_kind("interactive", content))["code"] for _ in "12"]
    assert codes == [0, 230099]
    assert desk.sim.cards.of(desk.chat.messages[0]) == card


async def test_a_call_without_its_scope_or_without_a_bot(desk: Desk) -> None:
    desk.app.withdraw("im:message")
    answer = await desk.send("在吗")
    assert answer["code"] == 99991672
    violations = answer["error"]["permission_violations"]
    assert violations[0]["subject"] == "im:message"
    desk.app.set(bot=False)
    assert (await desk.send("在吗"))["code"] == 230006
