"""What people do with chats: open, read, join, leave, rename and dissolve them."""

from __future__ import annotations

from larkgate.simulator import shapes
from larkgate.simulator.apps import App
from larkgate.simulator.changes import Changes
from larkgate.simulator.hearing import Hearing
from larkgate.simulator.world import Chat, Person, World, WorldError

__all__ = ["Presence"]

_KEY_LIMIT = 30


class Presence:
    """People come, go and look; the apps that may know of it are told.

    Attributes:
        world: apps, people, chats and messages by id.
        hearing: tells the apps.
    """

    world: World
    changes: Changes
    hearing: Hearing

    def read(self, person: Person, chat: Chat) -> None:
        """A person reads all that apps have sent into a chat. Only in a private chat is the app
        told."""
        new = self.world.read(chat, person)
        for message in new:
            self.hearing.changed(message)
        if new and chat.mode == "p2p":
            (app,) = chat.apps
            event = shapes.read_by(self.world, app, person, new)
            self.hearing.tell(app, shapes.READ_BY, event, by=person, about=new[-1].id)

    def enter(self, person: Person, app: App) -> Chat:
        """A person opens the private chat with a bot."""
        chat = self.world.p2p(person, app)
        if not chat.entered:
            first = shapes.created(self.world, app, chat, person)
            self.hearing.tell(app, shapes.CREATED, first, by=person, about=chat.id)
        chat.entered = True
        event = shapes.entered(self.world, app, chat, person)
        self.hearing.tell(app, shapes.ENTERED, event, by=person, about=chat.id)
        return chat

    def menu(self, person: Person, app: App, event_key: str) -> None:
        """A person chooses from the menu of a bot's private chat; a key has 30 characters at
        most.

        Raises:
            WorldError: the key is too long.
        """
        if len(event_key) > _KEY_LIMIT:
            raise WorldError("simulator.long_key", key=event_key, limit=_KEY_LIMIT)
        event = shapes.menu(self.world, app, person, event_key)
        self.hearing.tell(app, shapes.MENU, event, by=person)

    def add_member(self, chat: Chat, who: Person | App, *, by: Person) -> None:
        """A member of a group brings somebody in. A bot hears of it when it is the one.

        Raises:
            WorldError: `by` is not in the group, or it is a private chat or dissolved.
        """
        _check_group(chat)
        self._check_speaker(chat, by)
        if who not in chat.members:
            chat.members.append(who)
            self._moved(chat, who, shapes.BOT_ADDED, by)

    def remove_member(self, chat: Chat, who: Person | App, *, by: Person) -> None:
        """A member of a group puts somebody out, or leaves. A bot hears of it when it is the one.

        Raises:
            WorldError: `by` is not in the group, or it is a private chat or dissolved.
        """
        _check_group(chat)
        self._check_speaker(chat, by)
        if who in chat.members:
            chat.leave(who)
            self._moved(chat, who, shapes.BOT_DELETED, by)

    def rename(self, chat: Chat, name: str) -> None:
        """A group gets another name; raises WorldError for a private chat."""
        _check_group(chat)
        chat.name = name
        self.changes.tell("chat", chat)

    def dissolve(self, chat: Chat) -> None:
        """A group ends: nobody can write there, its history stays. Raises WorldError for a
        private chat."""
        _check_group(chat)
        chat.dissolved = True
        self.changes.tell("chat", chat)

    def resign(self, person: Person) -> None:
        """A person leaves the company, and with it the groups."""
        self.world.resigned.add(person)
        for chat in self.world.chats.values():
            if chat.mode != "p2p" and person in chat.members:
                chat.leave(person)
                self.changes.tell("chat", chat)

    def stop(self, person: Person, app: App) -> None:
        """A person wants no more messages from a bot; its private chat takes none from now on."""
        chat = self.world.p2p(person, app)
        chat.stopped = True
        self.changes.tell("chat", chat)

    def _check_speaker(self, chat: Chat, person: Person) -> None:
        if chat.dissolved:
            raise WorldError("simulator.dissolved", chat=chat.name)
        if person not in chat.members:
            raise WorldError("simulator.not_member", person=person.name, chat=chat.name)

    def _moved(self, chat: Chat, who: Person | App, event_type: str, by: Person) -> None:
        self.changes.tell("chat", chat)
        if isinstance(who, App):
            event = shapes.bot_membership(self.world, who, chat, by)
            self.hearing.tell(who, event_type, event, by=by, about=chat.id)


def _check_group(chat: Chat) -> None:
    if chat.mode == "p2p":
        raise WorldError("simulator.private", chat=chat.name)
