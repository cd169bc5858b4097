"""From settings to apps: one builder for each kind of `[[app]]`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from larkgate.apps import support
from larkgate.bot import App, Scope
from larkgate.clock import Clock
from larkgate.config import AppSettings, Config
from larkgate.dial import Dialer
from larkgate.errors import LarkgateError, SettingsError
from larkgate.texts import tell

__all__ = ["Assembly", "build_apps", "model_name"]

log = logging.getLogger(__name__)

_SCOPE: Scope = "person"
_SAMPLE = AppSettings(kind="support", name="support")


class Assembly(NamedTuple):
    """The apps to run, the errors of those that cannot, and of these what is known for certain.

    `waiting` have no handlers: what they say is whom they serve.
    """

    apps: list[App]
    broken: dict[str, LarkgateError]
    waiting: list[App]


def build_apps(config: Config, own: Sequence[App], dialer: Dialer, clock: Clock) -> Assembly:
    """One app for each `[[app]]`, after those in code.

    With no app of any kind the support desk runs over its sample work orders, and says so.
    """
    wanted = config.apps
    if not wanted and not own:
        tell(log, logging.WARNING, "gateway.sample_app")
        wanted = (_SAMPLE,)
    found = Assembly(list(own), {}, [])
    for settings in wanted:
        try:
            if taken := settings.name in {app.name for app in own}:
                raise SettingsError("gateway.name_taken", name=settings.name)
            found.apps.append(_build(config, settings, dialer, clock))
        except LarkgateError as error:
            tell(log, logging.ERROR, "gateway.app_broken", app=settings.name, cause=error)
            found.broken[settings.name] = error
            if settings.identified and not taken:
                tell(log, logging.WARNING, "gateway.app_waits", app=settings.name)
                found.waiting.append(_placeholder(settings))
    return found


def model_name(config: Config) -> str:
    """`provider/model`, or "" when AI is off or its settings cannot work."""
    try:
        model = support.choose(_llm(config))
    except LarkgateError:
        return ""
    return str(model) if model else ""


def _build(config: Config, settings: AppSettings, dialer: Dialer, clock: Clock) -> App:
    if settings.error is not None:
        raise settings.error
    return _BUILDERS[settings.kind](config, settings, dialer, clock)


def _placeholder(settings: AppSettings) -> App:
    return App(
        settings.name,
        scope=settings.scope or _SCOPE,
        accounts=settings.accounts,
        chats=settings.chats,
    )


def _support(config: Config, settings: AppSettings, dialer: Dialer, clock: Clock) -> App:
    wanted = support.Settings(
        name=settings.name,
        scope=settings.scope or _SCOPE,
        accounts=settings.accounts,
        chats=settings.chats,
        stale_after=settings.stale_after or None,
        stale=settings.stale,
        llm=_llm(config),
    )
    return support.build(wanted, dialer=dialer, clock=clock)


def _llm(config: Config) -> support.LlmSettings:
    return support.LlmSettings(**msgspec.structs.asdict(config.llm))


_BUILDERS: dict[str, Callable[[Config, AppSettings, Dialer, Clock], App]] = {"support": _support}
