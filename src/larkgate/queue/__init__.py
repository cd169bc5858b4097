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
from larkgate.queue.keeper import Keeper
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
from larkgate.queue.replay import REPLAY_QUEUE, Replay, replay_job
from larkgate.queue.retries import Retries
from larkgate.queue.sql import SCHEMA
from larkgate.queue.sqlite import SqliteStore, count_jobs
from larkgate.queue.sqlite_operations import SqliteOperations
from larkgate.queue.sqlite_reading import (
    look_at_queues,
    look_at_sizes,
    select_jobs,
    trace_key,
)
from larkgate.queue.store import Store
from larkgate.queue.worker import Done, Handle, Worker

__all__ = [
    "MOST_SELECTED",
    "REPLAY_QUEUE",
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
    "Keeper",
    "NewJob",
    "NodeRow",
    "Operations",
    "Pause",
    "Pruned",
    "QueueCount",
    "QueueRow",
    "Replay",
    "Retention",
    "Retries",
    "Selection",
    "Settlement",
    "Sizes",
    "SqliteOperations",
    "SqliteStore",
    "State",
    "Store",
    "Stored",
    "Trace",
    "Worker",
    "count_jobs",
    "look_at_queues",
    "look_at_sizes",
    "replay_job",
    "select_jobs",
    "trace_key",
]
