"""Every push, every attempt at it, and when the next one is due.

The rules are the official document's ("配置事件订阅方式", "事件概述"): an acknowledgement with
code 200 within 3 s, else the event is pushed again after 15 s, 5 min, 1 h and 6 h, each time to
one connection chosen at random; then it is given up.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from msgspec import Struct

from larkgate.clock import Clock
from larkgate.simulator.agenda import Agenda
from larkgate.simulator.changes import Changes
from larkgate.simulator.faults import Delay, Duplicate, Faults, LoseAck
from larkgate.simulator.switches import Switches

__all__ = ["ACKNOWLEDGED_WITHIN", "Attempt", "Ledger", "PushRecord"]

ACKNOWLEDGED_WITHIN = 3.0
_ACCEPTED = 200


class Attempt(Struct, eq=False):
    """One attempt at a push. Times are seconds since 1970.

    Attributes:
        connection: its `device_id`; None when no connection was open.
        code: of the acknowledgement, None while there is none. One that came late is kept here
            and changes nothing.
        biz_rt: the client's own count of its milliseconds.
        failed: refused, too late, or nobody was there.
    """

    at: float
    connection: str | None
    code: int | None = None
    acked_at: float | None = None
    biz_rt: int | None = None
    failed: bool = False


class PushRecord(Struct, eq=False):
    """One event for one app.

    Attributes:
        about: the id of the message it tells of, or "".
        frame_type: the `type` header of its frames.
        repush: events are pushed again, callbacks are not.
        acked_at: when it was first acknowledged with success, seconds since 1970.
        answer: the JSON that came with the acknowledgement, as a callback's does.
        given_up: every attempt failed; there will be no other.
    """

    event_id: str
    event_type: str
    app_id: str
    payload: bytes
    about: str = ""
    frame_type: str = "event"
    repush: bool = True
    attempts: list[Attempt] = []
    acked_at: float | None = None
    answer: bytes | None = None
    given_up: bool = False


class Ledger:
    """All pushes so far.

    Args:
        deliver: sends a push under a key to one connection and returns that connection's id,
            or None when there is none.
    """

    def __init__(
        self,
        switches: Switches,
        clock: Clock,
        faults: Faults,
        changes: Changes,
        deliver: Callable[[PushRecord, str], str | None],
    ) -> None:
        self._switches = switches
        self._clock = clock
        self._faults = faults
        self._changes = changes
        self._deliver = deliver
        self._agenda = Agenda(clock)
        self._keys = itertools.count(1)
        self._open: dict[str, _Open] = {}
        self.records: list[PushRecord] = []
        self.unacknowledged = 0

    def push(self, record: PushRecord) -> None:
        """Push it now, or as late as a fault says."""
        self.records.append(record)
        if late := self._faults.strike(Delay):
            self._agenda.after(late.seconds, self._attempt, record, 0)
        else:
            self._attempt(record, 0)

    def repeat(self, record: PushRecord) -> None:
        """Push it once more, whatever became of it; a failure has no consequence."""
        self._attempt(record, None)

    def acknowledge(
        self, connection: str, key: str, code: int, biz_rt: int | None, answer: bytes | None
    ) -> bool:
        """An acknowledgement came; False when this connection has nothing to acknowledge."""
        push = self._open.get(key)
        if push is None or push.attempt.connection != connection:
            return False
        if self._faults.strike(LoseAck):
            return True
        del self._open[key]
        attempt = push.attempt
        attempt.code, attempt.acked_at, attempt.biz_rt = code, self._clock.now(), biz_rt
        if not attempt.failed:
            self._settle(push, answer)
        self._changes.tell("push", push.record)
        return True

    def close(self) -> None:
        self._agenda.close()

    def _attempt(self, record: PushRecord, stage: int | None) -> None:
        if stage and record.acked_at is not None:
            return
        push = _Open(record, Attempt(self._clock.now(), None), stage)
        record.attempts.append(push.attempt)
        key = format(next(self._keys), "x")
        push.attempt.connection = self._deliver(record, key)
        self.unacknowledged += 1
        if push.attempt.connection is None:
            self._fail(push)
        else:
            self._open[key] = push
            self._agenda.after(ACKNOWLEDGED_WITHIN, self._overdue, push)
        self._changes.tell("push", record)

    def _settle(self, push: _Open, answer: bytes | None) -> None:
        record = push.record
        if push.attempt.code != _ACCEPTED:
            self._fail(push)
            return
        self.unacknowledged -= 1
        if record.acked_at is None:
            record.acked_at, record.answer = push.attempt.acked_at, answer
            if self._faults.strike(Duplicate):
                self.repeat(record)

    def _overdue(self, push: _Open) -> None:
        if push.attempt.acked_at is None:
            self._fail(push)
            self._changes.tell("push", push.record)

    def _fail(self, push: _Open) -> None:
        """The next attempt, counted from now, or none."""
        push.attempt.failed = True
        self.unacknowledged -= 1
        if push.stage is None or push.record.acked_at is not None:
            return
        delays = self._switches.repush_after
        if push.record.repush and push.stage < len(delays):
            self._agenda.after(delays[push.stage], self._attempt, push.record, push.stage + 1)
        else:
            push.record.given_up = True


class _Open(Struct, gc=False):
    """An attempt without an answer. `stage` counts its record's scheduled attempts from 0."""

    record: PushRecord
    attempt: Attempt
    stage: int | None
