"""Nodes that die, stand still and lose the database; at full size: `python -m bench.fleet`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bench.fleet import campaign

from postgres_server import local_server


def test_a_fleet_in_trouble_answers_every_event_once_and_in_order(tmp_path: Path) -> None:
    with local_server() as server:
        outcome = asyncio.run(campaign(tmp_path, server, events=120, kills=4, groups=2, people=4))
    assert outcome.good, outcome
