"""An app: what its developer has set in the console, and what of that is in force.

Modes, events, callbacks, scopes and availability take effect when a version is published
(official documents "事件订阅常见问题", "添加回调"); addresses, keys and being disabled at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from larkgate.secret import Secret
from larkgate.simulator.permissions import CALLBACKS, EVENTS, SCOPES, Need, is_met

__all__ = ["App", "Console", "Delivery"]

Delivery = Literal["websocket", "webhook"]


class Console(Struct, frozen=True):
    """One state of what is set in the console.

    Attributes:
        bot: the ability to be a bot.
        scopes: granted permissions, by name.
        events, callbacks: subscribed types. The platform keeps two lists.
        event_mode, callback_mode: how each list is delivered; None: never saved.
        visible_to: names of the people who may use it; None is everybody.
    """

    bot: bool = True
    scopes: frozenset[str] = SCOPES
    events: frozenset[str] = frozenset(EVENTS)
    callbacks: frozenset[str] = CALLBACKS
    event_mode: Delivery | None = "websocket"
    callback_mode: Delivery | None = "websocket"
    visible_to: frozenset[str] | None = None


_NOTHING = Console(False, frozenset(), frozenset(), frozenset(), None, None)


class App(Struct, eq=False):
    """A self-built app with its bot.

    Attributes:
        console: as its developer sees it; `published` is what counts, None before the first
            version.
        event_url, callback_url: where pushes go in webhook mode.
        encrypt_key: encrypts and signs webhook pushes; empty: neither.
        verification_token: `header.token` of every push.
        disabled: by an administrator of the tenant.
        allowed_ips: who may call the Open API; empty: everybody.
        under_review: a version waits for an administrator; nothing can be changed meanwhile.
        versions: how many were published.
        client_config, pong_config: `ClientConfig` of this app's bootstrap and pongs; None: as the
            switches say.
    """

    id: str
    secret: Secret
    name: str
    union_id: str
    tenant_key: str
    console: Console = Console()
    published: Console | None = Console()
    event_url: str = ""
    callback_url: str = ""
    encrypt_key: Secret = Secret("")
    verification_token: Secret = Secret("")
    disabled: bool = False
    allowed_ips: tuple[str, ...] = ()
    under_review: bool = False
    versions: int = 1
    client_config: Mapping[str, object] | None = None
    pong_config: Mapping[str, object] | None = None

    @property
    def in_force(self) -> Console:
        return self.published or _NOTHING

    def set(self, *, publish: bool = True, **changes: Any) -> None:
        """Change the console's settings, and publish a version with them unless told not to."""
        self.console = msgspec.structs.replace(self.console, **changes)
        if publish:
            self.publish()

    def grant(self, *scopes: str, publish: bool = True) -> None:
        self.set(publish=publish, scopes=self.console.scopes | {*scopes})

    def withdraw(self, *scopes: str, publish: bool = True) -> None:
        self.set(publish=publish, scopes=self.console.scopes - {*scopes})

    def publish(self) -> None:
        self.published = self.console
        self.versions += 1

    def may(self, need: Need) -> bool:
        return is_met(need, self.in_force.scopes)

    def is_visible_to(self, name: str) -> bool:
        people = self.in_force.visible_to
        return people is None or name in people
