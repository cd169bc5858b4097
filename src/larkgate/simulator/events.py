"""Events: who is to hear of what happens, and why somebody does not.

An app hears of what it has subscribed to, may read, and has published (official documents
"添加事件", "事件概述"). What is held back is remembered with its reason: on the platform it is
just silence.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

import msgspec
from msgspec import Struct

from larkgate import texts
from larkgate.simulator.apps import App, Delivery
from larkgate.simulator.envelopes import LEGACY_CLICK, Identity, is_callback, wrap
from larkgate.simulator.permissions import EVENTS, NONE, Need, missing
from larkgate.simulator.pushes import PushRecord
from larkgate.simulator.world import World

__all__ = ["Events", "Withheld", "delivery"]

_REMEMBERED = 1_000
_UNMENTIONED = "im:message.group_msg"


class Withheld(Struct, frozen=True):
    """A push that was not made.

    Attributes:
        reason: `unpublished`, `no_bot`, `disabled`, `not_subscribed`, `no_mode`, `webhook_only`,
            `no_scope`, `not_visible`: to the person who caused it.
        scopes: for `no_scope`: any one of these would do.
        about: as of a `PushRecord`.
    """

    app_id: str
    event_type: str
    reason: str
    scopes: tuple[str, ...] = ()
    about: str = ""

    @property
    def sentence(self) -> str:
        """What was not pushed and why, in the language in use."""
        if self.reason == "no_scope" and all(each.startswith(_UNMENTIONED) for each in self.scopes):
            return texts.say("simulator.unmentioned", type=self.event_type, scope=_UNMENTIONED)
        why = texts.say(f"simulator.withheld.{self.reason}", scopes=" / ".join(self.scopes))
        return texts.say("simulator.withheld", type=self.event_type, why=why)


class Events:
    """Makes pushes of what happens.

    Args:
        push: takes a push to be delivered.
    """

    def __init__(self, world: World, push: Callable[[PushRecord], object]) -> None:
        self._world = world
        self._push = push
        self.withheld: deque[Withheld] = deque(maxlen=_REMEMBERED)

    def tell(
        self,
        app: App,
        event_type: str,
        event: Mapping[str, object],
        *,
        about: str = "",
        need: Need = NONE,
    ) -> PushRecord | None:
        """Push an event or a callback to this app; None if it is not to hear of it.

        Args:
            event: the `event` object of the envelope; of a legacy click the body.
            about: the id of the message it tells of.
            need: scopes beside those of the event type.
        """
        if held := self._held(app, event_type, need, about):
            self.withheld.append(held)
            return None
        event_id = str(event["token"]) if event_type == LEGACY_CLICK else self._world.next_id()
        identity = Identity(event_id, event_type)
        payload = msgspec.json.encode(wrap(app, identity, event, self._world.milliseconds()))
        repush = not is_callback(event_type)
        record = PushRecord(event_id, event_type, app.id, payload, about=about, repush=repush)
        self._push(record)
        return record

    def _held(self, app: App, event_type: str, need: Need, about: str) -> Withheld | None:
        reason, scopes = _why_not(app, event_type, EVENTS.get(event_type, NONE) + need)
        return Withheld(app.id, event_type, reason, scopes, about) if reason else None


def delivery(app: App, event_type: str) -> Delivery | None:
    """How this app gets what is pushed now; None: it has never said."""
    console = app.in_force
    return console.callback_mode if is_callback(event_type) else console.event_mode


def _why_not(app: App, event_type: str, need: Need) -> tuple[str, tuple[str, ...]]:
    console = app.in_force
    subscribed = console.callbacks if is_callback(event_type) else console.events
    mode = delivery(app, event_type)
    if app.published is None:
        return "unpublished", ()
    if app.disabled:
        return "disabled", ()
    if not console.bot:
        return "no_bot", ()
    if event_type not in subscribed:
        return "not_subscribed", ()
    if mode is None:
        return "no_mode", ()
    if event_type == LEGACY_CLICK and mode != "webhook":
        return "webhook_only", ()
    scopes = missing(need, console.scopes)
    return ("no_scope", scopes) if scopes else ("", ())
