"""Where to connect: the bootstrap request, its answers, and refusals of the WebSocket handshake.

Shapes and codes from lark-oapi 1.7.5, ws/client.py, ws/const.py and ws/model.py. What an answer
means for us differs where the official SDKs go deaf: a code nobody knows is tried again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
from msgspec import Struct

from larkgate.secret import Secret
from larkgate.texts import Sentence

__all__ = [
    "HEADERS",
    "PATH",
    "ClientConfig",
    "Endpoint",
    "Refusal",
    "answer",
    "handshake_refusal",
    "request_body",
]

PATH = "/callback/ws/endpoint"
HEADERS = {"Content-Type": "application/json", "locale": "zh"}

_AUTHENTICATION_FAILED = 514
_EXCEEDED = 1000040350
_PASSING = {407, 408, 425, 429}  # of the 4xx those that say nothing about the app
_DAY = 86_400
_MAX_INT32 = 2**31 - 1
_SHOWN = 200

# Code to (is it terminal, sentence). Of 345 and 351 the meaning is seen, not documented.
_CODES = {
    1: (False, "longconn.platform_busy"),
    403: (True, "longconn.forbidden"),
    1000040343: (False, "longconn.platform_error"),
    1000040344: (True, "longconn.no_credentials"),
    1000040345: (True, "longconn.bad_credentials"),
    _EXCEEDED: (True, "longconn.too_many_connections"),
    1000040351: (False, "longconn.platform_busy"),
}

_read_object = msgspec.json.Decoder(dict[str, Any]).decode


class ClientConfig(Struct, frozen=True):
    """What the platform asks of its clients, in seconds; a negative count means without end."""

    ping_interval: int = 120
    reconnect_nonce: int = 30
    reconnect_interval: int = 120
    reconnect_count: int = -1

    def updated_by(self, payload: bytes) -> ClientConfig:
        """These values with those in the payload of a pong."""
        return self.merged(_object(payload))

    def merged(self, keys: Mapping[str, object]) -> ClientConfig:
        """These values with those named; what is no integer or absent leaves its value.

        So does an interval of pings below one second: Go writes 0 for what it was not given.
        """
        return ClientConfig(
            _number(keys.get("PingInterval"), 0, _DAY, 0) or self.ping_interval,
            _number(keys.get("ReconnectNonce"), 0, _DAY, self.reconnect_nonce),
            _number(keys.get("ReconnectInterval"), 1, _DAY, self.reconnect_interval),
            _number(keys.get("ReconnectCount"), -1, _MAX_INT32, self.reconnect_count),
        )


class Endpoint(Struct, frozen=True):
    """Where to connect, once: the URL holds a ticket.

    Attributes:
        host: the URL without its path and query, `wss://host`, fit to be shown.
        service_id: goes into our pings.
        device_id: names the connection, empty when the URL does not.
    """

    url: Secret
    host: str
    service_id: int
    device_id: str
    config: ClientConfig


class Refusal(Struct, frozen=True):
    """No connection for now.

    Attributes:
        terminal: trying again soon would not help: a person has to act.
    """

    reason: Sentence
    terminal: bool = False


def request_body(app_id: str, app_secret: Secret) -> bytes:
    """The JSON to POST to `PATH`."""
    return msgspec.json.encode({"AppID": app_id, "AppSecret": app_secret.reveal()})


def answer(status: int, body: bytes, config: ClientConfig) -> Endpoint | Refusal:
    """What the platform answered to the bootstrap request, whatever its HTTP status.

    Wrong credentials have been seen with status 200 and 400, so the body's code goes first.

    Args:
        config: the values in force; the endpoint has them merged with those it was sent.
    """
    said = _object(body)
    code, message = said.get("code"), _printable(said.get("msg"))
    if isinstance(code, int) and code in _CODES:
        terminal, key = _CODES[code]
        return Refusal(Sentence(key, {"code": code, "message": message}), terminal)
    if status != 200:
        terminal = 400 <= status < 500 and status not in _PASSING
        key = "longconn.endpoint_refused" if terminal else "longconn.endpoint_failed"
        return Refusal(Sentence(key, {"status": status, "message": message}), terminal)
    if code == 0:
        return _endpoint(said.get("data"), config)
    if isinstance(code, int):
        return Refusal(Sentence("longconn.unknown_code", {"code": code, "message": message}))
    return Refusal(Sentence("longconn.endpoint_unreadable", {"size": len(body)}))


def handshake_refusal(status: int, headers: Mapping[str, str]) -> Refusal:
    """Why the WebSocket was not opened.

    Without its own headers a refusal is nobody's verdict about the app (it may be a proxy's),
    and is tried again.
    """
    said = {name.lower(): value for name, value in headers.items()}
    code = _integer(said.get("handshake-status"))
    auth_code = _integer(said.get("handshake-autherrcode"))
    message = _printable(said.get("handshake-msg"))
    if code == _AUTHENTICATION_FAILED and auth_code == _EXCEEDED:
        code = _EXCEEDED
    if code in (403, _EXCEEDED):
        terminal, key = _CODES[code]
        return Refusal(Sentence(key, {"code": code, "message": message}), terminal)
    values = {"status": status, "code": auth_code or code or status, "message": message}
    if code == _AUTHENTICATION_FAILED:
        return Refusal(Sentence("longconn.ticket_refused", values))
    return Refusal(Sentence("longconn.handshake_refused", values))


def _endpoint(data: object, config: ClientConfig) -> Endpoint | Refusal:
    fields = data if isinstance(data, dict) else {}
    url = fields.get("URL")
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return Refusal(Sentence("longconn.endpoint_without_url", {}))
    query = parse_qs(parts.query)
    service_id = _integer(query.get("service_id", [""])[0])
    if parts.scheme not in ("ws", "wss") or not parts.hostname or service_id is None:
        return Refusal(Sentence("longconn.endpoint_without_url", {}))
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    client_config = fields.get("ClientConfig")
    return Endpoint(
        Secret(str(url)),
        f"{parts.scheme}://{host}{port}",
        service_id,
        query.get("device_id", [""])[0],
        config.merged(client_config) if isinstance(client_config, dict) else config,
    )


def _object(data: bytes) -> dict[str, Any]:
    try:
        return _read_object(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}


def _number(value: object, least: int, most: int, otherwise: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        return otherwise
    return min(max(value, least), most)


def _integer(text: str | None) -> int | None:
    """A decimal number that fits into an int32 or is one of the platform's codes."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 10:
        return None
    return int(text)


def _printable(text: object) -> str:
    """The platform's own words, as one short line."""
    line = " ".join(text.split()) if isinstance(text, str) else ""
    return "".join(filter(str.isprintable, line))[:_SHOWN]
