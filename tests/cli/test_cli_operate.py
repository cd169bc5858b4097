"""`larkgate queue` on a store on which nobody works, from its arguments to its exit status."""

from __future__ import annotations

import asyncio
import json
import os
import pty
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from larkgate import cli, config
from larkgate.clock import SystemClock, VirtualClock
from larkgate.database import DirectoryLock, open_directory
from larkgate.gateway.stores import Stores, open_stores
from larkgate.queue import Arrival, Event, NewJob, Settlement

APP_ID = "cli_a1b2c3d4e5f60718"
SEND = f"send:{APP_ID}"
DESK = f"desk:{APP_ID}/message/"
DAY = 86_400.0


class Result(NamedTuple):
    status: int
    out: str
    error: str


class Place:
    """A directory with settings and a store, in which commands are called."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self.file = directory / "data/larkgate/larkgate.db"
        self._capsys = capsys

    def queue(self, *arguments: str) -> Result:
        return self.larkgate("queue", *arguments)

    def larkgate(self, *arguments: str) -> Result:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.argv", ["larkgate", *arguments])
            with pytest.raises(SystemExit) as ended:
                cli.main()
        said = self._capsys.readouterr()
        return Result(int(ended.value.code or 0), said.out, said.err)

    def read(self, *arguments: str) -> Any:
        """What programs read of a command that does its work."""
        result = self.queue(*arguments, "--json")
        assert (result.status, result.error) == (0, ""), result
        return json.loads(result.out)

    def work(self, do: Callable[[Stores], Awaitable[None]], days_ago: float = 0) -> None:
        """Open the store itself, as it was some days ago."""

        async def open_and_do() -> None:
            found = config.load(self.directory, os.environ)
            open_directory(found.gateway.data)
            past = VirtualClock(SystemClock().now() - days_ago * DAY)
            async with open_stores(found, past) as stores:
                await do(stores)

        asyncio.run(open_and_do())


@pytest.fixture
def place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Place:
    for name in os.environ:
        if name.startswith(("LARKGATE_", "FEISHU_", "LC_", "LANG", "DATABASE_URL")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FEISHU_APP_ID", APP_ID)
    monkeypatch.setenv("FEISHU_APP_SECRET", "secret")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path, capsys)


@pytest.fixture
def stored(place: Place) -> Place:
    """A message that is a dead letter (1), one that waits (2), an effect that is done (3)."""

    async def store(stores: Stores) -> None:
        await delivered(stores, "om_1")
        await ended(stores, "app:desk", "dead", "没有这个工单")
        await delivered(stores, "om_2")
        await stores.store.add(NewJob("effect", SEND, "oc_1"))
        await ended(stores, SEND, "done", '{"message_id":"om_9"}')

    place.work(store)
    return place


async def delivered(stores: Stores, name: str) -> None:
    """An event that waits for the app."""
    now = stores.store.now()
    event = Event(f"{APP_ID}/message/{name}", APP_ID, "im.message.receive_v1", now, "{}")
    await stores.store.accept(Arrival(event, (NewJob(f"desk:{event.key}", "app:desk", name),)))


async def ended(stores: Stores, queue: str, state: Any, result: str | None = None) -> None:
    """The next job of a queue has come to this end."""
    [claim] = await stores.store.claim(queue, 1)
    error = result if state == "dead" else None
    assert await stores.store.settle(Settlement(claim, state, error=error, result=result))


def states(place: Place) -> dict[int, str]:
    return {row["id"]: row["state"] for row in place.read("list")}


def test_looking_makes_nothing(place: Place) -> None:
    looked = place.queue()
    assert (looked.status, "no queue yet" in looked.out) == (0, True)
    assert place.queue("list").status == 1
    assert not (place.directory / "data").exists()


def test_looking_takes_no_lock(stored: Place) -> None:
    async def look(stores: Stores) -> None:
        for arguments in (("status",), ("list",), ("show", "om_1")):
            result = await asyncio.to_thread(stored.queue, *arguments)
            assert (result.status, result.error) == (0, "")

    stored.work(look)


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), [3, 2, 1]),
        (("--limit", "2"), [3, 2]),
        (("--app", "desk"), [2, 1]),
        (("--queue", "send:"), [3]),
        (("--state", "dead", "--state", "done"), [3, 1]),
        (("--lane", "om_2"), [2]),
        (("--type", "im.message.receive_v1", "--since", "1h"), [2, 1]),
        (("om_1",), [1]),
        (("1", "effect", f"{DESK}om_2"), [3, 2, 1]),
    ],
    ids=str,
)
def test_a_list_holds_what_was_asked_for(
    stored: Place, arguments: tuple[str, ...], found: list[int]
) -> None:
    assert [row["id"] for row in stored.read("list", *arguments)] == found


def test_filters_retry_dead_letters_and_names_what_waits_as_well(stored: Place) -> None:
    looked = stored.queue("retry", "--app", "desk", "--dry-run")
    assert (looked.status, looked.error) == (0, "Jobs concerned: 1. Nothing was changed.\n")
    assert states(stored) == {1: "dead", 2: "open", 3: "done"}
    assert stored.read("retry", "om_2") == {"keys": [f"{DESK}om_2"]}
    done = stored.queue("retry", "--app", "desk")
    assert done.out.splitlines()[0] == "to be run again: 1"
    assert "begins with the next `larkgate run`" in done.out
    assert states(stored) == {1: "open", 2: "open", 3: "done"}


@pytest.fixture
def tried(place: Place) -> Place:
    """An effect that has left, and died without an answer."""

    async def store(stores: Stores) -> None:
        await stores.store.add(NewJob("k", SEND, "oc_1", '{"verb":"send","target":"oc_1"}'))
        [claim] = await stores.store.claim(SEND, 1)
        assert await stores.store.begin(claim)
        await stores.store.settle(Settlement(claim, "dead", error="no answer"))

    place.work(store)
    return place


@pytest.mark.parametrize(("said", "status", "state"), [("n", 1, "dead"), ("y", 0, "open")])
def test_a_person_is_asked_before_something_may_be_seen_twice(
    tried: Place, said: str, status: int, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, f"{said}\n".encode())
    with os.fdopen(ours, "w"), os.fdopen(theirs) as terminal, monkeypatch.context() as patch:
        patch.setattr("sys.stdin", terminal)
        answered = tried.queue("retry", "--queue", "send:")
    assert f"1  {SEND}  no answer" in answered.out
    assert "1 of these have left once already, and may be seen twice. Go on?" in answered.out
    assert (answered.status, states(tried)) == (status, {1: state})


def test_nobody_can_be_asked_in_a_script(tried: Place) -> None:
    refused = tried.queue("retry", "k")
    assert (refused.status, "--yes" in refused.error) == (1, True)
    assert states(tried) == {1: "dead"}
    assert tried.read("retry", "k", "--yes") == {"keys": ["k"]}


def test_discarding_says_why(stored: Place) -> None:
    gone = stored.read("discard", "--app", "desk", "--reason", "电话已答复")
    assert gone == {"keys": [f"{DESK}om_1"]}
    assert stored.queue("discard", "om_2").out == "discarded: 1\n"
    rows = stored.read("list", "--state", "withdrawn")
    assert [row["reason"] for row in rows] == ["decided by an operator", "电话已答复"]


def test_a_message_that_was_replayed_is_replayed_once_more_and_not_twice(stored: Place) -> None:
    async def again(stores: Stores) -> None:
        await ended(stores, "app:desk", "done")
        await stores.operations.replay([2], "before")
        await ended(stores, "app:desk", "done")

    stored.work(again)
    assert len(stored.read("list", "om_2")) == 2
    assert stored.read("replay", "om_2", "--yes")["deliveries"] == 1
    [job] = stored.read("list", "--queue", "replay")
    assert job["state"] == "open"


def test_what_is_replayed_is_what_was_delivered(stored: Place) -> None:
    plan = json.loads(stored.queue("replay", "--state", "dead", "--dry-run", "--json").out)
    assert [row["id"] for row in plan["jobs"]] == [1]
    assert stored.queue("list", "--queue", "replay").status == 1


def test_a_pause_lasts_and_is_ended(stored: Place) -> None:
    assert stored.queue("pause", "--app", "desk", "--reason", "维护").status == 0
    [row] = [row for row in stored.read()["queues"] if row["name"] == "app:desk"]
    assert (row["waiting"], row["paused"], row["until"]) == (1, "维护", None)
    assert stored.queue("resume", "app:desk").out == "queue app:desk goes on\n"
    assert [row["paused"] for row in stored.read()["queues"]] == ["", ""]


def test_only_what_is_over_for_long_enough_is_deleted(place: Place) -> None:
    async def store(stores: Stores) -> None:
        await asyncio.gather(*(delivered(stores, f"om_{number}") for number in range(1200)))
        over = 0
        while over < 1200:
            claims = await stores.store.claim("app:desk", 1200)
            await asyncio.gather(*(stores.store.settle(Settlement(c, "done")) for c in claims))
            over += len(claims)
        await delivered(stores, "om_dead")
        await ended(stores, "app:desk", "dead")
        await delivered(stores, "om_waits")

    place.work(store, days_ago=10)
    assert place.read("prune") == {"events": 1200, "jobs": 1200}
    assert place.read("prune", "--older-than", "2d") == {"events": 1, "jobs": 1}
    [left] = place.read("list")
    assert left["key"] == f"{DESK}om_waits"


def test_a_new_name_gets_what_waits(stored: Place) -> None:
    assert stored.read("move", "desk", "kiosk") == {"moved": 1}
    [waits] = stored.read("list", "--state", "open")
    assert waits["queue"] == "app:kiosk"


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("show", "om_nobody"), 1, "larkgate queue list"),
        (("retry", "4711"), 1, "larkgate queue list"),
        (("list", "--app", "desk", "--state", "done"), 1, "larkgate queue status"),
        (("retry",), 2, "--since"),
        (("discard", "--limit", "5"), 2, "--since"),
        (("replay", "--since", "soon"), 2, "2h"),
        (("replay", "--queue", "send:", "--yes"), 1, "larkgate queue retry"),
        (("replay", "om_1"), 1, "--yes"),
        (("replay", "om_1", "--json"), 1, "--yes"),
        (("retry", "effect"), 1, "larkgate queue replay"),
        (("pause",), 2, "--app"),
        (("pause", "app:desk", "--app", "desk"), 2, "--app"),
        (("pause", "--app", "dsk"), 1, "app:desk"),
        (("resume", "nothing-like-it"), 1, "app:desk"),
        (("move", "desk", "two words"), 2, "two words"),
        (("move", "dsk", "kiosk"), 1, "app:desk"),
        (("prune", "--older-than", "7h"), 2, "8h"),
        (("prune", "--older-than", "long"), 2, "30d"),
    ],
    ids=str,
)
def test_one_sentence_says_what_is_wrong_and_what_to_do(
    stored: Place,
    arguments: tuple[str, ...],
    status: int,
    said: str,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LARKGATE_LANG", language)
    before = states(stored)
    refused = stored.queue(*arguments)
    assert refused.status == status, refused
    usage, sentence = refused.error.splitlines()[:-1], refused.error.splitlines()[-1]
    assert said in sentence
    assert any("\u4e00" <= each <= "\u9fff" for each in sentence) == (language == "zh")
    assert bool(usage) == (status == 2)
    assert states(stored) == before


def test_a_store_that_another_process_holds(stored: Place) -> None:
    """One that starts, or ends: it does not answer, and does not let go."""
    with DirectoryLock(stored.file.parent):
        refused = stored.queue("pause", "--app", "desk")
    assert (refused.status, refused.error.count("\n")) == (2, 1)
    assert str(os.getpid()) in refused.error


def test_a_file_that_cannot_be_read(stored: Place) -> None:
    with sqlite3.connect(stored.file) as connection:
        connection.execute("drop table queue")
    connection.close()
    refused = stored.queue()
    assert (refused.status, refused.error.count("\n")) == (1, 1)
    assert str(stored.file) in refused.error
    assert "no such table" in refused.error


def test_a_database_that_is_not_there(place: Place) -> None:
    url = "postgresql://nobody@127.0.0.1:9/larkgate"
    (place.directory / "larkgate.toml").write_text(f'[store]\nurl = "{url}"\n')
    refused = place.queue()
    assert (refused.status, refused.error.count("\n")) == (1, 1), refused
    assert "127.0.0.1" in refused.error


def test_tables_are_brought_up_to_date_by_hand(place: Place) -> None:
    for new in (True, False):
        rooms = json.loads(place.larkgate("db", "upgrade", "--json").out)
        assert {room["room"] for room in rooms} == {"queue", "bot"}
        assert all((room["before"] == 0) == new for room in rooms)
        assert new or all(room["before"] == room["after"] for room in rooms)
