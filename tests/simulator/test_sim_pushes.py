"""Acknowledged within 3 s, or pushed again after 15 s, 5 min, 1 h and 6 h."""

import msgspec
import pytest
from simclient import client_of

from larkgate.clock import VirtualClock
from larkgate.simulator import PushRecord, Simulator, standard_world

REPUSHES = [0, 18, 18 + 303, 18 + 303 + 3603, 18 + 303 + 3603 + 21603]


def delays(push: PushRecord) -> list[int]:
    return [round(attempt.at - push.attempts[0].at) for attempt in push.attempts]


async def test_an_event_nobody_acknowledges_is_pushed_five_times() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            sim.say(world.private[0], world.people[0], "在吗")
            (push,) = sim.pushes
            await clock.advance(7 * 3600)
            assert not push.given_up
            await clock.advance(3600)
            keys = {(await link.frame()).header("message_id") for _ in range(5)}
    assert delays(push) == REPUSHES, "3 s to wait for each acknowledgement"
    assert push.given_up
    assert push.acked_at is None
    assert len(keys) == 5
    assert sim.unacknowledged == 0


async def test_an_event_waits_for_a_connection_as_long_as_the_schedule_lasts() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        sim.say(world.private[0], world.people[0], "在吗")
        (push,) = sim.pushes
        await clock.advance(20)
        assert [attempt.connection for attempt in push.attempts] == [None, None]
        async with client_of(sim, world.app) as client, client.link() as link:
            await clock.advance(295)
            await link.acknowledge(await link.frame())
            await sim.until(lambda: push.acked_at)
    assert delays(push) == [0, 15, 315]
    assert push.attempts[2].code == 200


async def test_a_failure_is_pushed_again_and_success_ends_it() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            sim.say(world.private[0], world.people[0], "在吗")
            (push,) = sim.pushes
            await link.acknowledge(await link.frame(), code=500)
            await clock.advance(15)
            await link.acknowledge(await link.frame())
            await clock.advance(8 * 3600)
    assert delays(push) == [0, 15]
    assert [attempt.code for attempt in push.attempts] == [500, 200]
    assert push.attempts[0].biz_rt == 5
    assert push.acked_at == push.attempts[1].acked_at


async def test_a_late_acknowledgement_is_noted_and_changes_nothing() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            sim.say(world.private[0], world.people[0], "在吗")
            (push,) = sim.pushes
            frame = await link.frame()
            await clock.advance(3.5)
            await link.acknowledge(frame)
            await clock.advance(15)
    assert push.attempts[0].code == 200
    assert push.attempts[0].failed
    assert len(push.attempts) == 2


async def test_an_acknowledgement_counts_only_on_the_connection_that_brought_the_push() -> None:
    async with Simulator() as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as one:
            sim.say(world.private[0], world.people[0], "在吗")
            frame = await one.frame()
            async with client.link() as other:
                await other.acknowledge(frame)
                await other.ping()
                assert sim.pushes[0].acked_at is None
                assert len(sim.complaints) == 1
            await one.acknowledge(frame)
            await sim.until(lambda: sim.pushes[0].acked_at)


async def test_a_callback_is_pushed_once_and_its_answer_kept() -> None:
    clock = VirtualClock()
    payload = b'{"schema":"2.0","header":{"event_id":"e1","event_type":"card.action.trigger"}}'
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            answered = sim.push(world.app.id, payload, repush=False)
            await link.acknowledge(await link.frame(), data=b'{"toast":{}}')
            await sim.until(lambda: answered.acked_at)
            sim.callback_frame_type = "card"
            missed = sim.push(world.app.id, payload, repush=False)
            await clock.advance(8 * 3600)
            assert (await link.frame()).header("type") == "card"
    assert answered.answer == b'{"toast":{}}'
    assert (answered.event_id, answered.event_type) == ("e1", "card.action.trigger")
    assert (len(missed.attempts), missed.given_up) == (1, True)


async def test_a_push_can_be_repeated_after_it_was_acknowledged() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            sim.say(world.private[0], world.people[0], "在吗")
            first = await link.frame()
            await link.acknowledge(first)
            await sim.until(lambda: sim.pushes[0].acked_at)
            sim.repeat(sim.pushes[0])
            second = await link.frame()
            await clock.advance(8 * 3600)
    assert second.payload == first.payload
    assert len(sim.pushes[0].attempts) == 2, "a repetition has no further ones"


async def test_an_acknowledged_repetition_ends_the_schedule() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        async with client_of(sim, world.app) as client, client.link() as link:
            sim.say(world.private[0], world.people[0], "在吗")
            await link.acknowledge(await link.frame(), code=500)
            await sim.until(lambda: sim.pushes[0].attempts[0].failed)
            sim.repeat(sim.pushes[0])
            await link.acknowledge(await link.frame())
            await clock.advance(8 * 3600)
    assert [attempt.code for attempt in sim.pushes[0].attempts] == [500, 200]


async def test_a_recall_is_told_to_the_apps_of_the_chat() -> None:
    sim = Simulator(VirtualClock())
    world = standard_world(sim)
    message = sim.say(world.development, world.people[0], "@TSP助手 说错了")
    sim.recall(message)
    assert message.recalled
    push = sim.pushes[-1]
    assert (push.event_type, push.about) == ("im.message.recalled_v1", message.id)
    assert msgspec.json.decode(push.payload)["event"]["recall_type"] == "message_owner"


async def test_waiting_in_vain_ends_with_a_sentence() -> None:
    async with Simulator(VirtualClock()) as sim:
        with pytest.raises(TimeoutError, match="still false after"):
            await sim.until(lambda: sim.pushes, timeout=0.01)


async def test_the_schedule_may_be_another() -> None:
    clock = VirtualClock()
    async with Simulator(clock) as sim:
        sim.repush_after = (1.0, 2.0)
        world = standard_world(sim)
        sim.say(world.private[0], world.people[0], "在吗")
        await clock.advance(10)
    (push,) = sim.pushes
    assert delays(push) == [0, 1, 3]
    assert push.given_up


async def test_closed_it_pushes_no_more() -> None:
    """Nothing is left open behind a simulator: an unclosed connection would be a warning."""
    async with Simulator() as sim:
        world = standard_world(sim)
        world.app.event_url = "http://127.0.0.1:1/"
        world.app.set(event_mode="webhook")
    sim.say(world.private[0], world.people[0], "在吗")
    (push,) = sim.pushes
    assert push.attempts == []
    sim.repeat(push)
    assert push.attempts == []
