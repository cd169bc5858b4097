"""The state machine, driven by hand: no sockets, no clock."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Literal

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from larkgate.protocol import frames, session
from larkgate.protocol.frames import Frame
from larkgate.protocol.session import Close, Dial, Fetch, Incoming, Phase, Session
from larkgate.texts import Sentence, say

URL = "wss://frontier.example/ws?device_id=1&service_id=7&ticket=secret"
ENDPOINT = msgspec.json.encode({"code": 0, "msg": "", "data": {"URL": URL}})
PING = frames.ping(7)
PONG = frames.pong(7)
BROKEN = Sentence("longconn.broken", {"cause": "reset"})


def endpoint(**config: int) -> bytes:
    return msgspec.json.encode({"code": 0, "data": {"URL": URL, "ClientConfig": config}})


def refusal(code: int) -> bytes:
    return msgspec.json.encode({"code": code, "msg": "no"})


def push(payload: bytes, kind: str = "event", **headers: str) -> bytes:
    return frames.encode(
        Frame(method=frames.DATA, headers=[("type", kind), *headers.items()], payload=payload)
    )


class Driven:
    """A session with its time, and what it did."""

    def __init__(
        self,
        chance: float = 0.5,
        reconnect: Literal["local", "server"] = "local",
        ping_interval: float = 10.0,
    ) -> None:
        self.now = 1000.0
        self.session = Session(
            self.now, ping_interval=ping_interval, reconnect=reconnect, chance=lambda: chance
        )
        self.lines: list[str] = []
        self.told: list[session.Notice] = []

    def take(self) -> list[object]:
        for notice in self.session.notices():
            self.told.append(notice)
            self.lines.append(notice.key.removeprefix("longconn."))
            assert say(notice.key, account="a", **notice.values)
        return list(self.session.outgoing())

    def tick(self) -> list[object]:
        self.session.tick(self.now, self.now)
        return self.take()

    def wait(self, seconds: float) -> list[object]:
        """Let time pass, ticking whenever it is due."""
        end = self.now + seconds
        done: list[object] = []
        while self.session.deadline <= end:
            self.now = max(self.now, self.session.deadline)
            done += self.tick()
        self.now = end
        return done

    def phase(self) -> Phase:
        return self.session.phase

    def hear(self, data: bytes = PONG) -> Incoming | None:
        return self.session.receive(data, self.now)

    def connect(self, answer: bytes = ENDPOINT) -> None:
        assert self.tick() == [Fetch()]
        self.session.receive_endpoint(200, answer, self.now)
        assert isinstance(self.take()[0], Dial)
        self.session.receive_opened(self.now)
        assert self.take() == [PING]

    def fail(self) -> None:
        self.session.receive_failure(BROKEN, self.now)

    def live(self, answer: bytes = ENDPOINT) -> None:
        self.connect(answer)
        self.hear()
        self.take()


@pytest.fixture
def driven() -> Driven:
    return Driven()


@pytest.fixture
def live(driven: Driven) -> Driven:
    driven.live()
    driven.lines.clear()
    return driven


def test_the_way_to_the_first_pong(driven: Driven) -> None:
    assert driven.tick() == [Fetch()]
    assert driven.phase() is Phase.ENDPOINT
    driven.session.receive_endpoint(200, ENDPOINT, driven.now)
    dial = driven.take()
    assert [type(order) for order in dial] == [Dial]
    assert isinstance(dial[0], Dial)
    assert dial[0].url.reveal() == URL
    driven.session.receive_opened(driven.now)
    assert driven.take() == [PING]
    assert driven.phase() is Phase.OPENING
    driven.now += 0.05
    driven.hear()
    driven.take()
    assert driven.phase() is Phase.LIVE
    assert driven.session.round_trip == pytest.approx(0.05)
    assert driven.lines == ["endpoint_obtained", "connecting", "connected", "first_pong"]


def test_no_line_holds_the_ticket(driven: Driven) -> None:
    driven.live()
    assert "secret" not in repr(driven.told)
    assert "secret" not in repr(driven.session.endpoint)


def test_a_ping_every_ten_seconds(live: Driven) -> None:
    sent = 0
    for _ in range(60):
        for order in live.wait(1.0):
            assert order == PING
            sent += 1
            live.hear()
    assert sent == 6
    assert live.phase() is Phase.LIVE


def test_the_servers_interval_is_an_upper_bound(driven: Driven) -> None:
    driven.live(endpoint(PingInterval=4))
    assert driven.session.deadline == driven.now + 4
    driven.hear(frames.pong(7, b'{"PingInterval":120}'))
    assert driven.session.config.ping_interval == 120
    assert driven.session.deadline == driven.now + 10


def test_our_interval_is_a_setting() -> None:
    driven = Driven(ping_interval=60)
    driven.live()
    assert driven.session.deadline == driven.now + 60


def test_silence_ends_the_connection(live: Driven) -> None:
    orders = live.wait(21.9)
    assert orders == [PING] * 4  # one that was due, and again every 3 s
    assert live.phase() is Phase.LIVE
    assert live.wait(0.1) == [Close()]
    assert live.phase() is Phase.WAITING
    assert live.session.reason is not None
    assert live.session.reason.key == "longconn.silent"
    assert live.lines == ["lost", "next_attempt"]


def test_any_frame_is_a_sign_of_life(live: Driven) -> None:
    for _ in range(20):
        live.wait(9.0)
        live.hear(push(b"{}"))
    assert live.phase() is Phase.LIVE


def test_garbage_is_no_sign_of_life(live: Driven) -> None:
    for _ in range(10):
        live.wait(3.0)
        live.hear(b"\xff\xff garbage")
    assert live.phase() is not Phase.LIVE
    assert "bad_frame" in live.lines


def test_one_lost_pong_ends_nothing(live: Driven) -> None:
    live.wait(10.0)
    assert live.wait(3.0) == [PING]
    live.hear()
    live.wait(6.0)
    assert live.phase() is Phase.LIVE


@pytest.mark.parametrize("stage", range(3))
def test_an_attempt_has_ten_seconds(driven: Driven, stage: int) -> None:
    driven.tick()
    if stage > 0:
        driven.wait(3.0)
        driven.session.receive_endpoint(200, ENDPOINT, driven.now)
        driven.take()
    if stage > 1:
        driven.wait(3.0)
        driven.session.receive_opened(driven.now)
        driven.take()
    driven.now = 1009.9
    assert Close() not in driven.tick()
    driven.now = 1010.0
    assert driven.tick() == [Close()]
    assert driven.phase() is Phase.WAITING
    assert driven.lines[-2:] == ["attempt_failed", "next_attempt"]


def test_a_drop_is_followed_by_an_attempt_within_a_second(live: Driven) -> None:
    live.now += 60
    live.fail()
    assert live.take() == []
    assert live.wait(0.49) == []
    assert live.wait(0.02) == [Fetch()]


def attempts(driven: Driven, seconds: float) -> Iterator[float]:
    """When a link that always fails asks for an endpoint."""
    end = driven.now + seconds
    while driven.now < end:
        driven.now = driven.session.deadline
        if Fetch() in driven.tick():
            yield driven.now
            driven.fail()


def test_for_ever_at_a_growing_distance(driven: Driven) -> None:
    times = list(attempts(driven, 48 * 3600))
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(2 <= gap <= 4 for gap in gaps[:190])
    assert all(gap <= 30 for gap in gaps)
    assert gaps[-1] == pytest.approx(22.5)
    assert driven.session.attempt == len(times)
    driven.take()
    assert driven.told[-1].values["attempt"] == len(times) + 1


def test_a_connection_that_dies_young_again_and_again_is_not_chased(driven: Driven) -> None:
    waits = []
    for _ in range(6):
        start = driven.now
        while driven.phase() is not Phase.ENDPOINT:
            driven.now = max(driven.now, driven.session.deadline)
            driven.session.tick(driven.now, driven.now)
        waits.append(driven.now - start)
        driven.session.receive_endpoint(200, ENDPOINT, driven.now)
        driven.session.receive_opened(driven.now)
        driven.hear()
        driven.now += 1
        driven.fail()
    assert waits == [0, 0.5, 0.5, 0.5, 3.0, 3.0]


@pytest.mark.parametrize("code", [1000040344, 1000040345, 1000040350, 403])
def test_a_terminal_answer_is_loud_and_asked_again(driven: Driven, code: int) -> None:
    driven.tick()
    driven.session.receive_endpoint(200, refusal(code), driven.now)
    assert driven.take() == []
    assert driven.phase() is Phase.REFUSED
    assert driven.lines == ["refused"]
    assert driven.wait(299.0) == []
    assert driven.wait(2.0) == [Fetch()]
    driven.session.receive_endpoint(200, ENDPOINT, driven.now)
    assert driven.phase() is Phase.DIALING


@pytest.mark.parametrize("code", [1, 1000040343, 1000040351, 777])
def test_other_answers_are_tried_again_soon(driven: Driven, code: int) -> None:
    driven.tick()
    driven.session.receive_endpoint(200, refusal(code), driven.now)
    assert driven.phase() is Phase.WAITING
    assert driven.wait(4.0) == [Fetch()]


def test_a_refused_handshake(driven: Driven) -> None:
    driven.tick()
    driven.session.receive_endpoint(200, ENDPOINT, driven.now)
    driven.session.receive_refusal(403, {"Handshake-Status": "403"}, driven.now)
    assert driven.phase() is Phase.REFUSED
    assert driven.session.reason is not None
    assert driven.session.reason.key == "longconn.forbidden"


def test_the_pace_of_the_server_is_followed_only_when_told() -> None:
    wishes = endpoint(ReconnectNonce=60, ReconnectInterval=90, ReconnectCount=2)
    for reconnect, expected in [("local", [0.5, 3.0, 3.0]), ("server", [30.0, 90.0, 300.0])]:
        driven = Driven(reconnect=reconnect)  # type: ignore[arg-type]
        driven.live(wishes)
        driven.now += 60
        driven.fail()
        driven.take()
        lost = driven.now
        times = [lost, *itertools.islice(attempts(driven, 1e6), 3)]
        assert [round(b - a, 6) for a, b in itertools.pairwise(times)] == expected
    assert driven.told[-1].key == "longconn.refused"


def test_after_suspend_a_live_link_is_checked_at_once(live: Driven) -> None:
    live.now += 5
    live.session.tick(live.now, live.now + 3600)
    assert live.take() == [PING]
    assert live.lines == ["resumed"]
    assert live.wait(11.9) == [PING] * 3
    assert live.wait(0.1) == [Close()]


def test_after_a_stall_frames_are_read_before_anything_is_given_up(live: Driven) -> None:
    live.wait(10.0)
    live.now += 600
    assert live.tick() == [PING]
    live.hear()
    assert live.phase() is Phase.LIVE


def test_after_suspend_a_wait_is_cut_short(live: Driven) -> None:
    live.fail()
    live.now += 0.1
    live.session.tick(live.now, live.now + 3600)
    assert live.take() == [Fetch()]


def test_after_suspend_an_attempt_starts_again(driven: Driven) -> None:
    driven.tick()
    driven.now += 600
    assert driven.tick() == [Close(), Fetch()]
    assert driven.session.deadline == driven.now + 10


def test_a_wait_looks_at_the_clock_every_few_seconds(driven: Driven) -> None:
    driven.tick()
    driven.session.receive_endpoint(200, refusal(403), driven.now)
    assert driven.session.deadline == driven.now + 5


def test_ticks_that_come_early_or_for_the_first_time_late_do_nothing(driven: Driven) -> None:
    driven.now += 60
    assert driven.tick() == [Fetch()]
    assert driven.tick() == []
    assert "resumed" not in driven.lines


def test_pushes_of_both_types_are_passed_on(live: Driven) -> None:
    for kind in ("event", "card"):
        incoming = live.hear(push(b"{}", kind))
        assert incoming is not None
        assert incoming.payload == b"{}"
        assert incoming.frame.header("type") == kind
    assert live.session.counters.events == 2


def test_a_push_before_the_first_pong_counts(driven: Driven) -> None:
    driven.connect()
    assert driven.hear(push(b"{}")) is not None
    assert driven.phase() is Phase.LIVE
    driven.hear()
    driven.take()
    assert driven.lines[-1] == "first_pong"


def test_pieces_are_joined(live: Driven) -> None:
    pieces = [
        push(part, message_id="m", sum="2", seq=str(n)) for n, part in enumerate([b"a", b"b"])
    ]
    assert live.hear(pieces[1]) is None
    incoming = live.hear(pieces[0])
    assert incoming is not None
    assert incoming.payload == b"ab"


def test_pieces_of_a_lost_connection_are_forgotten(live: Driven) -> None:
    live.hear(push(b"a", message_id="m", sum="2", seq="0"))
    live.fail()
    live.wait(1.0)
    live.session.receive_endpoint(200, ENDPOINT, live.now)
    live.session.receive_opened(live.now)
    assert live.hear(push(b"b", message_id="m", sum="2", seq="1")) is None


@pytest.mark.parametrize(
    "data",
    [
        push(b"{}", "novelty"),
        frames.encode(Frame(method=frames.DATA)),
        frames.encode(Frame(method=frames.CONTROL, headers=[("type", "novelty")])),
        frames.encode(Frame(method=5)),
        b"",
    ],
)
def test_unknown_frames_are_ignored(live: Driven, data: bytes) -> None:
    assert live.hear(data) is None
    assert live.take() == []
    assert live.lines == ["unknown_frame"]
    assert live.phase() is Phase.LIVE


def test_a_ping_of_the_server_wants_no_answer(live: Driven) -> None:
    live.hear(PING)
    assert (live.take(), live.lines) == ([], [])


def test_contradictory_pieces_are_noted(live: Driven) -> None:
    assert live.hear(push(b"a", message_id="m", sum="2", seq="7")) is None
    live.take()
    assert live.lines == ["bad_frame"]
    assert live.session.counters.bad_frames == 1


def test_one_line_in_ten_minutes(live: Driven) -> None:
    for _ in range(121):
        for _order in live.wait(10.0):
            live.hear()
    live.take()
    assert live.lines.count("alive") == 2
    assert live.told[-1].key == "longconn.pong"


def test_what_comes_after_the_end_is_not_heard(live: Driven) -> None:
    live.fail()
    assert live.hear(push(b"{}")) is None
    live.session.receive_opened(live.now)
    live.session.receive_endpoint(200, ENDPOINT, live.now)
    live.session.receive_refusal(403, {}, live.now)
    live.fail()
    live.take()
    assert live.lines == ["lost", "next_attempt"]
    assert live.phase() is Phase.WAITING


def test_stopped_is_the_end(live: Driven) -> None:
    live.session.stop()
    live.now += 1e6
    assert live.tick() == []
    assert live.session.deadline == float("inf")
    assert live.hear(push(b"{}")) is None


class World(RuleBasedStateMachine):
    """A platform that does what it likes, and a carrier that obeys."""

    @initialize(chance=st.floats(0, 1), reconnect=st.sampled_from(["local", "server"]))
    def start(self, chance: float, reconnect: Literal["local", "server"]) -> None:
        self.now = 0.0
        self.suspended = 0.0
        self.session = Session(self.now, reconnect=reconnect, chance=lambda: chance)
        self.doing = ""  # what the carrier is busy with

    def obey(self) -> None:
        for order in self.session.outgoing():
            if isinstance(order, bytes):
                assert self.doing == "connection"
                assert order == PING
            elif isinstance(order, Close):
                assert self.doing
                self.doing = ""
            else:
                assert not self.doing
                self.doing = "request" if isinstance(order, Fetch) else "handshake"
        for notice in self.session.notices():
            say(notice.key, account="a", **notice.values)

    def tick(self) -> None:
        self.session.tick(self.now, self.now + self.suspended)
        self.obey()

    @rule(seconds=st.floats(0, 400))
    def time_passes(self, seconds: float) -> None:
        end = self.now + seconds
        while self.session.deadline <= end:
            self.now = max(self.now, self.session.deadline)
            self.tick()
        self.now = end

    @rule(seconds=st.floats(0, 4000))
    def machine_sleeps(self, seconds: float) -> None:
        self.suspended += seconds
        self.tick()

    @rule(seconds=st.floats(0, 4000))
    def process_stalls(self, seconds: float) -> None:
        self.now += seconds
        self.tick()

    @precondition(lambda self: self.doing == "request")
    @rule(
        status=st.sampled_from([200, 400, 500]),
        body=st.sampled_from([ENDPOINT, b"", refusal(1), refusal(403), refusal(5)])
        | st.builds(endpoint, PingInterval=st.integers(), ReconnectCount=st.integers(-1, 3)),
    )
    def platform_answers(self, status: int, body: bytes) -> None:
        self.doing = ""
        self.session.receive_endpoint(status, body, self.now)
        self.obey()

    @precondition(lambda self: self.doing == "handshake")
    @rule()
    def connection_opens(self) -> None:
        self.doing = "connection"
        self.session.receive_opened(self.now)
        self.obey()

    @precondition(lambda self: self.doing == "handshake")
    @rule(code=st.sampled_from(["403", "514", ""]))
    def handshake_is_refused(self, code: str) -> None:
        self.doing = ""
        self.session.receive_refusal(400, {"Handshake-Status": code}, self.now)
        self.obey()

    @precondition(lambda self: self.doing)
    @rule()
    def it_breaks(self) -> None:
        self.doing = ""
        self.session.receive_failure(BROKEN, self.now)
        self.obey()

    @precondition(lambda self: self.doing == "connection")
    @rule(data=st.sampled_from([PONG, PING, push(b"{}"), push(b"", "x"), b"\xff"]) | st.binary())
    def a_message_comes(self, data: bytes) -> None:
        incoming = self.session.receive(data, self.now)
        assert incoming is None or incoming.payload == b"{}"
        self.obey()

    @rule()
    def a_willing_platform_is_found(self) -> None:
        """Whatever happened: no state is deaf for ever."""
        config = self.session.config
        end = self.now + session.PROBE + config.reconnect_nonce + config.reconnect_interval
        while self.now < end and self.session.phase is not Phase.LIVE:
            if self.doing == "request":
                self.platform_answers(200, ENDPOINT)
            elif self.doing == "handshake":
                self.connection_opens()
            elif self.doing == "connection":
                self.a_message_comes(PONG)
            else:
                self.now = max(self.now, self.session.deadline)
                self.tick()
        assert self.session.phase is Phase.LIVE

    @invariant()
    def it_always_has_something_to_wait_for(self) -> None:
        if hasattr(self, "session"):
            assert self.session.deadline <= self.now + max(
                session.ATTEMPT, session.PATIENCE, session.WATCH
            )
            assert (self.session.phase in (Phase.OPENING, Phase.LIVE)) == (
                self.doing == "connection"
            )
            assert (self.session.reason is None) or self.session.phase is not Phase.LIVE


World.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestAnyWorld = World.TestCase
