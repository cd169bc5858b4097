"""Which proxy leads to a URL, by the rules of the well-known environment variables.

Nothing here reads the environment: settings hand the strings in.
"""

from __future__ import annotations

from importlib.util import find_spec
from ipaddress import ip_address, ip_network

import msgspec
from yarl import URL

from larkgate.errors import SettingsError

__all__ = ["Proxies", "bypassed", "is_loopback", "is_socks", "without_login"]

_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}
_SOCKS = ("socks", "socks4", "socks4a", "socks5", "socks5h")


class Proxies(msgspec.Struct, frozen=True, kw_only=True):
    """`HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`; an empty string is none.

    A proxy is `[scheme://][user:password@]host:port`; the scheme is http (the default), https,
    socks4, socks4a, socks5 or socks5h. `no_proxy` holds names (also for everything below them),
    addresses, networks in CIDR form or `*`, each with an optional port, divided by commas.
    """

    http: str = ""
    https: str = ""
    all: str = ""
    no_proxy: str = ""

    def __repr__(self) -> str:
        shown = (f"{name}={str(without_login(url))!r}" for name, url in self._given().items())
        return f"Proxies({', '.join((*shown, f'no_proxy={self.no_proxy!r}'))})"

    def choose(self, url: URL) -> URL | None:
        """The proxy for a URL of scheme http, https, ws or wss; None means directly."""
        chosen = {"http": self.http, "https": self.https}[_SCHEMES[url.scheme]] or self.all
        host = url.host or ""
        if not chosen or is_loopback(host) or bypassed(self.no_proxy, host, url.port or 0):
            return None
        return _parse(chosen)

    def socks(self) -> frozenset[URL]:
        """The SOCKS proxies among these."""
        return frozenset(filter(is_socks, self._given().values()))

    def check(self) -> None:
        """Raises SettingsError when one of these can never work."""
        for name, url in self._given().items():
            setting = f"{name.upper()}_PROXY"
            if not url.host or not (is_socks(url) or url.scheme in ("http", "https")):
                raise SettingsError("dial.bad_proxy", setting=setting, proxy=without_login(url))
            if is_socks(url) and find_spec("aiohttp_socks") is None:
                raise SettingsError("dial.no_socks", setting=setting, proxy=without_login(url))

    def _given(self) -> dict[str, URL]:
        strings = {"http": self.http, "https": self.https, "all": self.all}
        return {name: _parse(string) for name, string in strings.items() if string}


def is_socks(proxy: URL) -> bool:
    return proxy.scheme in _SOCKS


def without_login(url: URL) -> URL:
    """The same URL, fit to be shown."""
    return url.with_user(None) if url.host else URL()


def is_loopback(host: str) -> bool:
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def bypassed(no_proxy: str, host: str, port: int) -> bool:
    """Whether NO_PROXY exempts this host (a name or an address without brackets)."""
    name = host.rstrip(".").lower()
    return any(_matches(entry, name, port) for entry in no_proxy.lower().replace(",", " ").split())


def _matches(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    pattern, wanted_port = _split_port(entry)
    if wanted_port and wanted_port != str(port):
        return False
    try:
        return ip_address(host) in ip_network(pattern, strict=False)
    except ValueError:
        name = pattern.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith("." + name))


def _split_port(entry: str) -> tuple[str, str]:
    if entry.startswith("["):
        address, _, port = entry[1:].partition("]")
        return address, port.removeprefix(":")
    if entry.count(":") == 1:
        name, _, port = entry.partition(":")
        return name, port
    return entry, ""


def _parse(proxy: str) -> URL:
    """A URL; the empty URL when it is none, so that `check` can say so."""
    try:
        return URL(proxy if "://" in proxy else f"http://{proxy}")
    except ValueError:
        return URL()
