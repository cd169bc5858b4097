"""How the platform works, over HTTP, beside what people do (`control`): JSON under `/sim/`.

| call | body or query | answer |
| --- | --- | --- |
| `GET /sim/faults` | | what is in force: `id`, `struck`, `fault` |
| `POST /sim/faults` | one fault, a list of them, or `{"do": "heal"}` | `ids` |
| `DELETE /sim/faults/{id}` | | `{}` |
| `GET /sim/switches` | | every switch with its value |
| `POST /sim/switches` | some of the switches | every switch with its value |
| `GET /sim/calls` | `limit` | the newest requests of clients, oldest first |
| `GET /sim/withheld` | `limit` | the newest events that nobody was told of, and why |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import Struct

from larkgate import texts
from larkgate.simulator.faults import KINDS, BlackHole, Fault, Refuse, Reject
from larkgate.simulator.http import json_answer, read_json
from larkgate.simulator.platform import Platform
from larkgate.simulator.trouble import aimed
from larkgate.simulator.world import WorldError

__all__ = ["PlatformControl"]

_LISTED = 100
_UNREACHABLE = (Refuse, Reject, BlackHole)
T = TypeVar("T")


class _Heal(Struct, tag_field="do", tag="heal", forbid_unknown_fields=True):
    pass


_FaultOrHeal = Fault | _Heal
_ANY_FAULTS: Any = _FaultOrHeal | list[_FaultOrHeal]


class PlatformControl:
    """The routes that change how the platform works, and show what it did."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sim/faults", self._faults),
            web.post("/sim/faults", self._inject),
            web.delete("/sim/faults/{id}", self._lift),
            web.get("/sim/switches", self._switches),
            web.post("/sim/switches", self._switch),
            web.get("/sim/calls", self._calls),
            web.get("/sim/withheld", self._withheld),
        ]

    async def _faults(self, request: web.Request) -> web.Response:
        active = self._platform.faults.active
        shown = [{"id": each.id, "struck": each.struck, "fault": each.fault} for each in active]
        return json_answer(shown)

    async def _inject(self, request: web.Request) -> web.Response:
        """All of them, or none."""
        _check_names(await read_json(request, object))
        asked: _FaultOrHeal | list[_FaultOrHeal] = await read_json(request, _ANY_FAULTS)
        wanted = [self._aimed(each) for each in (asked if isinstance(asked, list) else [asked])]
        ids = []
        for fault in wanted:
            if isinstance(fault, _Heal):
                self._platform.faults.heal()
            else:
                ids += self._platform.faults.inject(fault)
        return json_answer({"ids": ids})

    def _aimed(self, fault: _FaultOrHeal) -> _FaultOrHeal:
        _check_end(fault)
        return fault if isinstance(fault, _Heal) else aimed(fault, self._platform.world)

    async def _lift(self, request: web.Request) -> web.Response:
        self._platform.faults.lift(request.match_info["id"])
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

    async def _calls(self, request: web.Request) -> web.Response:
        return json_answer(_newest(self._platform.calls, request))

    async def _withheld(self, request: web.Request) -> web.Response:
        held = _newest(list(self._platform.events.withheld), request)
        shown = [{**msgspec.structs.asdict(each), "sentence": each.sentence} for each in held]
        return json_answer(shown)


def _check_names(asked: object) -> None:
    """Raises WorldError, which lists what there is."""
    for fault in asked if isinstance(asked, list) else [asked]:
        if isinstance(fault, dict) and isinstance(fault.get("do"), str):
            _check_fault(fault, fault["do"])


def _check_fault(fault: dict[str, object], kind: str) -> None:
    if kind not in (*KINDS, "heal"):
        raise WorldError("simulator.no_kind_of_fault", kind=kind, known=", ".join(KINDS))
    fields = ("do", *KINDS.get(kind, ()))
    for name in fault:
        if name not in fields:
            known = ", ".join(fields)
            raise WorldError("simulator.no_field_of_fault", kind=kind, name=name, known=known)


def _check_end(fault: Fault | _Heal) -> None:
    """Whoever is outside must be able to come back in."""
    if not isinstance(fault, _UNREACHABLE) or fault.lasts is not None:
        return
    if isinstance(fault, Refuse) or fault.times is None:
        kind = str(fault.__struct_config__.tag)
        raise web.HTTPBadRequest(text=texts.say("simulator.without_end", kind=kind))


def _newest(listed: Sequence[T], request: web.Request) -> Sequence[T]:
    limit = request.query.get("limit", "")
    count = int(limit) if limit.isdecimal() and len(limit) < 10 else _LISTED
    return listed[-count:] if count else ()
