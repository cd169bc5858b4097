"""Closed work orders, and the samples that come with Larkgate."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

__all__ = ["WorkOrder", "samples"]


class WorkOrder(msgspec.Struct, frozen=True):
    """A closed case: what a customer saw, what it was, and the steps that cured it."""

    id: str
    category: str
    model: str
    symptom: str
    cause: str
    resolution: tuple[str, ...]
    closed_at: date


def samples() -> tuple[WorkOrder, ...]:
    """The sample work orders: a vehicle-telematics team, all of it invented."""
    file = Path(__file__).with_name("workorders.json")
    return msgspec.json.decode(file.read_bytes(), type=tuple[WorkOrder, ...])
