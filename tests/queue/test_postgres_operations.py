"""On PostgreSQL operators work beside nodes, and beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from postgres_site import NODE, PostgresSite, new_database, postgres_site, prepare
from queue_site import arrival, event, keys, settle, take_one, work_off

from larkgate.clock import SystemClock
from larkgate.database.postgres import PostgresDatabase
from larkgate.queue import Arrival, NewJob, Pruned, Retention, Selection, Settlement, State, Stored
from larkgate.queue.postgres import PostgresStore
from larkgate.queue.postgres_operations import PostgresOperations
from larkgate.secret import Secret
from postgres_server import Server

KEPT_NOTHING = Retention(done=0.0, dead=0.0)


@pytest.fixture
async def site(postgres: Server) -> AsyncIterator[PostgresSite]:
    async with postgres_site(postgres) as site:
        yield site


@pytest.fixture
def operations(site: PostgresSite) -> PostgresOperations:
    """Those of a process that is no node."""
    return PostgresOperations(site.database)


async def ids_of(operations: PostgresOperations, *wanted: str) -> list[int]:
    return [row.id for row in await operations.select(Selection(keys=wanted))]


async def bury(site: PostgresSite, key: str, lane: str = "lane") -> None:
    await site.store.accept(arrival(key, lane))
    assert await settle(site, await take_one(site), "dead", result="no")


class TestNodesAreTold:
    """At once: their time stands still, so that nobody polls."""

    async def test_of_work(self, site: PostgresSite, operations: PostgresOperations) -> None:
        await bury(site, "e")
        claims = site.store.claim("q", 1)
        await site.clock.settle()
        assert not claims.done()
        await operations.retry(await ids_of(operations, "e"))
        async with asyncio.timeout(10):
            assert keys(await claims) == ["d:e"]

    async def test_of_the_end_of_a_pause(
        self, site: PostgresSite, operations: PostgresOperations
    ) -> None:
        await operations.pause("q", "inspection")
        await site.store.accept(arrival("e"))
        claims = site.store.claim("q", 1)
        await site.clock.settle()
        assert not claims.done()
        await operations.resume("q")
        async with asyncio.timeout(10):
            assert keys(await claims) == ["d:e"]

    async def test_of_what_was_discarded(
        self, site: PostgresSite, operations: PostgresOperations
    ) -> None:
        await site.store.accept(arrival("e"))
        ended = site.store.ended("d:e")
        await site.clock.settle()
        assert not ended.done()
        await operations.discard(await ids_of(operations, "e"), "no")
        async with asyncio.timeout(10):
            assert await ended == Stored("d:e", "withdrawn", "no")

    async def test_of_more_than_a_notice_can_hold(
        self, site: PostgresSite, operations: PostgresOperations
    ) -> None:
        for number in range(50):
            key = f"{number}-{'x' * 200}"
            await site.store.accept(Arrival(event(key), (NewJob(key, f"q:{key}", "l"),)))
        claims = site.store.claim("q:49-" + "x" * 200, 1)
        async with asyncio.timeout(10):
            [claim] = await claims
        await site.store.settle(Settlement(claim, "dead"))
        claims = site.store.claim("q:49-" + "x" * 200, 1)
        await site.clock.settle()
        rows = await operations.select(Selection(queue="q:", limit=100))
        assert len(await operations.retry([row.id for row in rows])) == 50
        async with asyncio.timeout(10):
            assert len(await claims) == 1


async def test_nodes_are_listed(site: PostgresSite, operations: PostgresOperations) -> None:
    database, other = await site.another()
    nodes = await operations.nodes()
    assert {node.id for node in nodes} == {site.store.node, other.node}
    assert {(n.host, n.pid, n.role, n.version, n.routers) for n in nodes} == {NODE}
    assert all(node.started <= site.clock.now() < node.lease_until for node in nodes)
    await other.close()
    await database.close()
    assert [node.id for node in await operations.nodes()] == [site.store.node]


async def test_a_trace_names_the_node(site: PostgresSite, operations: PostgresOperations) -> None:
    await site.store.accept(arrival("e"))
    await take_one(site)
    [trace] = await operations.trace("e")
    assert trace.node == site.store.node


class TestPruningBesideOthers:
    async def test_one_node_at_a_time(
        self, site: PostgresSite, operations: PostgresOperations
    ) -> None:
        await site.store.accept(arrival("e"))
        await work_off(site)
        await site.clock.advance(1)
        pruning = asyncio.Event()
        done = asyncio.Event()

        async def prune(connection: Any) -> None:
            await connection.fetchval("select pg_advisory_xact_lock(7524110938)")
            pruning.set()
            await done.wait()

        other = asyncio.create_task(site.database.transact(prune))
        await pruning.wait()
        assert await operations.prune(KEPT_NOTHING) == Pruned(0, 0, more=False)
        done.set()
        await other
        assert await operations.prune(KEPT_NOTHING) == Pruned(1, 1, more=True)

    async def test_what_somebody_replays_stays(
        self, site: PostgresSite, operations: PostgresOperations
    ) -> None:
        """Its event is locked, and passed over."""
        await site.store.accept(arrival("e"))
        await work_off(site)
        await site.clock.advance(1)

        async def replay_meanwhile(connection: Any) -> None:
            statement = "select id from larkgate.event for key share"
            await connection.fetch(statement)
            assert (await operations.prune(KEPT_NOTHING)).events == 0

        await site.database.transact(replay_meanwhile)
        assert await operations.replay(await ids_of(operations, "e"), "g") == ["d:e~g"]


class TestAllAtOnce:
    """In real time, over several connections: nobody waits for ever, nothing is lost."""

    @pytest.fixture
    async def url(self, postgres: Server) -> AsyncIterator[str]:
        async with new_database(postgres, virtual=False) as url:
            await prepare(url)
            yield url

    async def test_workers_and_operators_in_the_same_lanes(self, url: str) -> None:
        clock = SystemClock()
        async with PostgresDatabase(Secret(url), clock, []) as database:
            store = PostgresStore(database, clock, NODE)
            await store.open()
            operations = PostgresOperations(database, store)
            done: set[str] = set()

            async def work(queue: str) -> None:
                while True:
                    for claim in await store.claim(queue, 5):
                        state: State = "dead" if len(done) % 4 == 0 else "done"
                        effects = (NewJob(f"{claim.job.key}#1", "send:x", claim.job.lane),)
                        jobs = effects if queue != "send:x" else ()
                        await store.settle(Settlement(claim, state, jobs=jobs))
                        done.add(claim.job.key)

            async def deliver() -> None:
                for start in range(0, 300, 20):
                    numbers = range(start, start + 20)
                    pushes = [arrival(str(n), f"l{n % 7}", queue="app:a") for n in numbers]
                    await asyncio.gather(*map(store.accept, pushes))

            async def order() -> None:
                for number in range(60):
                    rows = await operations.select(Selection(limit=40))
                    ids = [row.id for row in rows]
                    await operations.discard(ids[:3], "no")
                    await operations.retry(ids)
                    await operations.replay(ids[:2], f"g{number % 3}")
                    await operations.prune(KEPT_NOTHING, batch=5)

            async with asyncio.timeout(60):
                workers = [asyncio.create_task(work(queue)) for queue in ("app:a", "send:x")]
                await asyncio.gather(deliver(), order(), order())
                while any(queue.waiting or queue.running for queue in await operations.queues()):
                    await clock.sleep(0.02)
                for worker in workers:
                    worker.cancel()
                await asyncio.wait(workers)
            assert len(done) > 250
            await store.close()
