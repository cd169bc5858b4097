"""What the platform does that a test may want otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    """

    def __init__(self) -> None:
        self.rate_limits: bool = True
        self.fragment_size: int | None = None
        self.connection_limit: int = 50
        self.client_config: Mapping[str, object] | None = CLIENT_CONFIG
        self.pong_config: Mapping[str, object] | None = None
        self.repeated_uuid: int | None = None
        self.repush_after: Sequence[float] = REPUSH_AFTER
