"""The key of an effect is the same in every run, whatever else a run does."""

from __future__ import annotations

from collections import defaultdict

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from larkgate.outbox import Effect, EffectKeys, platform_uuid

acts = st.tuples(
    st.sampled_from(["send", "reply"]), st.sampled_from(["om_1", "om_2", "oc_1", "a:1"])
)


@given(first=st.lists(acts), second=st.lists(acts))
def test_other_steps_move_no_keys(
    first: list[tuple[str, str]], second: list[tuple[str, str]]
) -> None:
    """The nth time of doing the same has the same key, in whatever company."""
    found: list[dict[tuple[str, str], list[str]]] = []
    for run in (first, second):
        keys = EffectKeys("bot:cli_1/message/om_1")
        by_act: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for act in run:
            by_act[act].append(keys.next(*act))
        found.append(by_act)
    for act in {*first} & {*second}:
        both = min(len(found[0][act]), len(found[1][act]))
        assert found[0][act][:both] == found[1][act][:both]


@given(st.lists(acts))
def test_no_two_effects_of_a_run_share_a_key(run: list[tuple[str, str]]) -> None:
    keys = EffectKeys("d")
    given_out = [keys.next(*act) for act in run]
    assert len({*given_out, keys.answer}) == len(given_out) + 1


def test_a_key_of_ones_own_counts_nothing() -> None:
    keys = EffectKeys("d")
    named = keys.next("reply", "om_1", "summary")
    assert named == keys.next("reply", "om_2", "summary")
    assert keys.next("reply", "om_1") == EffectKeys("d").next("reply", "om_1")
    assert named != keys.next("reply", "summary")


def test_deliveries_do_not_share_keys() -> None:
    assert EffectKeys("d1").next("reply", "om") != EffectKeys("d2").next("reply", "om")
    assert EffectKeys("d1").answer != EffectKeys("d2").answer


@given(st.text(), st.text())
def test_the_platforms_uuid(one: str, other: str) -> None:
    uuid = platform_uuid(one)
    assert 0 < len(uuid) <= 50
    assert uuid.isalnum()
    assert uuid.isascii()
    assert (uuid == platform_uuid(other)) == (one == other)


def test_the_platforms_uuid_outlives_the_program() -> None:
    """A new version must not give the effects that wait another one."""
    assert platform_uuid("bot:d#reply:om:1") == "9d612025facc26a6e25a27d9ad86cdf5cf894a20"


def test_an_effect_can_be_stored() -> None:
    effect = Effect("reply", "om_1", "oc_1", "text", '{"text":"好"}', in_thread=True)
    stored = msgspec.json.encode(effect)
    assert msgspec.json.decode(stored, type=Effect) == effect
