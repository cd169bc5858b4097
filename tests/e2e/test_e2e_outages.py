"""Back soon after every kind of outage, and never deaf."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from e2e_stage import Stage, gateway, platform, settings, stage
from e2e_wire import Wire

from larkgate import App, Message
from larkgate.clock import SystemClock, VirtualClock
from larkgate.dial import Dialer
from larkgate.secret import Secret
from larkgate.simulator import APP_SECRET, faults

ENDPOINT = "/callback/ws/endpoint"
HANDSHAKE = "/ws/v2"
TEN_MINUTES = 600.0
PROBE = 300.0


def echo() -> App:
    app = App()

    @app.message()
    async def answer(message: Message) -> str:
        return f"echo {message.text}"

    return app


async def is_served(here: Stage, text: str) -> bool:
    asked = await here.ask(text)
    return here.answers(asked) == [f"echo {text}"]


async def get(url: str) -> tuple[int, dict[str, object]]:
    async with Dialer(SystemClock()) as dialer:
        answer = await dialer.request("GET", url, timeout=5)
    return answer.status, msgspec.json.decode(answer.body)


async def ready(here: Stage) -> tuple[int, dict[str, object]]:
    return await get(here.gateway.health_url.replace("/health", "/ready"))


@pytest.mark.parametrize("reset", [True, False])
async def test_a_single_drop_is_over_in_two_seconds(
    tmp_path: Path, clock: VirtualClock, reset: bool
) -> None:
    async with stage(tmp_path, clock, echo()) as here:
        for _ in range(3):
            await clock.advance(30)
            here.sim.faults.inject(faults.Drop(reset=reset))
            await clock.advance(2)
            assert here.link["phase"] == "live"
            assert await is_served(here, "again")


@pytest.mark.parametrize(
    ("fault", "within"),
    [
        (faults.Answer(path=ENDPOINT, status=500), 5),
        (faults.Answer(path=ENDPOINT, code=99999), 5),
        (faults.Answer(path=ENDPOINT, body="<html>portal</html>"), 5),
        (faults.Answer(path=ENDPOINT, body='{"code":0,"data":{"URL":"?"}}'), 5),
        (faults.Answer(path=HANDSHAKE, status=502), 5),
        (faults.Cut(path=ENDPOINT), 5),
        (faults.Cut(path=HANDSHAKE), 5),
        (faults.Hang(path=ENDPOINT), 15),
        (faults.Hang(path=HANDSHAKE), 15),
    ],
    ids=lambda value: getattr(value, "path", "") + getattr(value, "body", "")[:8] or None,
)
@pytest.mark.parametrize("seconds", [3.0, 100.0, TEN_MINUTES])
async def test_once_the_platform_is_willing_it_is_served_soon(
    tmp_path: Path, clock: VirtualClock, fault: faults.Fault, within: float, seconds: float
) -> None:
    async with stage(tmp_path, clock, echo()) as here:
        here.sim.faults.inject(fault, faults.Drop())
        await clock.advance(seconds)
        assert here.link["phase"] != "live"
        assert here.link["reason"]
        here.sim.faults.heal()
        await clock.advance(within)
        assert await is_served(here, "back")


@pytest.mark.parametrize("seconds", [3.0, TEN_MINUTES])
async def test_a_machine_without_a_listener_is_tried_until_it_listens(
    tmp_path: Path, clock: VirtualClock, seconds: float
) -> None:
    async with platform(clock) as (sim, world), Wire(sim.port) as wire:
        found = settings(tmp_path, wire.url)
        async with gateway(found, [echo()], clock) as running:
            here = Stage(clock, sim, world, running)
            assert await is_served(here, "first")
            wire.down()
            await clock.advance(seconds)
            assert here.link["reason_key"] == "dial.refused"
            await wire.up()
            await clock.advance(5)
            assert await is_served(here, "back")


@pytest.mark.parametrize("after", [30.1, 35.0, 39.9])
@pytest.mark.parametrize("pongs", [False, True], ids=["all silent", "WebSocket pongs only"])
async def test_a_half_open_connection_is_noticed(
    tmp_path: Path, clock: VirtualClock, pongs: bool, after: float
) -> None:
    async with stage(tmp_path, clock, echo()) as here:
        assert here.link["config"]["ping_interval"] == 120
        await clock.advance(after)
        here.sim.faults.inject(faults.Silence(pongs=pongs))
        await clock.advance(25)
        assert here.link["counters"]["connections"] == 2
        assert await is_served(here, "back")


async def test_a_network_that_swallows_everything_is_tried_until_it_carries(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with platform(clock) as (sim, world), Wire(sim.port) as wire:
        found = settings(tmp_path, wire.url)
        async with gateway(found, [echo()], clock) as running:
            here = Stage(clock, sim, world, running)
            assert await is_served(here, "first")
            wire.freeze()
            await clock.advance(TEN_MINUTES)
            assert here.link["reason_key"] in ("dial.timeout", "longconn.attempt_timeout")
            await wire.thaw()
            await clock.advance(15)
            assert await is_served(here, "back")


@pytest.mark.parametrize("kind", ["noise", "oversized", "text", "unknown", "ping"])
async def test_what_the_platform_never_sends_leaves_nobody_deaf(
    tmp_path: Path, clock: VirtualClock, kind: str
) -> None:
    async with stage(tmp_path, clock, echo()) as here:
        here.sim.faults.inject(msgspec.convert({"do": "garble", "kind": kind}, type=faults.Garble))
        await clock.advance(2)
        assert await is_served(here, "still here")


async def test_a_wrong_secret_is_told_and_asked_again_until_it_is_right(
    tmp_path: Path, clock: VirtualClock
) -> None:
    async with platform(clock) as (sim, world):
        world.app.secret = Secret("another")
        async with gateway(settings(tmp_path, sim.url), [echo()], clock) as running:
            here = Stage(clock, sim, world, running)
            status, told = await ready(here)
            assert status == 503
            assert "app_secret" in str(told["accounts"])
            asked = len(sim.calls)
            await clock.advance(3 * PROBE)
            assert len([c for c in list(sim.calls)[asked:] if c.path == ENDPOINT]) == 3
            world.app.secret = Secret(APP_SECRET)
            await clock.advance(PROBE)
            assert (await ready(here))[0] == 200
            assert await is_served(here, "at last")


@pytest.mark.parametrize("code", [403, 1000040344, 1000040350])
async def test_no_terminal_answer_ends_the_process(
    tmp_path: Path, clock: VirtualClock, code: int
) -> None:
    async with stage(tmp_path, clock, echo()) as here:
        here.sim.faults.inject(faults.Answer(path=ENDPOINT, code=code), faults.Drop())
        await clock.advance(10)
        status, told = await ready(here)
        assert (status, here.link["phase"]) == (503, "refused")
        assert str(here.link["reason"]) in str(told["accounts"])
        here.sim.faults.heal()
        await clock.advance(PROBE)
        assert await is_served(here, "back")
