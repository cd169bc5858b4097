"""What people do, and which apps hear of it in which words."""

from typing import Any

import msgspec
import pytest

from larkgate.clock import VirtualClock
from larkgate.simulator import App, Person, Simulator, WorldError, standard_world


class Stage:
    """The standard world without a client: pushes wait for nobody, and are looked at."""

    def __init__(self) -> None:
        self.sim = Simulator(VirtualClock())
        self.world = standard_world(self.sim)
        self.app = self.world.app
        self.chat = self.world.development
        self.private = self.world.private[0]
        self.person, self.other, _ = self.world.people

    def heard(self, event_type: str, app: App | None = None) -> list[Any]:
        """The `event` of each push of this type, to this app."""
        app = app or self.app
        return [
            msgspec.json.decode(push.payload)["event"]
            for push in self.sim.pushes
            if push.event_type == event_type and push.app_id == app.id
        ]

    def withheld(self) -> list[tuple[str, str]]:
        return [(each.event_type, each.reason) for each in self.sim.events.withheld]

    def another_app(self) -> App:
        app = self.sim.add_app("cli_00000000000000ff", "s", "别的")
        self.chat.members.append(app)
        return app

    def ids(self, person: Person, app: App | None = None) -> dict[str, object]:
        open_id = self.sim.world.open_id(person, app or self.app)
        return {"open_id": open_id, "union_id": person.union_id, "user_id": None}

    def posted(self, text: str = "收到", by: App | None = None) -> Any:
        """A message of an app's in the group."""
        return self.sim.world.post(
            self.chat, by or self.app, "text", msgspec.json.encode({"text": text}).decode()
        )


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_what_may_be_read_depends_on_scopes(stage: Stage) -> None:
    stage.sim.say(stage.chat, stage.person, "没有提到谁")
    stage.sim.say(stage.chat, stage.person, "@TSP助手 在吗")
    stage.sim.say(stage.private, stage.person, "单聊")
    received = stage.heard("im.message.receive_v1")
    contents = [each["message"]["content"] for each in received]
    assert contents == ['{"text":"@_user_1 在吗"}', '{"text":"单聊"}']
    assert stage.withheld() == [("im.message.receive_v1", "no_scope")]


def test_a_user_id_stays_in_its_tenant(stage: Stage) -> None:
    stage.app.grant("contact:user.employee_id:readonly")
    stranger = stage.sim.person("外人", "别家")
    stage.chat.members.append(stranger)
    for person in (stage.person, stranger):
        stage.sim.say(stage.chat, person, "@TSP助手")
    senders = [each["sender"]["sender_id"] for each in stage.heard("im.message.receive_v1")]
    assert [each["user_id"] for each in senders] == [stage.person.id, None]


def test_one_outside_the_availability_is_not_heard(stage: Stage) -> None:
    stage.app.set(visible_to=frozenset({"李四"}))
    said = stage.sim.say(stage.chat, stage.person, "@TSP助手 在吗")
    stage.sim.react(said, stage.person, "SMILE")
    stage.sim.say(stage.chat, stage.other, "@TSP助手 在吗")
    assert len(stage.sim.pushes) == 1
    assert stage.withheld() == [
        ("im.message.receive_v1", "not_visible"),
        ("im.message.reaction.created_v1", "not_visible"),
    ]


def test_a_bot_hears_of_bots_only_what_mentions_it_and_with_a_scope(stage: Stage) -> None:
    other = stage.another_app()
    other.grant("im:message.group_msg")

    def speak(text: str) -> None:
        said = stage.sim.say(stage.chat, stage.person, text)
        said.sender = stage.app
        stage.sim.hearing.posted(said)

    speak("没有提到谁")
    speak("@别的 在吗")
    from_bots = [
        each
        for each in stage.heard("im.message.receive_v1", other)
        if each["sender"]["sender_type"] == "bot"
    ]
    assert from_bots == []
    other.grant("im:message.group_at_msg.include_bot:readonly")
    speak("没有提到谁")
    speak("@别的 @TSP助手 在吗")
    heard = stage.heard("im.message.receive_v1", other)
    (event,) = [each for each in heard if each["sender"]["sender_type"] == "bot"]
    assert event["sender"]["sender_id"]["open_id"] == stage.sim.world.open_id(stage.app, other)
    assert [each["mentioned_type"] for each in event["message"]["mentions"]] == ["bot", "bot"]
    mine = stage.heard("im.message.receive_v1")
    assert all(each["sender"]["sender_type"] == "user" for each in mine), "never one's own"


