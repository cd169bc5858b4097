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


def test_the_secret_is_another_one(feishu: Feishu) -> None:
    feishu.run(echo())
    feishu.stop()
    said = feishu.app_secret
    feishu.misconfigure("wrong_secret")
    assert feishu.app_secret != said


def test_the_app_is_disabled(feishu: Feishu) -> None:
    feishu.misconfigure("app_disabled")
    with pytest.raises(NotAtRest):
        feishu.run(echo())


def test_mistakes_have_names(feishu: Feishu) -> None:
    with pytest.raises(WorldError, match="no_p2p_scope"):
        feishu.misconfigure("all_wrong")
