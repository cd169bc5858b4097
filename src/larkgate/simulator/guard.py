"""Who may use what is not the platform's: the control API and the page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

from aiohttp import web
from yarl import URL

from larkgate import texts
from larkgate.simulator.http import CLIENT_PATHS, json_answer
from larkgate.simulator.world import WorldError

__all__ = ["Guard"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Guard:
    """Lets in who calls this machine by its own name, from no other page than ours.

    The first keeps out a page whose name was made to point here, the second any other page: what
    it posts or fetches has an `Origin`, what it embeds has `Sec-Fetch-Site` (Fetch Metadata
    Request Headers, W3C). A link to our page is welcome.

    Args:
        hosts: names, besides loopback's, that the simulator may be called by.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        self._hosts = _LOOPBACK | set(hosts)

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(CLIENT_PATHS):
            return await handler(request)
        if not self._is_welcome(request):
            return _sentence(403, texts.say("simulator.not_welcome"))
        try:
            response = await handler(request)
        except WorldError as error:
            response = _sentence(404, str(error))
        except web.HTTPException as error:
            response = _sentence(error.status, error.text or error.reason)
        if not response.prepared:
            response.headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
            response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    def _is_welcome(self, request: web.Request) -> bool:
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"http://{request.host}":
            return False
        if _is_embedded_elsewhere(request.headers):
            return False
        return _host_name(request.host) in self._hosts


def _is_embedded_elsewhere(headers: Mapping[str, str]) -> bool:
    is_elsewhere = headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
    return is_elsewhere and headers.get("Sec-Fetch-Dest") != "document"


def _host_name(host: str) -> str | None:
    try:
        return URL(f"http://{host}").host
    except ValueError:
        return None


def _sentence(status: int, sentence: str) -> web.Response:
    return json_answer({"error": sentence}, status=status)
