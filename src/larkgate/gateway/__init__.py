"""Puts the parts together: what starts, in which order, and what stops."""

from larkgate.gateway.bot import Bot, RunningBot
from larkgate.gateway.control import ask
from larkgate.gateway.gateway import Gateway
from larkgate.gateway.process import serve
from larkgate.gateway.status import stored_counts

__all__ = ["Bot", "Gateway", "RunningBot", "ask", "serve", "stored_counts"]
