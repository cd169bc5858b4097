"""Calls about the bot itself (official document: "获取机器人信息")."""

from __future__ import annotations

from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.world import World

__all__ = ["Bots"]

_ENABLED = 2


class Bots:
    """What an app is told of its bot."""

    def __init__(self, world: World) -> None:
        self._world = world

    def calls(self) -> tuple[Call, ...]:
        return (Call("GET", "/bot/v3/info", self._info, no_bot=11205),)

    def _info(self, asked: Asked) -> dict[str, object]:
        bot = {
            "activate_status": _ENABLED,
            "app_name": asked.app.name,
            "avatar_url": "",
            "ip_white_list": list(asked.app.allowed_ips),
            "open_id": self._world.open_id(asked.app, asked.app),
        }
        return {"bot": bot}
