"""What a broken dial means: the library's exceptions told as one sentence with cause and cure.

Sentences are made from the operating system's words, never from the library's: those quote the
URL, and a long connection's URL is a credential.
"""

from __future__ import annotations

import errno
import os
import ssl
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import TypeVar

import aiohttp
from yarl import URL

from larkgate.dial.proxies import without_login
from larkgate.errors import DialError

__all__ = ["HandshakeRefused", "explain", "shown"]

Failure = TypeVar("Failure", bound=Exception)

# X509_V_ERR_CERT_NOT_YET_VALID, _CERT_HAS_EXPIRED, _HOSTNAME_MISMATCH, _IP_ADDRESS_MISMATCH
_BY_VERIFY_CODE = {
    9: "dial.tls_time",
    10: "dial.tls_time",
    62: "dial.tls_name",
    64: "dial.tls_name",
}
_BY_ERRNO = {
    errno.ECONNREFUSED: "dial.refused",
    errno.ECONNRESET: "dial.closed",
    errno.EPIPE: "dial.closed",
    errno.ETIMEDOUT: "dial.unreachable",
    errno.EHOSTUNREACH: "dial.unreachable",
    errno.EHOSTDOWN: "dial.unreachable",
    errno.ENETUNREACH: "dial.unreachable",
    errno.ENETDOWN: "dial.unreachable",
}
_BY_TYPE = {
    aiohttp.ClientConnectorDNSError: "dial.dns",
    aiohttp.ClientConnectorError: "dial.failed",
    aiohttp.ClientConnectionError: "dial.closed",
    aiohttp.ClientPayloadError: "dial.closed",
    aiohttp.ClientResponseError: "dial.garbled",
    aiohttp.InvalidURL: "dial.bad_url",
    aiohttp.NonHttpUrlClientError: "dial.bad_url",
}


class HandshakeRefused(DialError):
    """The server answered, but did not open the WebSocket.

    Attributes:
        status: the HTTP status.
        headers: the answer's headers; names are found in any case.
    """

    def __init__(self, host: str, status: int, headers: Mapping[str, str]) -> None:
        super().__init__("dial.handshake_refused", host=host, status=status)
        self.status = status
        self.headers = headers


def shown(url: URL) -> str:
    """Host and, where it is not the usual one, port."""
    host = url.host_subcomponent or "?"
    return f"{host}:{url.port}" if url.explicit_port else host


def explain(error: Exception, url: URL, proxy: URL | None) -> DialError:
    """The error to raise for what came out of the library; `proxy` is the one on the way."""
    host = shown(url)
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return HandshakeRefused(host, error.status, error.headers or {})
    tls = _innermost(error, ssl.SSLError)
    if tls is not None and _is_before_sending(error):
        return DialError(_tls_key(tls), host=host, cause=_words(tls))
    cause = _words(_innermost(error, OSError) or error)
    if proxy is not None and _is_of_proxy(error):
        return DialError(_proxy_key(error), host=host, proxy=without_login(proxy), cause=cause)
    return DialError(_key(error), host=host, cause=cause)


def _key(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in _BY_ERRNO:
        return _BY_ERRNO[error.errno]
    return next((key for kind, key in _BY_TYPE.items() if isinstance(error, kind)), "dial.failed")


def _is_before_sending(error: Exception) -> bool:
    return isinstance(error, aiohttp.ClientConnectorError | ssl.SSLError)


def _tls_key(error: ssl.SSLError) -> str:
    if not isinstance(error, ssl.SSLCertVerificationError):
        return "dial.tls_handshake"
    return _BY_VERIFY_CODE.get(getattr(error, "verify_code", 0), "dial.tls")


def _is_of_proxy(error: Exception) -> bool:
    # aiohttp-socks is an extra: its exceptions are known by where they come from.
    if type(error).__module__.startswith(("aiohttp_socks", "python_socks")):
        return True
    return isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError)


def _proxy_key(error: Exception) -> str:
    if not isinstance(error, aiohttp.ClientHttpProxyError):
        return "dial.proxy"
    if error.status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return "dial.proxy_login"
    return "dial.proxy_refused"


def _words(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientResponseError):
        return f"HTTP {error.status}"
    if isinstance(error, ssl.SSLError):
        return str(getattr(error, "verify_message", "") or error.reason or type(error).__name__)
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno) if error.errno > 0 else str(error.strerror)
    return type(error).__name__


def _innermost(error: BaseException, kind: type[Failure]) -> Failure | None:
    """The original of this kind: on its way out the library wrapped it, keeping it as cause."""
    chain = [step for step in _causes(error) if isinstance(step, kind)]
    return chain[-1] if chain else None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
