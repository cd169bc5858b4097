"""The world the demo and the documentation speak of."""

from __future__ import annotations

from typing import NamedTuple

from larkgate.simulator.apps import App
from larkgate.simulator.platform import Platform
from larkgate.simulator.world import Chat, Person

__all__ = ["APP_ID", "APP_SECRET", "StandardWorld", "standard_world"]

APP_ID = "cli_a1b2c3d4e5f60718"
APP_SECRET = "demo-secret"  # noqa: S105 - of an app that exists nowhere


class StandardWorld(NamedTuple):
    app: App
    people: tuple[Person, Person, Person]
    development: Chat
    service: Chat
    private: tuple[Chat, Chat, Chat]


def standard_world(sim: Platform) -> StandardWorld:
    """The app TSP助手, 张三, 李四, 王五, the groups 研发群 and 售后群, private chats."""
    app = sim.add_app(APP_ID, APP_SECRET, "TSP助手")
    first, second, third = people = (sim.person("张三"), sim.person("李四"), sim.person("王五"))
    return StandardWorld(
        app,
        people,
        sim.group("研发群", [*people, app]),
        sim.group("售后群", [*people, app]),
        (sim.p2p(first, app), sim.p2p(second, app), sim.p2p(third, app)),
    )
