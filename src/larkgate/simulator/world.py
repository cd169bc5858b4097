"""Who and what there is: apps, people, chats, messages, and the ids they carry.

Every id follows from the seed, so that two runs of one test show the same ids. An `open_id`
belongs to a pair: one person (or bot) as one app sees them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Literal, TypeVar

from msgspec import Struct

from larkgate.errors import LarkgateError
from larkgate.secret import Secret
from larkgate.simulator.apps import App
from larkgate.simulator.mentions import plain_text

__all__ = ["Chat", "Mention", "Message", "Mode", "Person", "Reaction", "World", "WorldError"]

_Named = TypeVar("_Named", App, "Chat", "Person")

Mode = Literal["p2p", "group", "topic"]


class WorldError(LarkgateError):
    """A name nobody has, or somebody who is not where they would have to be."""


class Person(Struct, frozen=True):
    """A user of a tenant. `id` is the `user_id`, which is the same for every app."""

    id: str
    name: str
    union_id: str
    tenant_key: str


class Mention(Struct, frozen=True):
    """Somebody mentioned in a message; `who` is None for everybody."""

    key: str
    name: str
    who: Person | App | None


class Reaction(Struct, frozen=True):
    """An emoji somebody put on a message; `at` is in ms."""

    id: str
    emoji: str
    who: Person | App
    at: int


class Message(Struct, eq=False):
    """One message; `content` is the JSON text its `kind` has on receipt. Times are ms.

    Attributes:
        upper: the merged forward it is a part of.
        readers: when each person read it, by `user_id`.
    """

    id: str
    chat_id: str
    sender: Person | App
    kind: str
    content: str
    created: int
    updated: int
    mentions: tuple[Mention, ...] = ()
    parent: str = ""
    root: str = ""
    thread: str = ""
    recalled: bool = False
    edits: int = 0
    upper: str = ""
    reactions: tuple[Reaction, ...] = ()
    readers: Mapping[str, int] = {}

    @property
    def text(self) -> str:
        """What a person reads: mentions by name; `[kind]` for what is not text."""
        names = {mention.key: mention.name for mention in self.mentions}
        return plain_text(self.kind, self.content, names)

    def is_for(self, who: Person | App) -> bool:
        """Whether it mentions this one by name."""
        return any(mention.who is who for mention in self.mentions)


class Chat(Struct, eq=False):
    """A conversation. Its messages are in the order they were sent."""

    id: str
    name: str
    mode: Mode
    members: list[Person | App]
    messages: list[Message] = []

    @property
    def apps(self) -> list[App]:
        return [member for member in self.members if isinstance(member, App)]


class World:
    """Everything there is, found by id or by name.

    Args:
        seed: where all ids come from.
        now: seconds since 1970.
    """

    def __init__(self, seed: int, now: Callable[[], float]) -> None:
        self._seed = seed
        self._now = now
        self._count = itertools.count(1)
        self._open_ids: dict[tuple[str, str], str] = {}
        self._actors: dict[str, tuple[Person | App, App]] = {}
        self._private: dict[tuple[str, str], Chat] = {}
        self._thread_roots: dict[str, Message] = {}
        self.tenant_key = self.make_id("tenant", size=8)
        self.apps: dict[str, App] = {}
        self.people: dict[str, Person] = {}
        self.chats: dict[str, Chat] = {}
        self.messages: dict[str, Message] = {}

    def make_id(self, *parts: str, prefix: str = "", size: int = 16) -> str:
        """`prefix` and 2 * `size` hex digits that depend on the seed and the parts only."""
        text = "/".join((str(self._seed), *parts))
        return prefix + blake2b(text.encode(), digest_size=size).hexdigest()

    def next_id(self, prefix: str = "", size: int = 16) -> str:
        """An id not given before."""
        return self.make_id("count", str(next(self._count)), prefix=prefix, size=size)

    def milliseconds(self) -> int:
        return int(self._now() * 1000)

    def add_app(self, app_id: str, secret: Secret, name: str) -> App:
        union_id = self.make_id("app", app_id, prefix="on_")
        self.apps[app_id] = App(app_id, secret, name, union_id, self.tenant_key)
        return self.apps[app_id]

    def tenant(self, name: str) -> str:
        """The `tenant_key` of another company; "" is the one all apps belong to."""
        return self.make_id("tenant", name, size=8) if name else self.tenant_key

    def person(self, name: str, tenant: str = "") -> Person:
        """The person of this name, who comes into being when first asked for."""
        parts = ("person", tenant, name) if tenant else ("person", name)
        user_id = self.make_id(*parts, size=4)
        if user_id not in self.people:
            union_id = self.make_id(*parts, prefix="on_")
            self.people[user_id] = Person(user_id, name, union_id, self.tenant(tenant))
        return self.people[user_id]

    def group(self, name: str, members: Iterable[Person | App], mode: Mode = "group") -> Chat:
        chat = Chat(self.next_id("oc_"), name, mode, list(members))
        self.chats[chat.id] = chat
        return chat

    def p2p(self, person: Person, app: App) -> Chat:
        """The one private chat of a person and a bot."""
        pair = (person.id, app.id)
        if pair not in self._private:
            name = f"{person.name} · {app.name}"
            self._private[pair] = self.group(name, [person, app], "p2p")
        return self._private[pair]

    def open_id(self, actor: Person | App, app: App) -> str:
        """The actor's id in the eyes of this app."""
        pair = (actor.id, app.id)
        if pair not in self._open_ids:
            open_id = self.make_id("open", *pair, prefix="ou_")
            self._open_ids[pair] = open_id
            self._actors[open_id] = (actor, app)
        return self._open_ids[pair]

    def actor(self, open_id: str) -> tuple[Person | App, App] | None:
        """Who this open_id means and which app may use it."""
        return self._actors.get(open_id)

    def post(
        self,
        chat: Chat,
        sender: Person | App,
        kind: str,
        content: str,
        mentions: Sequence[Mention] = (),
        *,
        reply_to: Message | None = None,
        in_thread: bool = False,
    ) -> Message:
        """Put a message into a chat; a reply to a message of a thread stays in the thread."""
        now = self.milliseconds()
        message = Message(
            self.next_id("om_"), chat.id, sender, kind, content, now, now, tuple(mentions)
        )
        if reply_to is not None and (in_thread or reply_to.thread):
            self._join_thread(message, reply_to)
        elif reply_to is not None:
            message.parent, message.root = reply_to.id, reply_to.root or reply_to.id
        elif chat.mode == "topic":
            self._start_thread(message)
        chat.messages.append(message)
        self.messages[message.id] = message
        return message

    def chat_named(self, name_or_id: str) -> Chat:
        """Raises WorldError when no chat, or more than one, has this name."""
        return _only("chat", name_or_id, self.chats)

    def person_named(self, name_or_id: str) -> Person:
        return _only("person", name_or_id, self.people)

    def app_named(self, name_or_id: str) -> App:
        return _only("app", name_or_id, self.apps)

    def message_with(self, message_id: str) -> Message:
        if message_id not in self.messages:
            raise WorldError("simulator.no_message", id=message_id)
        return self.messages[message_id]

    def _start_thread(self, root: Message) -> None:
        root.thread = self.next_id("omt_", size=6)
        self._thread_roots[root.thread] = root

    def _join_thread(self, message: Message, reply_to: Message) -> None:
        """In a thread, parent and root are both the message the thread began with."""
        if not reply_to.thread:
            self._start_thread(reply_to)
        root = self._thread_roots[reply_to.thread]
        message.thread = root.thread
        message.parent = message.root = root.id


def _only(kind: str, name_or_id: str, known: Mapping[str, _Named]) -> _Named:
    if name_or_id in known:
        return known[name_or_id]
    found = [each for each in known.values() if each.name == name_or_id]
    if len(found) == 1:
        return found[0]
    names = ", ".join(dict.fromkeys(each.name for each in known.values()))
    key = f"simulator.two_{kind}s" if found else f"simulator.no_{kind}"
    raise WorldError(key, name=name_or_id, known=names or "-")
