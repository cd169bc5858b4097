"""What a developer does in the console, step by step.

Scopes, modes, events, callbacks, abilities and availability take effect with `publish`; secrets,
keys and addresses at once (official documents "配置事件订阅方式", "添加事件", "添加回调").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from larkgate.secret import Secret
from larkgate.simulator.apps import App, Delivery
from larkgate.simulator.longconn import LongConnections
from larkgate.simulator.switches import Switches
from larkgate.simulator.tokens import Tokens
from larkgate.simulator.world import WorldError

__all__ = ["Developer"]


class Developer:
    """The console of one app.

    Args:
        make_secret: 32 letters and digits not given before.
    """

    def __init__(
        self,
        app: App,
        switches: Switches,
        connections: LongConnections,
        tokens: Tokens,
        make_secret: Callable[[], str],
    ) -> None:
        self.app = app
        self._switches = switches
        self._connections = connections
        self._tokens = tokens
        self._make_secret = make_secret

    def save_event_mode(self, mode: Delivery, url: str = "") -> None:
        """How events come: an address takes effect at once, the mode when published.

        Raises:
            WorldError: "websocket", and no client of the app is online.
        """
        self._check_online(mode)
        self._change(event_mode=mode)
        self.app.event_url = url or self.app.event_url

    def save_callback_mode(self, mode: Delivery, url: str = "") -> None:
        """As `save_event_mode`; the two are separate."""
        self._check_online(mode)
        self._change(callback_mode=mode)
        self.app.callback_url = url or self.app.callback_url

    def add_events(self, *types: str) -> None:
        """Subscribe to events.

        Raises:
            WorldError: the event mode was never saved.
        """
        self._check_mode(self.app.console.event_mode)
        self._change(events=self.app.console.events | {*types})

    def remove_events(self, *types: str) -> None:
        self._change(events=self.app.console.events - {*types})

    def add_callbacks(self, *types: str) -> None:
        """Subscribe to callbacks.

        Raises:
            WorldError: the callback mode was never saved.
        """
        self._check_mode(self.app.console.callback_mode)
        self._change(callbacks=self.app.console.callbacks | {*types})

    def remove_callbacks(self, *types: str) -> None:
        self._change(callbacks=self.app.console.callbacks - {*types})

    def add_scopes(self, *scopes: str) -> None:
        self.app.grant(*scopes, publish=False)

    def remove_scopes(self, *scopes: str) -> None:
        self.app.withdraw(*scopes, publish=False)

    def set_bot(self, bot: bool) -> None:
        """Add or take away the ability to be a bot."""
        self._change(bot=bot)

    def set_availability(self, names: Iterable[str] | None) -> None:
        """Who may use the app, by name; None is everybody."""
        self._change(visible_to=None if names is None else frozenset(names))

    def set_encrypt_key(self, key: str) -> None:
        self.app.encrypt_key = Secret(key)

    def set_verification_token(self, token: str) -> None:
        self.app.verification_token = Secret(token)

    def reset_secret(self) -> Secret:
        """A new secret: the old one and every token of it are refused from now on; whether open
        long connections end is the switch `rotation_closes_connections`."""
        self.app.secret = Secret(self._make_secret())
        self._tokens.revoke(self.app.id)
        if self._switches.rotation_closes_connections:
            self._connections.drop(self.app.id)
        return self.app.secret

    def publish(self) -> None:
        """A new version: what was changed takes effect."""
        self.app.publish()

    def _change(self, **changes: Any) -> None:
        self.app.set(publish=False, **changes)

    def _check_online(self, mode: Delivery) -> None:
        wanted = mode == "websocket" and self._switches.long_connection_first
        if wanted and not self._connections.is_online(self.app.id):
            raise WorldError("simulator.not_online", app=self.app.name)

    def _check_mode(self, mode: Delivery | None) -> None:
        if mode is None:
            raise WorldError("simulator.mode_first", app=self.app.name)
