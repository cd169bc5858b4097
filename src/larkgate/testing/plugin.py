"""The pytest plugin: the fixture `feishu`, and what a failing test shows of it.

Every pytest run loads this: nothing else is imported before a test asks for the fixture.
"""

from __future__ import annotations

from collections.abc import Generator
from types import TracebackType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from larkgate.testing.feishu import Feishu

__all__ = ["feishu", "pytest_runtest_call", "pytest_runtest_makereport"]

_KEY = pytest.StashKey["Feishu"]()


@pytest.fixture
def feishu(request: pytest.FixtureRequest) -> Generator[Feishu]:
    """A simulated Feishu with one app; see `larkgate.testing.Feishu`."""
    from larkgate.testing.feishu import Feishu

    with Feishu() as feishu:
        request.node.stash[_KEY] = feishu
        yield feishu


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """What went wrong in the bot is a failure of the test, not of its tear-down."""
    try:
        result = yield
    except BaseException as error:
        if feishu := item.stash.get(_KEY, None):
            _end_at_the_test(error)
            feishu.allow_failures()  # the test has failed already, and the report shows them
        raise
    if feishu := item.stash.get(_KEY, None):
        feishu.check()
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and report.when == "call" and (feishu := item.stash.get(_KEY, None)):
        report.sections.append(("feishu", feishu.transcript))
    return report


def _end_at_the_test(error: BaseException) -> None:
    """An error of ours is one sentence about the test: how it came about in here is no help."""
    from larkgate.errors import LarkgateError

    step = error.__traceback__
    while isinstance(error, LarkgateError) and step is not None and step.tb_next is not None:
        if _is_ours(step.tb_next) and not _is_ours(step):
            step.tb_next = None
        else:
            step = step.tb_next


def _is_ours(step: TracebackType) -> bool:
    return str(step.tb_frame.f_globals.get("__name__", "")).startswith("larkgate.")
