"""The whole world as one JSON file, and back.

What it holds: tenants, people, apps with their console, chats with members, messages with their
history, threads and reactions, images and files, card entities, bases. What it does not: pushes,
calls, connections, tokens, faults and switches, which are not of the world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from larkgate.simulator.apps import App
from larkgate.simulator.cards.entities import CardEntity
from larkgate.simulator.media import Kept
from larkgate.simulator.plain import Broken, Plain, Reader, plain
from larkgate.simulator.snapshot_bases import plain_bases, read_bases
from larkgate.simulator.world import Chat, Message, Person, World, WorldError

if TYPE_CHECKING:
    from larkgate.simulator.platform import Platform

__all__ = ["VERSION", "export", "load"]

VERSION = 1
_DEEPEST = 50
_REFERENCES = (App, Person, Chat, Message)


class _File(Struct, forbid_unknown_fields=True):
    """
    Attributes:
        made: ids given so far; the seed and this make the next one.
        open_ids: pairs of who and which app; the ids follow from the seed.
        parts: of merged forwards, by the id of the forward.
    """

    version: int
    seed: int
    made: int
    people: list[Plain] = []
    resigned: list[str] = []
    apps: list[Plain] = []
    chats: list[Plain] = []
    messages: list[Plain] = []
    open_ids: list[tuple[str, str]] = []
    media: list[Plain] = []
    cards: list[Plain] = []
    bases: list[Plain] = []


def export(platform: Platform, *, secrets: bool) -> bytes:
    """The world as JSON.

    Args:
        secrets: with the secrets, keys and tokens of apps.
    """
    world = platform.world
    hidden = () if secrets else ("secret", "encrypt_key", "verification_token")
    file = _File(
        VERSION,
        world.seed,
        world.made,
        people=[_plain(each) for each in world.people.values()],
        resigned=sorted(person.id for person in world.resigned),
        apps=[plain(each, _REFERENCES, leave=hidden) for each in world.apps.values()],
        chats=[plain(each, _REFERENCES, leave=("messages",)) for each in world.chats.values()],
        messages=[_plain_message(each) for each in world.messages.values()],
        open_ids=list(world.known_by),
        media=[_plain(each) for each in platform.media],
        cards=[_plain(each) for each in platform.cards.entities.values()],
        bases=plain_bases(platform.bases, _REFERENCES),
    )
    return msgspec.json.encode(file)


def load(platform: Platform, data: bytes) -> None:
    """Begin anew with this world.

    Raises:
        WorldError: the data is no such file, with the place that is wrong. Nothing has changed.
    """
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WorldError("simulator.bad_snapshot", where="$", problem=error) from None
    if file.version != VERSION:
        raise WorldError("simulator.other_version", version=file.version, known=VERSION)
    made = platform.world.made
    try:
        _Loading(platform, file).carry_out()
    except Broken as broken:
        platform.world.made = made
        raise WorldError(
            "simulator.bad_snapshot", where=broken.where, problem=broken.problem
        ) from None


class _Loading:
    """A file becomes a world: all of it is read before any of it counts."""

    def __init__(self, platform: Platform, file: _File) -> None:
        self._platform = platform
        self._file = file
        self._world = World(file.seed, platform.now)
        self._reader = Reader(_REFERENCES, self._find)

    def carry_out(self) -> None:
        file, world, platform = self._file, self._world, self._platform
        world.people = {each.id: each for each in self._all(Person, "people")}
        world.resigned = {world.people[each] for each in file.resigned if each in world.people}
        world.apps = {each.id: each for each in self._apps()}
        world.chats = {each.id: each for each in self._all(Chat, "chats")}
        for at, message in enumerate(file.messages):
            self._put(message, f"messages[{at}]")
        for who, app_id in file.open_ids:
            self._introduce(who, app_id)
        media = self._all(Kept, "media")
        cards = {each.id: each for each in self._all(CardEntity, "cards")}
        bases = read_bases(file.bases, self._reader, platform.world, platform.media)
        world.made = max(file.made, platform.world.made)
        world.index()
        platform.world.become(world)
        platform.media.restore(media)
        platform.cards.restore(cards.values())
        platform.bases.restore(bases)

    def _all(self, kind: Any, name: str) -> list[Any]:
        values = getattr(self._file, name)
        return [self._reader.read(kind, each, f"{name}[{at}]") for at, each in enumerate(values)]

    def _apps(self) -> list[App]:
        """An app whose secret was not told gets another."""
        made = [
            {"secret": self._world.make_id("secret", str(at)), **each}
            if isinstance(each, dict)
            else each
            for at, each in enumerate(self._file.apps)
        ]
        return [self._reader.read(App, each, f"apps[{at}]") for at, each in enumerate(made)]

    def _put(self, value: Plain, where: str) -> None:
        message: Message = self._reader.read(Message, *self._without_parts(value, where))
        message.parts = self._parts(value, where)
        if message.chat_id not in self._world.chats:
            raise Broken(f"{where}.chat_id", f"no chat has the id {message.chat_id!r}")
        self._world.chats[message.chat_id].messages.append(message)
        self._world.messages[message.id] = message

    def _parts(self, value: dict[str, Plain], where: str) -> tuple[Message, ...]:
        read = []
        for at, part in enumerate(value.get("parts", ())):
            inner, place = self._without_parts(part, f"{where}.parts[{at}]")
            message: Message = self._reader.read(Message, inner, place)
            message.parts = self._parts(part, place)
            read.append(message)
        return tuple(read)

    def _without_parts(self, value: Plain, where: str) -> tuple[Plain, str]:
        if not isinstance(value, dict) or not isinstance(value.get("parts", []), list):
            raise Broken(where, "expected an object")
        if where.count(".parts[") > _DEEPEST:
            raise Broken(where.partition(".")[0], "forwards inside of too many forwards")
        return {name: each for name, each in value.items() if name != "parts"}, where

    def _introduce(self, who: str, app_id: str) -> None:
        actor, app = self._find(who), self._world.apps.get(app_id)
        if app is not None and isinstance(actor, Person | App):
            self._world.open_id(actor, app)

    def _find(self, id: str) -> object | None:
        world = self._world
        for known in (world.people, world.apps, world.chats, world.messages):
            if id in known:
                return known[id]
        return None


def _plain(value: Struct) -> Plain:
    return plain(value, _REFERENCES)


def _plain_message(message: Message) -> Plain:
    shown = plain(message, _REFERENCES, leave=("parts",))
    return shown | {"parts": [_plain_message(each) for each in message.parts]}
