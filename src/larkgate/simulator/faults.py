"""What can go wrong, as data: a test, a scenario file or another process injects it.

Some faults stand until they are healed and strike by chance or a number of times; the others
act at once. Paths are shell patterns over the path, or over "METHOD path" when they hold a
space: `*/reply`, `POST /open-apis/im/v1/messages*`, `/callback/ws/endpoint`, `/ws/v2`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Literal, TypeVar

from msgspec import Struct

__all__ = [
    "Answer",
    "Cut",
    "Delay",
    "Drop",
    "Duplicate",
    "Fault",
    "Faults",
    "Garble",
    "Hang",
    "LoseAck",
    "Silence",
    "Slow",
]


class Standing(Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """A fault that stands. It strikes `times` times (None: always), each with `probability`."""

    times: int | None = None
    probability: float = 1.0


class OnPath(Standing, frozen=True, kw_only=True):
    """A fault of HTTP requests: Open API calls, the endpoint, the WebSocket handshake.

    With `after` the platform first does what was asked, so the caller cannot know the outcome.
    """

    path: str = "*"
    after: bool = False

    def matches(self, method: str, path: str) -> bool:
        subject = f"{method} {path}" if " " in self.path else path
        return fnmatchcase(subject, self.path)


class Answer(OnPath, frozen=True, kw_only=True, tag="answer"):
    """Answer this instead. `code` makes the platform's JSON body, unless `body` is given.

    A refused handshake is `Answer(path="/ws/v2", status=403, headers={"Handshake-Status":
    "403", "Handshake-Msg": "…"})`.
    """

    status: int = 200
    code: int | None = None
    message: str = ""
    body: str = ""
    headers: dict[str, str] = {}


class Cut(OnPath, frozen=True, kw_only=True, tag="cut"):
    """Reset the connection without an answer."""


class Hang(OnPath, frozen=True, kw_only=True, tag="hang"):
    """Never answer; when healed the connection is reset."""


class Slow(OnPath, frozen=True, kw_only=True, tag="slow"):
    """Wait `seconds`, then go on."""

    seconds: float


class Duplicate(Standing, frozen=True, kw_only=True, tag="duplicate"):
    """Push once more after a successful acknowledgement."""


class Delay(Standing, frozen=True, kw_only=True, tag="delay"):
    """Push `seconds` late; events behind it overtake."""

    seconds: float


class LoseAck(Standing, frozen=True, kw_only=True, tag="lose_ack"):
    """The platform never sees an acknowledgement that was sent."""


class Immediate(Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """A fault that acts at once on the open connections, of one app (its id) or of all ("")."""

    app: str = ""


class Drop(Immediate, frozen=True, kw_only=True, tag="drop"):
    """End the connections: by a TCP reset, or by a WebSocket close."""

    reset: bool = True


class Silence(Immediate, frozen=True, kw_only=True, tag="silence"):
    """Half-open: the connections stay, nothing they say is heard, nothing comes back.

    With `pongs` the WebSocket layer still answers protocol pings, as a proxy might that lost
    its upstream. Healing ends it.
    """

    pongs: bool = False


class Garble(Immediate, frozen=True, kw_only=True, tag="garble"):
    """Send what the platform never sends: random bytes, a message over every limit, a text
    message, a frame of an unknown method, or a ping from the server."""

    kind: Literal["noise", "oversized", "text", "unknown", "ping"] = "noise"


Fault = Answer | Cut | Hang | Slow | Duplicate | Delay | LoseAck | Drop | Silence | Garble

F = TypeVar("F", bound=Standing)


class Active(Struct, eq=False):
    """A standing fault and how often it struck."""

    fault: Standing
    struck: int = 0

    @property
    def spent(self) -> bool:
        return self.fault.times is not None and self.struck >= self.fault.times


class Faults:
    """The faults in force.

    Args:
        chance: seeded, so that a run can be repeated.
        act: carries out an immediate fault.
        hear: ends every silence.
    """

    def __init__(
        self,
        chance: random.Random,
        act: Callable[[Immediate], None],
        hear: Callable[[], None],
    ) -> None:
        self._chance = chance
        self._act = act
        self._hear = hear
        self._hanging: list[asyncio.Future[None]] = []
        self.active: list[Active] = []

    def inject(self, *faults: Fault) -> None:
        """Standing faults from now on, immediate ones now."""
        for fault in faults:
            if isinstance(fault, Immediate):
                self._act(fault)
            else:
                self.active.append(Active(fault))

    def heal(self) -> None:
        """Nothing goes wrong any more: what hung is reset, what was silent is heard again."""
        self.active.clear()
        self._hear()
        hanging, self._hanging = self._hanging, []
        for waiter in hanging:
            if not waiter.done():
                waiter.set_result(None)

    def strike(self, kind: type[F]) -> F | None:
        """The first fault of this kind that strikes now."""
        for active in self.active:
            if isinstance(active.fault, kind) and self._strikes(active):
                return active.fault
        return None

    def strike_path(self, method: str, path: str, *, after: bool) -> OnPath | None:
        """The first fault that strikes this request now, before or after it is carried out."""
        for active in self.active:
            fault = active.fault
            if not isinstance(fault, OnPath) or fault.after != after:
                continue
            if fault.matches(method, path) and self._strikes(active):
                return fault
        return None

    async def healed(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._hanging.append(waiter)
        await waiter

    def _strikes(self, active: Active) -> bool:
        if active.spent or self._chance.random() >= active.fault.probability:
            return False
        active.struck += 1
        return True