def test_files_of_every_kind(stage: Stage) -> None:
    sends: list[tuple[Any, set[str], str]] = [
        ("file", {"file_key", "file_name"}, "[文件] 表.pdf"),
        ("image", {"image_key"}, "[图片]"),
        ("audio", {"file_key", "duration"}, "[语音]"),
        ("media", {"file_key", "image_key", "file_name", "duration"}, "[视频] 表.pdf"),
    ]
    for kind, keys, text in sends:
        message = stage.sim.send_file(
            stage.private, stage.person, "表.pdf", b"%PDF", kind=kind, duration=1500
        )
        content = msgspec.json.decode(message.content)
        assert (set(content), message.text) == (keys, text)
        key = content.get("file_key") or content["image_key"]
        kept = stage.sim.media.get(key)
        assert kept is not None
        assert (kept.data, kept.owner) == (b"%PDF", None)
    kinds = [each["message"]["message_type"] for each in stage.heard("im.message.receive_v1")]
    assert kinds == [kind for kind, _, _ in sends]


def test_a_post_of_lines_and_elements(stage: Stage) -> None:
    image = [{"tag": "img", "image_key": "img_1"}]
    message = stage.sim.send_post(stage.chat, stage.person, ["请 @TSP助手 看", image], title="日报")
    assert message.text == "日报\n请 @TSP助手 看\n[图片]"
    (event,) = stage.heard("im.message.receive_v1")
    assert msgspec.json.decode(event["message"]["content"]) == {
        "title": "日报",
        "content": [
            [
                {"tag": "text", "text": "请 "},
                {"tag": "at", "user_id": "@_user_1", "user_name": "TSP助手"},
                {"tag": "text", "text": " 看"},
            ],
            image,
        ],
    }
    assert event["message"]["mentions"][0]["key"] == "@_user_1"


def test_stickers(stage: Stage) -> None:
    assert stage.sim.send_sticker(stage.private, stage.person).text == "[表情]"


def test_a_merged_forward_is_a_marker(stage: Stage) -> None:
    said = [stage.sim.say(stage.chat, stage.person, word) for word in "一二"]
    forward = stage.sim.forward(said, stage.private, stage.person)
    assert [part.text for part in forward.parts] == ["一", "二"]
    assert {part.upper for part in forward.parts} == {forward.id}
    (event,) = stage.heard("im.message.receive_v1")
    message = event["message"]
    assert (message["message_type"], message["content"]) == (
        "merge_forward",
        "Merged and Forwarded Message",
    )
    assert forward.text == "[聊天记录]"


def test_a_person_edits_their_own_text(stage: Stage) -> None:
    said = stage.sim.say(stage.chat, stage.person, "@TSP助手 一")
    stage.sim.edit(said, stage.person, "@李四 二")
    assert (said.text, said.edits, said.mentions[0].who) == ("@李四 二", 1, stage.other)
    assert len(stage.sim.pushes) == 1, "nobody is told"
    with pytest.raises(WorldError, match="is no text of 李四's"):
        stage.sim.edit(said, stage.other, "三")


def test_a_message_is_recalled_by_its_sender_or_who_runs_the_group(stage: Stage) -> None:
    said = [stage.sim.say(stage.chat, stage.other, word) for word in "一二三"]
    stage.chat.managers = (stage.world.people[2],)
    with pytest.raises(WorldError, match="neither sent the message"):
        stage.sim.recall(stage.sim.say(stage.chat, stage.person, "四"), stage.other)
    stage.sim.recall(said[0])
    stage.sim.recall(said[0])
    stage.sim.recall(said[1], stage.person)
    stage.sim.recall(said[2], stage.world.people[2])
    assert stage.heard("im.message.recalled_v1") == [
        {
            "message_id": message.id,
            "chat_id": stage.chat.id,
            "recall_time": str(stage.sim.world.milliseconds()),
            "recall_type": recall_type,
        }
        for message, recall_type in zip(
            said, ["message_owner", "group_owner", "group_manager"], strict=True
        )
    ]


