"""The commands. Only the one that runs is imported: starting must be quick."""

from __future__ import annotations

import io
import os
import sys

from larkgate import texts
from larkgate.errors import LarkgateError

__all__ = ["main"]


def main() -> None:
    """The `larkgate` command. Exit status: 0 done, 1 failed, 2 settings or arguments unusable."""
    from larkgate.config import language_of

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # as stderr, where Chinese has no code
    texts.use(language_of(os.environ))
    from larkgate.cli.commands import app
    from larkgate.lifecycle import exit_status

    try:
        app(standalone_mode=True)
    except LarkgateError as error:
        print(error, file=sys.stderr)
        sys.exit(exit_status(error))
