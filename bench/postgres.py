"""A PostgreSQL of our own, the one the tests start: it syncs every commit."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from postgres_server import LocalServer, local_server

__all__ = ["LocalServer", "local_server"]
