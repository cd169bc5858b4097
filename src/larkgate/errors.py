"""The error tree. Each error carries the key of one sentence and the values in it.

LarkgateError
├── SettingsError      a setting, file or directory is wrong: exit 2, nothing was started
├── StoreError         the store cannot keep what it was given
│   ├── StoreLocked    another process holds the data directory
│   └── StoreFull      the disk is full; the platform is asked to push again
├── ProtocolError      the other side sent bytes that make no sense
├── DialError          no connection, or it broke before an answer was read
├── ApiError           the platform answered, with a code other than 0
├── NotRunning         no gateway answers where one was expected
└── Ending             raised by a handler to say how its work ends
    ├── Retry          run it again, later, at the head of its lane
    ├── GiveUp         a dead letter at once
    └── Hold           the other side is down: the whole queue pauses, nothing is charged
"""

from __future__ import annotations

from larkgate import texts

__all__ = [
    "ApiError",
    "DialError",
    "Ending",
    "GiveUp",
    "Hold",
    "LarkgateError",
    "NotRunning",
    "ProtocolError",
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


class ProtocolError(LarkgateError):
    """Bytes that do not follow the protocol."""


class DialError(LarkgateError):
    """No connection could be made, or it broke before the answer was read."""


class ApiError(LarkgateError):
    """The platform refused a call.

    Attributes:
        code: the platform's code (never 0).
        retry_after: seconds the platform asked us to wait, if it did.
    """

    def __init__(
        self, key: str, /, *, code: int, retry_after: float | None = None, **values: object
    ) -> None:
        super().__init__(key, code=code, **values)
        self.code = code
        self.retry_after = retry_after


class NotRunning(LarkgateError):
    """No gateway answers."""


class Ending(Exception):  # noqa: N818 - endings are not all failures
    """How a handler's work ends when it is not simply done."""


class Retry(Ending):
    """Run the delivery again, after `after` seconds or by the back-off of its queue."""

    def __init__(self, reason: str = "", *, after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class GiveUp(Ending):
    """Never run the delivery again: it becomes a dead letter with this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Hold(Ending):
    """The other side is down: pause the queue for `seconds`, charge nobody an attempt."""

    def __init__(self, reason: str, *, seconds: float = 30.0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds
