"""The store on PostgreSQL does as the plain model does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from postgres_site import postgres_site
from queue_site import Site
from test_store_machine import StoreMachine

from postgres_server import Server


class PostgresMachine(StoreMachine):
    server: ClassVar[Server]

    @asynccontextmanager
    async def new_site(self) -> AsyncIterator[Site]:
        async with postgres_site(self.server) as site:
            yield site


@pytest.fixture(autouse=True)
def _server(postgres: Server) -> None:
    PostgresMachine.server = postgres


TestPostgres = PostgresMachine.TestCase
TestPostgres.settings = settings(
    max_examples=15, stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow]
)
