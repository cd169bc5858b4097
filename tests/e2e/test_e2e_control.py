"""The control door: who may come in, what may be asked, and what `send` promises."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from e2e_stage import Stage, gateway, platform, settings, stage

from larkgate.clock import SystemClock, VirtualClock
from larkgate.dial import Dialer
from larkgate.errors import LarkgateError, NotRunning, NotSentYet
from larkgate.gateway import ask
from larkgate.secret import Secret
from larkgate.simulator import APP_SECRET, Message, Simulator, faults

ORDER: dict[str, Any] = {"key": "k1", "text": "维护通知"}


def data_of(here: Stage) -> Path:
    return here.gateway.config.gateway.data


def address(here: Stage) -> dict[str, str]:
    found: dict[str, str] = json.loads((data_of(here) / "control.json").read_bytes())
    return found


async def knock(
    here: Stage, action: str, body: bytes, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """As the command does, unless `headers` says otherwise."""
    known = address(here)
    sent = {"Authorization": f"Bearer {known['token']}"} | dict(headers or {})
    async with Dialer(SystemClock()) as dialer:
        answer = await dialer.request(
            "POST", f"{known['url']}/{action}", headers=sent, body=body, timeout=5
        )
    return answer.status, json.loads(answer.body)


def from_bot(sim: Simulator) -> list[Message]:
    return [message for message in sim.messages if message.text == ORDER["text"]]


async def test_only_its_owner_can_read_the_data_and_the_key_to_the_door(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with stage(tmp_path, clock) as here:
        data = data_of(here)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (data, *data.iterdir())}
        assert modes.pop(data.name) == 0o700
        assert modes["control.json"] == 0o600
        assert all(not mode & 0o077 for mode in modes.values()), modes
    assert not (data / "control.json").exists()


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer ümläut"},
        {"Host": "evil.example"},
        {"Host": "localhost"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "null"},
    ],
    ids=str,
)
async def test_nobody_else_comes_in(
    tmp_path: Path,
    clock: VirtualClock,
    headers: Mapping[str, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with stage(tmp_path, clock) as here:
        assert await knock(here, "stop", b"{}", headers) == (403, {"error": "forbidden"})
        await clock.settle()
        assert here.link["phase"] == "live"
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    ("action", "body", "status"),
    [
        ("open-sesame", b"{}", 404),
        ("send", b"", 400),
        ("send", b"[]", 400),
        ("send", b"\xff", 400),
        ("send", b'{"key":"k","to":"oc_x"}', 400),
        ("send", b'{"key":"k","to":"oc_x","text":1}', 400),
        ("send", b'{"key":"k","to":"oc_x","text":"x","timeout":1e9}', 400),
        ("send", b'{"key":"k","to":"oc_x","text":"x","account":"nobody"}', 409),
        ("send", b'{"key":"k","to":"oc_x","text":"x"}', 409),
    ],
)
async def test_what_cannot_be_done_is_refused_with_a_sentence(
    tmp_path: Path, clock: VirtualClock, action: str, body: bytes, status: int
) -> None:
    async with stage(tmp_path, clock) as here:
        found, told = await knock(here, action, body)
        assert found == status
        assert told["error"]


async def test_it_tells_how_things_stand(tmp_path: Path, clock: VirtualClock) -> None:
    async with stage(tmp_path, clock) as here:
        told = await ask(data_of(here), "status")
    assert told["ready"]
    assert told["accounts"][0]["phase"] == "live"
    assert told["queues"] == []
    assert APP_SECRET not in str(told)


async def test_it_sends_once_whoever_asks_twice(tmp_path: Path, clock: VirtualClock) -> None:
    async with stage(tmp_path, clock) as here:
        order = ORDER | {"to": here.world.development.id}
        first = await ask(data_of(here), "send", **order)
        assert await ask(data_of(here), "send", **order) == first
        (message,) = from_bot(here.sim)
    assert first == {"message_id": message.id}


async def test_what_is_kept_but_not_sent_is_no_refusal(tmp_path: Path, clock: VirtualClock) -> None:
    """Who is told it was refused, or that nobody runs, sends it again."""
    async with stage(tmp_path, clock) as here:
        here.sim.faults.inject(faults.Hang(path="*/im/v1/messages"))
        order = ORDER | {"to": here.world.development.id, "timeout": 3.0}
        asking = asyncio.ensure_future(ask(data_of(here), "send", 20.0, **order))
        await clock.advance(4)
        with pytest.raises(NotSentYet, match="do not send it again") as told:
            await asking
        assert "refused" not in str(told.value)
        here.sim.faults.heal()
        await clock.advance(60)
        assert len(from_bot(here.sim)) == 1


async def test_one_that_says_nothing_runs_all_the_same(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        known = {"url": f"http://127.0.0.1:{mute.getsockname()[1]}", "token": "t"}
        (tmp_path / "control.json").write_text(json.dumps(known))
        with pytest.raises(LarkgateError, match="may still do it") as told:
            await ask(tmp_path, "status", 0.2)
    assert not isinstance(told.value, NotRunning)


async def test_it_stops(tmp_path: Path, clock: VirtualClock) -> None:
    async with stage(tmp_path, clock) as here:
        data = data_of(here)
        assert await ask(data, "stop") == {"stopping": True}
        await here.gateway.stopping()
    with pytest.raises(NotRunning):
        await ask(data, "status")


async def test_the_file_of_a_process_that_was_killed_leads_nowhere(tmp_path: Path) -> None:
    for content in ("", "{}", '{"url": "http://127.0.0.1:9", "token": "t"}'):
        (tmp_path / "control.json").write_text(content)
        with pytest.raises(NotRunning, match="larkgate run"):
            await ask(tmp_path, "status")


async def test_the_port_of_a_process_that_was_killed_may_be_somebody_elses(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with platform(clock) as (sim, _):
        for path in ("", "/sim"):
            known = {"url": f"{sim.url}{path}", "token": "t"}
            (tmp_path / "control.json").write_text(json.dumps(known))
            with pytest.raises(LarkgateError):
                await ask(tmp_path, "status")


async def test_what_waits_for_the_right_secret_is_sent_at_the_next_start(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with platform(clock) as (sim, world):
        order = ORDER | {"to": world.development.id}
        world.app.secret = Secret("another")
        found = settings(tmp_path, sim.url)
        async with gateway(found, [], clock):
            for key in ("k1", "k2"):
                with pytest.raises(LarkgateError, match="App Secret"):
                    await ask(found.gateway.data, "send", **order | {"key": key})
        world.app.secret = Secret(APP_SECRET)
        async with gateway(found, [], clock):
            await clock.advance(1)
        assert len(from_bot(sim)) == 2
