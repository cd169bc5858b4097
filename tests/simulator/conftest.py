"""One browser for all tests of the page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright
from system_browser import browser_path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def tell(sentence: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{sentence}", flush=True)

    async with async_playwright() as playwright:
        path = browser_path(Path(playwright.chromium.executable_path), tell)
        browser = await playwright.chromium.launch(executable_path=path)
        yield browser
        await browser.close()
