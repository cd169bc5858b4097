"""Chats, as a test holds them in its hands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from larkgate.simulator import App, Person
from larkgate.simulator import Chat as SimChat
from larkgate.simulator import Message as SimMessage
from larkgate.testing.messages import Message, Messages
from larkgate.testing.stage import Stage

__all__ = ["Chat"]

Paragraph = str | Sequence[Mapping[str, object]]


class Chat:
    """A group, or the private chat of a person and the bot. Questions wait until the bot is at
    rest."""

    def __init__(self, stage: Stage, chat: SimChat) -> None:
        self._stage = stage
        self._chat = chat
        self.id = chat.id
        self.name = chat.name

    # what can be seen

    @property
    def messages(self) -> Messages:
        """All messages, oldest first."""
        __tracebackhide__ = True
        written = self._stage.look(lambda: list(self._chat.messages))
        found = [Message(self._stage, each) for each in written]
        return Messages(found, lambda: self._stage.why_unanswered(self._said()))

    @property
    def last(self) -> Message:
        """The newest message.

        Raises:
            Unanswered: there is none.
        """
        __tracebackhide__ = True
        return self.messages[-1]

    @property
    def texts(self) -> list[str]:
        """What people read, message by message."""
        return self.messages.texts

    def replies_to(self, message: Message) -> Messages:
        """The bot's replies to a message, oldest first; those in its thread too."""
        return message.replies

    # what people do

    def say(
        self, who: str, text: str, *, reply_to: Message | None = None, in_thread: bool = False
    ) -> Message:
        """Somebody writes; "@name" of a member, of the bot too, becomes a mention.

        Raises:
            WorldError: nobody is called so, or is not in this chat.
        """
        if reply_to is not None:
            return reply_to.reply(who, text, in_thread=in_thread)
        return self._act(self._stage.sim.say, who, text)

    def send_post(self, who: str, *paragraphs: Paragraph, title: str = "") -> Message:
        """Somebody sends a formatted message: each paragraph is text, or a list of elements as
        apps receive them."""
        return self._act(self._stage.sim.send_post, who, paragraphs, title=title)

    def send_file(
        self,
        who: str,
        name: str,
        data: bytes,
        *,
        kind: Literal["file", "image", "audio", "media"] = "file",
        duration: int = 0,
    ) -> Message:
        """Somebody sends a file, a picture, a voice message or a video of `duration` ms."""
        return self._act(self._stage.sim.send_file, who, name, data, kind=kind, duration=duration)

    def send(self, who: str, kind: str, content: Mapping[str, object]) -> Message:
        """Somebody sends a message of any kind: `content` as apps receive it."""
        return self._act(self._stage.sim.send, who, kind, content)

    def add(self, who: str, *, by: str) -> None:
        """A member brings somebody in, who may be new, or the bot."""
        sim = self._stage.sim
        self._stage.call(
            lambda: sim.add_member(self._chat, self._whom(who), by=sim.world.person_named(by))
        )

    def remove(self, who: str, *, by: str) -> None:
        """A member puts somebody out, maybe the bot."""
        sim = self._stage.sim
        self._stage.call(
            lambda: sim.remove_member(self._chat, self._whom(who), by=sim.world.person_named(by))
        )

    def read(self, who: str) -> None:
        """Somebody reads all that is there; in a private chat the bot is told."""
        sim = self._stage.sim
        self._stage.call(lambda: sim.read(sim.world.person_named(who), self._chat))

    def show_card(self, card: Mapping[str, object]) -> Message:
        """A card of the bot, as if it had been sent before the test: for clicks on it."""
        sim, app = self._stage.sim, self._stage.app
        content = msgspec.json.encode(card).decode()
        shown = self._stage.call(lambda: sim.world.post(self._chat, app, "interactive", content))
        return Message(self._stage, shown)

    def _act(
        self, act: Callable[..., SimMessage], who: str, *args: object, **more: object
    ) -> Message:
        sim = self._stage.sim
        done = self._stage.call(lambda: act(self._chat, sim.world.person_named(who), *args, **more))
        return Message(self._stage, done)

    def _whom(self, name: str) -> Person | App:
        app = self._stage.app
        return app if name == app.name else self._stage.sim.person(name)

    def _said(self) -> list[SimMessage]:
        return [each for each in self._chat.messages if isinstance(each.sender, Person)]

    def __repr__(self) -> str:
        return f"<Chat {self.name}: {len(self._chat.messages)} messages>"
