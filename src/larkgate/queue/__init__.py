"""Keeps work until it is done: named queues, strict order inside a lane, parallel lanes."""

from larkgate.queue.jobs import (
    Accepted,
    Arrival,
    Claim,
    Event,
    Extra,
    Job,
    NewJob,
    Pause,
    QueueCount,
    Settlement,
    State,
    Stored,
)
from larkgate.queue.operations import (
    MOST_SELECTED,
    AttemptRow,
    JobRow,
    NodeRow,
    Operations,
    Pruned,
    QueueRow,
    Retention,
    Selection,
    Sizes,
    Trace,
)
from larkgate.queue.retries import Retries
from larkgate.queue.sql import SCHEMA
from larkgate.queue.sqlite import SqliteStore, count_jobs
from larkgate.queue.store import Store
from larkgate.queue.worker import Done, Handle, Worker

__all__ = [
    "MOST_SELECTED",
    "SCHEMA",
    "Accepted",
    "Arrival",
    "AttemptRow",
    "Claim",
    "Done",
    "Event",
    "Extra",
    "Handle",
    "Job",
    "JobRow",
    "NewJob",
    "NodeRow",
    "Operations",
    "Pause",
    "Pruned",
    "QueueCount",
    "QueueRow",
    "Retention",
    "Retries",
    "Selection",
    "Settlement",
    "Sizes",
    "SqliteStore",
    "State",
    "Store",
    "Stored",
    "Trace",
    "Worker",
    "count_jobs",
]
