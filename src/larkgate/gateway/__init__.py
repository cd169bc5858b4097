"""Puts the parts together: what starts, in which order, and what stops."""

from larkgate.gateway.bot import Bot, RunningBot
from larkgate.gateway.control import ask
from larkgate.gateway.gateway import Gateway, SendOrder
from larkgate.gateway.process import serve

__all__ = ["Bot", "Gateway", "RunningBot", "SendOrder", "ask", "serve"]
