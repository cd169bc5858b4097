"""Keeps work until it is done: named queues, strict order inside a lane, parallel lanes."""

from larkgate.queue.jobs import (
    Accepted,
    Arrival,
    Claim,
    Event,
    Job,
    NewJob,
    QueueCount,
    Settlement,
    State,
    Stored,
)
from larkgate.queue.retries import Retries
from larkgate.queue.sqlite import SCHEMA, SqliteStore, count_jobs
from larkgate.queue.store import Store
from larkgate.queue.worker import Done, Handle, Worker

__all__ = [
    "SCHEMA",
    "Accepted",
    "Arrival",
    "Claim",
    "Done",
    "Event",
    "Handle",
    "Job",
    "NewJob",
    "QueueCount",
    "Retries",
    "Settlement",
    "SqliteStore",
    "State",
    "Store",
    "Stored",
    "Worker",
    "count_jobs",
]
