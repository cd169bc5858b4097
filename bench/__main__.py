"""All figures, one after the other. Takes about an hour; each module runs alone, too."""

from __future__ import annotations

from bench import (
    acks,
    backlog,
    fleet,
    kill,
    latency,
    million,
    outages,
    queue,
    simulator,
    start,
    stop,
    waiting,
)

for bench in (start, acks, latency, backlog, outages, stop, kill, fleet, simulator):
    print(f"--- {bench.__name__}", flush=True)
    bench.main()

for of_stores in (queue, waiting, million):
    for store in ("sqlite", "postgres"):
        print(f"--- {of_stores.__name__} {store}", flush=True)
        of_stores.main(["--store", store])
