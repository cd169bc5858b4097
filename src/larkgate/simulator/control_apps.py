"""The developer's console, over HTTP: JSON under `/sim/`.

| call | body | answer |
| --- | --- | --- |
| `GET /sim/apps` | | apps with what is set, in force, and online; no secrets |
| `POST /sim/apps/{app}` | `scopes?`, `events?`, `event_mode?`, …, `publish?` | the app |
| `GET /sim/misconfigurations` | | set-up mistakes: `key`, `sentence`, also as `zh` and `en` |
| `POST /sim/misconfigure` | `key`, `app?` | `key`, `sentence` |
"""

from __future__ import annotations

from aiohttp import web
from msgspec import UNSET, Struct, UnsetType

from larkgate import texts
from larkgate.simulator.apps import App, Console, Delivery
from larkgate.simulator.console import Developer
from larkgate.simulator.http import json_answer, read_json
from larkgate.simulator.misconfigurations import MISCONFIGURATIONS, Misconfiguration
from larkgate.simulator.platform import Platform

__all__ = ["AppsControl"]

View = dict[str, object]


class _Changed(Struct, frozen=True, forbid_unknown_fields=True):
    """Of a set of names."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class _Console(Struct, forbid_unknown_fields=True):
    """
    Attributes:
        visible_to: names of people; None is everybody.
        reset_secret: the answer holds the new one as `secret`.
        publish: a version with all this; else what needs one waits.
    """

    scopes: _Changed = _Changed()
    events: _Changed = _Changed()
    callbacks: _Changed = _Changed()
    event_mode: Delivery | UnsetType = UNSET
    callback_mode: Delivery | UnsetType = UNSET
    event_url: str = ""
    callback_url: str = ""
    bot: bool | UnsetType = UNSET
    visible_to: list[str] | UnsetType | None = UNSET
    encrypt_key: str | UnsetType = UNSET
    verification_token: str | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    under_review: bool | UnsetType = UNSET
    allowed_ips: tuple[str, ...] | UnsetType = UNSET
    reset_secret: bool = False
    publish: bool = True


class _Misconfigure(Struct, forbid_unknown_fields=True):
    key: str
    app: str = ""


class AppsControl:
    """The routes about apps and their set-up."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sim/apps", self._apps),
            web.post("/sim/apps/{app}", self._console),
            web.get("/sim/misconfigurations", self._misconfigurations),
            web.post("/sim/misconfigure", self._misconfigure),
        ]

    async def _apps(self, request: web.Request) -> web.Response:
        return json_answer([self._shown(app) for app in self._platform.world.apps.values()])

    async def _console(self, request: web.Request) -> web.Response:
        app = self._platform.world.app_named(request.match_info["app"])
        wanted = await read_json(request, _Console)
        console = self._platform.console(app)
        _subscribe(console, wanted)
        _set(console, wanted)
        secret = console.reset_secret().reveal() if wanted.reset_secret else None
        if wanted.publish:
            console.publish()
        shown = self._shown(app)
        return json_answer(shown if secret is None else {**shown, "secret": secret})

    async def _misconfigurations(self, request: web.Request) -> web.Response:
        return json_answer([_mistake(each) for each in MISCONFIGURATIONS.values()])

    async def _misconfigure(self, request: web.Request) -> web.Response:
        asked = await read_json(request, _Misconfigure)
        app = self._platform.world.app_named(asked.app) if asked.app else None
        done = self._platform.misconfigure(asked.key, app)
        return json_answer({"key": done.key, "sentence": done.sentence})

    def _shown(self, app: App) -> View:
        online = [each.id for each in self._platform.connections if each.app_id == app.id]
        return {
            "id": app.id,
            "name": app.name,
            "online": len(online),
            "disabled": app.disabled,
            "under_review": app.under_review,
            "versions": app.versions,
            "event_url": app.event_url,
            "callback_url": app.callback_url,
            "encrypted": bool(app.encrypt_key),
            "allowed_ips": app.allowed_ips,
            "console": _settings(app.console),
            "in_force": None if app.published is None else _settings(app.published),
        }


def _mistake(mistake: Misconfiguration) -> View:
    zh, en = texts.table()[f"misconfiguration.{mistake.key}"]
    return {"key": mistake.key, "sentence": mistake.sentence, "zh": zh, "en": en}


def _settings(console: Console) -> View:
    return {
        "bot": console.bot,
        "scopes": sorted(console.scopes),
        "events": sorted(console.events),
        "callbacks": sorted(console.callbacks),
        "event_mode": console.event_mode,
        "callback_mode": console.callback_mode,
        "visible_to": None if console.visible_to is None else sorted(console.visible_to),
    }


def _subscribe(console: Developer, wanted: _Console) -> None:
    """What may be refused comes first."""
    if wanted.event_mode is not UNSET:
        console.save_event_mode(wanted.event_mode, wanted.event_url)
    if wanted.callback_mode is not UNSET:
        console.save_callback_mode(wanted.callback_mode, wanted.callback_url)
    if wanted.events.add:
        console.add_events(*wanted.events.add)
    if wanted.callbacks.add:
        console.add_callbacks(*wanted.callbacks.add)
    console.remove_events(*wanted.events.remove)
    console.remove_callbacks(*wanted.callbacks.remove)


def _set(console: Developer, wanted: _Console) -> None:
    console.add_scopes(*wanted.scopes.add)
    console.remove_scopes(*wanted.scopes.remove)
    if wanted.bot is not UNSET:
        console.set_bot(wanted.bot)
    if wanted.visible_to is not UNSET:
        console.set_availability(wanted.visible_to)
    if wanted.encrypt_key is not UNSET:
        console.set_encrypt_key(wanted.encrypt_key)
    if wanted.verification_token is not UNSET:
        console.set_verification_token(wanted.verification_token)
    for name in ("disabled", "under_review", "allowed_ips"):
        if (value := getattr(wanted, name)) is not UNSET:
            setattr(console.app, name, value)
