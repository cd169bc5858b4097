"""From settings to apps: one builder for each kind of `[[app]]`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from larkgate.apps import support
from larkgate.bot import App
from larkgate.clock import Clock
from larkgate.config import AppSettings, Config
from larkgate.dial import Dialer
from larkgate.errors import LarkgateError
from larkgate.texts import tell

__all__ = ["build_apps"]

log = logging.getLogger(__name__)

_SAMPLE = AppSettings(kind="support", name="support")


def build_apps(
    config: Config, own: Sequence[App], dialer: Dialer, clock: Clock
) -> tuple[list[App], dict[str, LarkgateError]]:
    """The apps to run and the errors of those that cannot.

    With no app of any kind the support desk runs over its sample work orders, and says so.
    """
    wanted = config.apps
    if not wanted and not own:
        tell(log, logging.WARNING, "gateway.sample_app")
        wanted = (_SAMPLE,)
    apps = list(own)
    broken: dict[str, LarkgateError] = {}
    for settings in wanted:
        try:
            apps.append(_build(config, settings, dialer, clock))
        except LarkgateError as error:
            tell(log, logging.ERROR, "gateway.app_broken", app=settings.name, cause=error)
            broken[settings.name] = error
    return apps, broken


def _build(config: Config, settings: AppSettings, dialer: Dialer, clock: Clock) -> App:
    if settings.error is not None:
        raise settings.error
    return _BUILDERS[settings.kind](config, settings, dialer, clock)


def _support(config: Config, settings: AppSettings, dialer: Dialer, clock: Clock) -> App:
    raise NotImplementedError


_BUILDERS: dict[str, Callable[[Config, AppSettings, Dialer, Clock], App]] = {"support": _support}
