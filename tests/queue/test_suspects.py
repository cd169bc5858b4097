"""Whoever kills is found after five deaths, wherever it stands, and nobody else is buried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkgate.queue.suspects import ALONE, SUSPECT, Suspects, is_bystander, is_guilty

QUEUES = ("app:a", "app:b", "send:x")


@dataclass
class Work:
    """One job, alone in its lane."""

    name: int
    queue: str
    kills: bool = False
    crashes: int = 0


@dataclass
class World:
    """A node that dies and is started again, with workers that take all they may."""

    open: list[Work]
    limit: int
    dead: list[Work] = field(default_factory=list)
    deaths: int = 0

    def live(self) -> bool:
        """Until the process dies, or (False) all is done."""
        suspects = Suspects()
        while self.open:
            flying = self._take(suspects)
            assert flying, "nothing may run, and nothing runs"
            if any(work.kills for work in flying):
                self._die(flying)
                return True
            for work in flying:
                suspects.let_go(str(work.name))
                self.open.remove(work)
        return False

    def _take(self, suspects: Suspects) -> list[Work]:
        """As a store does: suspects first, those with most crashes before the others."""
        flying: list[Work] = []
        suspects.look_again()
        for work in sorted(self.open, key=lambda work: -work.crashes):
            beside = sum(each.queue == work.queue for each in flying)
            if beside < self.limit and suspects.room(work.queue, work.crashes):
                suspects.claimed(str(work.name), work.queue, work.crashes)
                flying.append(work)
        return flying

    def _die(self, flying: list[Work]) -> None:
        self.deaths += 1
        suspected = [work for work in flying if not is_bystander(work.queue, work.crashes)]
        for work in flying:
            work.crashes += 1
        for work in suspected:
            if is_guilty(work.crashes, len(suspected)):
                self.open.remove(work)
                self.dead.append(work)


works = st.lists(st.tuples(st.sampled_from(QUEUES), st.integers(0, 1)), max_size=100)


@given(works, st.sampled_from(QUEUES), st.integers(0, 99), st.integers(1, 200))
def test_one_killer_is_the_one_dead_letter(
    innocents: list[tuple[str, int]], queue: str, place: int, limit: int
) -> None:
    open = [Work(number, name, False, crashes) for number, (name, crashes) in enumerate(innocents)]
    open.insert(place, Work(1000, queue, kills=True))
    world = World(open, limit)
    while world.live():
        assert world.deaths <= 5
    assert [work.name for work in world.dead] == [1000]
    assert world.deaths == 5


@given(st.integers(0, 200), st.integers(1, 6), st.integers(1, 300))
def test_several_killers_are_all_found_and_nobody_else(
    innocents: int, killers: int, limit: int
) -> None:
    step = innocents // killers + 1
    open = [Work(n, "app:a", kills=n % step == 0) for n in range(innocents + killers)]
    guilty = sorted(work.name for work in open if work.kills)
    world = World(open, limit)
    while world.live():
        assert world.deaths <= 20 * len(guilty) + 20
    assert sorted(work.name for work in world.dead) == guilty


flights = st.lists(
    st.tuples(st.sampled_from(QUEUES), st.integers(0, 6), st.booleans()), max_size=60
)


@given(flights)
def test_what_is_in_flight_is_never_too_much(asked: list[tuple[str, int, bool]]) -> None:
    """Whatever is asked for in whatever order."""
    suspects = Suspects()
    flying: dict[str, tuple[str, int]] = {}
    for number, (queue, crashes, end) in enumerate(asked):
        if end and flying:
            lane, _ = flying.popitem()
            suspects.let_go(lane)
        if suspects.room(queue, crashes):
            suspects.claimed(str(number), queue, crashes)
            flying[str(number)] = queue, crashes
        check(flying.values())


def check(flying: Iterable[tuple[str, int]]) -> None:
    watched = [crashes for _, crashes in flying if crashes >= SUSPECT]
    if any(crashes >= ALONE for crashes in watched):
        assert len(watched) == 1
        others = [queue for queue, crashes in flying if crashes < SUSPECT]
        assert all(queue.startswith("send:") for queue in others)
    elif watched:
        assert len(watched) <= {2: 16, 3: 4}[max(watched)]


class TestDraining:
    @pytest.fixture
    def suspects(self) -> Suspects:
        suspects = Suspects()
        suspects.claimed("job", "app:a", 0)
        suspects.claimed("send", "send:x", 0)
        assert suspects.room("app:b", ALONE) == 0
        return suspects

    def test_work_stops_and_sends_go_on(self, suspects: Suspects) -> None:
        assert not suspects.room("app:a", 0)
        assert suspects.room("send:x", 0)

    def test_once_only_sends_are_left_they_stop_too(self, suspects: Suspects) -> None:
        suspects.let_go("job")
        assert not suspects.room("send:x", 0)
        suspects.let_go("send")
        assert suspects.room("app:b", ALONE) == 1

    def test_it_ends_when_nobody_asks_any_more(self, suspects: Suspects) -> None:
        suspects.look_again()
        assert suspects.room("app:a", 0)

    def test_sends_in_between_do_not_end_it(self, suspects: Suspects) -> None:
        suspects.claimed("another", "send:x", 0)
        assert not suspects.room("app:a", 0)

    def test_a_new_beginning_forgets_it(self, suspects: Suspects) -> None:
        suspects.clear()
        assert suspects.room("app:a", 0)
        assert suspects.room("app:b", ALONE) == 1


@pytest.mark.parametrize(
    ("crashes", "in_flight", "guilty"),
    [(1, 1, False), (4, 1, False), (5, 1, True), (5, 2, False), (9, 64, False), (9, 1, True)],
)
def test_only_who_kills_alone_is_guilty(crashes: int, in_flight: int, guilty: bool) -> None:
    assert is_guilty(crashes, in_flight) is guilty
