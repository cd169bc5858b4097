"""The message a call is about."""

from __future__ import annotations

from larkgate.simulator.api.calls import Asked
from larkgate.simulator.codes import Refused
from larkgate.simulator.world import Message, World

__all__ = ["message_of"]


def message_of(world: World, asked: Asked) -> Message:
    """The one the path names, in a chat of the app's.

    Raises:
        Refused: 99992354 there is none, 230110 it is deleted, 230002 in another chat.
    """
    message_id = asked.path["message_id"]
    if (message := world.messages.get(message_id)) is None:
        raise Refused(99992354, f": [{message_id}]")
    if message.deleted:
        raise Refused(230110)
    if asked.app not in world.chats[message.chat_id].members:
        raise Refused(230002)
    return message
