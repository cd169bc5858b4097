"""A click on a card, as a handler sees it."""

from __future__ import annotations

from typing import Any

import msgspec

from larkgate.bot.message import Chat, Person
from larkgate.errors import ProtocolError
from larkgate.protocol.events import card_click, envelope
from larkgate.queue import Job

__all__ = ["Click", "click_of"]


class Click(msgspec.Struct, frozen=True):
    """Somebody used an element of a card: a button, a menu, an input box, a form.

    Attributes:
        delivery_id: the same in every run of the handler.
        message_id: of the message that shows the card.
        chat: where it stands; the platform does not say of which type it is.
        value: what the card gave the element, an object or text; None if nothing.
        name: of the element; "" if it has none.
        option: what was chosen in a menu; "" where there is none.
        form: what was filled in, by the names of the elements.
        raw: the `event` object as the platform sent it (official document "Card callback").
    """

    event_id: str
    delivery_id: str
    account: str
    message_id: str
    chat: Chat
    sender: Person
    value: Any
    name: str
    option: str
    form: dict[str, Any]
    raw: dict[str, Any]

    def __repr__(self) -> str:
        # Not what was filled in: a repr ends up in logs.
        return f"<Click {self.event_id} on {self.message_id}>"

    def is_named(self, name: str) -> bool:
        """Whether the element has this name, or this `action` in its value."""
        action = self.value.get("action") if isinstance(self.value, dict) else None
        return name in (self.name, action)


def click_of(job: Job) -> Click:
    """The click that a job delivers. Raises ProtocolError when it cannot be read."""
    if job.payload is None:
        raise ProtocolError("protocol.event_unreadable", type=job.type)
    found = envelope(job.payload.encode())
    click = card_click(found)
    return Click(
        event_id=found.event_id,
        delivery_id=job.key,
        account=job.account or "",
        message_id=click.open_message_id,
        chat=Chat(click.open_chat_id, ""),
        sender=Person(click.open_id),
        value=click.value,
        name=click.name,
        option=click.option,
        form=click.form_value,
        raw=msgspec.json.decode(found.event),
    )
