"""What a keeper reads first."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import east_asian_width

from larkgate.config import StoreSettings, place_of
from larkgate.gateway.assembly import model_name
from larkgate.gateway.gateway import Gateway
from larkgate.texts import say
from larkgate.version import __version__

__all__ = ["banner"]


def banner(gateway: Gateway) -> str:
    """The lines shown once at start; no secret is in them."""
    rows = [(say(f"banner.{name}"), value) for name, value in _rows(gateway) if value]
    width = max(_width(label) for label, _ in rows)
    lines = [f"  {label}{' ' * (width - _width(label))}  {value}" for label, value in rows]
    rule = "─" * 72
    title = f"Larkgate {__version__} · {say('banner.title')}"
    return "\n".join((rule, title, *lines, "", f"  {say('banner.stop')}", rule))


def _rows(gateway: Gateway) -> Iterable[tuple[str, str]]:
    config = gateway.config
    for account in config.accounts:
        label = account.app_id if account.name in ("", account.app_id) else account.name
        shown = label if label == account.app_id else f"{label} ({account.app_id})"
        yield "account", f"{shown} · {account.domain}"
    for app in gateway.apps:
        yield "app", " · ".join(filter(None, (app.name, app.about)))
        yield "chats", ", ".join(sorted(app.chats)) or say("banner.all_chats")
    for name, error in gateway.broken.items():
        yield "app", f"{name} · {say('banner.broken', cause=error)}"
    yield "events", "im.message.receive_v1"
    yield "store", _store(config.store)
    if config.gateway.role != "all":
        yield "role", config.gateway.role
    yield "model", model_name(config) or say("banner.no_model")
    yield "log", f"{config.log.level} · {config.log.file or say('banner.console_only')}"
    if config.log.content:
        yield "content", say("banner.content_logged")
    yield "ingress", say("banner.long_connection")
    yield "health", gateway.health_url


def _store(settings: StoreSettings) -> str:
    if settings.postgres:
        return f"PostgreSQL {place_of(settings.postgres)}"
    return f"SQLite {settings.path} ({settings.synchronous})"


def _width(text: str) -> int:
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
