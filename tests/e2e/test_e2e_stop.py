"""Asked to stop while handlers run; at full size: `python -m bench.stop`."""

from __future__ import annotations

from pathlib import Path

from bench.stop import GRACE, campaign


async def test_blocked_handlers_delay_no_stop_and_are_taken_up_again(tmp_path: Path) -> None:
    outcome = await campaign(tmp_path, deadline=1)
    assert outcome.status == 0
    assert outcome.seconds <= 1 + GRACE
    assert outcome.verdict.good, outcome.verdict
