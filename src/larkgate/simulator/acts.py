"""What people do with messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Literal

import msgspec

from larkgate.simulator import clicks, links, shapes
from larkgate.simulator.apps import App
from larkgate.simulator.cards import Cards
from larkgate.simulator.clicks import Clicked
from larkgate.simulator.emojis import EMOJIS
from larkgate.simulator.events import Events
from larkgate.simulator.media import Media
from larkgate.simulator.mentions import Mentions, typed
from larkgate.simulator.presence import Presence
from larkgate.simulator.world import Chat, Mention, Message, Person, Reaction, WorldError

__all__ = ["Acts"]

Element = Mapping[str, object]
_FILE_TYPES = {"file": "stream", "audio": "opus", "media": "mp4"}


class Acts(Presence):
    """People speak, edit, recall, react, click; the apps that may know of it are told.

    Attributes:
        media: where what people send is kept.
        cards: what they see of the cards that apps send.
    """

    events: Events
    media: Media
    cards: Cards

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
            WorldError: the person is not in the chat, or it is dissolved; or what is replied to
                is in another one.
        """
        mentions: Mentions[Person | App] = Mentions()
        content = {"text": typed(text, _known(chat, text), mentions)}
        return self._post(chat, person, "text", content, mentions, reply_to, in_thread)

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
        return self._post(chat, person, kind, content, Mentions(), reply_to, in_thread)

    def send_post(
        self,
        chat: Chat,
        person: Person,
        paragraphs: Sequence[str | Sequence[Element]],
        *,
        title: str = "",
        reply_to: Message | None = None,
        in_thread: bool = False,
    ) -> Message:
        """A person sends a formatted message.

        Args:
            paragraphs: each is text with mentions as in `say`, or elements as apps receive them.
        """
        mentions: Mentions[Person | App] = Mentions()
        rows = [
            _elements(chat, each, mentions) if isinstance(each, str) else each
            for each in paragraphs
        ]
        content = {"title": title, "content": rows}
        return self._post(chat, person, "post", content, mentions, reply_to, in_thread)

    def send_file(
        self,
        chat: Chat,
        person: Person,
        name: str,
        data: bytes,
        *,
        kind: Literal["file", "image", "audio", "media"] = "file",
        duration: int = 0,
        reply_to: Message | None = None,
        in_thread: bool = False,
    ) -> Message:
        """A person sends a file, a picture, a voice message or a video of `duration` ms.

        Raises:
            WorldError: as `say`, or there is no room for the data.
        """
        self._check_speaker(chat, person)
        content = self._kept(kind, name, data, duration)
        return self._post(chat, person, kind, content, Mentions(), reply_to, in_thread)

    def send_sticker(self, chat: Chat, person: Person) -> Message:
        """A person sends a sticker, which an app can send on but not download."""
        content = {"file_key": self.world.next_id("file_v3_")}
        return self._post(chat, person, "sticker", content, Mentions(), None, False)

    def forward(self, messages: Sequence[Message], chat: Chat, person: Person) -> Message:
        """A person forwards messages, together as one, into a chat; what is recalled is left
        out."""
        self._check_speaker(chat, person)
        message = self.world.forward(messages, chat, person)
        self.hearing.posted(message)
        return message

    def edit(self, message: Message, person: Person, text: str) -> None:
        """A person changes a text of theirs. No app is told.

        Raises:
            WorldError: it is not theirs, not a text, or recalled.
        """
        if message.sender is not person or message.kind != "text" or message.recalled:
            raise WorldError("simulator.not_editable", id=message.id, person=person.name)
        mentions: Mentions[Person | App] = Mentions()
        chat = self.world.chats[message.chat_id]
        content = {"text": typed(text, _known(chat, text), mentions)}
        self.world.edit(message, "text", _json(content), _listed(mentions))
        self.hearing.changed(message)

    def recall(self, message: Message, by: Person | None = None) -> None:
        """A message is recalled by its sender, or `by` the owner or a manager of the group; the
        apps in the chat are told.

        Raises:
            WorldError: `by` may not.
        """
        who = by or message.sender
        chat = self.world.chats[message.chat_id]
        if who is not message.sender and not chat.is_run_by(who):
            raise WorldError("simulator.not_recallable", id=message.id, person=who.name)
        if not message.recalled:
            message.recalled = True
            self.hearing.recalled(message, who)

    def react(self, message: Message, person: Person, emoji: str) -> Reaction:
        """A person puts an emoji on a message, once each; `emoji` is a type such as `SMILE`.

        Raises:
            WorldError: the platform knows no such emoji, the person is not in the chat, or the
                message is recalled.
        """
        if emoji not in EMOJIS:
            raise WorldError("simulator.no_emoji", emoji=emoji)
        self._check_shown(message, person)
        known = len(message.reactions)
        reaction = self.world.react(message, person, emoji)
        if len(message.reactions) > known:
            self.hearing.reacted(message, reaction)
        return reaction

    def unreact(self, message: Message, person: Person, emoji: str) -> None:
        """A person takes an emoji away again, if it is there."""
        for reaction in message.reactions:
            if reaction.who is person and reaction.emoji == emoji:
                self.world.unreact(message, reaction)
                self.hearing.reacted(message, reaction, removed=True)

    async def click(
        self, card: Message, person: Person, value: object = None, **action: object
    ) -> Clicked:
        """A person clicks on a card; returns what they get, at the latest 3 s later.

        Args:
            card: what an app has sent; its content need not be a card.
            action: more of what the element says: `name`, `tag`, `option`, `form_value`.

        Raises:
            WorldError: the message is no app's or recalled, or the person is not in the chat.
        """
        self._check_shown(card, person)
        app = card.sender
        if not isinstance(app, App):
            raise WorldError("simulator.no_card", id=card.id)
        event = shapes.clicked(self.world, app, card, person, {"value": value, **action})
        issue = partial(self.cards.tickets.issue, str(event["token"]), card)
        clicked = await clicks.ask(self.events, self.changes, app, event, card, issue)
        return self.cards.answered(card, clicked)

    async def preview(self, person: Person, chat: Chat, url: str) -> Clicked:
        """A person sees a link in a chat, or is about to send it; an app of the chat is asked what
        to show. Returns what they get, at the latest 3 s later."""
        return await links.preview(self.world, self.events, self.changes, person, chat, url)

    def _post(
        self,
        chat: Chat,
        person: Person,
        kind: str,
        content: Mapping[str, object],
        mentions: Mentions[Person | App],
        reply_to: Message | None,
        in_thread: bool,
    ) -> Message:
        self._check_speaker(chat, person)
        if reply_to is not None and reply_to.chat_id != chat.id:
            raise WorldError("simulator.elsewhere", id=reply_to.id, chat=chat.name)
        message = self.world.post(
            chat,
            person,
            kind,
            _json(content),
            _listed(mentions),
            reply_to=reply_to,
            in_thread=in_thread,
        )
        self.hearing.posted(message)
        return message

    def _check_shown(self, message: Message, person: Person) -> None:
        self._check_speaker(self.world.chats[message.chat_id], person)
        if message.recalled:
            raise WorldError("simulator.recalled", id=message.id)

    def _kept(self, kind: str, name: str, data: bytes, duration: int) -> dict[str, object]:
        """The content of a message with this file."""
        if kind == "image":
            return {"image_key": self.media.keep("image", name, data)}
        file_type = _FILE_TYPES[kind]
        key = self.media.keep("file", name, data, file_type=file_type, duration=duration)
        if kind == "file":
            return {"file_key": key, "file_name": name}
        if kind == "audio":
            return {"file_key": key, "duration": duration}
        cover = self.media.keep("image", name, b"")
        return {"file_key": key, "image_key": cover, "file_name": name, "duration": duration}


def _known(chat: Chat, text: str) -> Mapping[str, Person | App]:
    return {member.name: member for member in chat.members} if "@" in text else {}


def _elements(chat: Chat, text: str, mentions: Mentions[Person | App]) -> list[Element]:
    """A paragraph of text as elements."""
    parts = mentions.split(typed(text, _known(chat, text), mentions))
    return [
        {"tag": "at", "user_id": part, "user_name": name} if name else {"tag": "text", "text": part}
        for part, name in parts
    ]


def _listed(mentions: Mentions[Person | App]) -> tuple[Mention, ...]:
    return tuple(Mention(*each) for each in mentions)


def _json(content: Mapping[str, object]) -> str:
    return msgspec.json.encode(content).decode()
