"""The official SDKs and our own client call every endpoint of the simulator, and agree with it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

import apis
import pytest
import scenarios
import scenarios_cards
import scenarios_tables
from callers import Caller, NodeSdk, PythonSdk, ours
from foreign import Foreign
from stage import Scenario, Stage
from worlds import world_of

from larkgate.simulator import App, Simulator

pytestmark = pytest.mark.asyncio(loop_scope="session")

# What our client cannot do yet: bodies that are no JSON.
NOT_OURS = {
    *(apis.UPLOAD_IMAGE, apis.UPLOAD_FILE, apis.UPLOAD_ATTACHMENT),
    *(apis.GET_IMAGE, apis.GET_FILE, apis.GET_ATTACHMENT, apis.RESOURCE),
}
# In test_conf_link.py, and what is no call: where links lead.
ELSEWHERE = {
    "POST /callback/ws/endpoint",
    "GET /ws/v2",
    "GET /space/api/box/stream/download/authcode/",
}
SCENARIOS = [
    each
    for module in (scenarios, scenarios_cards, scenarios_tables)
    for each in vars(module).values()
    if isinstance(each, Scenario)
]


def nameless(route: str) -> str:
    """However the parts of a path are called."""
    return re.sub(r"{\w+}", "{}", route)


ROUTES = {nameless(f"{route.method} {route.path}") for route in Simulator().routes()}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
async def test_lark_oapi(scenario: Scenario, python: Foreign) -> None:
    await play(scenario, lambda sim, app: nullcontext(PythonSdk(python, sim, app)))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
async def test_node_sdk(scenario: Scenario, node: Foreign) -> None:
    await play(scenario, lambda sim, app: nullcontext(NodeSdk(node, sim, app)))


@pytest.mark.parametrize(
    "scenario",
    [each for each in SCENARIOS if not NOT_OURS & {*each.calls}],
    ids=str,
)
async def test_ours(scenario: Scenario) -> None:
    await play(scenario, ours)


async def test_every_call_is_made() -> None:
    made = {nameless(api.route) for each in SCENARIOS for api in each.calls}
    assert made == ROUTES - ELSEWHERE


async def play(
    scenario: Scenario, client: Callable[[Simulator, App], AbstractAsyncContextManager[Caller]]
) -> None:
    async with Simulator() as sim:
        world = world_of(sim, str(scenario))
        async with client(sim, world.app) as caller:
            await scenario.run(Stage(sim, world, caller))
        assert sim.complaints == []
