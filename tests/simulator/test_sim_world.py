"""Ids, mentions, threads, names."""

import gc
import re
import tracemalloc

import pytest

from larkgate.clock import VirtualClock
from larkgate.simulator import Simulator, WorldError, standard_world


def test_ids_follow_from_the_seed() -> None:
    def ids(seed: int) -> list[str]:
        sim = Simulator(VirtualClock(), seed=seed)
        world = standard_world(sim)
        message = sim.say(world.development, world.people[0], "早")
        return [world.development.id, message.id, sim.world.open_id(world.people[0], world.app)]

    assert ids(1) == ids(1)
    assert not set(ids(1)) & set(ids(2))
    assert all(re.fullmatch(r"(oc|om|ou)_[0-9a-f]{32}", each) for each in ids(1))


def test_an_open_id_belongs_to_one_person_as_one_app_sees_them() -> None:
    sim = Simulator(VirtualClock())
    one, other = sim.add_app("cli_1", "s", "甲"), sim.add_app("cli_2", "s", "乙")
    person = sim.person("张三")
    assert sim.world.open_id(person, one) != sim.world.open_id(person, other)
    assert sim.person("张三") is person


def test_typed_names_become_mentions_longest_first() -> None:
    sim = Simulator(VirtualClock())
    app = sim.add_app("cli_1", "s", "TSP助手")
    people = [sim.person(name) for name in ("王五", "王五六")]
    chat = sim.group("群", [*people, app])

    message = sim.say(chat, people[0], "@王五六 @TSP助手 @王五 @王五六 @所有人 @nobody")

    assert message.content == ('{"text":"@_user_1 @_user_2 @_user_3 @_user_1 @_all @nobody"}')
    assert [mention.name for mention in message.mentions] == [
        "王五六",
        "TSP助手",
        "王五",
        "所有人",
    ]
    assert message.text == "@王五六 @TSP助手 @王五 @王五六 @所有人 @nobody"


def test_replies_name_their_parent_and_root() -> None:
    sim = Simulator(VirtualClock())
    world = standard_world(sim)
    chat, person = world.development, world.people[0]
    first = sim.say(chat, person, "一")
    second = sim.say(chat, person, "二", reply_to=first)
    third = sim.say(chat, person, "三", reply_to=second)
    assert [(each.parent, each.root, each.thread) for each in (first, second, third)] == [
        ("", "", ""),
        (first.id, first.id, ""),
        (second.id, first.id, ""),
    ]


def test_a_thread_keeps_every_reply_and_names_its_first_message() -> None:
    sim = Simulator(VirtualClock())
    world = standard_world(sim)
    chat, person = world.development, world.people[0]
    first = sim.say(chat, person, "一")
    second = sim.say(chat, person, "二", reply_to=first, in_thread=True)
    third = sim.say(chat, person, "三", reply_to=second)
    assert first.thread.startswith("omt_")
    assert {each.thread for each in (first, second, third)} == {first.thread}
    assert {(each.parent, each.root) for each in (second, third)} == {(first.id, first.id)}


def test_a_reply_may_begin_a_thread_and_is_found_as_its_first_message_again() -> None:
    sim = Simulator(VirtualClock())
    world = standard_world(sim)
    chat, person = world.development, world.people[0]
    answer = sim.say(chat, person, "二", reply_to=sim.say(chat, person, "一"))
    sim.say(chat, person, "三", reply_to=answer, in_thread=True)
    sim.world.threads.clear()
    sim.world.index()
    assert sim.world.threads == {answer.thread: answer}


def test_in_a_topic_group_every_message_begins_a_thread() -> None:
    sim = Simulator(VirtualClock())
    person = sim.person("张三")
    chat = sim.group("话题群", [person], topics=True)
    first, second = sim.say(chat, person, "一"), sim.say(chat, person, "二")
    reply = sim.say(chat, person, "三", reply_to=first)
    assert first.thread != second.thread
    assert (reply.thread, reply.parent) == (first.thread, first.id)


def test_who_is_not_there_cannot_speak() -> None:
    sim = Simulator(VirtualClock())
    world = standard_world(sim)
    with pytest.raises(WorldError) as raised:
        sim.say(world.development, sim.person("赵六"), "早")
    assert raised.value.key == "simulator.not_member"


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    sim = Simulator(VirtualClock())
    standard_world(sim)
    with pytest.raises(WorldError, match="研发群, 售后群"):
        sim.world.chat_named("市场群")
    sim.group("研发群", [])
    with pytest.raises(WorldError) as raised:
        sim.world.chat_named("研发群")
    assert raised.value.key == "simulator.two_chats"


def test_a_chat_of_several_tenants_is_external() -> None:
    sim = Simulator(VirtualClock())
    app = sim.add_app("cli_1", "s", "TSP助手")
    guest = sim.person("张三", "别家")
    assert guest is not sim.person("张三")
    assert guest.tenant_key != app.tenant_key
    assert sim.p2p(guest, app).external
    assert not sim.group("群", [sim.person("张三"), app]).external


def test_the_first_person_of_a_group_owns_it() -> None:
    sim = Simulator(VirtualClock())
    world = standard_world(sim)
    assert sim.group("群", [world.app, *world.people]).owner is world.people[0]
    assert sim.group("只有机器人", [world.app]).owner is None
    assert world.private[0].owner is None


def test_a_hundred_thousand_messages_in_little_memory() -> None:
    sim = Simulator(VirtualClock())
    person = sim.person("张三")
    chat = sim.group("群", [person])
    gc.collect()
    tracemalloc.start()
    for number in range(5_000):
        sim.say(chat, person, f"第 {number} 条消息，和平常的消息差不多长")
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used * 20 < 200 << 20, "of the 400 MB a process may have"


def test_a_private_chat_is_made_once() -> None:
    sim = Simulator(VirtualClock())
    world = standard_world(sim)
    assert sim.p2p(world.people[0], world.app) is world.private[0]


def test_what_is_no_mention() -> None:
    sim = Simulator()
    nameless, person = sim.person(""), sim.person("Al")
    chat = sim.group("群", [nameless, person, person])
    assert chat.members == [nameless, person]
    message = sim.say(chat, person, "a@alliance.cn @Albert @ @all @Al你好")
    assert message.content == '{"text":"a@alliance.cn @Albert @ @_all @_user_1你好"}'
