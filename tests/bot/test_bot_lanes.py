"""What must run in order is what shares a conversation."""

from __future__ import annotations

from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkgate.bot import Scope
from larkgate.bot.lanes import conversation

SCOPES: tuple[Scope, ...] = get_args(Scope)


def lane(scope: Scope, chat: str = "oc", topic: str = "", person: str = "ou") -> str:
    return conversation(scope, account="cli", chat=chat, topic=topic, person=person, otherwise="om")


@pytest.mark.parametrize(
    ("scope", "chat", "topic", "person", "expected"),
    [
        ("person", "oc", "", "ou", "cli/oc//ou"),
        ("person", "oc", "omt", "ou", "cli/oc/omt/ou"),
        ("person", "oc", "omt", "", "cli/oc"),
        ("topic", "oc", "", "ou", "cli/oc/"),
        ("topic", "oc", "omt", "ou", "cli/oc/omt"),
        ("topic", "oc", "omt", "", "cli/oc/omt"),
        ("chat", "oc", "omt", "ou", "cli/oc"),
        *((scope, "", "omt", "ou", "cli/person/ou") for scope in SCOPES),
        *((scope, "", "", "", "cli/om") for scope in SCOPES),
    ],
)
def test_the_table(scope: Scope, chat: str, topic: str, person: str, expected: str) -> None:
    """These are the names of sessions on disk: a change forgets every conversation."""
    assert lane(scope, chat, topic, person) == expected


parts = st.sampled_from(["", "a", "b"])


@given(one=st.tuples(parts, parts, parts), other=st.tuples(parts, parts, parts))
@pytest.mark.parametrize("scope", SCOPES)
def test_who_shares_a_lane(
    scope: Scope, one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    """Messages share a lane exactly when their scope's parts are the same."""

    def shared(chat: str, topic: str, person: str) -> tuple[str, ...]:
        if not chat:
            return ("person", person) if person else ("none",)
        if scope == "chat" or (scope == "person" and not person):
            return ("chat", chat)
        return ("topic", chat, topic) if scope == "topic" else ("person", chat, topic, person)

    assert (lane(scope, *one) == lane(scope, *other)) == (shared(*one) == shared(*other))


def test_accounts_never_share_one() -> None:
    for scope, chat, person in product(SCOPES, ("", "oc"), ("", "ou")):
        names = {
            conversation(scope, account=cli, chat=chat, topic="", person=person, otherwise="om")
            for cli in ("cli_1", "cli_2")
        }
        assert len(names) == 2
