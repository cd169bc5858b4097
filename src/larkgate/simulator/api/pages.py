"""Long lists, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from larkgate.simulator.api.calls import Asked
from larkgate.simulator.codes import Refused

__all__ = ["page"]

T = TypeVar("T")


def page(
    asked: Asked, items: Sequence[T], *, size: int, largest: int, bad_token: int
) -> tuple[Sequence[T], dict[str, object]]:
    """The items asked for by `page_size` and `page_token`, and what the answer says of the rest.

    Args:
        size: when none is asked for.
        bad_token: the code for a token that was never given out.

    Raises:
        Refused: 99992402 for a size out of bounds.
    """
    count = asked.number("page_size", size, 1, largest)
    start = _start(asked.query.get("page_token", ""), len(items), bad_token)
    end = start + count
    more = end < len(items)
    return items[start:end], {"has_more": more, "page_token": f"{end:08x}" if more else ""}


def _start(token: str, count: int, bad_token: int) -> int:
    """A token is the number of items before the page, in hex digits."""
    try:
        start = int(token, 16) if token else 0
    except ValueError:
        raise Refused(bad_token) from None
    if not 0 <= start <= max(0, count):
        raise Refused(bad_token)
    return start
