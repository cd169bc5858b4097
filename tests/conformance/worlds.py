"""Worlds for clients that remember tokens by the id of the app."""

from __future__ import annotations

from larkgate.simulator import APP_SECRET, Simulator, StandardWorld

__all__ = ["world_of"]


def world_of(sim: Simulator, name: str) -> StandardWorld:
    """The standard world, with an app of its own."""
    app = sim.add_app(sim.world.make_id(name, prefix="cli_", size=8), APP_SECRET, "TSP助手")
    first, second, third = people = (sim.person("张三"), sim.person("李四"), sim.person("王五"))
    return StandardWorld(
        app,
        people,
        sim.group("研发群", [*people, app]),
        sim.group("售后群", [*people, app]),
        (sim.p2p(first, app), sim.p2p(second, app), sim.p2p(third, app)),
    )
