"""The support desk as an app."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from importlib.util import find_spec

from larkgate.apps.support.assistant import Assistant
from larkgate.apps.support.completions import Completions
from larkgate.apps.support.desk import Desk
from larkgate.apps.support.models import choose
from larkgate.apps.support.orders import WorkOrder, samples
from larkgate.apps.support.settings import LlmSettings, Settings
from larkgate.bot import App, Message, Session
from larkgate.clock import Clock
from larkgate.dial import Dialer
from larkgate.texts import say, tell

__all__ = ["build", "describe"]

log = logging.getLogger(__name__)


def build(settings: Settings, *, dialer: Dialer, clock: Clock) -> App:
    """The app over the sample work orders; says once, as a warning, if AI is off.

    Raises SettingsError when the model's settings can never work.
    """
    orders = samples()
    desk = Desk(Assistant(orders), _completions(settings.llm, dialer, clock))
    app = App(
        settings.name,
        scope=settings.scope,
        accounts=settings.accounts,
        chats=settings.chats,
        about=describe(orders),
        stale_after=settings.stale_after,
        stale=settings.stale,
    )

    @app.message(mentioned=True)
    async def answer(message: Message, session: Session) -> str:
        return (await desk.answer(message.text, session.state)).text

    return app


def describe(orders: Sequence[WorkOrder]) -> str:
    """What the app has loaded, for the banner."""
    return say("support.described", count=len(orders))


def _completions(settings: LlmSettings, dialer: Dialer, clock: Clock) -> Completions | None:
    model = choose(settings)
    if model is None:
        missing = "LLM_API_KEY" if settings.provider else "LLM_PROVIDER, LLM_API_KEY"
        tell(log, logging.WARNING, "support.ai_off", missing=missing)
        return None
    if find_spec("openai") is None:
        tell(log, logging.WARNING, "support.extra_missing")
        return None
    return Completions(model, dialer, clock)
