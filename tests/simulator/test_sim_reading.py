"""What a person reads in messages of every kind."""

from typing import Any

import msgspec
import pytest

from larkgate.clock import VirtualClock
from larkgate.simulator import Simulator

SUMMARY = {"title": "周会", "content": [[{"tag": "text", "text": "准备"}]]}


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("folder", {"file_key": "f", "file_name": "资料"}, "[文件夹] 资料"),
        ("share_chat", {"chat_id": "oc_1"}, "[群名片]"),
        ("share_user", {"user_id": "ou_1"}, "[个人名片]"),
        ("location", {"name": "上海", "longitude": "1", "latitude": "2"}, "[位置] 上海"),
        ("video_chat", {"topic": "评审", "start_time": "1"}, "[视频会议] 评审"),
        ("todo", {"task_id": "t", "summary": SUMMARY, "due_time": "1"}, "[任务] 周会\n准备"),
        ("vote", {"topic": "午饭", "options": ["米", "面"]}, "[投票] 午饭"),
        ("hongbao", {"text": "恭喜发财"}, "[红包] 恭喜发财"),
        ("calendar", {"summary": "周会", "start_time": "1", "end_time": "2"}, "[日程] 周会"),
        (
            "system",
            {
                "template": "{from_user} 邀请 {to_chatters} 进群",
                "from_user": ["张三"],
                "to_chatters": ["李四", "王五"],
            },
            "张三 邀请 李四、王五 进群",
        ),
        ("interactive", {"type": "card", "data": {"card_id": "7"}}, "[卡片]"),
        ("of_tomorrow", {"text": "?"}, "[of_tomorrow]"),
    ],
)
def test_every_kind(kind: str, content: dict[str, Any], text: str) -> None:
    sim = Simulator(VirtualClock())
    person = sim.person("张三")
    chat = sim.group("群", [person])
    assert sim.send(chat, person, kind, content).text == text


def test_names_stand_for_keys_and_a_long_key_is_not_a_short_one() -> None:
    sim = Simulator(VirtualClock())
    people = [sim.person(f"第{number}位") for number in range(1, 12)]
    chat = sim.group("群", people)
    said = sim.say(chat, people[0], " ".join(f"@{each.name}" for each in people))
    assert "@_user_11" in msgspec.json.decode(said.content)["text"]
    assert said.text.endswith("@第10位 @第11位")
