"""How Larkgate dials out: HTTP and WebSocket, through proxies, TLS by the system's trust store."""

from larkgate.dial.dialer import Dialer, Response
from larkgate.dial.failures import HandshakeRefused
from larkgate.dial.proxies import Proxies

__all__ = ["Dialer", "HandshakeRefused", "Proxies", "Response"]
