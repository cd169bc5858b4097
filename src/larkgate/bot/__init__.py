"""Answers: what an app declares, which events reach it, and how its handlers run."""

from larkgate.bot.account import Account
from larkgate.bot.app import App, Scope
from larkgate.bot.click import Click
from larkgate.bot.click_dispatch import ClickDispatcher
from larkgate.bot.dispatch import Dispatcher
from larkgate.bot.gaps import Gaps, Suspicion
from larkgate.bot.intake import Intake
from larkgate.bot.message import BlockingMessage, Chat, Message, Person
from larkgate.bot.sessions import (
    SCHEMA,
    MovedSessions,
    PostgresSessions,
    Session,
    Sessions,
    SqliteSessions,
)
from larkgate.bot.stale import Stale
from larkgate.bot.threads import ThreadPool

__all__ = [
    "SCHEMA",
    "Account",
    "App",
    "BlockingMessage",
    "Chat",
    "Click",
    "ClickDispatcher",
    "Dispatcher",
    "Gaps",
    "Intake",
    "Message",
    "MovedSessions",
    "Person",
    "PostgresSessions",
    "Scope",
    "Session",
    "Sessions",
    "SqliteSessions",
    "Stale",
    "Suspicion",
    "ThreadPool",
]
