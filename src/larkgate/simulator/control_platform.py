"""The platform's workings over HTTP, beside what people do (`control`): JSON under `/sim/`.

| call | body or query | answer |
| --- | --- | --- |
| `POST /sim/faults` | one fault, a list of them, or `{"do": "heal"}` | `{}` |
| `GET /sim/switches` | | every switch with its value |
| `POST /sim/switches` | some of the switches | every switch with its value |
"""

from __future__ import annotations

from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from larkgate import texts
from larkgate.simulator.faults import Fault
from larkgate.simulator.http import json_answer, read_json
from larkgate.simulator.platform import Platform

__all__ = ["PlatformControl"]


class _Heal(Struct, tag_field="do", tag="heal", forbid_unknown_fields=True):
    pass


_FaultOrHeal = Fault | _Heal
_ANY_FAULTS: Any = _FaultOrHeal | list[_FaultOrHeal]


class PlatformControl:
    """The routes under `/sim/` that change how the platform works."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/sim/faults", self._faults),
            web.get("/sim/switches", self._switches),
            web.post("/sim/switches", self._switch),
        ]

    async def _faults(self, request: web.Request) -> web.Response:
        asked: _FaultOrHeal | list[_FaultOrHeal] = await read_json(request, _ANY_FAULTS)
        for fault in asked if isinstance(asked, list) else [asked]:
            if isinstance(fault, _Heal):
                self._platform.faults.heal()
            else:
                self._platform.faults.inject(fault)
        return json_answer({})

    async def _switches(self, request: web.Request) -> web.Response:
        return json_answer(self._platform.switches())

    async def _switch(self, request: web.Request) -> web.Response:
        wanted = await read_json(request, dict[str, Any])
        try:
            self._platform.switch(wanted)
        except msgspec.ValidationError as error:
            sentence = texts.say("simulator.bad_body", error=error)
            raise web.HTTPBadRequest(text=sentence) from None
        return await self._switches(request)
