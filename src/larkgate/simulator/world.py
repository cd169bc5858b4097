"""Who and what there is: apps, people, chats, messages, and the ids they carry.

Every id follows from the seed, so that two runs of one test show the same ids. An `open_id`
belongs to a pair: one person (or bot) as one app sees them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Literal, TypeVar

import msgspec
from msgspec import Struct

from larkgate.errors import LarkgateError
from larkgate.secret import Secret
from larkgate.simulator.apps import App
from larkgate.simulator.reading import plain_text

__all__ = [
    "FORWARDED",
    "Chat",
    "Mention",
    "Message",
    "Mode",
    "Person",
    "Reaction",
    "World",
    "WorldError",
]

_Named = TypeVar("_Named", App, "Chat", "Person")

Mode = Literal["p2p", "group", "topic"]
Allowed = Literal["all_members", "only_owner"]

# What stands in a merged forward instead of its messages (official document "合并转发消息").
FORWARDED = "Merged and Forwarded Message"


class WorldError(LarkgateError):
    """A name nobody has, or somebody who is not where they would have to be."""


class Person(Struct, frozen=True):
    """A user of a tenant. `id` is the `user_id`, which is the same for every app."""

    id: str
    name: str
    union_id: str
    tenant_key: str

    @property
    def email(self) -> str:
        return f"{self.id}@example.com"


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
    """One message. Times are ms.

    Attributes:
        content: the JSON text its `kind` has, with keys for mentions; a card and the Markdown of
            a post as they were sent. That of a merged forward is no JSON.
        recalled: by its sender or whoever may; still to be read here.
        deleted: for good, as by a tenant's retention; whoever asks for it gets 230110.
        upper: the merged forward it is a part of.
        parts: of a merged forward; they are in no chat's history.
        readers: when each person read it, by `user_id`; only what an app sent has any.
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
    deleted: bool = False
    edits: int = 0
    upper: str = ""
    parts: tuple[Message, ...] = ()
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
    """A conversation. Its messages are in the order they were sent.

    Attributes:
        owner, managers: who may recall what others sent; `owner` is None in a private chat.
        creator: the app that made it, if one did.
        threads: whether replies may begin one (else 230071).
        speakers: `only_owner`: of apps only those that run the group may speak (else 230018).
        muted: no app may speak (230035), as when the person of a private chat has blocked it.
        stopped: in a private chat: the person wants no messages of the bot (230053).
        entered: in a private chat: the person has opened it before.
    """

    id: str
    name: str
    mode: Mode
    members: list[Person | App]
    messages: list[Message] = []
    owner: Person | App | None = None
    managers: tuple[Person | App, ...] = ()
    creator: App | None = None
    description: str = ""
    threads: bool = True
    speakers: Allowed = "all_members"
    muted: bool = False
    dissolved: bool = False
    stopped: bool = False
    entered: bool = False

    @property
    def apps(self) -> list[App]:
        return [member for member in self.members if isinstance(member, App)]

    @property
    def people(self) -> list[Person]:
        return [member for member in self.members if isinstance(member, Person)]

    @property
    def tenant_key(self) -> str:
        """Its owner's tenant, else that of whoever was there first; "" for an empty chat."""
        first = self.owner or next(iter(self.members), None)
        return first.tenant_key if first else ""

    @property
    def external(self) -> bool:
        """Whether it has members of several tenants."""
        return len({member.tenant_key for member in self.members}) > 1

    def is_run_by(self, who: Person | App) -> bool:
        return who is self.owner or who is self.creator or who in self.managers

    def leave(self, who: Person | App) -> None:
        """A group its owner has left belongs to the next person."""
        self.members.remove(who)
        self.managers = tuple(each for each in self.managers if each is not who)
        if self.owner is who:
            self.owner = next(iter(self.people), None)


