from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from queue_site import Site, sqlite_site

from larkgate.clock import VirtualClock


@pytest.fixture(params=["sqlite"])
async def site(
    request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock
) -> AsyncIterator[Site]:
    """Each store that keeps the contract."""
    opened = {"sqlite": sqlite_site}[request.param]
    async with opened(tmp_path, clock) as site:
        yield site
