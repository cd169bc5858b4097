"""The doors events come in by."""

from larkgate.ingress.connection import Accept
from larkgate.ingress.longconn import LinkSettings, LinkStatus, LongConnection

__all__ = ["Accept", "LinkSettings", "LinkStatus", "LongConnection"]