def test_reactions_come_and_go_once_each(stage: Stage) -> None:
    message = stage.posted()
    first = stage.sim.react(message, stage.person, "SMILE")
    assert stage.sim.react(message, stage.person, "SMILE") is first
    stage.sim.react(message, stage.other, "SMILE")
    stage.sim.unreact(message, stage.person, "SMILE")
    stage.sim.unreact(message, stage.person, "SMILE")
    assert [each.who for each in message.reactions] == [stage.other]
    created = stage.heard("im.message.reaction.created_v1")
    assert [each["user_id"] for each in created] == [
        stage.ids(stage.person),
        stage.ids(stage.other),
    ]
    assert stage.heard("im.message.reaction.deleted_v1") == [
        {
            "message_id": message.id,
            "reaction_type": {"emoji_type": "SMILE"},
            "operator_type": "user",
            "user_id": stage.ids(stage.person),
            "action_time": str(stage.sim.world.milliseconds()),
        }
    ]


def test_a_reaction_of_an_app_is_told_to_the_others(stage: Stage) -> None:
    other = stage.another_app()
    message = stage.posted()
    stage.sim.own_reactions = False
    stage.sim.hearing.reacted(message, stage.sim.world.react(message, stage.app, "OK"))
    assert stage.heard("im.message.reaction.created_v1") == []
    (event,) = stage.heard("im.message.reaction.created_v1", other)
    assert (event["operator_type"], event["app_id"]) == ("app", stage.app.id)
    assert "user_id" not in event


def test_a_reaction_of_an_app_is_told_to_itself(stage: Stage) -> None:
    message = stage.posted()
    stage.sim.hearing.reacted(message, stage.sim.world.react(message, stage.app, "OK"))
    (event,) = stage.heard("im.message.reaction.created_v1")
    assert (event["operator_type"], event["app_id"]) == ("app", stage.app.id)


def test_reading_is_told_in_private_chats_only(stage: Stage) -> None:
    group = stage.posted()
    stage.sim.read(stage.person, stage.chat)
    assert group.readers == {stage.person.id: stage.sim.world.milliseconds()}
    first, second = (
        stage.sim.world.post(stage.private, stage.app, "text", '{"text":"在"}') for _ in "12"
    )
    stage.sim.say(stage.private, stage.person, "在吗")
    for _ in range(2):
        stage.sim.read(stage.person, stage.private)
    assert stage.heard("im.message.message_read_v1") == [
        {
            "reader": {
                "reader_id": stage.ids(stage.person),
                "read_time": str(stage.sim.world.milliseconds()),
                "tenant_key": stage.person.tenant_key,
            },
            "message_id_list": [first.id, second.id],
        }
    ]


def test_entering_a_private_chat_for_the_first_time_and_again(stage: Stage) -> None:
    chat = stage.sim.enter(stage.person, stage.app)
    assert chat is stage.private
    said = stage.sim.say(chat, stage.person, "在吗")
    stage.sim.enter(stage.person, stage.app)
    first = {"chat_id": chat.id, "operator_id": stage.ids(stage.person)}
    assert stage.heard("im.chat.access_event.bot_p2p_chat_entered_v1") == [
        first,
        first | {"last_message_id": said.id, "last_message_create_time": str(said.created)},
    ]
    (created,) = stage.heard("p2p_chat_create")
    assert (created["chat_id"], created["user"]["name"]) == (chat.id, "张三")


def test_the_menu_says_who_chose_what_and_when(stage: Stage) -> None:
    stage.sim.menu(stage.person, stage.app, "help")
    stage.app.withdraw("contact:user.base:readonly")
    stage.sim.menu(stage.person, stage.app, "help")
    named, unnamed = stage.heard("application.bot.menu_v6")
    assert named == {
        "operator": {"operator_id": stage.ids(stage.person), "operator_name": "张三"},
        "event_key": "help",
        "timestamp": stage.sim.world.milliseconds() // 1000,
    }
    assert "operator_name" not in unnamed["operator"]
    with pytest.raises(WorldError, match="30 characters"):
        stage.sim.menu(stage.person, stage.app, "k" * 31)


