"""The official SDKs and our own client call every endpoint of the simulator, and agree with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, nullcontext

import apis
import pytest
import pytest_asyncio
from callers import Caller, NodeSdk, PythonSdk, ours
from foreign import Foreign, lark_oapi, node_sdk
from scenarios import SCENARIOS, Scenario, Stage
from worlds import world_of

from larkgate.simulator import App, Simulator

pytestmark = pytest.mark.asyncio(loop_scope="module")

# What our client cannot do yet: bodies that are no JSON.
NOT_OURS = {apis.UPLOAD_IMAGE, apis.UPLOAD_FILE, apis.GET_IMAGE, apis.GET_FILE, apis.RESOURCE}
ROUTES = {f"{route.method} {route.path}" for route in Simulator().routes()}


POSSIBLE = [each for each in SCENARIOS if all(api.route in ROUTES for api in each.calls)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def python() -> AsyncIterator[Foreign]:
    async with lark_oapi() as foreign:
        yield foreign


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node() -> AsyncIterator[Foreign]:
    async with node_sdk() as foreign:
        yield foreign


@pytest.mark.parametrize("scenario", POSSIBLE, ids=str)
async def test_lark_oapi(scenario: Scenario, python: Foreign) -> None:
    await play(scenario, lambda sim, app: nullcontext(PythonSdk(python, sim, app)))


@pytest.mark.parametrize("scenario", POSSIBLE, ids=str)
async def test_node_sdk(scenario: Scenario, node: Foreign) -> None:
    await play(scenario, lambda sim, app: nullcontext(NodeSdk(node, sim, app)))


@pytest.mark.parametrize(
    "scenario",
    [each for each in POSSIBLE if not NOT_OURS & {*each.calls}],
    ids=str,
)
async def test_ours(scenario: Scenario) -> None:
    await play(scenario, ours)


async def play(
    scenario: Scenario, client: Callable[[Simulator, App], AbstractAsyncContextManager[Caller]]
) -> None:
    async with Simulator() as sim:
        world = world_of(sim, str(scenario))
        async with client(sim, world.app) as caller:
            await scenario.run(Stage(sim, world, caller))
        assert sim.complaints == []
