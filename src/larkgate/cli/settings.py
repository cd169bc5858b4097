"""The settings a command works with."""

from __future__ import annotations

import os
from pathlib import Path

from larkgate import config, texts

__all__ = ["load"]


def load(file: Path | None, *, need_account: bool = True) -> config.Config:
    """Those in force here; from now on the command speaks their language."""
    found = config.load(Path.cwd(), os.environ, file, need_account=need_account)
    texts.use(found.gateway.language)
    return found
