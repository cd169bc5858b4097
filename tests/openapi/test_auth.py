from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from larkgate.clock import VirtualClock
from larkgate.errors import ApiError, DialError, Reaction
from larkgate.openapi.auth import Grant, TenantToken


class Desk:
    """Hands out tokens t-1, t-2, … good for two hours, each after `takes` seconds."""

    def __init__(self, clock: VirtualClock, *, takes: float = 0.0, expire: float = 7200) -> None:
        self.clock = clock
        self.takes = takes
        self.expire = expire
        self.asked = 0
        self.failure: Exception | None = None

    async def __call__(self) -> Grant:
        self.asked += 1
        number = self.asked
        if self.takes:
            await self.clock.sleep(self.takes)
        if self.failure:
            raise self.failure
        return Grant(f"t-{number}", self.expire)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


async def all_of(clock: VirtualClock, get: Callable[[], Awaitable[str]], count: int) -> list[str]:
    waiting = [asyncio.ensure_future(get()) for _ in range(count)]
    await clock.advance(10)
    return await asyncio.gather(*waiting)


async def test_a_token_is_kept_until_less_than_30_minutes_are_left(clock: VirtualClock) -> None:
    desk = Desk(clock)
    token = TenantToken(desk, clock)
    assert await token.get() == "t-1"
    await clock.advance(7200 - 1800 - 1)
    assert await token.get() == "t-1"
    await clock.advance(1)
    assert await token.get() == "t-2"
    assert desk.asked == 2


async def test_200_callers_cost_one_request(clock: VirtualClock) -> None:
    desk = Desk(clock, takes=1)
    assert set(await all_of(clock, TenantToken(desk, clock).get, 200)) == {"t-1"}
    assert desk.asked == 1


async def test_200_callers_share_one_failure(clock: VirtualClock) -> None:
    desk = Desk(clock, takes=1)
    desk.failure = DialError("dial.timeout", host="h", seconds=1)
    token = TenantToken(desk, clock)
    waiting = [asyncio.ensure_future(token.get()) for _ in range(200)]
    await clock.advance(1)
    assert all(isinstance(task.exception(), DialError) for task in waiting)
    assert desk.asked == 1


async def test_the_next_caller_tries_again_after_a_failure(clock: VirtualClock) -> None:
    desk = Desk(clock)
    desk.failure = DialError("dial.timeout", host="h", seconds=1)
    token = TenantToken(desk, clock)
    with pytest.raises(DialError):
        await token.get()
    desk.failure = None
    assert await token.get() == "t-2"


async def test_while_one_renews_the_others_use_the_valid_token(clock: VirtualClock) -> None:
    desk = Desk(clock)
    token = TenantToken(desk, clock)
    await token.get()
    await clock.advance(6000)
    desk.takes = 5
    renewing, other = [asyncio.ensure_future(token.get()) for _ in range(2)]
    await clock.settle()
    assert not renewing.done()
    assert other.result() == "t-1"
    await clock.advance(5)
    assert renewing.result() == "t-2"
    assert await token.get() == "t-2"


async def test_a_caller_that_is_cancelled_hands_its_place_on(clock: VirtualClock) -> None:
    desk = Desk(clock, takes=5)
    token = TenantToken(desk, clock)
    first = asyncio.ensure_future(token.get())
    others = [asyncio.ensure_future(token.get()) for _ in range(3)]
    await clock.advance(1)
    first.cancel()
    others[0].cancel()
    await clock.advance(10)
    assert [task.result() for task in others[1:]] == ["t-2", "t-2"]
    assert desk.asked == 2


async def test_a_failed_renewal_is_told_and_leaves_the_valid_token_in_use(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    desk = Desk(clock)
    token = TenantToken(desk, clock)
    await token.get()
    await clock.advance(6000)
    desk.failure = ApiError(
        "openapi.bad_credentials", code=10015, reaction=Reaction.HOLD, message="secret"
    )
    with caplog.at_level(logging.WARNING):
        assert [await token.get() for _ in range(3)] == ["t-1"] * 3
    assert [vars(record)["event"] for record in caplog.records] == ["openapi.token_not_renewed"]
    assert desk.asked == 2
    await clock.advance(1200)
    with pytest.raises(ApiError):
        await token.get()


async def test_a_dropped_token_is_replaced_once(clock: VirtualClock) -> None:
    desk = Desk(clock, takes=1)
    token = TenantToken(desk, clock)
    [old] = await all_of(clock, token.get, 1)

    async def rejected() -> str:
        token.drop(old)
        return await token.get()

    assert set(await all_of(clock, rejected, 200)) == {"t-2"}
    assert await all_of(clock, rejected, 1) == ["t-2"]
    assert desk.asked == 2


async def test_a_short_lived_token_is_not_fetched_for_every_call(clock: VirtualClock) -> None:
    desk = Desk(clock, expire=60)
    token = TenantToken(desk, clock)
    assert [await token.get() for _ in range(3)] == ["t-1"] * 3
    await clock.advance(30)
    assert await token.get() == "t-2"


@pytest.mark.parametrize("expire", [0, -1])
async def test_a_token_born_dead_is_tried_all_the_same(clock: VirtualClock, expire: float) -> None:
    desk = Desk(clock, takes=1, expire=expire)
    assert await all_of(clock, TenantToken(desk, clock).get, 3) == ["t-1"] * 3
    assert desk.asked == 1
