"""Larkgate: Feishu/Lark bots that live anywhere.

The public names are loaded when they are first used: importing must cost little.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from larkgate.version import __version__

if TYPE_CHECKING:
    from larkgate.bot import App, BlockingMessage, Click, Message, Session
    from larkgate.errors import GiveUp, Hold, LarkgateError, Retry
    from larkgate.gateway import Bot
    from larkgate.outbox import Sent

__all__ = [
    "App",
    "BlockingMessage",
    "Bot",
    "Click",
    "GiveUp",
    "Hold",
    "LarkgateError",
    "Message",
    "Retry",
    "Sent",
    "Session",
    "__version__",
]

_ROOMS = {
    "App": "bot",
    "BlockingMessage": "bot",
    "Bot": "gateway",
    "Click": "bot",
    "GiveUp": "errors",
    "Hold": "errors",
    "LarkgateError": "errors",
    "Message": "bot",
    "Retry": "errors",
    "Sent": "outbox",
    "Session": "bot",
}


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'larkgate' has no attribute {name!r}")
    return getattr(import_module(f"larkgate.{_ROOMS[name]}"), name)
