"""One account's link to the platform, as a state machine with a deadline on every wait.

It opens no socket and reads no clock. Its carrier tells it what happened (`receive…`) and what
time it is (`tick`), does what it orders (`outgoing`) and writes down what it notes (`notices`).
Times are seconds of a clock that never jumps back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from math import inf
from typing import Literal

from msgspec import Struct

from larkgate.errors import ProtocolError
from larkgate.protocol import endpoint, frames
from larkgate.protocol.backoff import delay, server_delay
from larkgate.protocol.endpoint import ClientConfig, Endpoint, Refusal
from larkgate.protocol.fragments import Assembler
from larkgate.protocol.frames import Frame
from larkgate.secret import Secret
from larkgate.texts import Sentence

__all__ = [
    "Close",
    "Counters",
    "Dial",
    "Fetch",
    "Incoming",
    "Notice",
    "Order",
    "Phase",
    "Session",
]

ATTEMPT = 10.0  # from asking for an endpoint to the first frame
PATIENCE = 12.0  # between a ping and any frame
REPEAT = 3.0  # a ping nobody answers is sent again, so that one lost frame ends nothing
PROBE = 300.0  # between attempts after a terminal answer
REPORT = 600.0
WATCH = 5.0  # how often a wait looks at the clock
JUMP = 5.0  # a clock that much ahead: the machine was suspended or the process stalled
SHORT_LIFE = 10.0
SHORT_LIVES = 3  # connections lost young that are still followed by an attempt at once


class Phase(StrEnum):
    WAITING = "waiting"  # for the next attempt
    ENDPOINT = "endpoint"  # asking where to connect
    DIALING = "dialing"
    OPENING = "opening"  # connected, but nothing heard yet
    LIVE = "live"  # events can arrive
    REFUSED = "refused"  # by a terminal answer; asked again from time to time
    STOPPED = "stopped"


_CONNECTED = (Phase.OPENING, Phase.LIVE)
_BUSY = (Phase.ENDPOINT, Phase.DIALING, Phase.OPENING, Phase.LIVE)


class Fetch(Struct, frozen=True):
    """Ask for an endpoint."""


class Dial(Struct, frozen=True):
    """Open a WebSocket to this URL."""

    url: Secret


class Close(Struct, frozen=True):
    """End what is going on: request, handshake or connection. Report nothing more of it."""


Order = Fetch | Dial | Close | bytes  # bytes are one message to send


class Notice(Struct, frozen=True):
    """Something worth a line: the key of a sentence and its values."""

    key: str
    values: dict[str, object]


class Incoming(Struct, frozen=True, gc=False):
    """A whole push, and the frame to acknowledge it with."""

    frame: Frame
    payload: bytes


class Counters(Struct):
    """What came since the start."""

    connections: int = 0
    pings: int = 0
    pongs: int = 0
    events: int = 0
    bad_frames: int = 0
    unknown_frames: int = 0


class Session:
    """Keeps one link up, for ever.

    Args:
        now: when the first attempt is due: at once.
        ping_interval: at most so long between pings; the server's own interval if it is shorter.
        reconnect: at our own pace ("local") or by the server's ClientConfig ("server").
        chance: gives random numbers from 0 to 1.

    Attributes:
        since: when `phase` began.
        reason: why there is no connection; None while there is one.
        endpoint: the last one obtained.
        config: the server's wishes as last read.
        round_trip: from the last ping to its pong; `last_pong` is when that came.
    """

    def __init__(
        self,
        now: float,
        *,
        ping_interval: float = 10.0,
        reconnect: Literal["local", "server"] = "local",
        chance: Callable[[], float],
    ) -> None:
        self.phase = Phase.WAITING
        self.since = now
        self.reason: Sentence | None = None
        self.endpoint: Endpoint | None = None
        self.config = ClientConfig()
        self.attempt = 0
        self.counters = Counters()
        self.last_pong: float | None = None
        self.round_trip: float | None = None
        self._ping_interval = ping_interval
        self._reconnect = reconnect
        self._chance = chance
        self._pieces = Assembler()
        self._orders: list[Order] = []
        self._notices: list[Notice] = []
        self._due = now  # of an attempt: its begin, or its end
        self._outage_since = now
        self._short_lives = 0
        self._pinged_at = now
        self._unheard_since: float | None = None  # the first ping nothing came after
        self._greeted = False  # whether this connection has had its first pong
        self._reported_at = now
        self._looked_at = now  # at the clock
        self._ticked_at = now
        self._wall: float | None = None

    @property
    def deadline(self) -> float:
        """When to call `tick` next; earlier and later calls do no harm."""
        if self.phase in (Phase.WAITING, Phase.REFUSED):
            return min(self._due, self._looked_at + WATCH)
        if self.phase is Phase.LIVE:
            return self._next_beat()
        if self.phase is Phase.OPENING:
            return min(self._due, self._next_beat())
        return self._due

    def outgoing(self) -> list[Order]:
        """What is to be done now, in this order; each order is given once."""
        orders, self._orders = self._orders, []
        return orders

    def notices(self) -> list[Notice]:
        """What happened since the last call."""
        notices, self._notices = self._notices, []
        return notices

    def tick(self, now: float, wall: float) -> None:
        """Time has passed. `wall` is the time of day, which goes on while a machine sleeps."""
        ahead = self._jump(now, wall)
        self._pieces.expire(now)
        if ahead > JUMP and self.phase is not Phase.STOPPED:
            self._note("longconn.resumed", seconds=ahead)
            self._resume(now)
        elif now >= self.deadline:
            self._act(now)

    def stop(self) -> None:
        """No more attempts; the connection is left to the carrier."""
        self.phase = Phase.STOPPED
        self._due = inf
        self._orders.clear()

    # what happened

    def receive(self, data: bytes, now: float) -> Incoming | None:
        """A message came. Returns the push it completes, which is to be acknowledged."""
        if self.phase not in _CONNECTED:
            return None
        try:
            frame = frames.decode(data)
        except ProtocolError as error:
            self._odd(error)
            return None
        self._unheard_since = None
        if self.phase is Phase.OPENING:
            self._enter(Phase.LIVE, now)
        if frame.method == frames.DATA:
            return self._receive_data(frame, now)
        kind = frame.header("type") if frame.method == frames.CONTROL else None
        if kind == "pong":
            self._receive_pong(frame, now)
        elif kind != "ping":  # the server's pings want no answer
            self._unknown(frame)
        return None

    def receive_endpoint(self, status: int, body: bytes, now: float) -> None:
        """The request for an endpoint was answered."""
        if self.phase is not Phase.ENDPOINT:
            return
        found = endpoint.answer(status, body, self.config)
        if isinstance(found, Refusal):
            self._refused(found, now)
            return
        self.endpoint, self.config = found, found.config
        self._note(
            "longconn.endpoint_obtained", host=found.host, ping_interval=self.config.ping_interval
        )
        self._enter(Phase.DIALING, now)
        self._note("longconn.connecting", host=found.host, attempt=self.attempt)
        self._orders.append(Dial(found.url))

    def receive_opened(self, now: float) -> None:
        """The WebSocket is open."""
        if self.phase is not Phase.DIALING or self.endpoint is None:
            return
        self.counters.connections += 1
        self._greeted = False
        self._unheard_since = None
        self._enter(Phase.OPENING, now)
        self._note("longconn.connected", host=self.endpoint.host)
        self._ping(now)

    def receive_refusal(self, status: int, headers: Mapping[str, str], now: float) -> None:
        """The handshake was answered with something else than a WebSocket."""
        if self.phase is Phase.DIALING:
            self._refused(endpoint.handshake_refusal(status, headers), now)

    def receive_failure(self, reason: Sentence, now: float) -> None:
        """The request, handshake or connection broke."""
        if self.phase in _BUSY:
            self._fail(reason, now)

    # attempts

    def _act(self, now: float) -> None:
        """A deadline has passed."""
        if self.phase in (Phase.WAITING, Phase.REFUSED):
            if now >= self._due:
                self._begin(now)
        elif self.phase is not Phase.LIVE and now >= self._due:
            values = {"seconds": ATTEMPT, "phase": self.phase.value}
            self._give_up(Sentence("longconn.attempt_timeout", values), now)
        elif self.phase in _CONNECTED:
            self._beat(now)

    def _begin(self, now: float) -> None:
        self.attempt += 1
        self._due = now + ATTEMPT
        self._enter(Phase.ENDPOINT, now)
        self._orders.append(Fetch())

    def _enter(self, phase: Phase, now: float) -> None:
        self.phase = phase
        self.since = self._looked_at = now
        if phase is Phase.LIVE:
            self.reason = None
            self.attempt = 0

    def _end(self, key: str, reason: Sentence, **values: object) -> None:
        """What was going on is over."""
        self._note(key, reason=reason, **values)
        self.reason = reason
        self._pieces.clear()
        self._orders.clear()

    def _give_up(self, reason: Sentence, now: float) -> None:
        """End what would still go on."""
        self._fail(reason, now)
        self._orders.append(Close())

    def _fail(self, reason: Sentence, now: float) -> None:
        if self.phase is Phase.LIVE:
            self._end("longconn.lost", reason)
            self._outage_since = now
            self._short_lives = self._short_lives + 1 if now - self.since < SHORT_LIFE else 0
            self.attempt = 0 if self._short_lives <= SHORT_LIVES else 1
        else:
            self._end("longconn.attempt_failed", reason)
        seconds = self._delay(now)
        if seconds is None:
            used_up = Sentence("longconn.attempts_used_up", {"count": self.config.reconnect_count})
            self._refused(Refusal(used_up, terminal=True), now)
            return
        self._due = now + seconds
        self._enter(Phase.WAITING, now)
        self._note("longconn.next_attempt", seconds=seconds, attempt=self.attempt + 1)

    def _refused(self, refusal: Refusal, now: float) -> None:
        if not refusal.terminal:
            self._fail(refusal.reason, now)
            return
        self._end("longconn.refused", refusal.reason, seconds=PROBE)
        self._due = now + PROBE
        self._enter(Phase.REFUSED, now)

    def _delay(self, now: float) -> float | None:
        if self._reconnect == "server":
            return server_delay(self.attempt + 1, self.config, self._chance())
        return delay(self.attempt + 1, now - self._outage_since, self._chance())

    # time

    def _jump(self, now: float, wall: float) -> float:
        """How far time has run ahead of what we waited for, on either clock."""
        ahead = 0.0
        if self._wall is not None:
            asleep = (wall - self._wall) - (now - self._ticked_at)
            ahead = max(asleep, now - self.deadline)
        self._looked_at = self._ticked_at = now
        self._wall = wall
        return ahead

    def _resume(self, now: float) -> None:
        """Answers may wait unread and timers mean nothing: ask again, now."""
        if self.phase in _CONNECTED:
            self._unheard_since = None
            self._due = now + ATTEMPT
            self._ping(now)
            return
        if self.phase in _BUSY:
            self._orders.append(Close())
        self._begin(now)

    # heartbeats

    def _next_beat(self) -> float:
        if self._unheard_since is None:
            return self._pinged_at + min(self._ping_interval, self.config.ping_interval)
        return min(self._pinged_at + REPEAT, self._unheard_since + PATIENCE)

    def _beat(self, now: float) -> None:
        if self._unheard_since is not None and now >= self._unheard_since + PATIENCE:
            self._give_up(Sentence("longconn.silent", {"seconds": PATIENCE}), now)
        else:
            self._ping(now)

    def _ping(self, now: float) -> None:
        self._pinged_at = now
        if self._unheard_since is None:
            self._unheard_since = now
        self.counters.pings += 1
        self._orders.append(frames.ping(self.endpoint.service_id if self.endpoint else 0))

    # frames

    def _receive_data(self, frame: Frame, now: float) -> Incoming | None:
        if frame.header("type") not in ("event", "card"):
            self._unknown(frame)
            return None
        try:
            payload = self._pieces.join(frame, now)
        except ProtocolError as error:
            self._odd(error)
            return None
        if payload is None:
            return None
        self.counters.events += 1
        return Incoming(frame, payload)

    def _receive_pong(self, frame: Frame, now: float) -> None:
        self.counters.pongs += 1
        self.last_pong = now
        self.round_trip = now - self._pinged_at
        if frame.payload:
            self.config = self.config.updated_by(frame.payload)
        values = {"milliseconds": self.round_trip * 1000.0}
        if not self._greeted:
            self._greeted = True
            self._reported_at = now
            self._note("longconn.first_pong", **values)
        elif now - self._reported_at >= REPORT:
            self._reported_at = now
            counted = {"pongs": self.counters.pongs, "events": self.counters.events}
            self._note("longconn.alive", **values, **counted)
        else:
            self._note("longconn.pong", **values)

    def _odd(self, error: ProtocolError) -> None:
        self.counters.bad_frames += 1
        self._note("longconn.bad_frame", cause=error)

    def _unknown(self, frame: Frame) -> None:
        self.counters.unknown_frames += 1
        kind = (frame.header("type") or "")[:40]
        self._note("longconn.unknown_frame", method=frame.method, type=kind)

    def _note(self, key: str, **values: object) -> None:
        self._notices.append(Notice(key, values))
