"""Mistakes in the developer console, as a bot's author sees them."""

from __future__ import annotations

import pytest
from testing_bots import echo

from larkgate.simulator import WorldError
from larkgate.testing import Feishu, NotAtRest, Unanswered


def test_a_scope_is_missing(feishu: Feishu) -> None:
    feishu.run(echo())
    assert feishu.misconfigure("no_p2p_scope")
    with pytest.raises(Unanswered, match=r"the scope is missing: .*im:message\.p2p_msg"):
        feishu.private("张三").say("张三", "hello").replies[0]


@pytest.mark.parametrize(
    ("mistake", "told"),
    [("wrong_secret", "1000040345"), ("wrong_app_id", "app_id"), ("app_disabled", "refuses")],
)
def test_the_platform_refuses_the_app(feishu: Feishu, mistake: str, told: str) -> None:
    feishu.misconfigure(mistake)
    with pytest.raises(NotAtRest, match=told):
        feishu.run(echo())
    feishu.allow_failures()


def test_mistakes_have_names(feishu: Feishu) -> None:
    with pytest.raises(WorldError, match="no_p2p_scope"):
        feishu.misconfigure("all_wrong")
