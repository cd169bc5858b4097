"""What stands around an event, by its schema."""

from __future__ import annotations

import msgspec
import pytest

from larkgate.clock import VirtualClock
from larkgate.protocol.events import envelope
from larkgate.secret import Secret
from larkgate.simulator import Simulator, standard_world
from larkgate.simulator.envelopes import identify


async def test_the_first_time_somebody_opens_the_chat_with_a_bot(clock: VirtualClock) -> None:
    async with Simulator(clock) as sim:
        world = standard_world(sim)
        world.app.verification_token = Secret("v-tok")
        for _ in range(2):
            chat = sim.enter(world.people[0], world.app)
    first, second, third = sim.pushes
    assert first.event_type == "p2p_chat_create"
    assert {second.event_type, third.event_type} == {"im.chat.access_event.bot_p2p_chat_entered_v1"}
    who = {"open_id": sim.world.open_id(world.people[0], world.app), "user_id": None}
    assert msgspec.json.decode(first.payload) == {
        "ts": "1800000000.000",
        "uuid": first.event_id,
        "token": "v-tok",
        "type": "event_callback",
        "event": {
            "type": "p2p_chat_create",
            "app_id": world.app.id,
            "tenant_key": sim.world.tenant_key,
            "chat_id": chat.id,
            "operator": who,
            "user": {"name": "张三", **who},
        },
    }
    assert envelope(first.payload).event_type == "p2p_chat_create"


async def test_any_event_of_schema_1(clock: VirtualClock) -> None:
    async with Simulator(clock) as sim:
        app = standard_world(sim).app
        assert sim.events.tell(app, "user_leave", {"open_id": "ou_1"}) is None
        app.set(events=app.console.events | {"user_leave"})
        push = sim.events.tell(app, "user_leave", {"open_id": "ou_1"})
    assert push is not None
    body = msgspec.json.decode(push.payload)
    assert "schema" not in body
    assert body["event"]["open_id"] == "ou_1"


@pytest.mark.parametrize(
    ("payload", "event_id", "event_type"),
    [
        (b'{"schema":"2.0","header":{"event_id":"e","event_type":"t"}}', "e", "t"),
        (b'{"uuid":"u","type":"event_callback","event":{"type":"t"}}', "u", "t"),
        (b'{"open_message_id":"om","token":"c-1","action":{}}', "c-1", "card.action.trigger_v1"),
        (b'{"type":"url_verification"}', "", "url_verification"),
        (b'{"uuid":"u","event":{"type":1}}', "", ""),
        (b"{}", "", ""),
        (b"not json", "", ""),
        (b"[" * 10_000, "", ""),
    ],
)
def test_which_event_a_payload_is(payload: bytes, event_id: str, event_type: str) -> None:
    assert identify(payload) == (event_id, event_type)