def test_a_bot_hears_when_it_comes_and_goes_and_nothing_while_outside(stage: Stage) -> None:
    chat = stage.sim.group("市场群", [stage.person, stage.sim.person("外人", "别家")])
    other = stage.sim.add_app("cli_00000000000000ff", "s", "别的")
    stage.sim.say(chat, stage.person, "@TSP助手 还不在")
    stage.sim.add_member(chat, other, by=stage.person)
    stage.sim.add_member(chat, stage.app, by=stage.person)
    stage.sim.add_member(chat, stage.app, by=stage.person)
    stage.sim.say(chat, stage.person, "@TSP助手 在")
    stage.sim.remove_member(chat, stage.app, by=stage.person)
    stage.sim.say(chat, stage.person, "@TSP助手 不在了")
    membership = {
        "chat_id": chat.id,
        "operator_id": stage.ids(stage.person),
        "external": True,
        "operator_tenant_key": stage.person.tenant_key,
        "name": "市场群",
        "i18n_names": {"zh_cn": "市场群", "en_us": "", "ja_jp": ""},
    }
    assert stage.heard("im.chat.member.bot.added_v1") == [membership]
    assert stage.heard("im.chat.member.bot.deleted_v1") == [membership]
    assert len(stage.heard("im.message.receive_v1")) == 1
    assert len(stage.heard("im.chat.member.bot.added_v1", other)) == 1


def test_people_come_and_go_too(stage: Stage) -> None:
    stage.sim.remove_member(stage.chat, stage.other, by=stage.person)
    with pytest.raises(WorldError, match="李四 is not in the chat"):
        stage.sim.say(stage.chat, stage.other, "我呢")
    with pytest.raises(WorldError, match="李四 is not in the chat"):
        stage.sim.add_member(stage.chat, stage.other, by=stage.other)
    stage.sim.add_member(stage.chat, stage.other, by=stage.person)
    stage.sim.say(stage.chat, stage.other, "又来了")
    stage.sim.resign(stage.other)
    assert stage.other not in stage.chat.members


def test_a_group_whose_owner_leaves_has_another(stage: Stage) -> None:
    stage.chat.managers = (stage.other, stage.app)
    stage.sim.remove_member(stage.chat, stage.person, by=stage.person)
    assert stage.chat.owner is stage.other
    stage.sim.resign(stage.other)
    assert stage.chat.owner is stage.world.people[2]
    assert list(stage.chat.managers) == [stage.app]


def test_a_group_is_renamed_and_dissolved_a_private_chat_is_not(stage: Stage) -> None:
    stage.sim.rename(stage.chat, "新研发群")
    assert stage.chat.name == "新研发群"
    stage.sim.dissolve(stage.chat)
    with pytest.raises(WorldError, match="is dissolved"):
        stage.sim.say(stage.chat, stage.person, "有人吗")
    with pytest.raises(WorldError, match="is dissolved"):
        stage.sim.send_file(stage.chat, stage.person, "表.pdf", b"1")
    with pytest.raises(WorldError, match="is a private chat"):
        stage.sim.rename(stage.private, "别的名字")
    with pytest.raises(WorldError, match="is a private chat"):
        stage.sim.dissolve(stage.private)
    with pytest.raises(WorldError, match="is a private chat"):
        stage.sim.add_member(stage.private, stage.other, by=stage.person)


def test_a_reply_stays_in_the_chat(stage: Stage) -> None:
    asked = stage.sim.say(stage.chat, stage.person, "在吗")
    with pytest.raises(WorldError, match="cannot be replied to"):
        stage.sim.say(stage.private, stage.person, "在", reply_to=asked)
    assert stage.private.messages == []


def test_who_is_not_in_a_chat_leaves_nothing_there(stage: Stage) -> None:
    with pytest.raises(WorldError, match="赵六 is not in the chat"):
        stage.sim.send_file(stage.chat, stage.sim.person("赵六"), "表.pdf", b"1")
    assert list(stage.sim.media) == []


async def test_nobody_uses_what_they_do_not_see(stage: Stage) -> None:
    card, stranger = stage.posted(), stage.sim.person("外人")
    with pytest.raises(WorldError):
        stage.sim.react(card, stranger, "OK")
    with pytest.raises(WorldError):
        await stage.sim.click(card, stranger)
    stage.sim.recall(card)
    with pytest.raises(WorldError):
        stage.sim.react(card, stage.person, "OK")
    with pytest.raises(WorldError):
        await stage.sim.click(card, stage.person)


def test_an_emoji_is_one_of_the_platforms(stage: Stage) -> None:
    with pytest.raises(WorldError, match="smile"):
        stage.sim.react(stage.posted(), stage.person, "smile")
