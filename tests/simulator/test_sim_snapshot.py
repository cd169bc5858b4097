"""The world as a file: everything in it comes back, and wrong files say where they are wrong."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simclient import client_of, text
from spoiled import spoiled

from larkgate.clock import VirtualClock
from larkgate.simulator import Simulator, StandardWorld, WorldError, standard_world


def lived_in(seed: int = 7) -> tuple[Simulator, StandardWorld]:
    """A world in which something of every kind has happened."""
    sim = Simulator(VirtualClock(), seed=seed)
    world = standard_world(sim)
    first, second, _ = world.people
    guest = sim.person("访客", "别的公司")
    topics = sim.group("话题群", [first, guest, world.app], topics=True)
    begun = sim.say(topics, first, "@TSP助手 开题")
    sim.say(topics, guest, "跟帖", reply_to=begun)
    said = sim.say(world.development, first, "@李四 @所有人 看这里")
    sim.react(said, second, "OK")
    answer = sim.world.post(world.development, world.app, "interactive", "{}", reply_to=said)
    sim.world.read(world.development, second)
    sim.forward([said, answer], world.service, second)
    sim.recall(sim.say(world.private[0], first, "说错了"))
    sim.media.keep("file", "手册.pdf", b"\x00\xff", owner=world.app, file_type="pdf")
    sim.cards.create(world.app, {"schema": "2.0", "body": {"elements": []}})
    fields = {"标题": "text", "处理人": "person", "链接": "url", "标签": "multi_select"}
    table = sim.base("客服", app=world.app, tables={"工单": fields}).table("工单")
    cells = {"标题": "一", "处理人": [first], "链接": {"link": "http://a"}, "标签": ["急", "外"]}
    table.add(cells, by=second)
    table.remove(table.add({"标题": "二"}, by=first))
    world.app.set(visible_to=frozenset({"张三"}), event_mode="webhook", publish=False)
    return sim, world


def other(data: bytes) -> Simulator:
    sim = Simulator(VirtualClock(), seed=99)
    sim.load(data)
    return sim


@pytest.mark.parametrize("secrets", [False, True])
def test_what_is_loaded_exports_the_same(secrets: bool) -> None:
    data = lived_in()[0].export(secrets=secrets)
    assert msgspec.json.decode(other(data).export(secrets=secrets)) == msgspec.json.decode(data)


def test_what_comes_after_has_ids_never_given_before() -> None:
    """A bot that stays would take them for repetitions."""
    sim, world = lived_in()
    data = sim.export(secrets=True)
    said = sim.say(world.development, world.people[0], "在吗")
    sim.load(data)
    chat = sim.world.chats[world.development.id]
    assert sim.say(chat, sim.world.people[world.people[0].id], "在吗").id != said.id


def test_everything_is_there_again() -> None:
    sim, world = lived_in()
    again = other(sim.export(secrets=True))
    [app] = again.world.apps.values()
    assert (app.console, app.published, app.secret) == (
        world.app.console,
        world.app.published,
        world.app.secret,
    )
    chats = again.world.chats
    assert [each.name for each in chats.values()] == [e.name for e in sim.world.chats.values()]
    assert [each.text for each in again.messages] == [each.text for each in sim.messages]
    said = again.world.message_with(world.development.messages[0].id)
    assert said.sender is again.person("张三")
    assert [each.who for each in said.reactions] == [again.person("李四")]
    assert again.p2p(again.person("张三"), app).id == world.private[0].id
    [forward] = [each for each in again.messages if each.kind == "merge_forward"]
    assert [part.text for part in forward.parts] == ["@李四 @所有人 看这里", "[卡片]"]
    [record] = next(iter(again.bases)).table("工单").records
    assert record.fields["处理人"] == (again.person("张三"),)
    assert record.created_by is again.person("李四")
    [kept] = again.media
    assert (kept.data, kept.owner) == (b"\x00\xff", app)
    topics = again.world.chat_named("话题群")
    more = again.say(topics, again.person("张三"), "继续", reply_to=topics.messages[1])
    assert more.thread == topics.messages[0].thread
    assert len({each.id for each in again.messages}) == len(again.messages)


def test_without_secrets_there_are_none_in_it() -> None:
    sim, world = lived_in()
    world.app.encrypt_key = world.app.verification_token = world.app.secret
    assert b"demo-secret" not in sim.export()
    assert b"demo-secret" in sim.export(secrets=True)


async def test_who_was_connected_begins_anew() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link():
            await sim.until(lambda: sim.connections)
            await client.authorize()
            sim.load(sim.export(secrets=True))
            await sim.until(lambda: not sim.connections)
            assert (await client.call("GET", "/bot/v3/info"))["code"] == 99991663
            client.token = ""
            chat = sim.world.chat_named("研发群")
            body = {"receive_id": chat.id, "msg_type": "text", "content": text("在")}
            await client.call("POST", "/im/v1/messages", body, receive_id_type="chat_id")
            assert [each.text for each in chat.messages] == ["在"]


@pytest.mark.parametrize(
    ("place", "value", "sentence"),
    [
        (["version"], 2, "of version 2; only version 1"),
        (["seed"], "x", "Expected `int`, got `str` - at `$.seed`"),
        (["stars"], [], "unknown field `stars`"),
        (["people", 0], 1, "people[0]: expected an object"),
        (["people", 0, "age"], 1, "people[0].age: unknown"),
        (["people", 1, "name"], 1, "people[1].name: Expected `str`, got `int`"),
        (["apps", 0, "console", "scopes"], "all", "apps[0].console.scopes: expected an array"),
        (["chats", 0, "members", 1], "x", "chats[0].members[1]: nobody and nothing has the id"),
        (["chats", 0, "mode"], "x", "chats[0].mode: Invalid enum value 'x'"),
        (["messages", 0, "sender"], None, "messages[0].sender: nobody and nothing"),
        (["messages", 0, "chat_id"], "oc_1", "messages[0].chat_id: no chat has the id 'oc_1'"),
        (["messages", 0, "parts"], [1], "messages[0].parts[0]: expected an object"),
        (["media", 0, "data"], "!", "media[0].data: no base64"),
        (["bases"], [{}], "bases[0]: Object missing required field"),
        (["bases", 0, "tables", 0, "fields", 0, "kind"], "x", "fields[0].kind: no field is a 'x'"),
        (["bases", 0, "tables", 0, "records", 0, "fields", "x"], 1, "there is no such field"),
    ],
)
def test_a_wrong_file_says_where_and_changes_nothing(
    place: list[Any], value: object, sentence: str
) -> None:
    sim, _ = lived_in()
    before = sim.export(secrets=True)
    file = msgspec.json.decode(before)
    inside = file
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    with pytest.raises(WorldError) as wrong:
        sim.load(msgspec.json.encode(file))
    assert sentence in str(wrong.value)
    assert sim.export(secrets=True) == before


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"[" * 100_000, b"\xff"])
def test_what_is_no_file_at_all(data: bytes) -> None:
    with pytest.raises(WorldError, match="cannot be loaded"):
        Simulator(VirtualClock()).load(data)


def deep(levels: int) -> bytes:
    """A merged forward in a merged forward in ..."""
    sim, _ = lived_in()
    file = msgspec.json.decode(sim.export())
    message = msgspec.json.encode({**file["messages"][0], "parts": []}).decode()
    text = ""
    for _ in range(levels):
        text = message.replace('"parts":[]', f'"parts":[{text}]')
    whole = msgspec.json.encode({**file, "messages": []}).decode()
    return whole.replace('"messages":[]', f'"messages":[{text}]').encode()


def test_what_is_too_deep_is_no_file() -> None:
    Simulator(VirtualClock()).load(deep(40))
    for levels, problem in ((60, "forwards inside"), (1_100, "recursion")):
        with pytest.raises(WorldError, match=problem):
            Simulator(VirtualClock()).load(deep(levels))


WHOLE = lived_in()[0].export(secrets=True)


@settings(deadline=None, max_examples=150)
@given(file=spoiled(WHOLE))
def test_any_wrong_file_is_refused_in_a_sentence(file: bytes) -> None:
    sim = Simulator(VirtualClock())
    with suppress(WorldError):
        sim.load(file)
        assert sim.export()


names = st.text(min_size=1, max_size=9)


@settings(deadline=None, max_examples=25)
@given(
    people=st.lists(names, unique=True, max_size=4),
    said=st.lists(st.tuples(st.integers(0, 3), names), max_size=8),
    seed=st.integers(0, 9),
)
def test_any_world_survives(people: list[str], said: list[tuple[int, str]], seed: int) -> None:
    sim = Simulator(VirtualClock(), seed=seed)
    app = standard_world(sim).app
    members = [sim.person(name) for name in people]
    group = sim.group("群", [*members, app])
    for who, words in said:
        if members:
            sim.say(group, members[who % len(members)], words)
    data = sim.export(secrets=True)
    assert other(data).export(secrets=True) == data
