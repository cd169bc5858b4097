"""The commands. Only the one that runs is imported: starting must be quick."""

from __future__ import annotations

import io
import os
import sys

from larkgate import texts
from larkgate.errors import LarkgateError, SettingsError, StoreLocked

__all__ = ["main"]

_FAILED = 1
_UNUSABLE = 2


def main() -> None:
    """The `larkgate` command. Exit status: 0 done, 1 failed, 2 settings or arguments unusable."""
    from larkgate.config import language_of

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr, where Chinese has no code
    texts.use(language_of(os.environ))
    from larkgate.cli.commands import app

    try:
        app(standalone_mode=True)
    except LarkgateError as error:
        print(error, file=sys.stderr)
        unusable = isinstance(error, SettingsError | StoreLocked)
        sys.exit(_UNUSABLE if unusable else _FAILED)
