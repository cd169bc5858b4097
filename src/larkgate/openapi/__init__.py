"""Calls the platform's open API for one account."""

from larkgate.openapi import bots, messages
from larkgate.openapi.bots import BotInfo
from larkgate.openapi.client import Client
from larkgate.openapi.codes import Advice, advice
from larkgate.openapi.messages import Content, SentMessage

__all__ = [
    "Advice",
    "BotInfo",
    "Client",
    "Content",
    "SentMessage",
    "advice",
    "bots",
    "messages",
]
