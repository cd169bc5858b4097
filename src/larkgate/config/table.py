"""Every setting there is. Reading, `run --check` and the documentation follow this table."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import msgspec

from larkgate.apps.support import LlmSettings
from larkgate.config.kinds import (
    ADDRESS,
    APP_NAME,
    BYTES,
    DOMAIN,
    FLAG,
    HOST,
    LANGUAGE,
    NAMES,
    OPTIONAL_PATH,
    PATH,
    SECRET,
    TEXT,
    Kind,
    choice,
    duration,
    seconds,
    whole,
)
from larkgate.config.structs import (
    Account,
    AppSettings,
    GatewaySettings,
    HttpSettings,
    MailSettings,
    QueueSettings,
    ReportSettings,
    StoreSettings,
)
from larkgate.dial import Proxies
from larkgate.logs import LogSettings
from larkgate.texts import Sentence

__all__ = [
    "APP",
    "APP_KINDS",
    "FEISHU",
    "GATEWAY",
    "HTTP",
    "LLM",
    "LOG",
    "MAIL",
    "PROXY",
    "QUEUE",
    "REPORT",
    "SECTIONS",
    "STORE",
    "STORE_URL",
    "Section",
    "Setting",
    "variables",
]

APP_KINDS = ("support",)

S = TypeVar("S", bound=msgspec.Struct)


class Setting(msgspec.Struct, frozen=True):
    """One line of the table.

    Attributes:
        env: variables that override the file, the first one found wins.
        remark: key of a sentence for whoever sets it all the same.
    """

    key: str
    kind: Kind
    env: tuple[str, ...] = ()
    remark: str = ""


class Section(msgspec.Struct, Generic[S], frozen=True):
    """A table of `larkgate.toml` and the struct it becomes, which holds the defaults."""

    name: str
    struct: type[S]
    settings: tuple[Setting, ...]

    def default(self, setting: Setting) -> object:
        """None where the struct has another field instead."""
        for field in msgspec.structs.fields(self.struct):
            if field.name == setting.key:
                return field.default
        return None

    def about(self, setting: Setting) -> Sentence:
        """What the setting is for."""
        return Sentence(f"settings.{self.name}.{setting.key}", {})


def _proxy(key: str) -> Setting:
    variable = key if key == "no_proxy" else f"{key}_proxy"
    return Setting(key, TEXT, (variable, variable.upper()))


_UNUSED = "config.read_but_unused"
_NOT_NEEDED = "config.not_needed"

GATEWAY = Section(
    "gateway",
    GatewaySettings,
    (
        Setting("data", PATH, ("LARKGATE_DATA",)),
        Setting("language", LANGUAGE, ("LARKGATE_LANG",)),
        Setting("stop_deadline", seconds(0, 3600)),
        Setting("threads", whole(1, 10_000)),
        Setting("role", choice("all", "ingress", "worker"), ("LARKGATE_ROLE",)),
    ),
)
FEISHU = Section(
    "feishu",
    Account,
    (
        Setting("app_id", TEXT, ("FEISHU_APP_ID",)),
        Setting("app_secret", SECRET, ("FEISHU_APP_SECRET",)),
        Setting("name", TEXT),
        Setting("domain", DOMAIN, ("FEISHU_DOMAIN",)),
        Setting("encrypt_key", SECRET, ("FEISHU_ENCRYPT_KEY",), _NOT_NEEDED),
        Setting("verification_token", SECRET, ("FEISHU_VERIFICATION_TOKEN",), _NOT_NEEDED),
        Setting("reconnect", choice("local", "server")),
        Setting("ping_interval", seconds(1, 120)),
        Setting("sends_per_second", whole(0, 10_000)),
        Setting("sends_per_minute", whole(0, 600_000)),
        Setting("sends_per_chat", whole(0, 10_000)),
    ),
)
APP = Section(
    "app",
    AppSettings,
    (
        Setting("kind", choice(*APP_KINDS)),
        Setting("name", APP_NAME),
        Setting("accounts", NAMES),
        Setting("chats", NAMES),
        Setting("scope", choice("person", "topic", "chat")),
        Setting("stale_after", duration("0", "30d")),
        Setting("stale", choice("answer", "note", "digest", "skip")),
    ),
)
STORE_URL = Setting("url", TEXT, ("LARKGATE_STORE_URL", "DATABASE_URL"))
STORE = Section(
    "store",
    StoreSettings,
    (
        STORE_URL,
        Setting("synchronous", choice("FULL", "NORMAL")),
        Setting("min_free", BYTES),
        Setting("pool", whole(2, 100)),
        Setting("tls", choice("off", "prefer", "require", "verify")),
        Setting("ca", OPTIONAL_PATH),
        Setting("lease", seconds(1, 600)),
    ),
)
QUEUE = Section(
    "queue",
    QueueSettings,
    (
        Setting("retention", duration("8h", "3650d")),
        Setting("dead_letters", duration("8h", "3650d")),
        Setting("backlog", whole(0, 1_000_000_000)),
    ),
)
LOG = Section(
    "log",
    LogSettings,
    (
        Setting(
            "level",
            choice(
                "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", warn="WARNING", fatal="CRITICAL"
            ),
            ("LOG_LEVEL",),
        ),
        Setting("file", OPTIONAL_PATH, ("LOG_FILE",)),
        Setting("content", FLAG),
        Setting("max_bytes", BYTES),
        Setting("backups", whole(0, 1000)),
    ),
)
HTTP = Section(
    "http",
    HttpSettings,
    (
        Setting("host", HOST),
        Setting("port", whole(0, 65535)),
    ),
)
LLM = Section(
    "llm",
    LlmSettings,
    (
        Setting("provider", TEXT, ("LLM_PROVIDER",)),
        Setting("api_key", SECRET, ("LLM_API_KEY",)),
        Setting("base_url", ADDRESS, ("LLM_BASE_URL",)),
        Setting("model", TEXT, ("LLM_MODEL",)),
    ),
)
PROXY = Section(
    "proxy", Proxies, (_proxy("http"), _proxy("https"), _proxy("all"), _proxy("no_proxy"))
)
MAIL = Section(
    "mail",
    MailSettings,
    (
        Setting("server", TEXT, ("SMTP_SERVER",), _UNUSED),
        Setting("port", whole(1, 65535), ("SMTP_PORT",), _UNUSED),
        Setting("user", TEXT, ("SMTP_USER",), _UNUSED),
        Setting("password", SECRET, ("SMTP_PASSWORD",), _UNUSED),
        Setting("tls", FLAG, ("USE_TLS",), _UNUSED),
    ),
)
REPORT = Section(
    "report",
    ReportSettings,
    (
        Setting("enabled", FLAG, ("DAILY_REPORT_ENABLED",), _UNUSED),
        Setting("chat_id", TEXT, ("DAILY_REPORT_CHAT_ID",), _UNUSED),
        Setting("send_mode", TEXT, ("DAILY_REPORT_SEND_MODE",), _UNUSED),
        Setting("recipients", NAMES, ("DAILY_REPORT_RECIPIENTS",), _UNUSED),
    ),
)
SECTIONS: tuple[Section[Any], ...] = (
    GATEWAY,
    FEISHU,
    APP,
    STORE,
    QUEUE,
    LOG,
    HTTP,
    LLM,
    PROXY,
    MAIL,
    REPORT,
)


def variables() -> frozenset[str]:
    """Every environment variable that is a setting."""
    return frozenset(
        name for section in SECTIONS for setting in section.settings for name in setting.env
    )
