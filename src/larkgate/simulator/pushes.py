"""Every push, every attempt at it, and when the next one is due.

The rules are the official document's ("配置事件订阅方式", "事件概述"): an acknowledgement with
code 200 within 3 s, else the event is pushed again after 15 s, 5 min, 1 h and 6 h, each time the
way that is then in force; then it is given up.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from larkgate.clock import Clock
from larkgate.simulator.agenda import Agenda
from larkgate.simulator.changes import Changes
from larkgate.simulator.faults import Delay, Duplicate, LateAck, LoseAck, Overtake
from larkgate.simulator.overtaking import Overtaken
from larkgate.simulator.switches import Switches
from larkgate.simulator.trouble import Faults

__all__ = ["ACKNOWLEDGED_WITHIN", "Attempt", "Failure", "Ledger", "PushRecord"]

ACKNOWLEDGED_WITHIN = 3.0
_ACCEPTED = 200

Failure = Literal["", "no_address", "not_allowed", "no_name", "no_connection", "broken"]


class Attempt(Struct, eq=False):
    """One attempt at a push. Times are seconds since 1970.

    Attributes:
        connection: its `device_id`, or the address of a webhook; None when no connection was
            open.
        code: of the acknowledgement, or the HTTP status; None while there is none. One that came
            late is kept here and changes nothing.
        biz_rt: the client's own count of its milliseconds.
        failed: refused, too late, or nobody was there.
        failure: why a webhook gave no answer: the app has no address, one that the simulator may
            not call, a name unknown to DNS, no TCP connection (or TLS) within 2 s, or the
            connection broke.
    """

    at: float
    connection: str | None
    code: int | None = None
    acked_at: float | None = None
    biz_rt: int | None = None
    failed: bool = False
    failure: Failure = ""


class PushRecord(Struct, eq=False):
    """One event for one app.

    Attributes:
        about: the id of the message it tells of, or "".
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
    repush: bool = True
    attempts: list[Attempt] = []
    acked_at: float | None = None
    answer: bytes | None = None
    given_up: bool = False


class Ledger:
    """All pushes so far.

    Args:
        deliver: sends a push under a key to one connection or address and returns which, or None
            when there is none.
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
        self._overtaken = Overtaken()
        self._faults.watchers.append(self._overtaken)
        self._keys = itertools.count(1)
        self._open: dict[str, _Open] = {}
        self._closed = False
        self.records: list[PushRecord] = []
        self.unacknowledged = 0

    def push(self, record: PushRecord) -> None:
        """Push it now, or as late as a fault says."""
        self.records.append(record)
        if late := self._faults.strike(Delay, record.app_id):
            self._agenda.after(late.fault.seconds, self._attempt, record, 0)
        elif held := self._faults.strike(Overtake, record.app_id):
            self._overtaken.hold(record.app_id, held, lambda: self._attempt(record, 0))
        else:
            self._attempt(record, 0)
            self._overtaken.gone(record.app_id)

    def repeat(self, record: PushRecord) -> None:
        """Push it once more, whatever became of it; a failure has no consequence."""
        self._attempt(record, None)

    def acknowledge(
        self, connection: str, key: str, code: int, biz_rt: int | None, answer: bytes | None
    ) -> bool:
        """An acknowledgement came; False when this connection has nothing to acknowledge."""
        push = self._open.get(key)
        elsewhere = push is not None and push.attempt.connection != connection
        if push is None or (elsewhere and not self._switches.acknowledge_anywhere):
            return False
        if self._faults.strike(LoseAck, push.record.app_id):
            return True
        if late := self._faults.strike(LateAck, push.record.app_id):
            seconds = late.fault.seconds
            self._agenda.after(seconds, self._acknowledged, key, code, biz_rt, answer)
        else:
            self._acknowledged(key, code, biz_rt, answer)
        return True

    def fail(self, key: str, failure: Failure) -> None:
        """There will be no answer."""
        push = self._open.pop(key, None)
        if push is not None and not push.attempt.failed:
            push.attempt.failure = failure
            self._fail(push)
            self._changes.tell("push", push.record)

    def close(self) -> None:
        """Nothing is pushed any more; what happens is still put down."""
        self._closed = True
        self._agenda.close()

    def _attempt(self, record: PushRecord, stage: int | None) -> None:
        if self._closed or (stage and record.acked_at is not None):
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

    def _acknowledged(self, key: str, code: int, biz_rt: int | None, answer: bytes | None) -> None:
        if (push := self._open.pop(key, None)) is None:
            return
        attempt = push.attempt
        attempt.code, attempt.acked_at, attempt.biz_rt = code, self._clock.now(), biz_rt
        if not attempt.failed:
            self._settle(push, answer)
        elif self._switches.late_acks_count and code == _ACCEPTED:
            push.record.acked_at = push.record.acked_at or attempt.acked_at
        self._changes.tell("push", push.record)

    def _settle(self, push: _Open, answer: bytes | None) -> None:
        record = push.record
        if push.attempt.code != _ACCEPTED:
            self._fail(push)
            return
        self.unacknowledged -= 1
        if record.acked_at is None:
            record.acked_at, record.answer = push.attempt.acked_at, answer
            if self._faults.strike(Duplicate, record.app_id):
                self.repeat(record)

    def _overdue(self, push: _Open) -> None:
        if push.attempt.acked_at is None and not push.attempt.failed:
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
