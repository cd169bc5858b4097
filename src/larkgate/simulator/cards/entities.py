"""Card entities: cards that live apart from the message that shows them, and can stream text.

Official documents "创建卡片实体", "流式更新卡片".
"""

from __future__ import annotations

from collections import deque

import msgspec
from msgspec import Struct

from larkgate.simulator.apps import App
from larkgate.simulator.cards.elements import Card
from larkgate.simulator.codes import Refused
from larkgate.simulator.world import Message

__all__ = ["STREAMING_SECONDS", "CardEntity", "Operation"]

STREAMING_SECONDS = 600.0
_DAYS_14 = 14 * 86400.0
_REMEMBERED = 10_000


class Operation(Struct, frozen=True):
    """One change made through CardKit.

    Attributes:
        kind: `content`, `settings`, `update`, `batch_update`, `create_element`,
            `update_element`, `patch_element`, `delete_element`.
        element_id: of the changed element, or "".
        at: seconds since 1970.
        length: of a streamed text, in characters.
        typed: the streamed text went on from the one before and is typed out; else it appears
            at once.
    """

    kind: str
    sequence: int
    element_id: str = ""
    uuid: str = ""
    at: float = 0.0
    length: int = 0
    typed: bool = False


class CardEntity(Struct, eq=False):
    """
    Attributes:
        app: which created it, and alone may use it.
        created: seconds since 1970.
        message: which shows it; None before it is sent.
        sequence: of the last operation.
        streaming_since: when streaming was last switched on; None: it is off.
        timed_out: it was not switched off, its ten minutes were over.
        operations: the last 10,000.
    """

    id: str
    app: App
    card: Card
    created: float
    message: Message | None = None
    sequence: int = 0
    streaming_since: float | None = None
    timed_out: bool = False
    operations: deque[Operation] = msgspec.field(default_factory=lambda: deque(maxlen=_REMEMBERED))

    def check_usable(self, app: App, now: float) -> None:
        """Raises Refused: 300311 another app's, 200750 after 14 days."""
        if self.app is not app:
            raise Refused(300311)
        if now - self.created > _DAYS_14:
            raise Refused(200750)

    def check_next(self, operation: Operation) -> None:
        """Raises Refused: 300317 not above the last sequence, 200770 a uuid used before."""
        if operation.sequence <= self.sequence:
            raise Refused(300317, f"ErrMsg: sequence {operation.sequence} after {self.sequence}; ")
        if operation.uuid and any(operation.uuid == each.uuid for each in self.operations):
            raise Refused(200770)

    def check_streaming(self) -> None:
        """Raises Refused: 200850 switched off by itself, 300309 off."""
        if self.streaming_since is None:
            raise Refused(200850 if self.timed_out else 300309)

    def done(self, operation: Operation, card: Card) -> None:
        """The operation has made this of the card."""
        self.card = card
        self.sequence = operation.sequence
        self.operations.append(operation)
