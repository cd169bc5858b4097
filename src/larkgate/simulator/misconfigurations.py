"""Set-up mistakes by name: what people get wrong in the console, or between it and their bot.

Each is carried out on an app that was well set up; what one then sees is in its sentence, and a
test shows it at the wire. Collected from official documents ("事件订阅常见问题", "卡片回调通信",
"通用错误码") and from what users of other clients report.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from larkgate import texts
from larkgate.secret import Secret
from larkgate.simulator.apps import App
from larkgate.simulator.endpoint import ENDPOINT_PATH
from larkgate.simulator.faults import Answer, Steal
from larkgate.simulator.world import WorldError

if TYPE_CHECKING:
    from larkgate.simulator.platform import Platform

__all__ = ["MISCONFIGURATIONS", "Misconfiguration", "misconfigure"]

_NOWHERE = "192.0.2.1"  # RFC 5737: nobody's address
_GROUP_SCOPES = (
    "im:message.group_at_msg",
    "im:message.group_at_msg:readonly",
    "im:message.group_msg",
)
_P2P_SCOPES = ("im:message.p2p_msg", "im:message.p2p_msg:readonly")
_MESSAGE_SCOPES = ("im:message", "im:message:readonly", "im:message:send_as_bot")

SetUp = Callable[["Platform", App], object]


class Misconfiguration(Struct, frozen=True):
    """A mistake.

    Attributes:
        key: its name, for `Simulator.misconfigure`, scenario files and the command line.
        set_up: makes the mistake.
    """

    key: str
    set_up: SetUp

    @property
    def sentence(self) -> str:
        """What is wrong and what one sees, in the language in use."""
        return texts.say(f"misconfiguration.{self.key}")


def misconfigure(sim: Platform, key: str, app: App | None = None) -> Misconfiguration:
    """Make one of the mistakes.

    Args:
        app: None is the only one there is.

    Raises:
        WorldError: no mistake has this key, or it is not clear whose app is meant.
    """
    if key not in MISCONFIGURATIONS:
        raise WorldError(
            "simulator.no_misconfiguration", key=key, known=", ".join(MISCONFIGURATIONS)
        )
    found = MISCONFIGURATIONS[key]
    found.set_up(sim, app or _only_app(sim))
    return found


def _only_app(sim: Platform) -> App:
    apps = list(sim.world.apps.values())
    if len(apps) != 1:
        known = ", ".join(app.name for app in apps) or "-"
        raise WorldError("simulator.which_app", known=known)
    return apps[0]


def _set(**changes: Any) -> SetUp:
    """Publish a version with other settings."""
    return lambda sim, app: app.set(**changes)


def _without(*scopes: str, but: tuple[str, ...] = ()) -> SetUp:
    """Publish a version without these scopes, `but` with those."""

    def set_up(sim: Platform, app: App) -> None:
        app.withdraw(*scopes)
        app.grant(*but)

    return set_up


def _wrong_secret(sim: Platform, app: App) -> None:
    app.secret = Secret(sim.world.next_id())


def _unknown_app(sim: Platform, app: App) -> None:
    del sim.world.apps[app.id]
    sim.revoke_tokens(app.id)


def _disabled(sim: Platform, app: App) -> None:
    app.disabled = True


def _unpublished(sim: Platform, app: App) -> None:
    app.published, app.versions = None, 0


def _not_published_yet(sim: Platform, app: App) -> None:
    app.withdraw(*_GROUP_SCOPES)
    app.grant("im:message.group_at_msg:readonly", publish=False)


def _under_review(sim: Platform, app: App) -> None:
    _not_published_yet(sim, app)
    app.under_review = True


def _without_event(sim: Platform, app: App) -> None:
    app.set(events=app.console.events - {"im.message.receive_v1"})


def _both_schemas(sim: Platform, app: App) -> None:
    app.set(events=app.console.events | {"message"})


def _without_callback(sim: Platform, app: App) -> None:
    app.set(callbacks=app.console.callbacks - {"card.action.trigger"})


def _not_allowed_here(sim: Platform, app: App) -> None:
    app.allowed_ips = (_NOWHERE,)


def _too_many_connections(sim: Platform, app: App) -> None:
    sim.faults.inject(Answer(path=ENDPOINT_PATH, code=1000040350, app=app.id))


def _quota_used_up(sim: Platform, app: App) -> None:
    sim.faults.inject(Answer(path="/open-apis/im/*", code=99991403, app=app.id))


def _stolen(sim: Platform, app: App) -> None:
    sim.faults.inject(Steal(app=app.id, probability=0.5))


def _in_no_group(sim: Platform, app: App) -> None:
    for chat in sim.world.chats.values():
        if chat.mode != "p2p" and app in chat.members:
            chat.members.remove(app)


def _unknown_key(sim: Platform, app: App) -> None:
    app.encrypt_key = Secret(sim.world.next_id())


def _other_token(sim: Platform, app: App) -> None:
    app.verification_token = Secret(sim.world.next_id())


_SET_UPS: dict[str, SetUp] = {
    "wrong_secret": _wrong_secret,
    "wrong_app_id": _unknown_app,
    "wrong_domain": _unknown_app,
    "secret_rotated": lambda sim, app: sim.rotate_secret(app),
    "app_disabled": _disabled,
    "no_bot": _set(bot=False),
    "unpublished": _unpublished,
    "scope_not_published": _not_published_yet,
    "under_review": _under_review,
    "no_p2p_scope": _without(*_P2P_SCOPES),
    "no_group_scope": _without(*_GROUP_SCOPES),
    "only_mentions": _without(*_GROUP_SCOPES, but=("im:message.group_at_msg:readonly",)),
    "no_send_scope": _without(*_MESSAGE_SCOPES, but=("im:message:readonly",)),
    "no_read_scope": _without(*_MESSAGE_SCOPES, but=("im:message:send_as_bot",)),
    "no_reaction_scope": _without(
        "im:message",
        "im:message.reactions:write_only",
        but=("im:message:send_as_bot", "im:message:readonly"),
    ),
    "no_resource_scope": _without("im:resource", "im:resource:upload"),
    "no_chat_scope": _without("im:chat", "im:chat:readonly", "im:chat:read"),
    "no_card_scope": _without("cardkit:card:write"),
    "no_base_scope": _without("bitable:app", "bitable:app:readonly"),
    "event_not_subscribed": _without_event,
    "both_schemas": _both_schemas,
    "event_mode_not_saved": _set(event_mode=None),
    "event_mode_webhook": _set(event_mode="webhook"),
    "callback_mode_not_saved": _set(callback_mode=None),
    "callback_mode_webhook": _set(callback_mode="webhook"),
    "callback_not_subscribed": _without_callback,
    "not_visible": _set(visible_to=frozenset()),
    "ip_not_allowed": _not_allowed_here,
    "too_many_connections": _too_many_connections,
    "quota_used_up": _quota_used_up,
    "events_stolen": _stolen,
    "bot_not_in_group": _in_no_group,
    "unknown_encrypt_key": _unknown_key,
    "other_verification_token": _other_token,
}

MISCONFIGURATIONS = {key: Misconfiguration(key, set_up) for key, set_up in _SET_UPS.items()}
