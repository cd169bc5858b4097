"""The SDKs' programs, each started once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from foreign import Foreign, lark_oapi, node_sdk


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def python() -> AsyncIterator[Foreign]:
    async with lark_oapi() as foreign:
        yield foreign


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def node() -> AsyncIterator[Foreign]:
    async with node_sdk() as foreign:
        yield foreign
