"""What the platform does that a test may want otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from larkgate.simulator.world import WorldError

__all__ = ["CLIENT_CONFIG", "REPUSH_AFTER", "Switches"]

# Official document "配置事件订阅方式".
REPUSH_AFTER = (15.0, 300.0, 3600.0, 21600.0)

# The shape of the bootstrap's answer (lark-oapi 1.7.5 ws/model.py) with the SDK's own defaults.
CLIENT_CONFIG: Mapping[str, object] = {
    "ReconnectCount": -1,
    "ReconnectInterval": 120,
    "ReconnectNonce": 30,
    "PingInterval": 120,
}

Positive = Annotated[int, Meta(gt=0)]
Seconds = Annotated[float, Meta(ge=0)]


class Switches:
    """Every attribute may be set at any time.

    Attributes:
        rate_limits: calls are limited per app and API, and per chat.
        fragment_size: payload bytes per frame; None never fragments.
        connection_limit: long connections per app (official document: 50).
        client_config: what the bootstrap answers as `ClientConfig`; None leaves it out.
        pong_config: what every pong carries as `ClientConfig`; None is an empty pong.
        repeated_uuid: the code a repeated `uuid` is answered with; None answers with the first
            message. The platform's own choice is not documented.
        repush_after: seconds before each further attempt at a push that failed.
        clock_offset: seconds the platform's clock is ahead of ours, in every time it tells:
            events, messages, the `Date` header, signatures. May be negative.
        token_life: seconds a token lives (official document: two hours).
        ticket_life: seconds a URL of the bootstrap is good for; not documented.
        wrong_credentials_status: the HTTP status of the bootstrap's 1000040345; 400 is reported
            as well.
        unpublished_may_connect: whether the bootstrap serves an app before its first version,
            else 1000040345; not documented.
        callback_frame_type: the `type` header of a callback's frames; whether `card` ever comes
            is disputed.
        connects_per_minute: how many URLs the bootstrap gives an app in a minute, else
            1000040350; None: as many as it likes. Only users report such a limit.
        acknowledge_anywhere: whether an acknowledgement counts on another connection of the app
            than the one that brought the push; not documented.
        late_acks_count: whether an acknowledgement after 3 s spares the next attempt; not
            documented.
        websocket_pongs: whether WebSocket pings are answered; not documented.
        rotation_closes_connections: whether a new secret ends the open long connections; not
            documented.
        long_connection_first: whether the mode "long connection" can be saved only while a
            client is connected (official document "配置事件订阅方式").
        not_connected_code: the code of that refusal over the Open API; not documented.
        webhook_anywhere: webhooks may be on other machines; else only on this one.
        resign_retries: a webhook's further attempts have a timestamp and a signature of their
            own; else they are what went out first. The platform's own choice is not documented.
        recall_days: how old a message an app may recall (official document: a year; a tenant may
            allow less).
        own_reactions: an app hears of the reactions it puts and takes away itself; not documented,
            clients in the wild leave them out by their `operator_type`.
        edit_seconds: how long after sending a message can be edited, which a tenant decides; None
            is for ever.
        external_groups: apps may work in groups with members of other tenants.
        restricted_mode: what messages carry cannot be downloaded.
        card_tables: how many tables a card may have, those in Markdown included; 3 in the tests of
            an official plugin.
        any_card_config: properties nobody knows are taken in the `config` of a card of JSON 2.0;
            reports differ.
        clicks_lock_cards: a card entity cannot be changed while a click on it has no answer.
        early_card_update: the code a deferred update is answered with before its click is; None
            takes it and restores the card at once. Both are documented, the code is not.
        base_write_seconds: how long a write takes a base; another one meanwhile is refused.
    """

    rate_limits: bool = True
    fragment_size: Positive | None = None
    connection_limit: Positive = 50
    client_config: Mapping[str, object] | None = CLIENT_CONFIG
    pong_config: Mapping[str, object] | None = None
    repeated_uuid: Positive | None = None
    repush_after: tuple[Seconds, ...] = REPUSH_AFTER
    clock_offset: float = 0.0
    token_life: Seconds = 7200.0
    ticket_life: Seconds = 60.0
    wrong_credentials_status: Annotated[int, Meta(ge=200, le=599)] = 200
    unpublished_may_connect: bool = True
    callback_frame_type: Literal["event", "card"] = "event"
    connects_per_minute: Positive | None = None
    acknowledge_anywhere: bool = False
    late_acks_count: bool = False
    websocket_pongs: bool = True
    rotation_closes_connections: bool = False
    long_connection_first: bool = True
    not_connected_code: Positive = 10068
    webhook_anywhere: bool = False
    resign_retries: bool = True
    recall_days: Seconds = 365.0
    own_reactions: bool = True
    edit_seconds: Seconds | None = None
    external_groups: bool = True
    restricted_mode: bool = False
    card_tables: Positive = 3
    any_card_config: bool = False
    clicks_lock_cards: bool = True
    early_card_update: Positive | None = None
    base_write_seconds: Seconds = 0.0

    def switch(self, wanted: object) -> None:
        """Set switches by name, from plain values as JSON or TOML has them; all or none.

        Raises:
            WorldError: there is no such switch.
            msgspec.ValidationError: this is no value for it.
        """
        for name in wanted if isinstance(wanted, dict) else ():
            if name not in _TYPES:
                raise WorldError("simulator.no_switch", name=name, known=", ".join(_TYPES))
        changes = msgspec.convert(wanted, _CHANGES)
        for name, value in msgspec.structs.asdict(changes).items():
            if value is not UNSET:
                setattr(self, name, value)

    def switches(self) -> dict[str, Any]:
        """Every switch with its value."""
        return {name: getattr(self, name) for name in _TYPES}


_TYPES = get_type_hints(Switches, include_extras=True)
_CHANGES = msgspec.defstruct(
    "Switches",
    [(name, kind | UnsetType, UNSET) for name, kind in _TYPES.items()],
    forbid_unknown_fields=True,
)
