"""The faults in force: injected, striking, lifted."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar, cast

from msgspec.structs import replace

from larkgate.clock import Clock, Timer
from larkgate.simulator.faults import (
    Fault,
    Kind,
    Momentary,
    OfApp,
    OnRequest,
    Silence,
    Standing,
    Striking,
)
from larkgate.simulator.world import World, WorldError

__all__ = ["Active", "Faults", "Watcher", "aimed"]

K = TypeVar("K", bound=Kind)
S = TypeVar("S", bound=Striking)


class Active(Generic[K]):
    """A fault in force.

    Attributes:
        id: what it can be lifted by.
        struck: how often it did.
        over: set when it is lifted.
    """

    def __init__(self, id: str, fault: K) -> None:
        self.id = id
        self.fault = fault
        self.struck = 0
        self.over = asyncio.Event()
        self.timer: Timer | None = None


class Watcher(Protocol):
    """Who does something when a fault begins or ends."""

    def begun(self, active: Active[Kind]) -> None: ...

    def ended(self, active: Active[Kind]) -> None: ...


class Faults:
    """The faults in force, by id.

    Args:
        chance: seeded, so that a run can be repeated.

    Attributes:
        watchers: told of each fault that begins or ends.
    """

    def __init__(self, chance: random.Random, clock: Clock) -> None:
        self._chance = chance
        self._clock = clock
        self._count = itertools.count(1)
        self._active: dict[str, Active[Kind]] = {}
        self.watchers: list[Watcher] = []

    @property
    def active(self) -> list[Active[Kind]]:
        """What stands, in the order it was injected; also what has struck all its times."""
        return list(self._active.values())

    def inject(self, *faults: Fault) -> list[str]:
        """Standing faults from now on, momentary ones now; the id of each."""
        return [self._inject(fault) for fault in faults]

    def lift(self, fault_id: str) -> None:
        """This fault ends: what hung is reset, what was silent is heard again.

        Raises:
            WorldError: no fault in force has this id.
        """
        if fault_id not in self._active:
            known = ", ".join(self._active) or "-"
            raise WorldError("simulator.no_fault", id=fault_id, known=known)
        self._end(self._active.pop(fault_id))

    def heal(self) -> None:
        """Nothing goes wrong any more."""
        for fault_id in list(self._active):
            self.lift(fault_id)

    def stands(self, kind: type[Standing]) -> bool:
        """Whether a fault of this kind is in force."""
        return any(isinstance(each.fault, kind) for each in self._active.values())

    def strike(self, kind: type[S], app_id: str = "") -> Active[S] | None:
        """The first fault of this kind that strikes now."""
        return next(self._strikes(kind, app_id), None) if self._active else None

    def strike_request(
        self, method: str, path: str, app_id: str, *, after: bool
    ) -> Iterator[Active[OnRequest]]:
        """The faults that strike this request, before or after it is carried out, in the order
        they were injected; one that nobody asks for has not struck."""

        def meets(fault: OnRequest) -> bool:
            return fault.after == after and fault.matches(method, path)

        return self._strikes(OnRequest, app_id, meets)

    def _inject(self, fault: Fault) -> str:
        active: Active[Kind] = Active(f"f{next(self._count)}", fault)
        if isinstance(fault, Standing):
            self._active[active.id] = active
            if fault.lasts is not None:
                active.timer = self._clock.call_later(fault.lasts, self.lift, active.id)
        for watcher in self.watchers:
            watcher.begun(active)
        return active.id

    def _end(self, active: Active[Kind]) -> None:
        if active.timer is not None:
            active.timer.cancel()
        active.over.set()
        for watcher in self.watchers:
            watcher.ended(active)

    def _strikes(
        self, kind: type[S], app_id: str, meets: Callable[[S], bool] = lambda _: True
    ) -> Iterator[Active[S]]:
        for active in list(self._active.values()):
            fault = active.fault
            if not isinstance(fault, kind) or not _concerns(fault, app_id) or not meets(fault):
                continue
            if self._hits(fault, active.struck):
                active.struck += 1
                yield cast("Active[S]", active)

    def _hits(self, fault: Striking, struck: int) -> bool:
        if fault.times is not None and struck >= fault.times:
            return False
        return self._chance.random() < fault.probability


def aimed(fault: Fault, world: World) -> Fault:
    """The fault with its app's id, where the app was named.

    Raises:
        WorldError: there is no such app.
    """
    if not isinstance(fault, OfApp | Momentary | Silence) or not fault.app:
        return fault
    return replace(fault, app=world.app_named(fault.app).id)


def _concerns(fault: Striking | Momentary, app_id: str) -> bool:
    return not isinstance(fault, OfApp) or fault.app in ("", app_id)
