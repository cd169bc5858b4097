"""All figures, one after the other. Takes about half an hour; each module runs alone, too."""

from __future__ import annotations

from bench import acks, kill, latency, outages, start, stop

for bench in (start, acks, latency, outages, stop, kill):
    print(f"--- {bench.__name__}", flush=True)
    bench.main()
