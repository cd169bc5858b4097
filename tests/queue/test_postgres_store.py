"""What only the store on PostgreSQL has: nodes that share it, a server that goes away."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from postgres_site import NODE, ROOMS, PostgresSite, new_database, postgres_site
from queue_site import arrival, event, keys, take, take_one

from larkgate.clock import Clock, SystemClock, VirtualClock
from larkgate.database.postgres import PostgresDatabase
from larkgate.errors import StoreError, StoreFull
from larkgate.queue import Accepted, Arrival, Claim, NewJob, Settlement, Stored
from larkgate.queue.postgres import PostgresStore
from larkgate.secret import Secret
from pooling_proxy import pooling_proxy
from postgres_server import LocalServer, Server, local_server
from small_disk import may_mount, small_disk

LEASE = 30.0


@pytest.fixture
async def site(postgres: Server) -> AsyncIterator[PostgresSite]:
    async with postgres_site(postgres, lease=LEASE) as site:
        yield site


@asynccontextmanager
async def node(url: str, clock: Clock, lease: float = LEASE) -> AsyncIterator[PostgresStore]:
    async with PostgresDatabase(Secret(url), clock, ROOMS) as database:
        store = PostgresStore(database, clock, NODE, lease=lease)
        await store.open()
        yield store
        await store.close()


@pytest.fixture
async def stopped(site: PostgresSite) -> AsyncIterator[tuple[PostgresStore, VirtualClock]]:
    """Another node, whose time stands still as after SIGSTOP; and the clock to let it go on."""
    clock = VirtualClock(site.clock.now())
    async with node(site.url, clock) as store:
        yield store, clock


async def claim_of(store: PostgresStore, queue: str = "q") -> Claim:
    async with asyncio.timeout(10):
        [claim] = await store.claim(queue, 1)
        return claim


class TestLease:
    async def test_a_node_that_renews_keeps_its_lanes(self, site: PostgresSite) -> None:
        async with node(site.url, site.clock):
            await site.store.accept(arrival("e"))
            claim = await take_one(site)
            await site.clock.advance(10 * LEASE)
            assert await site.store.begin(claim)
            assert await site.store.settle(Settlement(claim, "done"))

    async def test_the_lanes_of_a_node_that_does_not_renew_are_taken(
        self, site: PostgresSite, stopped: tuple[PostgresStore, VirtualClock]
    ) -> None:
        await site.store.accept(arrival("e"))
        await claim_of(stopped[0])
        await site.clock.advance(LEASE - 1)
        assert await take(site) == []
        await site.clock.advance(2)
        job = (await take_one(site)).job
        assert (job.key, job.attempts, job.crashes) == ("d:e", 0, 1)

    async def test_who_comes_back_too_late_writes_nothing(
        self, site: PostgresSite, stopped: tuple[PostgresStore, VirtualClock]
    ) -> None:
        zombie, _ = stopped
        await site.store.accept(arrival("e"))
        claim = await claim_of(zombie)
        await site.clock.advance(LEASE + 1)
        effect = NewJob("s", "send", "chat")
        assert not await zombie.begin(claim)
        assert not await zombie.settle(Settlement(claim, "done", jobs=(effect,)))
        assert await site.store.find("s") is None
        owner = await take_one(site)
        assert not await zombie.begin(claim)
        assert not await zombie.settle(Settlement(claim, "dead"))
        assert await site.store.begin(owner)
        assert await site.store.settle(Settlement(owner, "done"))

    async def test_nor_stores_effects(
        self, site: PostgresSite, stopped: tuple[PostgresStore, VirtualClock]
    ) -> None:
        """Not while another runs it, and not when that is over; but who ended it may add more."""
        zombie, _ = stopped
        await site.store.accept(arrival("e"))
        lost = (await claim_of(zombie)).job
        await zombie.add(NewJob("in time", "send", "chat"), lost)
        await site.clock.advance(LEASE + 1)
        with pytest.raises(StoreError, match="another one runs it"):
            await zombie.add(NewJob("late", "send", "chat"), lost)
        owner = await take_one(site)
        with pytest.raises(StoreError):
            await zombie.add(NewJob("late", "send", "chat"), lost)
        await site.store.add(NewJob("ours", "send", "chat"), owner.job)
        await site.store.settle(Settlement(owner, "done"))
        with pytest.raises(StoreError):
            await zombie.add(NewJob("later", "send", "chat"), lost)
        await site.store.add(NewJob("after the end", "send", "chat"), owner.job)
        # What is there already is only looked up.
        assert (await zombie.add(NewJob("ours", "send", "chat"), lost)).key == "ours"
        assert [await site.store.find(key) for key in ("late", "later")] == [None, None]

    async def test_it_learns_that_it_was_taken_for_dead_and_goes_on(
        self, site: PostgresSite, stopped: tuple[PostgresStore, VirtualClock]
    ) -> None:
        """That was no crash, so what it ran is not charged."""
        zombie, clock = stopped
        lost: list[str] = []
        zombie.on_lost(lambda: lost.append(zombie.node))
        await site.store.accept(arrival("e"))
        await claim_of(zombie)
        before = zombie.node
        await site.clock.advance(LEASE + 1)
        assert lost == []
        await clock.advance(LEASE + 1)
        assert lost == [before]
        assert zombie.node != before
        claim = await claim_of(zombie)
        assert (claim.job.key, claim.job.crashes) == ("d:e", 0)
        assert await zombie.settle(Settlement(claim, "done"))

    async def test_a_stall_that_nobody_noticed_costs_nothing(self, site: PostgresSite) -> None:
        """As a laptop that slept: its lease has run out, but nobody else was there."""
        lost: list[int] = []
        site.store.on_lost(lambda: lost.append(1))
        await site.store.accept(arrival("e"))
        claim = await take_one(site)
        await site.run("update larkgate.node set lease_until = 0")
        await site.clock.advance(LEASE)
        assert await site.store.settle(Settlement(claim, "done"))
        assert lost == []

    async def test_a_stop_in_order_hands_over_at_once(self, site: PostgresSite) -> None:
        """Without any time passing, and uncharged."""
        async with node(site.url, site.clock) as other:
            await site.store.accept(arrival("e"))
            await claim_of(other)
            waiting = site.store.claim("q", 1)
            await site.clock.settle()
            assert not waiting.done()
        async with asyncio.timeout(10):
            [claim] = await waiting
        assert (claim.job.key, claim.job.crashes) == ("d:e", 0)

    async def test_killed_beside_many_nobody_is_guilty_killed_alone_it_is(
        self, site: PostgresSite
    ) -> None:
        await site.store.accept(arrival("killer"))
        for crashes in range(5):
            [claim] = await take(site)
            assert claim.job.crashes == crashes
            await site.crash()
        assert await take(site) == []
        found = await site.store.find("d:killer")
        assert found is not None
        assert found.state == "dead"
        assert "died 5 times" in str(found.result)


class TestNodes:
    async def test_they_share_the_work_and_no_lane_is_on_two(self, site: PostgresSite) -> None:
        lanes, each = 20, 10
        running: set[str] = set()
        done: dict[str, list[str]] = {}
        shares: Counter[str] = Counter()

        async def work(name: str, store: PostgresStore) -> None:
            while sum(map(len, done.values())) < lanes * each:
                try:
                    async with asyncio.timeout(0.2):
                        claims = await store.claim("q", 4)
                except TimeoutError:
                    continue
                for claim in claims:
                    assert claim.job.lane not in running
                    running.add(claim.job.lane)
                await asyncio.sleep(0)
                for claim in claims:
                    running.remove(claim.job.lane)
                    assert await store.settle(Settlement(claim, "done"))
                    done.setdefault(claim.job.lane, []).append(claim.job.key)
                shares[name] += len(claims)

        async with node(site.url, site.clock) as second, node(site.url, site.clock) as third:
            pushes = [arrival(f"{n:03}", lane=f"l{n % lanes}") for n in range(lanes * each)]
            await asyncio.gather(*map(site.store.accept, pushes))
            async with asyncio.timeout(30):
                await asyncio.gather(work("a", site.store), work("b", second), work("c", third))
        assert all(order == sorted(order) for order in done.values())
        assert sum(shares.values()) == lanes * each
        assert min(shares.values()) > 0

    async def test_a_notification_wakes_another_node(self, site: PostgresSite) -> None:
        async with node(site.url, site.clock) as other:
            waiting = other.claim("q", 1)
            await site.clock.settle()
            await site.store.accept(arrival("e"))
            async with asyncio.timeout(10):
                assert keys(await waiting) == ["d:e"]

    async def test_work_that_one_node_leaves_is_offered_to_others(self, site: PostgresSite) -> None:
        """The next job of a lane goes to whoever waits."""
        async with node(site.url, site.clock) as other:
            await site.store.accept(arrival("e1"))
            await site.store.accept(arrival("e2"))
            claim = await take_one(site)
            waiting = other.claim("q", 1)
            await site.clock.settle()
            await site.store.settle(Settlement(claim, "done"))
            async with asyncio.timeout(10):
                assert keys(await waiting) == ["d:e2"]

    async def test_an_exclusive_queue_is_one_node_s_until_it_stops(
        self, site: PostgresSite
    ) -> None:
        for number in range(4):
            await site.store.add(NewJob(f"k{number}", "send:a", f"l{number}"))
        async with node(site.url, site.clock) as owner:
            async with asyncio.timeout(10):
                assert len(await owner.claim("send:a", 2, exclusive=True)) == 2
            waiting = site.store.claim("send:a", 4, exclusive=True)
            await site.clock.advance(5)
            assert not waiting.done()
            async with asyncio.timeout(10):
                assert len(await owner.claim("send:a", 4, exclusive=True)) == 2
        async with asyncio.timeout(10):
            assert len(await waiting) == 4

    async def test_an_exclusive_queue_of_a_dead_node_is_free(
        self, site: PostgresSite, stopped: tuple[PostgresStore, VirtualClock]
    ) -> None:
        await site.store.add(NewJob("k1", "send:a", "1"))
        async with asyncio.timeout(10):
            await stopped[0].claim("send:a", 1, exclusive=True)
        waiting = site.store.claim("send:a", 1, exclusive=True)
        await site.clock.advance(LEASE + 2)
        assert keys(await waiting) == ["k1"]

    async def test_who_waits_for_an_end_hears_of_it_from_any_node(self, site: PostgresSite) -> None:
        async with node(site.url, site.clock) as other:
            await site.store.add(NewJob("k", "q", "l"))
            ended = site.store.ended("k")
            await site.clock.settle()
            claim = await claim_of(other)
            await other.settle(Settlement(claim, "done", result="answer"))
            async with asyncio.timeout(10):
                assert await ended == Stored("k", "done", "answer")

    async def test_a_recall_that_races_its_event(self, site: PostgresSite) -> None:
        """Whichever node is first, nobody runs what was recalled."""
        async with node(site.url, site.clock) as other:
            for number in range(40):
                recall = Arrival(event(f"recall{number}"), (), withdraws=f"e{number}")
                await asyncio.gather(
                    site.store.accept(recall), other.accept(arrival(f"e{number}", f"l{number}"))
                )
            assert await take(site) == []

    async def test_nobody_waits_for_each_other_in_a_circle(self, site: PostgresSite) -> None:
        """Three nodes accept and add into, begin and settle the same lanes, in all orders."""
        lanes, rounds, each = 12, 40, 6
        total = 3 * rounds * each
        settled: list[str] = []
        finished = asyncio.Event()

        async def door(name: str, store: PostgresStore) -> None:
            for n in range(rounds):
                pushes = [(f"{name}{n}-{m}", f"l{(m * 7 + n) % lanes}") for m in range(each)]
                further = [NewJob(f"{key}+", "s", lane) for key, lane in reversed(pushes)]
                await asyncio.gather(
                    *map(store.add, further), *(store.accept(arrival(*push)) for push in pushes)
                )

        async def end(store: PostgresStore, claim: Claim) -> None:
            assert await store.begin(claim)
            effect = NewJob(f"s:{claim.job.key}", "s", f"l{claim.job.id % lanes}")
            assert await store.settle(Settlement(claim, "done", jobs=(effect,)))
            settled.append(claim.job.key)

        async def work(store: PostgresStore) -> None:
            while True:
                claims = await store.claim("q", each)
                await asyncio.gather(*(end(store, claim) for claim in claims))
                if len(settled) == total:
                    finished.set()

        async with node(site.url, site.clock) as second, node(site.url, site.clock) as third:
            stores = {"a": site.store, "b": second, "c": third}
            workers = [asyncio.create_task(work(store)) for store in stores.values()]
            async with asyncio.timeout(60):
                await asyncio.gather(*(door(name, store) for name, store in stores.items()))
                await finished.wait()
            for worker in workers:
                worker.cancel()
            await asyncio.wait(workers)
        found = {(row.queue, row.state): row.jobs for row in await site.store.counts()}
        assert found == {("q", "done"): total, ("s", "open"): 2 * total}
        statement = "select deadlocks from pg_stat_database where datname = current_database()"
        [row] = await site.run(statement)
        assert row["deadlocks"] == 0


async def keep(store: PostgresStore, key: str, lane: str) -> None:
    """As a platform that pushes again until it is told that its event is kept."""
    while True:
        try:
            await store.accept(arrival(key, lane))
            return
        except StoreError:
            await asyncio.sleep(0.02)


async def work_through(store: PostgresStore, done: list[str], total: int) -> None:
    while len(done) < total:
        try:
            claims = await store.claim("q", 8)
        except StoreError:
            await asyncio.sleep(0.02)
            continue
        await asyncio.gather(*(end(store, claim, done) for claim in claims))


async def end(store: PostgresStore, claim: Claim, done: list[str]) -> None:
    while True:
        try:
            if await store.settle(Settlement(claim, "done")):
                done.append(claim.job.key)
            return
        except StoreError:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def own_server() -> AsyncIterator[tuple[LocalServer, str]]:
    """A server that may be stopped, and a database in it."""
    with local_server() as server:
        async with new_database(server, virtual=False) as url:
            yield server, url


class TestServer:
    async def test_a_restart_in_the_middle_loses_and_repeats_nothing(self) -> None:
        total, lanes = 300, 30
        async with own_server() as (server, url), node(url, SystemClock()) as store:
            done: list[str] = []
            worker = asyncio.create_task(work_through(store, done, total))
            for start in range(0, total, 100):
                numbers = range(start, start + 100)
                kept = asyncio.gather(*(keep(store, f"e{n:03}", f"l{n % lanes}") for n in numbers))
                await asyncio.sleep(0.01)
                await asyncio.to_thread(server.restart)
                await kept
            async with asyncio.timeout(30):
                await worker
            found = {(row.queue, row.state): row.jobs for row in await store.counts()}
        assert found == {("q", "done"): total}
        assert Counter(done) == Counter(f"d:e{n:03}" for n in range(total))

    async def test_connections_that_break_cost_nothing(self, postgres: Server) -> None:
        total, lanes = 200, 30
        async with new_database(postgres, virtual=False) as url, node(url, SystemClock()) as store:
            done: list[str] = []
            worker = asyncio.create_task(work_through(store, done, total))
            for start in range(0, total, 20):
                numbers = range(start, start + 20)
                kept = asyncio.gather(*(keep(store, f"e{n:03}", f"l{n % lanes}") for n in numbers))
                await break_connections(postgres, url)
                await kept
            async with asyncio.timeout(30):
                await worker
            found = {(row.queue, row.state): row.jobs for row in await store.counts()}
        assert found == {("q", "done"): total}
        assert Counter(done) == Counter(f"d:e{n:03}" for n in range(total))

    async def test_who_waits_through_an_outage_is_woken_after_it(self) -> None:
        async with (
            own_server() as (server, url),
            node(url, SystemClock()) as store,
            node(url, SystemClock()) as other,
        ):
            waiting = asyncio.create_task(wait_for_work(store))
            await asyncio.to_thread(server.restart)
            await keep(other, "e", "l")
            async with asyncio.timeout(10):
                assert keys(await waiting) == ["d:e"]

    async def test_without_notifications_it_asks(self) -> None:
        """As behind PgBouncer in transaction mode, where no session lasts."""
        async with own_server() as (server, direct), pooling_proxy(server.port) as port:
            url = f"postgresql://trusted@127.0.0.1:{port}/{direct.rpartition('/')[2]}"
            async with node(url, SystemClock()) as store, node(url, SystemClock()) as other:
                waiting = other.claim("q", 2)
                await store.accept(arrival("e1", "a"))
                async with asyncio.timeout(10):
                    [claim] = await waiting
                    ended = store.ended("d:e1")
                    assert await other.settle(Settlement(claim, "done", result="answer"))
                    assert await ended == Stored("d:e1", "done", "answer")


async def wait_for_work(store: PostgresStore) -> list[Claim]:
    while True:
        try:
            return await store.claim("q", 1)
        except StoreError:
            await asyncio.sleep(0.02)


async def break_connections(server: Server, url: str) -> None:
    database = url.rpartition("/")[2]
    await server.execute(
        f"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'"
    )


@pytest.mark.skipif(not may_mount(), reason="needs the right to mount a small disk")
async def test_a_full_disk_is_said_and_left_behind() -> None:
    """What was kept is still there, and once there is room it goes on."""
    with small_disk(32) as disk, local_server() as server:
        (disk / "reserve").write_bytes(bytes(4_000_000))
        tablespace = server.make_directory(disk / "space")
        await server.execute(f"create tablespace small location '{tablespace}'")
        async with server.database() as url:
            name = url.rpartition("/")[2]
            await server.execute(f"alter database {name} set tablespace small")
            async with node(url, SystemClock()) as store:
                kept = await fill(store)
                (disk / "reserve").unlink()
                await store.accept(arrival("last"))
                assert await store.accept(arrival(kept[0])) == Accepted(duplicate=True)
                found = {(row.queue, row.state): row.jobs for row in await store.counts()}
        assert found == {("q", "open"): len(kept) + 1}


async def fill(store: PostgresStore) -> list[str]:
    """Accept until it is refused; what was kept."""
    kept: list[str] = []
    while True:
        key = f"e{len(kept)}"
        try:
            await store.accept(arrival(key, payload=random.Random(key).randbytes(50_000).hex()))
        except StoreFull as error:
            assert "disk of PostgreSQL" in str(error)  # noqa: PT017 - the loop ends here only
            return kept
        kept.append(key)
