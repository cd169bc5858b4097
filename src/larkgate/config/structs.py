"""The settings as the program uses them: read once, checked, never changed."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from larkgate.apps.support import LlmSettings
from larkgate.checks import Check
from larkgate.config.kinds import Duration
from larkgate.dial import Proxies
from larkgate.errors import LarkgateError
from larkgate.logs import LogSettings
from larkgate.secret import Secret
from larkgate.texts import Language, Sentence

__all__ = [
    "Account",
    "AppSettings",
    "Config",
    "GatewaySettings",
    "HttpSettings",
    "MailSettings",
    "QueueSettings",
    "ReportSettings",
    "Row",
    "StoreSettings",
]

Scope = Literal["person", "topic", "chat"]
Role = Literal["all", "ingress", "worker"]
Stale = Literal["answer", "note", "digest", "skip"]

_HOUR = 3600.0
_DAY = 24 * _HOUR


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """`stop_deadline`: seconds that running handlers get to finish when the gateway stops.

    `role`: whether this process receives events (`ingress`), handles them (`worker`), or both.
    """

    data: Path = Path("data/larkgate")
    language: Language = "en"
    stop_deadline: float = 8.0
    threads: int = 128
    role: Role = "all"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One Feishu app with its credentials.

    `domain` is a base URL, `ping_interval` seconds; of the calls that send messages at most so
    many are made in a second, in a minute, and in a second into one chat. 0 means no limit.
    """

    name: str = ""
    app_id: str = ""
    app_secret: Secret = Secret("")
    domain: str = "https://open.feishu.cn"
    encrypt_key: Secret = Secret("")
    verification_token: Secret = Secret("")
    reconnect: Literal["local", "server"] = "local"
    ping_interval: float = 10.0
    sends_per_second: int = 50
    sends_per_minute: int = 1000
    sends_per_chat: int = 5


class AppSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One `[[app]]`. With an `error` it is kept, so that it can be shown, but must not run.

    Attributes:
        accounts: app ids of the accounts it serves; empty: all.
        chats: chat ids it serves; empty: all.
        scope: None leaves it to the app.
        stale_after: seconds of age from which on messages are treated as `stale` says; 0: never.
        identified: whether name and whom it serves are certain, whatever the error.
    """

    kind: str = ""
    name: str = ""
    accounts: tuple[str, ...] = ()
    chats: tuple[str, ...] = ()
    scope: Scope | None = None
    stale_after: float = Duration(0)
    stale: Stale = "answer"
    error: LarkgateError | None = None
    identified: bool = True


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where events and work are kept.

    Attributes:
        path: the SQLite file, used when `postgres` is empty.
        postgres: URL of the PostgreSQL database; it may hold a password.
        synchronous: what survives a power cut, see SQLite's pragma.
        min_free: bytes that must stay free beside the SQLite file.
        pool: connections to PostgreSQL.
        tls, ca: whether the connection is encrypted, and whom it trusts.
        lease: seconds after which a node that is silent counts as dead.
    """

    path: Path = Path()
    postgres: Secret = Secret("")
    synchronous: Literal["FULL", "NORMAL"] = "FULL"
    min_free: int = 100 << 20
    pool: int = 8
    tls: Literal["off", "prefer", "require", "verify"] = "prefer"
    ca: Path | None = None
    lease: float = 30.0


class QueueSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How long what is over is kept, in seconds, and how many jobs may wait (0: no limit)."""

    retention: float = Duration(7 * _DAY)
    dead_letters: float = Duration(30 * _DAY)
    backlog: int = 1_000_000


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where `/health` and `/ready` answer; port 0 takes any free one."""

    host: str = "127.0.0.1"
    port: int = 8321


class MailSettings(msgspec.Struct, frozen=True, kw_only=True):
    server: str = ""
    port: int = 587
    user: str = ""
    password: Secret = Secret("")
    tls: bool = True


class ReportSettings(msgspec.Struct, frozen=True, kw_only=True):
    enabled: bool = False
    chat_id: str = ""
    send_mode: str = ""
    recipients: tuple[str, ...] = ()


class Row(msgspec.Struct, frozen=True):
    """A setting as people are shown it: secrets masked.

    `source` is "default", "environment" (in the language in use), or the name of a file.
    """

    name: str
    value: str
    source: Sentence | str
    check: Check


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting in force.

    Attributes:
        home: where relative paths start: the directory of the settings file.
        files: the files that were read.
        rows: every setting, in the order of the documentation.
        notes: what the keeper should be told once at start.
        secrets: every credential, for the log to blot out.
    """

    home: Path
    files: tuple[Path, ...]
    gateway: GatewaySettings
    accounts: tuple[Account, ...]
    apps: tuple[AppSettings, ...]
    store: StoreSettings
    queue: QueueSettings
    log: LogSettings
    http: HttpSettings
    llm: LlmSettings
    proxies: Proxies
    mail: MailSettings
    report: ReportSettings
    rows: tuple[Row, ...]
    notes: tuple[Sentence, ...]
    secrets: tuple[Secret, ...]

    def verify(self) -> None:
        """Raises the first SettingsError among the rows, if there is one."""
        for row in self.rows:
            if row.check.verdict == "failed" and isinstance(row.check.cause, LarkgateError):
                raise row.check.cause
