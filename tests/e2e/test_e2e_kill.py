"""`kill -9` at random points; at full size: `python -m bench.kill`."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.kill import campaign


@pytest.mark.parametrize("variant", ["remembering", "unsteady"])
async def test_killed_at_random_it_answers_every_event_once_and_in_order(
    tmp_path: Path, variant: str
) -> None:
    outcome = await campaign(
        variant,
        tmp_path,
        events=90,
        kills=3,
        trouble=variant == "unsteady",
        groups=2,
        people=4,
    )
    assert outcome.verdict.good, outcome
    assert outcome.status == 0
