"""Every kind of outage in real time: `python -m bench.outages`.

Each kind has a platform and an installed `larkgate run` of its own, all at the same time. From a
connection that is live something breaks, is put right after a while, and the seconds count until
an event is acknowledged on a new connection.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from bench.campaign import ROOT, Command, populate
from bench.report import median, verdict, write
from larkgate.simulator import Simulator, faults

__all__ = ["main"]

RUNS = 5
OUTAGE = 30.0
HANG = 10.0
_PATIENCE = 120.0
_SETTLED = 12.0  # seconds; one of several connections lost young would not be a single drop
_NAME = "platform.test"
_HOSTS = f"127.0.0.1 {_NAME}\n"
_OWN_HOSTS = (
    *("unshare", "--map-root-user", "--mount", "sh", "-c"),
    'mount --bind "$0" /etc/hosts && exec "$@"',
)
_NAMES_KEPT = 16.0  # aiohttp keeps addresses for 10 s, and idle connections for 15 s
_ENDPOINT = "/callback/ws/endpoint"
_HANDSHAKE = "/ws/v2"


class Place:
    """A platform, a gateway, and somebody who talks to it.

    Args:
        named: the gateway knows the platform by a name of which `hosts` holds the address.
    """

    def __init__(self, directory: Path, outage: float, *, named: bool) -> None:
        self.directory = directory
        self.outage = outage
        self.hosts = directory / "hosts"
        self._named = named

    async def __aenter__(self) -> Place:
        await self.open_platform(0)
        port = self.sim.port
        url = f"http://{_NAME}:{port}" if self._named else self.sim.url
        under = (*_OWN_HOSTS, str(self.hosts)) if self._named else ()
        self.hosts.write_text(_HOSTS)
        self.command = Command(self.directory, url, "bench.campaign_bots:answering", under=under)
        await self.command.start()
        await self.served()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.command.kill()
        await self.close_platform()

    async def open_platform(self, port: int) -> None:
        self.sim = Simulator(port=port)
        self._talker = populate(self.sim, 0, groups=0, people=1).conversations[0]
        await self.sim.__aenter__()

    async def close_platform(self) -> None:
        await self.sim.__aexit__(None, None, None)

    async def broken(self, besides: frozenset[str]) -> None:
        """The outage; there must be no other connection than these at its end."""
        await asyncio.sleep(self.outage)
        if self.connections - besides:
            raise RuntimeError("it was no outage")

    async def served(self, besides: frozenset[str] = frozenset()) -> float:
        """When an event was acknowledged, on another connection than these."""
        await self.sim.until(lambda: self.connections - besides, _PATIENCE)
        self._talker.speak("在吗")
        await self.sim.until(lambda: not self._talker.pending, _PATIENCE)
        return time.monotonic()

    @property
    def connections(self) -> frozenset[str]:
        return frozenset(each.id for each in self.sim.connections)


Break = Callable[[Place], Awaitable[float]]
"""Breaks something; returns how long it then took to be served."""


def drop(*, reset: bool) -> Break:
    async def run(place: Place) -> float:
        await asyncio.sleep(_SETTLED)
        before = place.connections
        began = time.monotonic()
        place.sim.faults.inject(faults.Drop(reset=reset))
        return await place.served(before) - began

    return run


def unwilling(fault: faults.Fault) -> Break:
    async def run(place: Place) -> float:
        before = place.connections
        place.sim.faults.inject(fault, faults.Drop())
        await place.broken(before)
        place.sim.faults.heal()
        began = time.monotonic()
        return await place.served(before) - began

    return run


def half_open(*, pongs: bool) -> Break:
    async def run(place: Place) -> float:
        before = place.connections
        began = time.monotonic()
        place.sim.faults.inject(faults.Silence(pongs=pongs))
        await place.sim.until(lambda: place.connections - before, _PATIENCE)
        took = time.monotonic() - began
        place.sim.faults.heal()
        await place.served(before)
        return took

    return run


async def machine_off(place: Place) -> float:
    port = place.sim.port
    await place.close_platform()
    await asyncio.sleep(place.outage)
    await place.open_platform(port)
    began = time.monotonic()
    return await place.served() - began


async def name_lost(place: Place) -> float:
    """The platform's name has no address for a while."""
    before = place.connections
    place.hosts.write_text("")
    await asyncio.sleep(_NAMES_KEPT)
    place.sim.faults.inject(faults.Drop())
    await place.broken(before)
    place.hosts.write_text(_HOSTS)
    began = time.monotonic()
    return await place.served(before) - began


