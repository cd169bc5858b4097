"""Messages and cards, as a test holds them in its hands.

Every question waits until the bot is at rest; `repr` alone does not: it shows what is there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, SupportsIndex, overload

import msgspec

from larkgate.errors import LarkgateError
from larkgate.simulator import App, Clicked
from larkgate.simulator import Message as SimMessage
from larkgate.simulator.cards import Card, Control
from larkgate.simulator.presses import Entered
from larkgate.testing.stage import Stage, Unanswered
from larkgate.testing.transcript import line_of, text_of

__all__ = ["ClickFailed", "Message", "Messages"]

_PRESSED = ("button", "interactive_container")


class ClickFailed(LarkgateError):
    """Who clicked sees an error.

    Attributes:
        code: its number.
    """

    def __init__(self, code: int) -> None:
        super().__init__("testing.click_failed", code=code)
        self.code = code


class Messages(Sequence["Message"]):
    """Messages in the order they were written. To ask for one that is not there says why."""

    def __init__(self, messages: Iterable[Message], missing: Callable[[], Unanswered]) -> None:
        self._messages = list(messages)
        self._missing = missing

    @overload
    def __getitem__(self, index: SupportsIndex) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> Messages: ...
    def __getitem__(self, index: Any) -> Any:
        __tracebackhide__ = True
        if isinstance(index, slice):
            return Messages(self._messages[index], self._missing)
        try:
            return self._messages[index]
        except IndexError:
            error = self._missing()
            raise error from error.__cause__

    def __len__(self) -> int:
        return len(self._messages)

    @property
    def texts(self) -> list[str]:
        """What people read, message by message."""
        return [message.text for message in self._messages]

    def __repr__(self) -> str:
        return repr(self._messages)


class Message:
    """A message, whoever wrote it, or a card. Two are equal when they are the same message.

    Attributes:
        sender: the name of who wrote it.
        kind: as the platform calls it: `text`, `post`, `interactive`, ...
    """

    def __init__(self, stage: Stage, message: SimMessage) -> None:
        self._stage = stage
        self._message = message
        self.id = message.id
        self.sender = message.sender.name
        self.kind = message.kind

    # what can be seen

    @property
    def text(self) -> str:
        """What a person reads: names for mentions, `[图片]` and the like for what is no text; of a
        card its title and all its texts, a line each."""
        __tracebackhide__ = True
        return self._stage.look(lambda: text_of(self._stage.sim, self._message))

    @property
    def content(self) -> Any:
        """The object in its content as the platform keeps it, such as a card."""
        return self._stage.look(lambda: self._card() or msgspec.json.decode(self._message.content))

    @property
    def recalled(self) -> bool:
        return self._stage.look(lambda: self._message.recalled)

    @property
    def edits(self) -> int:
        """How often it was edited."""
        return self._stage.look(lambda: self._message.edits)

    @property
    def reactions(self) -> list[str]:
        """The emoji on it, such as `SMILE`, in the order they were put there."""
        return self._stage.look(lambda: [each.emoji for each in self._message.reactions])

    @property
    def in_thread(self) -> bool:
        return self._stage.look(lambda: bool(self._message.thread))

    @property
    def replies(self) -> Messages:
        """The bot's replies to it, oldest first; those in its thread too."""
        __tracebackhide__ = True
        found = [Message(self._stage, each) for each in self._stage.look(self._answers)]
        return Messages(found, lambda: self._stage.why_unanswered([self._message]))

    # what people do with it

    def reply(self, who: str, text: str, *, in_thread: bool = False) -> Message:
        """Somebody replies."""
        sim, message = self._stage.sim, self._message

        def said() -> SimMessage:
            chat, person = sim.world.chats[message.chat_id], sim.world.person_named(who)
            return sim.say(chat, person, text, reply_to=message, in_thread=in_thread)

        return Message(self._stage, self._stage.call(said))

    def edit(self, text: str) -> None:
        """Who wrote it changes it; no bot is told."""
        sim = self._stage.sim
        self._stage.call(lambda: sim.edit(self._message, sim.world.person_named(self.sender), text))

    def recall(self, *, by: str | None = None) -> None:
        """Who wrote it recalls it, or `by` who runs the group."""
        sim = self._stage.sim
        self._stage.call(
            lambda: sim.recall(self._message, sim.world.person_named(by) if by else None)
        )

    def react(self, who: str, emoji: str) -> None:
        """Somebody puts an emoji on it: a type such as `SMILE`."""
        sim = self._stage.sim
        self._stage.call(lambda: sim.react(self._message, sim.world.person_named(who), emoji))

    def unreact(self, who: str, emoji: str) -> None:
        """Somebody takes their emoji away again."""
        sim = self._stage.sim
        self._stage.call(lambda: sim.unreact(self._message, sim.world.person_named(who), emoji))

    # cards

    @property
    def buttons(self) -> list[str]:
        """What stands on the buttons of this card; none on what is no card."""
        return [each.label for each in self._controls() if each.tag in _PRESSED]

    @property
    def fields(self) -> list[str]:
        """What can be filled in, chosen or ticked on this card, by label or name."""
        return [each.label or each.name for each in self._controls() if each.tag not in _PRESSED]

    @property
    def toast(self) -> str:
        """What was shown for a moment to who last used this card; "" if nothing."""
        return self._stage.look(lambda: self._stage.toasts.get(self.id, ""))

    def press(
        self,
        label: str,
        *,
        by: str,
        form: Mapping[str, Entered] | None = None,
        option: Entered | None = None,
        text: str | None = None,
    ) -> None:
        """Somebody uses what has this label, name or element id on this card, and gets an answer.

        Args:
            form: what they enter, by label or name, before they press the form's button.
            option: what they choose from a menu: value or label, a day or time, several of them.
            text: what they write into an input.

        Raises:
            ClickFailed: they see an error instead.
            WorldError: nobody can do that on this card.
        """
        self._stage.look(lambda: self._stage.toasts.pop(self.id, None))
        clicked = self._stage.do(self._press(label, by, form=form, option=option, text=text))
        if clicked.error is not None:
            raise ClickFailed(clicked.error)
        toast = (clicked.answer or {}).get("toast") or {}
        self._stage.toasts[self.id] = toast.get("content", "")

    async def _press(self, label: str, by: str, **entered: Any) -> Clicked:
        """Time that a handler sleeps meanwhile need not pass."""
        sim = self._stage.sim
        person = sim.world.person_named(by)
        pressing = asyncio.create_task(sim.press(self._message, person, label, **entered))
        try:
            await self._stage.rest()
            return await pressing
        finally:
            pressing.cancel()

    def _controls(self) -> list[Control]:
        cards = self._stage.sim.cards
        return self._stage.look(lambda: cards.controls(self._card() or {}))

    def _card(self) -> Card | None:
        return self._stage.sim.cards.of(self._message)

    def _answers(self) -> list[SimMessage]:
        asked = self._message
        chat = self._stage.sim.world.chats[asked.chat_id]
        return [
            each
            for each in chat.messages
            if isinstance(each.sender, App) and asked.id in (each.parent, each.root)
        ]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"<{line_of(self._stage.sim, self._message)}>"
