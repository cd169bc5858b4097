"""What people do."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from larkgate.simulator import shapes
from larkgate.simulator.apps import App
from larkgate.simulator.changes import Changes
from larkgate.simulator.clicks import NOT_CONFIGURED, Clicked, outcome
from larkgate.simulator.events import Events
from larkgate.simulator.mentions import Mentions, typed
from larkgate.simulator.permissions import (
    GROUP_MENTIONS,
    GROUP_MESSAGES,
    PRIVATE_MESSAGES,
    Need,
)
from larkgate.simulator.world import Chat, Mention, Message, Person, World, WorldError

__all__ = ["Acts"]


class Acts:
    """People speak, recall, click; the apps that may know of it are told.

    Attributes:
        world: apps, people, chats and messages by id.
    """

    world: World
    changes: Changes
    events: Events

    def say(
        self,
        chat: Chat,
        person: Person,
        text: str,
        *,
        reply_to: Message | None = None,
        in_thread: bool = False,
    ) -> Message:
        """A person writes; "@name" of a member, "@所有人" and "@all" become mentions.

        Every app in the chat that may read it gets the event.

        Raises:
            WorldError: the person is not in the chat.
        """
        mentions: Mentions[Person | App] = Mentions()
        known = {member.name: member for member in chat.members} if "@" in text else {}
        content = {"text": typed(text, known, mentions)}
        found = [Mention(*each) for each in mentions]
        return self._post(chat, person, "text", content, found, reply_to, in_thread)

    def send(
        self,
        chat: Chat,
        person: Person,
        kind: str,
        content: Mapping[str, object],
        *,
        reply_to: Message | None = None,
        in_thread: bool = False,
    ) -> Message:
        """A person sends something else than text: `content` as apps receive it."""
        return self._post(chat, person, kind, content, [], reply_to, in_thread)

    def recall(self, message: Message) -> None:
        """Its sender recalls a message; the apps in the chat are told."""
        message.recalled = True
        self.changed(message)
        event = shapes.recalled(self.world, message)
        for app in self.world.chats[message.chat_id].apps:
            self.events.tell(app, shapes.RECALLED, event, about=message.id)

    async def click(
        self, card: Message, person: Person, value: object = None, **action: object
    ) -> Clicked:
        """A person clicks on a card; returns what they get, at the latest 3 s later.

        Args:
            card: what an app has sent; its content need not be a card.
            action: more of what the element says: `name`, `tag`, `option`, `form_value`.

        Raises:
            WorldError: the message is no app's.
        """
        app = card.sender
        if not isinstance(app, App):
            raise WorldError("simulator.no_card", id=card.id)
        event = shapes.clicked(self.world, app, card, person, {"value": value, **action})
        push = self.events.tell(app, shapes.CLICKED, event, about=card.id)
        if push is None:
            return Clicked(None, NOT_CONFIGURED)
        while (clicked := outcome(push)) is None:
            await self.changes.next()
        return clicked

    def changed(self, message: Message) -> None:
        """Tell whoever watches."""
        self.changes.tell("message", message)

    def _post(
        self,
        chat: Chat,
        person: Person,
        kind: str,
        content: Mapping[str, object],
        mentions: list[Mention],
        reply_to: Message | None,
        in_thread: bool,
    ) -> Message:
        if person not in chat.members:
            raise WorldError("simulator.not_member", person=person.name, chat=chat.name)
        text = msgspec.json.encode(content).decode()
        message = self.world.post(
            chat, person, kind, text, mentions, reply_to=reply_to, in_thread=in_thread
        )
        self.changed(message)
        for app in chat.apps:
            if app.is_visible_to(person.name):
                need = _need_to_read(app, chat, message)
                event = shapes.received(self.world, app, chat, message)
                self.events.tell(app, shapes.RECEIVED, event, about=message.id, need=need)
        return message


def _need_to_read(app: App, chat: Chat, message: Message) -> Need:
    if chat.mode == "p2p":
        return PRIVATE_MESSAGES
    return GROUP_MENTIONS if message.is_for(app) else GROUP_MESSAGES
