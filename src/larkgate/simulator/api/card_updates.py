"""Calls that replace the card of a message.

Official documents: "更新已发送的消息卡片", "延时更新消息卡片". Unlike there, a card that is not
shared is updated for all its readers, not only for those of `open_ids`.
"""

from __future__ import annotations

from typing import Any, Protocol

from msgspec import Struct

from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.api.reach import message_of
from larkgate.simulator.cards import Card, Cards, check_card, is_shared
from larkgate.simulator.codes import Refused
from larkgate.simulator.content import parse
from larkgate.simulator.limits import Limits
from larkgate.simulator.permissions import UPDATE
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import Message, World

__all__ = ["CardUpdates"]

_NO_BOT = 230006
_DAYS_14 = 14 * 86_400_000


class _Patch(Struct):
    content: str


class _Deferred(Struct):
    token: str
    card: dict[str, Any]


class _Complain(Protocol):
    def __call__(self, key: str, /, **values: object) -> None: ...


class CardUpdates:
    """
    Args:
        complain: told of an app that updates too early.
    """

    def __init__(
        self,
        world: World,
        cards: Cards,
        switches: Switches,
        limits: Limits,
        complain: _Complain,
    ) -> None:
        self._world = world
        self._cards = cards
        self._switches = switches
        self._limits = limits
        self._complain = complain

    def calls(self) -> tuple[Call, ...]:
        path = "/im/v1/messages/{message_id}"
        return (
            Call("PATCH", path, self._patch, UPDATE, no_bot=_NO_BOT),
            Call("POST", "/interactive/v1/card/update", self._update_later, UPDATE, no_bot=11205),
        )

    def _patch(self, asked: Asked) -> dict[str, object]:
        card = parse("interactive", asked.json(_Patch).content)
        message = self._message(asked)
        if self._switches.rate_limits:
            self._limits.chat(message.id)
        check_card(card, self._cards.rules(asked.app))
        if not is_shared(card) or not is_shared(self._cards.of(message) or {}):
            raise Refused(230001, "ext=config.update_multi is not true")
        if self._cards.is_older(message, card):
            raise Refused(230099, "ext=ErrCode: 200830; ErrMsg: schema V2 card cannot be V1; ")
        self._cards.show(message, card)
        return {"data": {}}

    async def _update_later(self, asked: Asked) -> dict[str, object]:
        body = asked.json(_Deferred)
        ticket = self._cards.tickets.redeem(asked.app, body.token)
        card = self._for_readers(body.card)
        if defect := self._cards.defect_of(asked.app, card):
            raise Refused(11311, f"ErrMsg: {defect.message}; ")
        if self._cards.is_older(ticket.message, card):
            raise Refused(11311, "ErrMsg: schema V2 card cannot be V1; ")
        if not await self._cards.tickets.is_early(ticket):
            self._cards.show(ticket.message, card)
        elif self._switches.early_card_update is not None:
            raise Refused(self._switches.early_card_update)
        else:
            self._complain("simulator.early_card_update", id=ticket.message.id)
        return {}

    def _for_readers(self, card: Card) -> Card:
        """The card, without those it is for."""
        if is_shared(card) or card.get("schema") == "2.0":
            return card
        readers = card.get("open_ids")
        if not readers:
            raise Refused(300090)
        if not isinstance(readers, list) or not all(map(self._is_known, readers)):
            raise Refused(200320)
        return {key: value for key, value in card.items() if key != "open_ids"}

    def _is_known(self, open_id: object) -> bool:
        return isinstance(open_id, str) and self._world.actor(open_id) is not None

    def _message(self, asked: Asked) -> Message:
        message = message_of(self._world, asked)
        if message.sender is not asked.app:
            raise Refused(230027)
        if message.recalled:
            raise Refused(230011)
        if message.kind != "interactive":
            raise Refused(230054)
        if self._world.milliseconds() - message.created > _DAYS_14:
            raise Refused(230031)
        return message
