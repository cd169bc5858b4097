"""What can go wrong, as data: a test, a scenario file or another process injects it.

A fault acts at once (`Drop`, `Garble`), or stands until it is lifted, for all apps or for one.
Paths are shell patterns over the path, or over "METHOD path" when they hold a space: `*/reply`,
`POST /open-apis/im/v1/messages*`, `/callback/ws/endpoint`, `/ws/v2`.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

__all__ = [
    "KINDS",
    "Answer",
    "BlackHole",
    "Cut",
    "Delay",
    "Drop",
    "Duplicate",
    "Fault",
    "Garble",
    "Hang",
    "LateAck",
    "LoseAck",
    "Mangle",
    "Overtake",
    "Refuse",
    "Reject",
    "Revoke",
    "Shatter",
    "Silence",
    "Slow",
    "Steal",
    "Trickle",
]

_Seconds = Annotated[float, Meta(ge=0)]
_Count = Annotated[int, Meta(gt=0)]


class Kind(Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    """What all faults are."""


class Standing(Kind, frozen=True, kw_only=True):
    """A fault that stands until it is lifted, or for `lasts` seconds."""

    lasts: Annotated[float, Meta(gt=0)] | None = None


class Striking(Standing, frozen=True, kw_only=True):
    """A fault that strikes `times` times (None: always), each with `probability`."""

    times: _Count | None = None
    probability: Annotated[float, Meta(ge=0, le=1)] = 1.0


class OfApp(Striking, frozen=True, kw_only=True):
    """A fault of one app (its id), or of all ("")."""

    app: str = ""


class OnRequest(OfApp, frozen=True, kw_only=True):
    """A fault of HTTP requests: Open API calls, the endpoint, the WebSocket handshake.

    With `after` the platform first does what was asked, so the caller cannot know the outcome.
    """

    path: str = "*"
    after: bool = False

    def matches(self, method: str, path: str) -> bool:
        subject = f"{method} {path}" if " " in self.path else path
        return fnmatchcase(subject, self.path)


class Answer(OnRequest, frozen=True, kw_only=True, tag="answer"):
    """Answer this instead. `code` makes the platform's JSON body, unless `body` is given.

    Without `status` it is the platform's own for the code, else 200. A refused handshake is
    `Answer(path="/ws/v2", status=403, headers={"Handshake-Status": "403"})`, a rate limit
    `Answer(code=99991400, headers={"x-ogw-ratelimit-reset": "5"})`.
    """

    status: Annotated[int, Meta(ge=200, le=599)] | None = None
    code: int | None = None
    message: str = ""
    body: str = ""
    headers: dict[str, str] = {}


class Mangle(OnRequest, frozen=True, kw_only=True, tag="mangle"):
    """Spoil the answer: an empty body, no JSON, half of it, HTML as of a proxy, another content
    type, a chunk whose length is none, or an end before the announced length."""

    kind: Literal["empty", "noise", "truncated", "html", "type", "chunk", "short"] = "noise"


class Cut(OnRequest, frozen=True, kw_only=True, tag="cut"):
    """Reset the connection without an answer."""


class Hang(OnRequest, frozen=True, kw_only=True, tag="hang"):
    """Never answer; when lifted the connection is reset."""


class Slow(OnRequest, frozen=True, kw_only=True, tag="slow"):
    """Wait `seconds`, then go on."""

    seconds: _Seconds


class Trickle(OnRequest, frozen=True, kw_only=True, tag="trickle"):
    """So many bytes a second come back; on `/ws/v2` all that the connection brings."""

    rate: _Count


class Revoke(OnRequest, frozen=True, kw_only=True, tag="revoke"):
    """The tokens of the app that calls are valid no more, with this call or, `after`, the next."""


class Duplicate(OfApp, frozen=True, kw_only=True, tag="duplicate"):
    """Push once more after a successful acknowledgement."""


class Delay(OfApp, frozen=True, kw_only=True, tag="delay"):
    """Push `seconds` late; events behind it overtake."""

    seconds: _Seconds


class Overtake(OfApp, frozen=True, kw_only=True, tag="overtake"):
    """Hold a push back until `by` others of its app have gone, or the fault is lifted."""

    by: _Count = 1


class LoseAck(OfApp, frozen=True, kw_only=True, tag="lose_ack"):
    """The platform never sees an acknowledgement that was sent."""


class LateAck(OfApp, frozen=True, kw_only=True, tag="late_ack"):
    """The platform sees an acknowledgement `seconds` after it was sent."""

    seconds: _Seconds


class Shatter(OfApp, frozen=True, kw_only=True, tag="shatter"):
    """Push in fragments, of which one is lost, comes twice, or has a number beyond their sum; or
    the last comes first."""

    kind: Literal["lost", "repeated", "beyond", "swapped"] = "lost"


class Steal(OfApp, frozen=True, kw_only=True, tag="steal"):
    """Another client of the app, connected elsewhere, takes the push and acknowledges it."""


class Reject(Striking, frozen=True, kw_only=True, tag="reject"):
    """Accept a TCP connection and reset it at once."""


class BlackHole(Striking, frozen=True, kw_only=True, tag="black_hole"):
    """Accept a TCP connection, read nothing, say nothing; when lifted it is reset."""


class Refuse(Standing, frozen=True, kw_only=True, tag="refuse"):
    """Nobody listens: new TCP connections are refused. Open ones stay."""


class Silence(Standing, frozen=True, kw_only=True, tag="silence"):
    """Half-open: the long connections that are open stay, and are `deaf` (nothing they say is
    heard), `mute` (nothing is said to them) or both.

    With `pongs` the WebSocket layer still answers protocol pings, as a proxy might that lost
    its upstream.
    """

    app: str = ""
    side: Literal["both", "deaf", "mute"] = "both"
    pongs: bool = False


class Momentary(Kind, frozen=True, kw_only=True):
    """A fault that acts at once on the open connections, of one app (its id) or of all ("")."""

    app: str = ""


class Drop(Momentary, frozen=True, kw_only=True, tag="drop"):
    """End the connections: by a TCP reset, or by a WebSocket close with this `code`."""

    reset: bool = True
    code: Annotated[int, Meta(ge=1000, le=4999)] = 1000


class Garble(Momentary, frozen=True, kw_only=True, tag="garble"):
    """Send what the platform never sends: random bytes, a message over every limit, a text
    message, a frame of an unknown method, or a ping from the server."""

    kind: Literal["noise", "oversized", "text", "unknown", "ping"] = "noise"


Fault = (
    Answer
    | Mangle
    | Cut
    | Hang
    | Slow
    | Trickle
    | Revoke
    | Duplicate
    | Delay
    | Overtake
    | LoseAck
    | LateAck
    | Shatter
    | Steal
    | Reject
    | BlackHole
    | Refuse
    | Silence
    | Drop
    | Garble
)
KINDS: dict[str, tuple[str, ...]] = {
    str(kind.__struct_config__.tag): kind.__struct_fields__ for kind in get_args(Fault)
}  # the fields of each, by what `do` calls it
