"""Reads files and environment once, into frozen structs."""

from larkgate.config.check import check
from larkgate.config.load import language_of, load, read
from larkgate.config.stores import place_of
from larkgate.config.structs import (
    Account,
    AppSettings,
    Config,
    GatewaySettings,
    HttpSettings,
    MailSettings,
    ReportSettings,
    Row,
    StoreSettings,
)

__all__ = [
    "Account",
    "AppSettings",
    "Config",
    "GatewaySettings",
    "HttpSettings",
    "MailSettings",
    "ReportSettings",
    "Row",
    "StoreSettings",
    "check",
    "language_of",
    "load",
    "place_of",
    "read",
]
