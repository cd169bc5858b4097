"""The nodes that share a PostgreSQL: each holds a lease, and any of them buries those that died."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from secrets import token_hex
from typing import Any, NamedTuple

from larkgate.clock import Clock
from larkgate.database.postgres import PostgresDatabase
from larkgate.queue.sql import statements
from larkgate.queue.suspects import is_bystander, is_guilty
from larkgate.texts import say, tell

__all__ = ["Membership", "NodeInfo", "Notice"]

log = logging.getLogger(__name__)

_SQL = statements("postgres")
_REAPING = 7_524_110_937  # any number that is always the same


class NodeInfo(NamedTuple):
    """What other nodes and people see of a process that works on the store."""

    host: str
    pid: int
    role: str
    version: str
    routers: str = ""


class Notice(NamedTuple):
    """What a node tells the others; without queues and keys anything may have changed."""

    queues: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    def encode(self, node: str) -> str:
        lines = [node, *(f"q{queue}" for queue in self.queues), *(f"k{key}" for key in self.keys)]
        text = "\n".join(lines)
        # PostgreSQL allows 7,999 bytes.
        return text if len(text.encode()) < 7_900 else node

    @classmethod
    def decode(cls, text: str) -> tuple[str, Notice]:
        node, *lines = text.split("\n")
        queues = tuple(line[1:] for line in lines if line.startswith("q"))
        keys = tuple(line[1:] for line in lines if line.startswith("k"))
        return node, cls(queues, keys)


class Glance(NamedTuple):
    """What a node sees when it looks around."""

    suspected: frozenset[str]
    open: int | None


class Membership:
    """This node's lease, the database's time, and the end of nodes that do not renew theirs.

    Args:
        lease: seconds; renewed at a third of it.
    """

    def __init__(
        self,
        database: PostgresDatabase,
        clock: Clock,
        info: NodeInfo,
        lease: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._info = info
        self._lease = lease
        self._offset = clock.now() - clock.monotonic()  # until the database has told its time
        self._latest = 0.0
        self._renewed = 0.0
        self._sure = True
        self.id = self._new_id()
        self.others = True

    def now(self) -> float:
        """The database's time, as last heard of and counted on since."""
        self._latest = max(self._latest, self._offset + self._clock.monotonic())
        return self._latest

    def heard(self, now: float, asked: float) -> None:
        """The database's time, and when it was asked for."""
        self._offset = now - (asked + self._clock.monotonic()) / 2

    def notice(self, queues: Iterable[str] = (), keys: Iterable[str] = ()) -> str:
        """The payload that tells other nodes; empty if there are none."""
        return Notice(tuple(queues), tuple(keys)).encode(self.id) if self.others else ""

    async def join(self) -> None:
        """Register under a new name, and let the others know."""
        self.id = self._new_id()

        async def register(connection: Any) -> None:
            await connection.execute(_SQL["register"], self.id, *self._info, self._lease)
            await connection.execute(_SQL["notify"], self.id)

        await self._database.transact(register)
        self._sure = True
        self._renewed = self._clock.monotonic()

    async def leave(self) -> None:
        """Let go of all that this node holds, uncharged, for others to take at once."""
        await self._database.transact(self._retire)

    async def look_around(self, backlog: int) -> tuple[Glance, bool]:
        """Renew the lease when it is time, remove who has died; and whether we live ourselves."""
        await self._renew()
        row = await self._look(backlog)
        if row["some_died"]:
            await self._database.transact(self._reap)
            row = await self._look(backlog)
        self.others = row["nodes"] > 1
        return Glance(frozenset(row["suspected"]), row["open"]), row["alive"]

    async def _look(self, backlog: int) -> Any:
        asked = self._clock.monotonic()
        [row] = await self._database.read(_SQL["look_around"], self.id, backlog)
        self.heard(row["now"], asked)
        return row

    @property
    def is_given_up(self) -> bool:
        return not self._sure

    def is_overdue(self) -> bool:
        """Whether this node must take itself for dead: it could not renew for a whole lease."""
        return self._sure and self._clock.monotonic() - self._renewed > self._lease

    def give_up(self) -> None:
        """Until it has joined again nothing here is ours."""
        self._sure = False

    async def come_back(self, held: dict[str, int]) -> None:
        """Join again after it was taken for dead; that was no crash of what it had in flight.

        Args:
            held: that, lane to the id of its head.
        """
        former = self.id
        tell(log, logging.WARNING, "postgres.node_lost", node=former)

        async def retire(connection: Any) -> None:
            there = await connection.fetch(_SQL["renew"], former, 0.0)
            await self._retire(connection)
            if not there:
                await connection.execute(_SQL["uncharge"], [*held.values()])
                await connection.execute(_SQL["reschedule"], [*held])

        await self._database.transact(retire)
        await self.join()

    def _new_id(self) -> str:
        return f"{self._info.host}/{self._info.pid}/{token_hex(4)}"

    async def _renew(self) -> None:
        asked = self._clock.monotonic()
        if asked - self._renewed < self._lease / 3:
            return
        if rows := await self._database.read(_SQL["renew"], self.id, self._lease):
            self._renewed = asked
            self.heard(rows[0]["now"], asked)

    async def _retire(self, connection: Any) -> None:
        await connection.execute(_SQL["remove"], [self.id])
        await self._free(connection, [self.id])

    async def _reap(self, connection: Any) -> None:
        await connection.execute("select pg_advisory_xact_lock($1)", _REAPING)
        dead = [row["id"] for row in await connection.fetch(_SQL["remove_dead"], self.id)]
        if dead:
            await self._free(connection, dead, charge=True)

    async def _free(self, connection: Any, nodes: list[str], charge: bool = False) -> None:
        lanes = await connection.fetch(_SQL["lanes_of"], nodes)
        if charge:
            await self._charge(connection, lanes)
        await connection.fetch(_SQL["let_go"], [row["name"] for row in lanes])
        await connection.execute(_SQL["free_queues"], nodes)
        await connection.execute(_SQL["notify"], self.id)
        if charge:
            held = Counter(row["owner"] for row in lanes)
            for node in nodes:
                tell(log, logging.WARNING, "postgres.node_reaped", node=node, lanes=held[node])

    async def _charge(self, connection: Any, lanes: Sequence[Any]) -> None:
        """A crash for each head; a dead letter if it was what killed its process."""
        places = {row["name"]: (row["owner"], row["queue"]) for row in lanes}
        in_flight: defaultdict[str, list[Any]] = defaultdict(list)
        for head in await connection.fetch(_SQL["charge"], [*places]):
            owner, queue = places[head["lane"]]
            if not is_bystander(queue, head["crashes"] - 1):
                in_flight[owner].append(head)
        for heads in in_flight.values():
            for head in heads:
                if is_guilty(head["crashes"], len(heads)):
                    await self._bury(connection, head)

    async def _bury(self, connection: Any, head: Any) -> None:
        """It has killed its process alone: nobody runs it again unless a person says so."""
        reason = say("queue.killed_process", crashes=head["crashes"])
        rows = await connection.fetch(_SQL["bury"], head["id"], reason)
        runs = [(row["id"], head["claimed_at"], reason, False) for row in rows]
        await connection.execute(_SQL["record"], *map(list, zip(*runs, strict=True)))
        tell(log, logging.ERROR, "queue.dead", job=head["key"], reason=reason)
