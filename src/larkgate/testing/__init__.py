"""For authors of bots: the platform, people and the bot in one test, without network.

Loaded when first used: every pytest run on a machine with Larkgate passes by here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from larkgate.simulator import faults
    from larkgate.testing.chats import Chat
    from larkgate.testing.failures import BotFailed, Failure
    from larkgate.testing.feishu import Feishu
    from larkgate.testing.messages import ClickFailed, Message, Messages
    from larkgate.testing.reasons import Delivery
    from larkgate.testing.rest import NotAtRest
    from larkgate.testing.stage import Unanswered

__all__ = [
    "BotFailed",
    "Chat",
    "ClickFailed",
    "Delivery",
    "Failure",
    "Feishu",
    "Message",
    "Messages",
    "NotAtRest",
    "Unanswered",
    "faults",
]

_MODULES = {
    "BotFailed": "testing.failures",
    "Chat": "testing.chats",
    "ClickFailed": "testing.messages",
    "Delivery": "testing.reasons",
    "Failure": "testing.failures",
    "Feishu": "testing.feishu",
    "Message": "testing.messages",
    "Messages": "testing.messages",
    "NotAtRest": "testing.rest",
    "Unanswered": "testing.stage",
    "faults": "simulator",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'larkgate.testing' has no attribute {name!r}")
    return getattr(import_module(f"larkgate.{_MODULES[name]}"), name)
