"""How long to wait before the next attempt to connect. Times are seconds."""

from __future__ import annotations

from larkgate.protocol.endpoint import ClientConfig

__all__ = ["delay", "server_delay"]

_FIRST = 1.0
_CEILING = 4.0
_HIGHEST = 30.0
_SHORT_OUTAGE = 600.0


def delay(attempt: int, outage: float, chance: float) -> float:
    """Our own pace: soon, then every 2 to 4 s, and after 10 minutes slower, up to 30 s.

    Args:
        attempt: counted from 1 in each outage.
        outage: how long it has lasted.
        chance: a random number from 0 to 1, so that a thousand clients do not come back at once.
    """
    if attempt <= 1:
        return _FIRST * chance
    ceiling = min(_HIGHEST, _CEILING * max(1.0, outage / _SHORT_OUTAGE))
    return ceiling * (1.0 + chance) / 2.0


def server_delay(attempt: int, config: ClientConfig, chance: float) -> float | None:
    """The pace the platform asks for (lark-oapi 1.7.5, ws/client.py); None: no more attempts."""
    if 0 <= config.reconnect_count < attempt:
        return None
    return config.reconnect_nonce * chance if attempt <= 1 else float(config.reconnect_interval)
