"""Tokens that come with clicks and let an app update the card later.

Official document "延时更新消息卡片": good for 30 minutes and two updates, after the click was
answered and not before.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from larkgate.clock import Clock
from larkgate.simulator.apps import App
from larkgate.simulator.codes import Refused
from larkgate.simulator.pushes import PushRecord
from larkgate.simulator.world import Message

__all__ = ["Ticket", "Tickets"]

_SECONDS = 1800.0
_USES = 2
_TURNS = 8


class Ticket(Struct, eq=False):
    """What a token stands for.

    Attributes:
        pushes: of the click; two for an app that gets clicks of both versions.
        at: on a clock that never jumps.
    """

    message: Message
    at: float
    pushes: list[PushRecord] = []
    uses: int = 0

    @property
    def is_unanswered(self) -> bool:
        """The click has no answer and may still get one."""
        if any(push.acked_at is not None for push in self.pushes):
            return False
        return not all(push.given_up for push in self.pushes)


class Tickets:
    """The tokens of the last 30 minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tickets: dict[str, Ticket] = {}
        self._waiting: dict[str, list[Ticket]] = {}

    def issue(self, token: str, message: Message, push: PushRecord) -> None:
        """A click with this token is pushed."""
        self._forget()
        if token not in self._tickets:
            self._tickets[token] = Ticket(message, self._clock.monotonic())
            self._waiting.setdefault(message.id, []).append(self._tickets[token])
        self._tickets[token].pushes.append(push)

    def redeem(self, app: App, token: str) -> Ticket:
        """One use of it.

        Raises:
            Refused: 300020 not a token, 300030 unknown or too old, 200310 another app's, 300040
                used up, 200000 the message was recalled.
        """
        self._forget()
        if not token.startswith("c-"):
            raise Refused(300020)
        if (ticket := self._tickets.get(token)) is None:
            raise Refused(300030)
        if ticket.message.sender is not app:
            raise Refused(200310)
        if ticket.uses >= _USES:
            raise Refused(300040)
        if ticket.message.recalled:
            raise Refused(200000)
        ticket.uses += 1
        return ticket

    async def is_early(self, ticket: Ticket) -> bool:
        """Whether its click has no answer yet."""
        return await self._stays(lambda: ticket.is_unanswered)

    async def is_waiting(self, message: Message) -> bool:
        """Whether somebody has clicked on it and has no answer yet."""
        return await self._stays(lambda: self._waits(message))

    async def _stays(self, is_so: Callable[[], bool]) -> bool:
        """An answer that arrived together with a call, over another connection, came before it."""
        for _ in range(_TURNS):
            if not is_so():
                return False
            await self._clock.sleep(0)
        return is_so()

    def _waits(self, message: Message) -> bool:
        waiting = [each for each in self._waiting.pop(message.id, []) if each.is_unanswered]
        if waiting:
            self._waiting[message.id] = waiting
        return bool(waiting)

    def _forget(self) -> None:
        """They are in the order they were issued."""
        now = self._clock.monotonic()
        while self._tickets:
            oldest = next(iter(self._tickets))
            if now - self._tickets[oldest].at < _SECONDS:
                return
            del self._tickets[oldest]
