"""Each effect once, in order per chat, whatever the platform says or keeps to itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from outbox_platform import APP_ID, APP_SECRET, QUEUE, Platform, Post, drop, refuse, running

from larkgate.clock import VirtualClock
from larkgate.errors import LarkgateError
from larkgate.outbox import RETRIES, Effect, Pace


@pytest.fixture
async def platform(clock: VirtualClock) -> AsyncIterator[Platform]:
    async with running(clock) as platform:
        yield platform


@pytest.fixture
def closed_post(tmp_path: Path, clock: VirtualClock) -> Post:
    return Post(tmp_path / "larkgate.db", clock)


@pytest.fixture
async def post(closed_post: Post, platform: Platform) -> AsyncIterator[Post]:
    async with closed_post.open(platform.url) as post:
        yield post


async def test_a_message_into_a_chat(post: Post, platform: Platform) -> None:
    sent = await post.send("hello")
    await post.clock.settle()
    [call] = platform.calls
    assert (call.path, call.query) == ("/im/v1/messages", {"receive_id_type": "chat_id"})
    uuid = call.body.pop("uuid")
    assert call.body == {"receive_id": "oc_1", "msg_type": "text", "content": "hello"}
    assert 0 < len(uuid) <= 50
    assert await sent.message_id() == "om_1"


@pytest.mark.parametrize("in_thread", [True, False])
async def test_a_reply(post: Post, platform: Platform, in_thread: bool) -> None:
    effect = Effect("reply", "om_9", "oc_1", "text", "{}", in_thread=in_thread)
    sent = await post.outbox.store(APP_ID, "d#reply", effect, None)
    assert await sent.message_id() == "om_1"
    [call] = platform.calls
    assert call.path == "/im/v1/messages/om_9/reply"
    assert call.body["reply_in_thread"] is in_thread


async def test_the_first_content_stored_under_a_key_wins(post: Post, platform: Platform) -> None:
    for content in ("first", "second"):
        effect = Effect("send", "oc_1", "oc_1", "text", content)
        sent = await post.outbox.store(APP_ID, "d#1", effect, None)
        assert await sent.message_id() == "om_1"
    assert platform.texts == ["first"]


class TestReceipts:
    async def test_who_waits_is_told(self, post: Post) -> None:
        sent = await post.send("hello")
        waiting = [asyncio.create_task(sent.message_id()) for _ in range(3)]
        assert await asyncio.gather(*waiting) == ["om_1"] * 3

    async def test_who_asks_later_is_told(self, post: Post) -> None:
        sent = await post.send("hello")
        await post.clock.advance(3600)
        assert await sent.message_id(timeout=0.01) == "om_1"

    async def test_after_a_restart(self, closed_post: Post, platform: Platform) -> None:
        async with closed_post.open(platform.url) as post:
            await (await post.send("hello")).message_id()
        async with closed_post.open(platform.url) as post:
            assert await (await post.send("hello")).message_id() == "om_1"
        assert len(platform.calls) == 1

    async def test_it_is_not_waited_for_for_ever(self, post: Post, platform: Platform) -> None:
        platform.before += [refuse(230020)] * 20
        sent = await post.send("hello")
        waiting = asyncio.create_task(sent.message_id(timeout=5))
        await post.clock.advance(4.9)
        assert not waiting.done()
        await post.clock.advance(0.2)
        with pytest.raises(TimeoutError, match="230020"):
            await waiting
        await post.clock.advance(60)
        assert await sent.message_id() == "om_1"

    async def test_who_need_not_wait_is_told_at_once(self, post: Post, platform: Platform) -> None:
        """The next try comes later than they wait, whether they waited before it failed or not."""
        platform.before.append(refuse(10003))
        sent = await post.send("hello")
        early = asyncio.create_task(sent.message_id(timeout=200))
        await post.clock.settle()
        other = await post.send("other", "oc_2")
        late = asyncio.create_task(other.message_id(timeout=200))
        await post.clock.settle()
        assert (early.done(), late.done()) == (True, True)
        for waiting in (early, late):
            with pytest.raises(TimeoutError, match="FEISHU_APP_SECRET"):
                await waiting

    async def test_a_refusal_says_why(self, post: Post, platform: Platform) -> None:
        platform.before.append(refuse(230002, x_tt_logid="L1"))
        sent = await post.send("hello")
        with pytest.raises(LarkgateError, match=r"was not sent.*230002 L1"):
            await sent.message_id()
        with pytest.raises(LarkgateError, match=r"was not sent.*230002 L1"):
            await sent.message_id()


class TestOrder:
    async def test_in_a_chat_in_order_even_when_the_first_is_delayed(
        self, post: Post, platform: Platform
    ) -> None:
        platform.before.append(refuse(5000, 500))
        for number in range(4):
            await post.send(f"a{number}")
        await post.clock.settle()
        await post.send("b", "oc_2")
        await post.clock.settle()
        assert platform.texts == ["b"]
        await post.clock.advance(60)
        assert platform.texts == ["b", "a0", "a1", "a2", "a3"]

    async def test_the_limits_are_kept(self, closed_post: Post, platform: Platform) -> None:
        pace = Pace(per_second=10, per_minute=1000, per_chat=2)
        async with closed_post.open(platform.url, pace) as post:
            for number in range(60):
                await post.send(f"{number:02}", f"oc_{number % 6}")
            await post.clock.advance(30)
        times = [call.at for call in platform.calls]
        assert len(times) == 60
        assert max(sum(t <= u < t + 1 for u in times) for t in times) <= 10
        for chat in range(6):
            mine = [c for c in platform.calls if c.body["receive_id"] == f"oc_{chat}"]
            assert [call.body["content"] for call in mine] == [
                f"{number:02}" for number in range(chat, 60, 6)
            ]
            assert max(sum(a.at <= b.at < a.at + 1 for b in mine) for a in mine) <= 2


class TestEndings:
    @pytest.mark.parametrize(
        "fault", [refuse(5000, 500), refuse(230049), refuse(0, 502), drop], ids=str
    )
    async def test_what_may_work_in_a_moment_is_repeated(
        self, post: Post, platform: Platform, fault: object
    ) -> None:
        platform.before += [fault, fault, fault]  # type: ignore[list-item]
        await post.send("hello")
        await post.clock.advance(0.5 + 1 + 2)
        began = platform.calls[0].at
        assert [call.at - began for call in platform.calls] == [0, 0.5, 1.5, 3.5]
        assert len({call.body["uuid"] for call in platform.calls}) == 1
        assert (await post.state("hello"))[0] == "done"

    async def test_an_answer_that_was_lost_makes_no_second_message(
        self, post: Post, platform: Platform
    ) -> None:
        platform.after += [drop, refuse(5000, 500), drop]
        sent = await post.send("hello")
        await post.clock.advance(10)
        assert await sent.message_id() == "om_1"
        assert len(platform.calls) == 4
        assert platform.texts == ["hello"]

    async def test_a_platform_that_hangs(self, closed_post: Post) -> None:
        """A call has its time; then it is repeated with the same uuid."""
        heard: list[bytes] = []

        async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while data := await reader.read(1000):
                heard.append(data)
            writer.close()

        server = await asyncio.start_server(hang, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        async with server, closed_post.open(f"http://{host}:{port}") as post:
            await post.send("hello")
            await post.clock.advance(20)
            assert len(heard) >= 2
            assert (await post.state("hello"))[0] == "open"

    async def test_a_chat_that_is_too_busy_waits_alone(
        self, post: Post, platform: Platform
    ) -> None:
        platform.before.append(refuse(230020, 400, x_ogw_ratelimit_reset="7"))
        await post.send("slow")
        await post.clock.settle()
        await post.send("other", "oc_2")
        await post.clock.advance(6.9)
        assert platform.texts == ["other"]
        await post.clock.advance(0.1)
        assert platform.texts == ["other", "slow"]

    async def test_a_chat_may_be_busy_for_long(self, post: Post, platform: Platform) -> None:
        """A group shares its limit among its bots: no attempt of ours was at fault."""
        platform.before += [refuse(230020)] * 120
        await post.send("patient")
        await post.clock.advance(150)
        assert platform.texts == ["patient"]

    async def test_an_account_that_is_too_fast_waits_as_a_whole(
        self, post: Post, platform: Platform
    ) -> None:
        platform.before.append(refuse(99991400, 429, x_ogw_ratelimit_reset="7"))
        await post.send("one")
        await post.clock.settle()
        await post.send("two", "oc_2")
        await post.clock.advance(6.9)
        assert platform.texts == []
        assert list(await post.store.pauses()) == [QUEUE]
        await post.clock.advance(0.1)
        assert sorted(platform.texts) == ["one", "two"]

    async def test_what_a_person_must_mend_is_held_for_as_long_as_it_takes(
        self, post: Post, platform: Platform
    ) -> None:
        platform.before += [refuse(10003)] * 50
        await post.send("hello")
        await post.clock.advance(49 * 300)
        [pause] = (await post.store.pauses()).values()
        assert pause.until
        assert pause.until > post.clock.now()
        assert "FEISHU_APP_SECRET" in pause.reason
        await post.clock.advance(600)
        assert platform.texts == ["hello"]

    async def test_what_never_works_is_a_dead_letter_and_the_chat_goes_on(
        self, post: Post, platform: Platform
    ) -> None:
        platform.before.append(refuse(230002))
        await post.send("never")
        await post.send("next")
        await post.clock.settle()
        state, reason = await post.state("never")
        assert state == "dead"
        assert "230002" in (reason or "")
        assert platform.texts == ["next"]

    async def test_nobody_there(self, closed_post: Post, platform: Platform) -> None:
        """Nothing left this machine: however long it takes, nothing is unknown."""
        async with running(closed_post.clock) as gone:
            pass
        async with closed_post.open(gone.url) as post:
            await post.send("hello")
            await post.clock.advance(3700)
            assert (await post.state("hello"))[0] == "open"
            assert "refuses" in (await post.store.pauses())[QUEUE].reason
            port = int(gone.url.rpartition(":")[2])
            async with running(post.clock, port) as back:
                await post.clock.advance(10)
                assert back.texts == ["hello"]


class TestUnknown:
    @pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999])
    async def test_after_50_minutes_a_person_decides(
        self, post: Post, platform: Platform, jitter: float
    ) -> None:
        """Later the platform would not recognise a repetition and make a second message."""
        post.jitter = jitter
        platform.after += [drop] * 1000
        await post.send("hello")
        await post.send("next")
        await post.clock.advance(3600)
        began = platform.calls[0].at
        tries = [call for call in platform.calls if call.body["content"] == "hello"]
        assert 45 * 60 < tries[-1].at - began <= 50 * 60
        assert len({call.body["uuid"] for call in tries}) == 1
        state, reason = await post.state("hello")
        assert state == "dead"
        assert "It is unknown whether the platform got it" in (reason or "")
        assert platform.texts == ["hello", "next"]

    async def test_a_long_pause_in_between_counts(self, post: Post, platform: Platform) -> None:
        """A held try may not make us forget that an earlier one may have succeeded."""
        platform.after += [drop]
        await post.send("hello")
        await post.clock.settle()
        platform.before += [refuse(10003)] * 100
        await post.clock.advance(3600)
        state, reason = await post.state("hello")
        assert (state, "unknown" in (reason or "")) == ("dead", True)
        assert platform.texts == ["hello"]

    async def test_waiting_in_line_does_not_count(self, post: Post, platform: Platform) -> None:
        platform.after += [drop] * 1000
        await post.send("first")
        await post.send("second")
        await post.clock.advance(3590)
        platform.after.clear()
        await post.clock.advance(600)
        assert (await post.state("second"))[0] == "done"


async def test_logs_tell_what_happened_and_not_what_was_said(
    post: Post, platform: Platform, caplog: pytest.LogCaptureFixture
) -> None:
    platform.before += [refuse(5000, 500), refuse(230002)]
    with caplog.at_level(logging.DEBUG, "larkgate"):
        await post.send("private words", "oc_1")
        await post.clock.advance(10)
        await post.send("more private words", "oc_1")
        await post.clock.advance(10)
    told = [record.__dict__.get("event") for record in caplog.records]
    told = [event for event in told if event and event.startswith(("outbox", "queue"))]
    assert told == ["queue.retry", "queue.dead", "outbox.sent"]
    assert "om_1" in caplog.text
    named = caplog.text.replace("d#more private words", "").replace("d#private words", "")
    assert "private" not in named, "the key names the effect, the text stays unsaid"
    assert APP_SECRET not in caplog.text


def test_tries_outlast_the_time_in_which_a_repetition_is_recognised() -> None:
    """Else the last one would be called a failure, when nobody knows."""
    assert sum(RETRIES.delays) * (1 - RETRIES.jitter) > 50 * 60


def test_the_content_is_what_the_platform_takes() -> None:
    stored = msgspec.json.encode(Effect("send", "oc_1", "oc_1", "text", '{"text":"好"}'))
    assert msgspec.json.decode(stored, type=Effect).content == '{"text":"好"}'
