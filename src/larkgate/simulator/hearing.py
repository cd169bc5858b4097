"""Which apps hear of what happens in a chat."""

from __future__ import annotations

from collections.abc import Iterable

from larkgate.simulator import shapes
from larkgate.simulator.apps import App
from larkgate.simulator.changes import Changes
from larkgate.simulator.events import Events, Withheld
from larkgate.simulator.permissions import (
    GROUP_MENTIONS,
    GROUP_MENTIONS_BY_BOTS,
    GROUP_MESSAGES,
    NONE,
    PRIVATE_MESSAGES,
    Need,
)
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import Chat, Message, Person, Reaction, World

__all__ = ["Hearing"]


class Hearing:
    """An app hears of its chats what others do there; of what it did itself, only reactions.

    Attributes:
        world: apps, people, chats and messages by id.
    """

    def __init__(self, world: World, changes: Changes, events: Events, switches: Switches) -> None:
        self.world = world
        self._switches = switches
        self._changes = changes
        self._events = events

    def changed(self, message: Message) -> None:
        """Tell whoever watches."""
        self._changes.tell("message", message)

    def posted(self, message: Message) -> None:
        """A message has come into its chat. Apps hear from people what they may read, from other
        apps only what mentions them."""
        self.changed(message)
        chat = self.world.chats[message.chat_id]
        sender = message.sender
        by_person = isinstance(sender, Person)
        for app in self._others(chat, sender):
            if by_person or message.is_for(app):
                event = shapes.received(self.world, app, chat, message)
                need = _need_to_read(app, chat, message)
                self.tell(app, shapes.RECEIVED, event, by=sender, about=message.id, need=need)
                if shapes.RECEIVED_FIRST in app.in_force.events:
                    first = shapes.received_first(self.world, app, chat, message)
                    kind = shapes.RECEIVED_FIRST
                    self.tell(app, kind, first, by=sender, about=message.id, need=need)

    def recalled(self, message: Message, by: Person | App) -> None:
        """It was recalled by its sender, or by who runs the group."""
        self.changed(message)
        chat = self.world.chats[message.chat_id]
        event = shapes.recalled(self.world, message, _recall_type(chat, message, by))
        for app in self._others(chat, by):
            self.tell(app, shapes.RECALLED, event, by=by, about=message.id)

    def reacted(self, message: Message, reaction: Reaction, *, removed: bool = False) -> None:
        """An emoji was put on it, or taken away."""
        self.changed(message)
        event_type = shapes.UNREACTED if removed else shapes.REACTED
        by, chat = reaction.who, self.world.chats[message.chat_id]
        for app in chat.apps if self._switches.own_reactions else self._others(chat, by):
            event = shapes.reacted(self.world, app, message, reaction)
            self.tell(app, event_type, event, by=by, about=message.id)

    def tell(
        self,
        app: App,
        event_type: str,
        event: dict[str, object],
        *,
        by: Person | App,
        about: str = "",
        need: Need = NONE,
    ) -> None:
        """Push an event, unless the app is not there for the person who caused it."""
        if isinstance(by, Person) and not app.is_visible_to(by.name):
            self._events.withheld.append(Withheld(app.id, event_type, "not_visible", (), about))
        else:
            self._events.tell(app, event_type, event, about=about, need=need)

    def _others(self, chat: Chat, who: Person | App) -> Iterable[App]:
        return (app for app in chat.apps if app is not who)


def _need_to_read(app: App, chat: Chat, message: Message) -> Need:
    if chat.mode == "p2p":
        return PRIVATE_MESSAGES
    if isinstance(message.sender, App):
        return GROUP_MENTIONS_BY_BOTS
    return GROUP_MENTIONS if message.is_for(app) else GROUP_MESSAGES


def _recall_type(chat: Chat, message: Message, by: Person | App) -> str:
    if by is message.sender:
        return "message_owner"
    return "group_owner" if by is chat.owner else "group_manager"
