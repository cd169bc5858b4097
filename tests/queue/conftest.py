"""The stores that keep the contract, each under every test of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest
from postgres_site import postgres_site
from queue_site import Site, sqlite_site

from larkgate.clock import VirtualClock

SMALL_BACKLOG = 3


@pytest.fixture(params=["sqlite", "postgres"])
async def site(
    request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock
) -> AsyncIterator[Site]:
    """Each store that keeps the contract."""
    async with _site(request, tmp_path, clock) as site:
        yield site


@pytest.fixture(params=["sqlite", "postgres"])
async def small_site(
    request: pytest.FixtureRequest, tmp_path: Path, clock: VirtualClock
) -> AsyncIterator[Site]:
    """A store that takes no more than three open jobs."""
    async with _site(request, tmp_path, clock, backlog=SMALL_BACKLOG) as site:
        yield site


def _site(
    request: pytest.FixtureRequest, directory: Path, clock: VirtualClock, **options: Any
) -> AbstractAsyncContextManager[Site]:
    if request.param == "sqlite":
        return sqlite_site(directory, clock, **options)
    return postgres_site(request.getfixturevalue("postgres"), **options)
