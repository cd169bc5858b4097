"""Pushes that are held back until others have gone."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from larkgate.simulator.faults import Kind, Overtake
from larkgate.simulator.trouble import Active

__all__ = ["Overtaken"]


class _Held(Struct, eq=False):
    app_id: str
    by: Active[Overtake]
    left: int
    go: Callable[[], object]


class Overtaken:
    """A watcher of faults: what one holds back goes at the latest when it is lifted."""

    def __init__(self) -> None:
        self._held: list[_Held] = []

    def hold(self, app_id: str, by: Active[Overtake], go: Callable[[], object]) -> None:
        self._held.append(_Held(app_id, by, by.fault.by, go))

    def gone(self, app_id: str) -> None:
        """A push of this app has gone."""
        if not self._held:
            return
        for held in self._held:
            held.left -= held.app_id == app_id
        self._release([held for held in self._held if held.left <= 0])

    def begun(self, active: Active[Kind]) -> None:
        pass

    def ended(self, active: Active[Kind]) -> None:
        self._release([held for held in self._held if held.by is active])

    def _release(self, ready: list[_Held]) -> None:
        self._held = [held for held in self._held if held not in ready]
        for held in ready:
            held.go()
