"""Tenant access tokens (official document: "自建应用获取 tenant_access_token")."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from larkgate.simulator.apps import App
from larkgate.simulator.codes import Refused
from larkgate.simulator.switches import Switches

__all__ = ["Tokens"]

_KEPT_WHILE = 1800.0


class _Token(Struct, frozen=True):
    text: str
    app: App
    expires: float


class Tokens:
    """Tokens given out. Times are monotonic seconds."""

    def __init__(
        self, switches: Switches, monotonic: Callable[[], float], make: Callable[[], str]
    ) -> None:
        self._switches = switches
        self._monotonic = monotonic
        self._make = make
        self._valid: dict[str, _Token] = {}
        self._latest: dict[str, _Token] = {}

    def issue(self, app: App) -> tuple[str, int]:
        """A token and the seconds it lives: the last one while that has half an hour left, or
        half its life where that is shorter."""
        now = self._monotonic()
        life = self._switches.token_life
        token = self._latest.get(app.id)
        if token is None or token.expires - now < min(_KEPT_WHILE, life / 2):
            token = _Token(self._make(), app, now + life)
            self._latest[app.id] = self._valid[token.text] = token
        return token.text, int(token.expires - now)

    def holder(self, authorization: str) -> App:
        """Whose token the header holds.

        Raises:
            Refused: no token 99991661, of another kind 99991671, not or no longer valid 99991663.
        """
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer" or not text.strip():
            raise Refused(99991661)
        if not text.startswith(("t-", "u-")):
            raise Refused(99991671)
        token = self._valid.get(text)
        if token is None or token.expires <= self._monotonic():
            raise Refused(99991663)
        return token.app

    def caller(self, authorization: str) -> str:
        """The id of the app whose good token the header holds, or ""."""
        try:
            return self.holder(authorization).id
        except Refused:
            return ""

    def revoke(self, app_id: str = "") -> None:
        """No token given out so far is valid any more: of one app, or of all ("")."""
        self._latest.pop(app_id, None)
        self._valid = {
            text: token for text, token in self._valid.items() if app_id and token.app.id != app_id
        }
        if not app_id:
            self._latest.clear()
