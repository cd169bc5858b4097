"""Nodes on one PostgreSQL, killed, frozen and cut off at random: `python -m bench.fleet`.

Several installed commands share the work of one account while they die by `kill -9`, stand still
past their lease, or lose the database, which crashes too. At the end the simulator counts what
people saw, and the ledger must say the same.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bench.campaign import ROOT, Command, Talk, Verdict, judge, populate
from bench.ledger import Ledger
from bench.postgres import LocalServer, local_server
from bench.report import verdict, write
from larkgate.simulator import Simulator

__all__ = ["Outcome", "campaign", "main"]

LEASE = 2.0  # seconds
ROLES = ("all", "ingress", "worker")
REPLIES = ("{text} 始", "{text} 之{number} 答")
_PATIENCE = 60.0
_RESTART = 0.5  # seconds until a node that ended by itself is started again
_NO_DATABASE = "postgres.unreachable"
_YOUNG = 2.0  # seconds until a node that was just started heeds signals
_KINDS = {"kill -9": 0.6, "SIGSTOP": 0.25, "PostgreSQL restarted": 0.15}


class Outcome(msgspec.Struct, frozen=True):
    """How one campaign went.

    Attributes:
        incidents: how many of each kind.
        handled: how often each node has entered a handler.
        ended: nodes that ended by themselves, each started again; those who find no database when
            they start may.
        statuses: the exit status of each node when asked to stop.
        pushes: attempts of the platform, the repeated ones included.
    """

    incidents: dict[str, int]
    handled: dict[str, int]
    ended: tuple[str, ...]
    statuses: tuple[int, ...]
    pushes: int
    seconds: float
    verdict: Verdict

    @property
    def good(self) -> bool:
        refused = all(_NO_DATABASE in each for each in self.ended)
        return self.verdict.good and refused and not any(self.statuses)


class Node:
    """An installed command that is started again whenever it ends."""

    def __init__(self, name: str, command: Command) -> None:
        self.name = name
        self.command = command
        self.ended: list[str] = []
        self.trouble = asyncio.Lock()
        self._running = asyncio.Event()
        self._stopping = False
        self._away: float | None = None

    @property
    def handled(self) -> int:
        """How often it has entered a handler."""
        diary = self.command.directory / "handled"
        return diary.stat().st_size if diary.exists() else 0

    @property
    def _last_words(self) -> str:
        errors = (self.command.directory / "stderr").read_text("utf-8", "replace")
        return errors.rpartition("CRITICAL")[2].strip()

    async def run(self) -> int:
        """Run it until `stop`; the exit status it then has."""
        while True:
            self._away = None
            await self.command.start()
            self._running.set()
            status = await self.command.ended()
            if self._stopping:
                return status
            if self._away is None:
                self.ended.append(f"{self.name} ended by itself with {status}: {self._last_words}")
            await asyncio.sleep(_RESTART if self._away is None else self._away)

    async def kill(self, away: float) -> None:
        """Kill it; returns when it runs again, `away` seconds later."""
        self._away = away
        self._running.clear()
        await self.command.kill()
        await self._running.wait()

    async def freeze(self, seconds: float) -> None:
        self.command.freeze()
        await asyncio.sleep(seconds)
        self.command.thaw()

    async def stop(self) -> None:
        self._stopping = True
        await self.command.terminate()


class Trouble:
    """Does something bad to a node, or to the database, one after the other for each."""

    def __init__(self, nodes: Sequence[Node], server: LocalServer, chance: random.Random) -> None:
        self.incidents: Counter[str] = Counter()
        self._nodes = nodes
        self._server = server
        self._chance = chance
        self._database = asyncio.Lock()
        self._acts: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "kill -9": self._kill,
            "SIGSTOP": self._freeze,
            "PostgreSQL restarted": self._crash_database,
        }

    async def strike(self) -> None:
        (kind,) = self._chance.choices([*_KINDS], [*_KINDS.values()])
        self.incidents[kind] += 1
        await self._acts[kind]()

    async def _kill(self) -> None:
        node, away = self._chance.choice(self._nodes), self._chance.uniform(0, 1.5 * LEASE)
        async with node.trouble:
            await node.kill(away)

    async def _freeze(self) -> None:
        node, seconds = self._chance.choice(self._nodes), self._chance.uniform(1.1, 2) * LEASE
        async with node.trouble:
            await node.freeze(seconds)

    async def _crash_database(self) -> None:
        async with self._database:
            await asyncio.to_thread(self._server.restart)


async def campaign(
    directory: Path,
    server: LocalServer,
    *,
    events: int,
    kills: int,
    roles: Sequence[str] = ROLES,
    groups: int = 20,
    people: int = 8,
    seed: int = 0,
) -> Outcome:
    """Push `events` with `kills` incidents on the way; see what everybody got."""
    chance = random.Random(seed)
    began = time.monotonic()
    async with Simulator(seed=seed) as sim, server.database() as url, AsyncExitStack() as stack:
        world = populate(sim, events, groups=groups, people=people)
        talk = Talk(sim, world, last_reply=REPLIES[-1][-1])
        nodes = [
            Node(f"{number} ({role})", await stack.enter_async_context(command))
            for number, role in enumerate(roles, start=1)
            for command in [_command(directory / str(number), role, sim.url, url)]
        ]
        trouble = Trouble(nodes, server, chance)
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(node.run()) for node in nodes]
            talking = group.create_task(talk.run(_PATIENCE))
            await _trouble(sim, talk, trouble, sorted(chance.sample(range(2 * events), kills)))
            await talking
            await talk.say_last(_PATIENCE)
            await asyncio.sleep(_YOUNG)
            for node in nodes:
                await node.stop()
        return Outcome(
            incidents=dict(trouble.incidents),
            handled={node.name: node.handled for node in nodes},
            ended=tuple(each for node in nodes for each in node.ended),
            statuses=tuple(task.result() for task in running),
            pushes=sum(len(push.attempts) for push in sim.pushes),
            seconds=time.monotonic() - began,
            verdict=judge(sim, world, REPLIES, await Ledger.of_postgres(url)),
        )


def _command(directory: Path, role: str, platform: str, store: str) -> Command:
    directory.mkdir()
    return Command(
        directory,
        platform,
        "bench.campaign_bots:fleet",
        role=role,
        store=f"url = '{store}'\nlease = {LEASE}",
    )


async def _trouble(sim: Simulator, talk: Talk, trouble: Trouble, points: Sequence[int]) -> None:
    """Strike whenever the talk is at one of the points, until it goes on no more."""
    async with asyncio.TaskGroup() as incidents:
        for point in points:
            try:
                await sim.until(partial(_is_at, talk, point), _PATIENCE)
            except TimeoutError:
                return
            incidents.create_task(trouble.strike())


def _is_at(talk: Talk, point: int) -> bool:
    return talk.acked + talk.answered >= point


def measure(events: int, kills: int, roles: Sequence[str], seed: int) -> bool:
    """One campaign and its row; whether all was well."""
    with (
        local_server() as server,
        tempfile.TemporaryDirectory(prefix=".bench-", dir=ROOT) as directory,
    ):
        outcome = asyncio.run(
            campaign(Path(directory), server, events=events, kills=kills, roles=roles, seed=seed)
        )
    found = outcome.verdict
    for line in (*found.disagreements, *outcome.ended):
        print(line, flush=True)
    print(outcome.incidents, outcome.handled, outcome.statuses, flush=True)
    write(
        f"{len(roles)} nodes ({', '.join(roles)}) on one PostgreSQL, lease {LEASE:g} s: "
        f"`kill -9`, SIGSTOP past the lease, PostgreSQL crashed and started, at random",
        "every acknowledged event answered once and in order, ledger and platform agree",
        f"{_counted(outcome.incidents)} over {found.events:,} events ({outcome.pushes:,} pushes, "
        f"{outcome.seconds:.0f} s): {found.replies:,} replies, {found.lost} lost, "
        f"{found.doubled} doubled, {found.disordered} out of order, "
        f"{len(found.disagreements)} disagreements; {len(outcome.ended)} starts found no database: "
        f"{verdict(outcome.good)}",
        "python -m bench.fleet",
    )
    return outcome.good


def _counted(incidents: dict[str, int]) -> str:
    return ", ".join(f"{number} × {kind}" for kind, number in sorted(incidents.items()))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.fleet", description=__doc__)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--roles", default=",".join(ROLES), help="one node each")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    roles = options.roles.split(",")
    if not measure(options.events, options.kills, roles, options.seed):
        sys.exit(1)


if __name__ == "__main__":
    main()
