"""Every card as its readers see it now, and every card entity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import msgspec
from msgspec.structs import replace

from larkgate.clock import Clock
from larkgate.simulator.agenda import Agenda
from larkgate.simulator.apps import App
from larkgate.simulator.cards import controls as using
from larkgate.simulator.cards.checks import Defect, Rules, check_card, defect_of
from larkgate.simulator.cards.controls import Control, Said
from larkgate.simulator.cards.edits import Edit, SetText, copied, text_of
from larkgate.simulator.cards.elements import Card, is_v2, lines
from larkgate.simulator.cards.entities import STREAMING_SECONDS, CardEntity, Operation
from larkgate.simulator.cards.tickets import Tickets
from larkgate.simulator.clicks import Clicked
from larkgate.simulator.codes import Refused
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import Message, World

__all__ = ["Cards"]

_INVALID = 200673
_CARD = msgspec.json.Decoder(dict[str, Any])


class Cards:
    """
    Args:
        changed: told of every message whose card has changed.
        has_image: whether an image was uploaded under this key.

    Attributes:
        entities: by card id.
        tickets: the tokens of clicks.
    """

    def __init__(
        self,
        world: World,
        switches: Switches,
        clock: Clock,
        changed: Callable[[Message], None],
        has_image: Callable[[str], bool],
    ) -> None:
        self._world = world
        self._switches = switches
        self._clock = clock
        self._changed = changed
        self._has_image = has_image
        self._agenda = Agenda(clock)
        self.entities: dict[str, CardEntity] = {}
        self.tickets = Tickets(clock)

    def rules(self, app: App) -> Rules:
        """What a card of this app may be, as the switches are now."""
        return Rules(
            self._switches.card_tables,
            self._switches.any_card_config,
            self._has_image,
            partial(self._knows, app),
        )

    def of(self, message: Message) -> Card | None:
        """The card a message shows; None for what is no card. A template is shown as it was sent:
        `{"type": "template", "data": ...}`."""
        if message.kind != "interactive" or message.recalled:
            return None
        if entity := self.entity_of(message):
            return entity.card
        return _CARD.decode(message.content)

    def entity_of(self, message: Message) -> CardEntity | None:
        """The card entity a message shows, if it does."""
        if message.kind != "interactive":
            return None
        return self.entities.get(_card_id(_CARD.decode(message.content)) or "")

    def text(self, card: Card) -> str:
        """What people read on it, a line each: the title and all texts, but not what opens only
        with a click, as options do."""
        return "\n".join(lines(card, self._name))

    def controls(self, card: Card) -> list[Control]:
        """All that people can use, in the order they meet it."""
        return using.controls(card)

    def control(self, card: Card, label: str) -> Control:
        """The one with this label, name or element id; raises WorldError if it is not one."""
        return using.control(card, label)

    def action(
        self,
        card: Card,
        control: Control,
        *,
        form: Mapping[str, Said] | None = None,
        option: Said | None = None,
        text: str | None = None,
    ) -> dict[str, Any]:
        """The `action` object a client sends (see `controls.action`)."""
        return using.action(card, control, form=form, option=option, text=text)

    def check(self, app: App, content: Card) -> None:
        """Whether this app may send this content of an interactive message.

        Raises:
            Refused: 230099, 230025.
        """
        card_id = _card_id(content)
        if card_id is None:
            check_card(content, self.rules(app))
        else:
            self._sendable(app, card_id)

    def sent(self, app: App, card_id: str, message: Message) -> None:
        """The message shows the entity from now on.

        Raises:
            Refused: 230099: there is none, it is another app's, too old, or was sent before.
        """
        self._sendable(app, card_id).message = message

    def create(self, app: App, card: Card) -> CardEntity:
        """A new entity.

        Raises:
            Refused: with CardKit's codes.
        """
        self._check_entity(app, card)
        number = int(self._world.next_id(size=8), 16) % 10**18
        entity = CardEntity(f"7{number:018}", app, card, self._clock.now())
        self.entities[entity.id] = entity
        self._follow_streaming(entity)
        return entity

    async def operate(self, app: App, card_id: str, operation: Operation, edit: Edit) -> None:
        """Change an entity, whole or not at all.

        Raises:
            Refused: with CardKit's codes.
        """
        entity = await self._usable(app, card_id)
        entity.check_next(operation)
        if isinstance(edit, SetText):
            entity.check_streaming()
        card = copied(entity.card)
        edit.apply(card)
        self._check_entity(app, card)
        entity.done(replace(operation, at=self._clock.now(), **_streamed(edit, entity.card)), card)
        self._follow_streaming(entity)
        self._tell(entity)

    def show(self, message: Message, card: Card) -> None:
        """The message shows another card from now on."""
        if entity := self.entity_of(message):
            entity.card = card
            self._follow_streaming(entity)
        else:
            message.content = msgspec.json.encode(card).decode()
        message.updated = self._world.milliseconds()
        self._changed(message)

    def answered(self, message: Message, clicked: Clicked) -> Clicked:
        """Do what the answer to a click says; returns what who clicked gets.

        While the card streams, the answer does not change it; nor when it was recalled.
        """
        returned = (clicked.answer or {}).get("card")
        entity = self.entity_of(message)
        if (
            not returned
            or message.recalled
            or (entity is not None and entity.streaming_since is not None)
        ):
            return clicked
        card = returned if returned["type"] == "template" else returned["data"]
        if isinstance(message.sender, App) and self.defect_of(message.sender, card):
            return Clicked(None, _INVALID)
        self.show(message, card)
        return clicked

    def defect_of(self, app: App, card: Card) -> Defect | None:
        """Why the platform would not take it from this app."""
        return defect_of(card, self.rules(app))

    def is_older(self, message: Message, card: Card) -> bool:
        """A card of JSON 1.0 cannot replace one of 2.0."""
        return is_v2(self.of(message) or {}) and not is_v2(card) and card.get("type") != "template"

    def restore(self, entities: Iterable[CardEntity]) -> None:
        """These are all there are; who streams has its ten minutes again."""
        self.entities = {each.id: each for each in entities}
        for entity in self.entities.values():
            entity.streaming_since = None
            self._follow_streaming(entity)

    def close(self) -> None:
        self._agenda.close()

    def _sendable(self, app: App, card_id: str) -> CardEntity:
        entity = self.entities.get(card_id)
        if entity is None or entity.message is not None:
            raise Refused(230099, "ext=ErrCode: 11310; ErrMsg: cardid is invalid; ")
        try:
            entity.check_usable(app, self._clock.now())
        except Refused as refused:
            raise Refused(
                230099, f"ext=ErrCode: {refused.code}; ErrMsg: {refused.message}; "
            ) from None
        return entity

    async def _usable(self, app: App, card_id: str) -> CardEntity:
        if (entity := self.entities.get(card_id)) is None:
            raise Refused(200740)
        entity.check_usable(app, self._clock.now())
        message = entity.message if self._switches.clicks_lock_cards else None
        if message is not None and await self.tickets.is_waiting(message):
            raise Refused(200810)
        return entity

    def _check_entity(self, app: App, card: Card) -> None:
        if not card:
            raise Refused(300307)
        if card.get("type") == "template":
            return
        if not is_v2(card):
            raise Refused(300303)
        if defect := self.defect_of(app, card):
            raise defect.cardkit_refusal

    def _follow_streaming(self, entity: CardEntity) -> None:
        """Its ten minutes begin when it is switched on."""
        if not _streams(entity.card):
            entity.streaming_since, entity.timed_out = None, False
        elif entity.streaming_since is None:
            entity.streaming_since = since = self._clock.now()
            self._agenda.after(STREAMING_SECONDS, self._time_out, entity, since)

    def _time_out(self, entity: CardEntity, since: float) -> None:
        if entity.streaming_since != since:
            return
        config = entity.card["config"] | {"streaming_mode": False}
        entity.card = entity.card | {"config": config}
        entity.streaming_since, entity.timed_out = None, True
        self._tell(entity)

    def _tell(self, entity: CardEntity) -> None:
        if entity.message is not None:
            entity.message.updated = self._world.milliseconds()
            self._changed(entity.message)

    def _knows(self, app: App, user_id: str) -> bool:
        """Whether an app may name somebody so."""
        if user_id.startswith("ou_"):
            return (self._world.actor(user_id) or (None, None))[1] is app
        people = self._world.people
        return (
            user_id == "all"
            or user_id in people
            or any(user_id == person.union_id for person in people.values())
        )

    def _name(self, user_id: str) -> str:
        if user_id == "all":
            return "所有人"
        actor, _ = self._world.actor(user_id) or (None, None)
        return actor.name if actor is not None else user_id


def _streams(card: Card) -> bool:
    config = card.get("config")
    return isinstance(config, dict) and config.get("streaming_mode") is True


def _card_id(content: Card) -> str | None:
    """Of the entity this content of a message stands for; None: it is a card itself."""
    if content.get("type") != "card":
        return None
    data = content.get("data")
    card_id = data.get("card_id") if isinstance(data, dict) else None
    return card_id if isinstance(card_id, str) else ""


def _streamed(edit: Edit, before: Card) -> dict[str, Any]:
    """What is kept of a streamed text."""
    if not isinstance(edit, SetText):
        return {}
    typed = edit.content.startswith(text_of(before, edit.element_id))
    return {"length": len(edit.content), "typed": typed}
