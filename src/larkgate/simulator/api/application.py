"""Calls about the app's own set-up: read it, change it, publish it.

Official documents "更新应用配置" and "发布应用" (application v7), "获取应用信息",
"获取应用版本列表" and "查询租户授权状态" (application v6); shapes from lark-oapi 1.7.5
api/application. With a tenant token an app sees and changes itself only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal
from urllib.parse import urlsplit

from msgspec import Struct

from larkgate.simulator.api.calls import Asked, Call, invalid_field
from larkgate.simulator.apps import App, Delivery
from larkgate.simulator.codes import Refused
from larkgate.simulator.console import Developer
from larkgate.simulator.permissions import Need
from larkgate.simulator.switches import Switches
from larkgate.simulator.world import Person, World, WorldError

__all__ = ["Applications"]

_APP_V6 = "/application/v6/applications/{app_id}"
_APP_V7 = "/application/v7/applications/{app_id}"
_CHANGE: Need = (("application:application:patch",),)
_READ: Need = (("application:application:self_manage", "admin:app.info:readonly"),)
_KEY_LENGTH = 32
_UNDER_REVIEW = 210040
_NEEDS_BOT = 210041
_BAD_ADDRESS = 210042
_GRANTED, _WAITING = 1, 2
_ENABLED, _DISABLED = 1, 0


class _Scope(Struct, frozen=True):
    scope_name: str
    token_type: Literal["tenant", "user"] = "tenant"  # noqa: S105 - no password


class _Scopes(Struct, frozen=True):
    add_scopes: list[_Scope] = []
    remove_scopes: list[_Scope] = []


class _Event(Struct, frozen=True):
    subscription_type: Delivery | None = None
    request_url: str = ""
    add_events: list[str] = []
    remove_events: list[str] = []


class _Callback(Struct, frozen=True):
    callback_type: Delivery | None = None
    request_url: str = ""
    add_callbacks: list[str] = []
    remove_callbacks: list[str] = []


class _Keys(Struct, frozen=True):
    encryption_key: str | None = None
    verification_token: str | None = None


class _Visible(Struct, frozen=True):
    user_ids: list[str] = []


class _Visibility(Struct, frozen=True):
    is_visible_to_all: bool | None = None
    visible_list: _Visible = _Visible()


class _Config(Struct, frozen=True):
    scope: _Scopes = _Scopes()
    event: _Event = _Event()
    callback: _Callback = _Callback()
    event_and_callback_encrypt_strategy: _Keys = _Keys()
    visibility: _Visibility | None = None


class _Publish(Struct, frozen=True):
    version: str = ""
    changelog: str = ""


class Applications:
    """What an app is told of itself, and may change.

    Args:
        console: the console of an app.
    """

    def __init__(
        self, world: World, switches: Switches, console: Callable[[App], Developer]
    ) -> None:
        self._world = world
        self._switches = switches
        self._console = console

    def calls(self) -> tuple[Call, ...]:
        per_minute = ((100, 60.0),)
        return (
            Call("PATCH", f"{_APP_V7}/config", self._change, _CHANGE, per_minute),
            Call("POST", f"{_APP_V7}/publish", self._publish, _CHANGE, ((20, 60.0),)),
            Call("GET", _APP_V6, self._get, _READ, per_minute),
            Call("GET", f"{_APP_V6}/app_versions", self._versions, _READ, per_minute),
            Call("GET", "/application/v6/scopes", self._scopes, limits=per_minute),
        )

    def _get(self, asked: Asked) -> dict[str, object]:
        app = _itself(asked)
        console = app.in_force
        shown: dict[str, object] = {
            "app_id": app.id,
            "app_name": app.name,
            "status": _DISABLED if app.disabled else _ENABLED,
            "scene_type": 0,
            "scopes": [_scope(each) for each in sorted(console.scopes)],
            "event": {
                "subscription_type": console.event_mode or "",
                "request_url": app.event_url,
                "subscribed_events": sorted(console.events),
            },
            "callback": _callbacks(app),
            "callback_info": _callbacks(app),
        }
        if app.published is not None:
            shown["online_version_id"] = _version_id(app)
        return {"data": {"app": shown}}

    def _versions(self, asked: Asked) -> dict[str, object]:
        """The one in force; those before it are not kept."""
        app = _itself(asked)
        items = [] if app.published is None else [_version(app)]
        return {"data": {"items": items, "has_more": False}}

    def _scopes(self, asked: Asked) -> dict[str, object]:
        app = asked.app
        scopes = [
            {
                "scope_name": name,
                "scope_type": "tenant",
                "grant_status": _GRANTED if name in app.in_force.scopes else _WAITING,
            }
            for name in sorted(app.in_force.scopes | app.console.scopes)
        ]
        return {"data": {"scopes": scopes}}

    def _publish(self, asked: Asked) -> dict[str, object]:
        app = _itself(asked)
        body = asked.json(_Publish) if asked.body else _Publish()
        if app.under_review:
            raise Refused(_UNDER_REVIEW)
        app.publish()
        shown = body.version or f"1.0.{app.versions}"
        return {"data": {"version_id": _version_id(app), "version": shown}}

    def _change(self, asked: Asked) -> dict[str, object]:
        app = _itself(asked)
        config = asked.json(_Config)
        if app.under_review:
            raise Refused(_UNDER_REVIEW)
        self._check(app, config)
        console = self._console(app)
        try:
            self._subscribe(console, config)
        except WorldError as error:
            raise Refused(self._switches.not_connected_code, str(error)) from None
        console.add_scopes(*(each.scope_name for each in config.scope.add_scopes))
        console.remove_scopes(*(each.scope_name for each in config.scope.remove_scopes))
        _set_keys(console, config.event_and_callback_encrypt_strategy)
        if config.visibility is not None:
            console.set_availability(self._visible(config.visibility))
        return {"data": {}}

    def _check(self, app: App, config: _Config) -> None:
        callbacks = config.callback.add_callbacks or config.callback.callback_type
        if callbacks and not app.console.bot:
            raise Refused(_NEEDS_BOT)
        for url in (config.event.request_url, config.callback.request_url):
            if url and not _is_address(url):
                raise Refused(_BAD_ADDRESS)
        keys = config.event_and_callback_encrypt_strategy
        for field in ("encryption_key", "verification_token"):
            key = getattr(keys, field)
            if key is not None and not 1 <= len(key) <= _KEY_LENGTH:
                raise invalid_field(field, "", f"the length of {field} must be from 1 to 32")

    def _subscribe(self, console: Developer, config: _Config) -> None:
        event, callback = config.event, config.callback
        if event.subscription_type:
            console.save_event_mode(event.subscription_type, event.request_url)
        if callback.callback_type:
            console.save_callback_mode(callback.callback_type, callback.request_url)
        if event.add_events:
            console.add_events(*event.add_events)
        if callback.add_callbacks:
            console.add_callbacks(*callback.add_callbacks)
        console.remove_events(*event.remove_events)
        console.remove_callbacks(*callback.remove_callbacks)

    def _visible(self, visibility: _Visibility) -> list[str] | None:
        if visibility.is_visible_to_all:
            return None
        return [self._person(user_id).name for user_id in visibility.visible_list.user_ids]

    def _person(self, user_id: str) -> Person:
        actor, _ = self._world.actor(user_id) or (self._world.people.get(user_id), None)
        if not isinstance(actor, Person):
            raise Refused(99992351, f": [{user_id}]")
        return actor


def _itself(asked: Asked) -> App:
    """The app that asks. Raises Refused with 99991676 when it names another."""
    if asked.path["app_id"] not in (asked.app.id, "me"):
        raise Refused(99991676)
    return asked.app


def _set_keys(console: Developer, keys: _Keys) -> None:
    if keys.encryption_key is not None:
        console.set_encrypt_key(keys.encryption_key)
    if keys.verification_token is not None:
        console.set_verification_token(keys.verification_token)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _callbacks(app: App) -> dict[str, object]:
    return {
        "callback_type": app.in_force.callback_mode or "",
        "request_url": app.callback_url,
        "subscribed_callbacks": sorted(app.in_force.callbacks),
    }


def _scope(name: str) -> dict[str, object]:
    return {"scope": name, "description": "", "level": 1, "token_types": ["tenant"]}


def _version_id(app: App) -> str:
    return f"oav_{app.id.removeprefix('cli_')}{app.versions:04d}"


def _version(app: App) -> dict[str, Any]:
    console = app.in_force
    return {
        "app_id": app.id,
        "version": f"1.0.{app.versions}",
        "version_id": _version_id(app),
        "app_name": app.name,
        "status": 1,
        "scopes": [_scope(each) for each in sorted(console.scopes)],
        "event_infos": [{"event_type": each} for each in sorted(console.events)],
        "events": sorted(console.events),
        "ability": {"bot": {"card_request_url": app.callback_url}} if console.bot else {},
    }
