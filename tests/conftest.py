"""What every test may rely on."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator
from typing import TypeVar

import hypothesis
import pytest

from larkgate import texts
from larkgate.clock import VirtualClock
from postgres_server import Server, session_server

Report = TypeVar("Report", pytest.TestReport, pytest.CollectReport)

# Property tests judge values, not speed: a busy machine must not fail them.
hypothesis.settings.register_profile("values", deadline=None)
hypothesis.settings.load_profile("values")

# A job in a shell's background ignores Ctrl+C, and so would the programs that the tests end by it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def clock() -> VirtualClock:
    """Time that stands still until the test moves it."""
    return VirtualClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A real PostgreSQL, in which tests make databases of their own."""
    with session_server() as server:
        yield server


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """Each test starts in English, whatever the one before chose."""
    texts.use("en")
    yield
    texts.use("en")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    return _without_skips((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    return _without_skips((yield))


def _without_skips(report: Report) -> Report:
    """With CI=true everything runs: what would be skipped has failed."""
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"nothing is skipped where CI=true: {reason}"
    return report
