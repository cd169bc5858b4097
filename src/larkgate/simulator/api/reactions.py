"""Calls about emojis on messages.

Official documents: "添加消息表情回复", "获取消息表情回复", "删除消息表情回复", "表情文案说明".
"""

from __future__ import annotations

from msgspec import Struct

from larkgate.simulator.api.calls import Asked, Call
from larkgate.simulator.api.directory import Directory
from larkgate.simulator.api.pages import page
from larkgate.simulator.codes import Refused
from larkgate.simulator.emojis import EMOJIS
from larkgate.simulator.hearing import Hearing
from larkgate.simulator.permissions import REACT, REACTIONS
from larkgate.simulator.world import Message, Person, Reaction, World

__all__ = ["Reactions"]

_REACTIONS = "/im/v1/messages/{message_id}/reactions"
_NO_BOT = 230006
_PAGE = 50


class _Emoji(Struct):
    emoji_type: str


class _Body(Struct):
    reaction_type: _Emoji


class Reactions:
    """An app puts emojis on messages of its chats, once each, and takes its own away.

    Args:
        hearing: tells whoever may know.
    """

    def __init__(self, world: World, hearing: Hearing) -> None:
        self._world = world
        self._hearing = hearing
        self._directory = Directory(world)

    def calls(self) -> tuple[Call, ...]:
        one = f"{_REACTIONS}/{{reaction_id}}"
        return (
            Call("POST", _REACTIONS, self._add, REACT, no_bot=_NO_BOT),
            Call("GET", _REACTIONS, self._list, REACTIONS, no_bot=_NO_BOT),
            Call("DELETE", one, self._remove, REACT, no_bot=_NO_BOT),
        )

    def _add(self, asked: Asked) -> dict[str, object]:
        emoji = asked.json(_Body).reaction_type.emoji_type
        if emoji not in EMOJIS:
            raise Refused(231001)
        message = self._message(asked, outside=231002)
        known = message.reactions
        reaction = self._world.react(message, asked.app, emoji)
        if message.reactions is not known:
            self._hearing.reacted(message, reaction)
        return {"data": self._shown(asked, reaction)}

    def _list(self, asked: Asked) -> dict[str, object]:
        message = self._message(asked, outside=231008)
        wanted = asked.query.get("reaction_type", "")
        found = [each for each in message.reactions if wanted in ("", each.emoji)]
        reactions, more = page(asked, found, size=_PAGE, largest=_PAGE, bad_token=231012)
        return {"data": {"items": [self._shown(asked, each) for each in reactions], **more}}

    def _remove(self, asked: Asked) -> dict[str, object]:
        message = self._message(asked, outside=231008)
        reaction = self._reaction(message, asked.path["reaction_id"])
        if reaction.who is not asked.app:
            raise Refused(231007)
        self._world.unreact(message, reaction)
        self._hearing.reacted(message, reaction, removed=True)
        return {"data": self._shown(asked, reaction)}

    def _message(self, asked: Asked, *, outside: int) -> Message:
        message = self._world.messages.get(asked.path["message_id"])
        if message is None or message.recalled:
            raise Refused(231003)
        if message.deleted:
            raise Refused(230110)
        if asked.app not in self._world.chats[message.chat_id].members:
            raise Refused(outside)
        return message

    def _reaction(self, message: Message, reaction_id: str) -> Reaction:
        for reaction in message.reactions:
            if reaction.id == reaction_id:
                return reaction
        everywhere = (each.reactions for each in self._world.messages.values())
        is_known = any(each.id == reaction_id for some in everywhere for each in some)
        raise Refused(231010 if is_known else 231011)

    def _shown(self, asked: Asked, reaction: Reaction) -> dict[str, object]:
        who = reaction.who
        operator = (
            {"operator_id": self._directory.id_of(asked, who), "operator_type": "user"}
            if isinstance(who, Person)
            else {"operator_id": who.id, "operator_type": "app"}
        )
        return {
            "reaction_id": reaction.id,
            "operator": operator,
            "action_time": str(reaction.at),
            "reaction_type": {"emoji_type": reaction.emoji},
        }