class World:
    """Everything there is, found by id or by name.

    Args:
        seed: where all ids come from.
        now: seconds since 1970.

    Attributes:
        made: how many ids `next_id` has given.
        threads: the message each began with, by `thread_id`.
        resigned: people who have left their company.
    """

    def __init__(self, seed: int, now: Callable[[], float]) -> None:
        self.seed = seed
        self.made = 0
        self._now = now
        self._open_ids: dict[tuple[str, str], str] = {}
        self._actors: dict[str, tuple[Person | App, App]] = {}
        self._private: dict[tuple[str, str], Chat] = {}
        self.threads: dict[str, Message] = {}
        self.resigned: set[Person] = set()
        self.tenant_key = self.make_id("tenant", size=8)
        self.apps: dict[str, App] = {}
        self.people: dict[str, Person] = {}
        self.chats: dict[str, Chat] = {}
        self.messages: dict[str, Message] = {}

    def make_id(self, *parts: str, prefix: str = "", size: int = 16) -> str:
        """`prefix` and 2 * `size` hex digits that depend on the seed and the parts only."""
        text = "/".join((str(self.seed), *parts))
        return prefix + blake2b(text.encode(), digest_size=size).hexdigest()

    def next_id(self, prefix: str = "", size: int = 16) -> str:
        """An id not given before."""
        self.made += 1
        return self.make_id("count", str(self.made), prefix=prefix, size=size)

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
        """Its owner is the first person among the members."""
        chat = Chat(self.next_id("oc_"), name, mode, list(dict.fromkeys(members)))
        if mode != "p2p":
            chat.owner = next(iter(chat.people), None)
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

    @property
    def known_by(self) -> Iterable[tuple[str, str]]:
        """Who is known to which app by an `open_id`: pairs of ids."""
        return self._open_ids

    def index(self) -> None:
        """Find again what follows from chats and messages: private chats and threads."""
        for chat in self.chats.values():
            if chat.mode == "p2p" and chat.people and chat.apps:
                self._private[chat.people[0].id, chat.apps[0].id] = chat
        for message in self.messages.values():
            if message.thread:
                self.threads.setdefault(message.thread, message)

    def become(self, other: World) -> None:
        """Take over all that there is in another world."""
        vars(self).update(vars(other))

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

    def forward(self, messages: Sequence[Message], chat: Chat, sender: Person | App) -> Message:
        """Put messages into a chat as one merged forward."""
        forward = self.post(chat, sender, "merge_forward", FORWARDED)
        forward.parts = self._copies(messages, forward.id)
        return forward

    def edit(self, message: Message, kind: str, content: str, mentions: Sequence[Mention]) -> None:
        message.kind, message.content, message.mentions = kind, content, tuple(mentions)
        message.edits += 1
        message.updated = self.milliseconds()

    def react(self, message: Message, who: Person | App, emoji: str) -> Reaction:
        """Once for each emoji: a second time gives the first reaction."""
        for reaction in message.reactions:
            if reaction.who is who and reaction.emoji == emoji:
                return reaction
        reaction = Reaction(self.next_id(size=24), emoji, who, self.milliseconds())
        message.reactions = (*message.reactions, reaction)
        return reaction

    def unreact(self, message: Message, reaction: Reaction) -> None:
        message.reactions = tuple(each for each in message.reactions if each is not reaction)

    def read(self, chat: Chat, person: Person) -> list[Message]:
        """The messages of apps this person reads just now for the first time."""
        new = [
            message
            for message in chat.messages
            if isinstance(message.sender, App)
            and person.id not in message.readers
            and not message.recalled
        ]
        now = self.milliseconds()
        for message in new:
            message.readers = {**message.readers, person.id: now}
        return new

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

    def _copies(self, messages: Sequence[Message], upper: str) -> tuple[Message, ...]:
        copies = []
        for message in (each for each in messages if not each.recalled):
            copy = msgspec.structs.replace(
                message, id=self.next_id("om_"), upper=upper, reactions=(), readers={}
            )
            copy.parts = self._copies(message.parts, copy.id)
            copies.append(copy)
        return tuple(copies)

    def _start_thread(self, root: Message) -> None:
        root.thread = self.next_id("omt_", size=6)
        self.threads[root.thread] = root

    def _join_thread(self, message: Message, reply_to: Message) -> None:
        """In a thread, parent and root are both the message the thread began with."""
        if not reply_to.thread:
            self._start_thread(reply_to)
        root = self.threads[reply_to.thread]
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
