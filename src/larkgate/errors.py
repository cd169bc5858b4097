"""The error tree. Each error carries the key of one sentence and the values in it.

LarkgateError
├── SettingsError      a setting, file or directory is wrong: exit 2, nothing was started
├── StoreError         the store cannot keep what it was given
│   ├── StoreLocked    another process holds the data directory
│   ├── StoreFull      the disk is full, or nearly: the platform is asked to push again
│   └── BacklogFull    too much waits already: the platform is asked to push again
├── ProtocolError      the other side sent bytes that make no sense
├── DialError          no connection, or it broke before an answer was read
│   └── HandshakeRefused   an answer, but no WebSocket (in larkgate.dial)
├── ApiError           the platform answered, with a code other than 0
├── NotRunning         no gateway answers where one was expected
├── NotSentYet         an effect is kept, but not done in the time given (a TimeoutError as well)
└── Ending             raised by a handler to say how its work ends
    ├── Retry          run it again, later, at the head of its lane
    ├── GiveUp         a dead letter at once
    └── Hold           the other side is down: the whole queue pauses, nothing is charged
"""

from __future__ import annotations

from enum import StrEnum
from math import inf

from larkgate import texts

__all__ = [
    "ApiError",
    "BacklogFull",
    "DialError",
    "Ending",
    "GiveUp",
    "Hold",
    "LarkgateError",
    "NotRunning",
    "NotSentYet",
    "ProtocolError",
    "Reaction",
    "Retry",
    "SettingsError",
    "StoreError",
    "StoreFull",
    "StoreLocked",
]


class LarkgateError(Exception):
    """One sentence that names cause and cure; `str()` gives it in the language in use."""

    def __init__(self, key: str, /, **values: object) -> None:
        super().__init__(key)
        self.key = key
        self.values = values

    def __str__(self) -> str:
        return texts.say(self.key, **self.values)


class SettingsError(LarkgateError):
    """A setting, a settings file or the data directory cannot be used."""


class StoreError(LarkgateError):
    """The store did not keep what it was given; nothing of it was written."""


class StoreLocked(StoreError):
    """Another process holds the data directory."""


class StoreFull(StoreError):
    """There is no room on the disk."""


class BacklogFull(StoreError):
    """More work waits than the settings allow."""


class ProtocolError(LarkgateError):
    """Bytes that do not follow the protocol."""


class DialError(LarkgateError):
    """No connection could be made, or it broke before the answer was read.

    Attributes:
        maybe_served: False when the request certainly did not reach the server: there was no
            connection yet.
    """

    def __init__(self, key: str, /, *, maybe_served: bool = True, **values: object) -> None:
        super().__init__(key, **values)
        self.maybe_served = maybe_served


class Reaction(StrEnum):
    """What to do when the platform refused a call.

    RETRY: it may work in a moment; repeat it with back-off and the same `uuid`.
    WAIT: too many calls, this one was not served; repeat it after `retry_after` seconds.
    TOKEN: neither our token nor a fresh one was accepted; as RETRY.
    HOLD: no call of this account will work until a person changes something.
    GIVE_UP: this call will never work.
    """

    RETRY = "retry"
    WAIT = "wait"
    TOKEN = "token"  # noqa: S105 - a reaction, no password
    HOLD = "hold"
    GIVE_UP = "give_up"


class ApiError(LarkgateError):
    """The platform refused a call.

    Attributes:
        code: the platform's code, or the HTTP status where its answer holds none (never 0).
        reaction: what to do about it.
        retry_after: seconds to wait before the next call, if the platform limits us.
        log_id: what the platform's support finds the call by; may be empty.
        maybe_served: False when the call was not made: what was refused is the token it needs.
    """

    def __init__(
        self,
        key: str,
        /,
        *,
        code: int,
        reaction: Reaction = Reaction.GIVE_UP,
        retry_after: float | None = None,
        log_id: str = "",
        **values: object,
    ) -> None:
        super().__init__(key, code=code, **values)
        self.code = code
        self.reaction = reaction
        self.retry_after = retry_after
        self.log_id = log_id
        self.maybe_served = True

    def __str__(self) -> str:
        return f"{super().__str__()} [{' '.join(filter(None, (str(self.code), self.log_id)))}]"


class NotRunning(LarkgateError):
    """No gateway answers."""


class NotSentYet(LarkgateError, TimeoutError):
    """An effect was not done in the time given; it is kept, and will be tried on."""


class Ending(Exception):
    """How a handler's work ends when it is not simply done."""

    def __init__(self, reason: object) -> None:
        super().__init__(reason)
        self.reason = str(reason)


class Retry(Ending):
    """Run the delivery again, after `after` seconds or by the back-off of its queue.

    Raises:
        ValueError, TypeError: `after` is no number of seconds.
    """

    def __init__(self, reason: object = "", *, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = None if after is None else _seconds(after, at_least=0.0)


class GiveUp(Ending):
    """Never run the delivery again: it becomes a dead letter with this reason."""


class Hold(Ending):
    """The other side is down, nothing was done: pause the queue, charge nobody an attempt.

    Args:
        seconds: how long, at least 0.1: nobody counts these runs, so they must not spin.
        lane: pause only the lane, as where one chat is at its limit and the others are not.

    Raises:
        ValueError, TypeError: `seconds` is no such number.
    """

    def __init__(self, reason: object, *, seconds: float = 30.0, lane: bool = False) -> None:
        super().__init__(reason)
        self.seconds = _seconds(seconds, at_least=0.1)
        self.lane = lane


def _seconds(value: float, *, at_least: float) -> float:
    """A wrong number is the mistake of the handler that gives it, and must fail there."""
    if not isinstance(value, int | float):
        raise TypeError(f"seconds are a number, not {type(value).__name__}")
    if not at_least <= value < inf:
        raise ValueError(f"seconds are finite and at least {at_least}, not {value}")
    return float(value)