async def store_hangs(place: Place) -> float:
    """Somebody else locks the store; no reconnect may come of it."""
    before = place.connections
    with contextlib.closing(sqlite3.connect(place.command.store, isolation_level=None)) as other:
        other.execute("begin exclusive")
        served = asyncio.create_task(place.served())
        await asyncio.sleep(HANG)
        if served.done():
            raise RuntimeError("the store did not hang")
    began = time.monotonic()
    took = await served - began
    if place.connections != before:
        raise RuntimeError("it reconnected")
    return took


GROUPS: dict[tuple[str, float], Mapping[str, Break]] = {
    ("back after a single drop", 2): {
        "reset": drop(reset=True),
        "closed": drop(reset=False),
    },
    ("back after an outage of {outage:g} s", 5): {
        "nobody listens": machine_off,
        "500": unwilling(faults.Answer(path=_ENDPOINT, status=500)),
        "odd code": unwilling(faults.Answer(path=_ENDPOINT, code=12345)),
        "no JSON": unwilling(faults.Answer(path=_ENDPOINT, body="<html>")),
        "handshake 502": unwilling(faults.Answer(path=_HANDSHAKE, status=502)),
        "no name": name_lost,
    },
    ("back after {outage:g} s in which the platform hangs", 15): {
        "endpoint": unwilling(faults.Hang(path=_ENDPOINT)),
        "handshake": unwilling(faults.Hang(path=_HANDSHAKE)),
    },
    ("a half-open connection is noticed and replaced (PingInterval 120)", 25): {
        "silent": half_open(pongs=False),
        "WebSocket pongs only": half_open(pongs=True),
    },
    ("events are kept again, on the same connection, after the store hung for 10 s", 5): {
        "exclusive lock": store_hangs,
    },
}


async def measure(name: str, breaks: Break, outage: float, runs: int) -> list[float]:
    with tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as directory:
        named = breaks is name_lost
        async with Place(Path(directory), outage, named=named) as place:
            found = [await breaks(place) for _ in range(runs)]
    print(f"{name}: {' '.join(f'{seconds:.2f}' for seconds in found)}", flush=True)
    return found


async def measure_all(outage: float, runs: int) -> bool:
    async with asyncio.TaskGroup() as group:
        tasks = {
            heading: [
                group.create_task(measure(name, breaks, outage, runs))
                for name, breaks in kinds.items()
            ]
            for heading, kinds in GROUPS.items()
        }
    good = True
    for (figure, bound), measured in tasks.items():
        found = [seconds for task in measured for seconds in task.result()]
        holds = max(found) <= bound
        good = good and holds
        write(
            f"{figure.format(outage=outage)} ({', '.join(GROUPS[figure, bound])})",
            f"≤ {bound:g} s",
            f"{median(found):.2f} s, at most {max(found):.2f} s in {len(found)} runs: "
            f"{verdict(holds)}",
            f"python -m bench.outages{'' if outage == OUTAGE else f' --seconds {outage:g}'}",
        )
    return good


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.outages", description=__doc__)
    parser.add_argument("--seconds", type=float, default=OUTAGE, help="of each outage")
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    if not asyncio.run(measure_all(options.seconds, options.runs)):
        sys.exit(1)


if __name__ == "__main__":
    main()
