"""A JSON value with something wrong somewhere in it."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

__all__ = ["spoiled"]

_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=4,
)


@st.composite
def spoiled(draw: st.DrawFn, whole: bytes) -> bytes:
    """`whole` with one of its values, at any depth, replaced by junk."""
    value: Any = msgspec.json.decode(whole)
    inside = value
    while True:
        places = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
        place = draw(st.sampled_from(places))
        below = inside[place]
        if not (isinstance(below, dict | list) and below and draw(st.booleans())):
            inside[place] = draw(_JUNK)
            return msgspec.json.encode(value)
        inside = below
