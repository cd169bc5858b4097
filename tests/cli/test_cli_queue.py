"""What the commands of `larkgate queue` show on a terminal of 80 columns, and whom they mean."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.cells import cell_len

from larkgate import config, texts
from larkgate.cli import look, output
from larkgate.cli.filters import Filters
from larkgate.cli.selecting import selection
from larkgate.cli.trace import print_trace, print_visible
from larkgate.clock import SystemClock
from larkgate.queue import AttemptRow, JobRow, NodeRow, QueueRow, Selection, Sizes, Trace

APP_ID = "cli_a1b2c3d4e5f60718"
NOON = datetime(2026, 11, 20, 12).timestamp()
ERROR = "没有这个工单：TSP-2024-0061，请检查工单表里是否有这一行，再重试一次"


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


def job(id: int, **more: Any) -> JobRow:
    row: dict[str, Any] = {
        "key": f"desk:{APP_ID}/message/om_{id}",
        "queue": "app:desk",
        "lane": f"{APP_ID}/oc_1//ou_1",
        "state": "dead",
        "running": False,
        "attempts": 5,
        "crashes": 0,
        "created_at": SystemClock().now() - 7300,
        "due": None,
        "type": "im.message.receive_v1",
        "reason": ERROR,
        "tried": False,
    }
    return JobRow(id=id, **row | more)


def trace(row: JobRow, **more: Any) -> Trace:
    values: dict[str, Any] = {
        "event_key": None,
        "account": None,
        "received_at": None,
        "claimed_at": None,
        "node": None,
        "body": "",
        "result": None,
        "attempts": (),
        "effects": (),
    }
    return Trace(job=row, **values | more)


def read(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The lines on the terminal; none is wider than it is."""
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert all(cell_len(line) <= 80 for line in lines)
    return lines


LISTS = {
    "en": [
        "   id  state    age  tries  queue                      reason",
        "─" * 80,
        "    7  running   2h      0  send:cli_a1b2c3d4e5f60718",
        "12345  dead      2h      5  app:desk                   没有这个工单：TSP-2024-00",
        "                                                       61，请检查工单表里是否有",
        "                                                       这一行，再重试一次",
    ],
    "zh": [
        " 编号  状态    多久前  次数  队列                       原因",
        "─" * 80,
        "    7  运行中      2h     0  send:cli_a1b2c3d4e5f60718",
        "12345  死信        2h     5  app:desk                   没有这个工单：TSP-2024-0",
        "                                                        061，请检查工单表里是否",
        "                                                        有这一行，再重试一次",
    ],
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_list(language: texts.Language, capsys: pytest.CaptureFixture[str]) -> None:
    texts.use(language)
    send = f"send:{APP_ID}"
    rows = [job(7, queue=send, state="open", running=True, attempts=0, reason=None), job(12345)]
    look.print_jobs(rows)
    assert read(capsys) == LISTS[language]


def test_a_list_says_when_a_job_is_due(capsys: pytest.CaptureFixture[str]) -> None:
    due = SystemClock().now() + 130
    look.print_jobs([job(1, state="open", due=due, reason="busy"), job(2, state="open", due=0)])
    later, now = read(capsys)[2:4]
    assert later.endswith("in 2m: busy")
    assert "in " not in now


def test_a_receipt_is_no_reason(capsys: pytest.CaptureFixture[str]) -> None:
    look.print_jobs([job(1, state="done", reason='{"message_id":"om_9","chat_id":"oc_1"}')])
    assert read(capsys)[-1].endswith("app:desk")


def test_words_of_others_do_not_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    look.print_jobs([job(1, reason="\x1b]0;owned\x07 [red]a[/] \u202eb\r\nc")])
    [line] = read(capsys)[2:]
    assert line.endswith("\ufffd]0;owned\ufffd [red]a[/] \ufffdb c")


LIVES = {
    "en": [
        f"desk:{APP_ID}/message/om_1",
        "number 1, queue app:desk",
        f"lane {APP_ID}/oc_1//ou_1",
        "11-20 12:00:00.000    received   im.message.receive_v1",
        "11-20 12:00:00.002    stored",
        "11-20 12:00:00.100    attempt 1  0.250 s",
        "                                 没有这个工单：TSP-2024-0061，请检查工单表里是否",
        "                                 有这一行，再重试一次",
        "11-20 12:00:05.000    attempt 2  1.500 s",
        "11-20 12:00:06.500    done",
        "  11-20 12:00:06.500  to do      #2 reply om_1",
        "  11-20 12:00:06.600  attempt 1  0.020 s",
        "  11-20 12:00:06.620  done       message_id om_9",
        "  11-20 12:00:06.500  to do      #3 send:cli_a1b2c3d4e5f60718",
        "                      queued",
    ],
    "zh": [
        f"desk:{APP_ID}/message/om_1",
        "编号 1，队列 app:desk",
        f"通道 {APP_ID}/oc_1//ou_1",
        "11-20 12:00:00.000    收到     im.message.receive_v1",
        "11-20 12:00:00.002    存下",
        "11-20 12:00:00.100    第 1 次  0.250 秒",
        "                               没有这个工单：TSP-2024-0061，请检查工单表里是否有",
        "                               这一行，再重试一次",
        "11-20 12:00:05.000    第 2 次  1.500 秒",
        "11-20 12:00:06.500    完成",
        "  11-20 12:00:06.500  要做     #2 reply om_1",
        "  11-20 12:00:06.600  第 1 次  0.020 秒",
        "  11-20 12:00:06.620  完成     message_id om_9",
        "  11-20 12:00:06.500  要做     #3 send:cli_a1b2c3d4e5f60718",
        "                      排队中",
    ],
}


def life() -> Trace:
    """One try failed, the next replied; a second effect still waits."""
    sent = NOON + 6.5
    send = {"queue": f"send:{APP_ID}", "created_at": sent, "type": None, "reason": None}
    body = '{"verb":"reply","target":"om_1","content":"{\\"text\\":\\"secret\\"}"}'
    runs = (
        AttemptRow(1, NOON + 0.1, NOON + 0.35, ERROR),
        AttemptRow(2, NOON + 5, sent, None),
    )
    effects = (
        trace(
            job(2, state="done", **send),
            body=body,
            result='{"message_id":"om_9"}',
            attempts=(AttemptRow(1, sent + 0.1, sent + 0.12, None),),
        ),
        trace(job(3, state="open", **send), body="of another kind"),
    )
    row = job(1, state="done", created_at=NOON + 0.002)
    return trace(row, received_at=NOON, attempts=runs, effects=effects)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_life(language: texts.Language, capsys: pytest.CaptureFixture[str]) -> None:
    texts.use(language)
    print_trace([life()])
    assert read(capsys) == LIVES[language]


@pytest.mark.parametrize(
    ("more", "end"),
    [
        ({"claimed_at": NOON, "node": "n1"}, "11-20 12:00:00.000  claimed   on n1"),
        ({"claimed_at": NOON}, "11-20 12:00:00.000  claimed"),
        ({"row": {"state": "open", "due": NOON}}, "11-20 12:00:00.000  due"),
        ({"row": {"state": "withdrawn"}, "result": "recalled"}, "  withdrawn  recalled"),
        (
            {"row": {"state": "dead"}, "result": "x", "attempts": (AttemptRow(1, 0, NOON, "x"),)},
            "11-20 12:00:00.000  dead",
        ),
    ],
    ids=str,
)
def test_how_a_life_stands(
    more: dict[str, Any], end: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row = job(1, **more.pop("row", {"state": "open"}))
    print_trace([trace(row, received_at=NOON, **more)])
    assert read(capsys)[-1].endswith(end)


def test_what_was_visible_is_told_without_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    print_visible([life()])
    assert read(capsys)[0] == "#1: reply om_1, done message_id om_9"


def queue(name: str, **more: Any) -> QueueRow:
    values: dict[str, Any] = dict.fromkeys(("waiting", "running", "done", "dead", "withdrawn"), 0)
    values |= {"oldest": None, "suspects": 0, "paused": "", "until": None, "owner": None}
    return QueueRow(name, **values | more)


def node(id: str, routers: str, left: float) -> NodeRow:
    until = SystemClock().now() + left
    return NodeRow(id, f"host-{id}", 4711, "all", "0.2.0", routers, NOON, until)


def test_how_the_queues_stand(capsys: pytest.CaptureFixture[str]) -> None:
    oldest = SystemClock().now() - 7300
    paused = "the price list is being changed"
    busy = queue("app:desk", waiting=1200, running=64, dead=3, oldest=oldest, paused=paused)
    held = queue(f"send:{APP_ID}", paused="App Secret", until=NOON)
    sizes = Sizes(3 << 30, {"job": 2 << 30, "event": 900 << 20, "lane": 5 << 10, "queue": 9}, None)
    look.print_status(look.Status([busy, held], [], sizes))
    assert read(capsys) == [
        "queue                      waiting  running  dead  oldest  paused",
        "─" * 80,
        "app:desk                      1200       64     3      2h  the price list is",
        "                                                           being changed",
        "send:cli_a1b2c3d4e5f60718        0        0     0          App Secret (until",
        "                                                           11-20 12:00:00.000)",
        "",
        "takes 3.0 GB · most in job 2.0 GB, event 900.0 MB, lane 5.0 KB",
    ]


def test_suspects_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    look.print_status(look.Status([queue("app:desk", suspects=2)], [], Sizes(0, {}, 1 << 40)))
    said = capsys.readouterr().out
    assert "queue app:desk: 2 lane(s) under suspicion" in said
    assert said.endswith("\ntakes 0 B · 1.0 TB free on the disk\n")


@pytest.mark.parametrize(("other", "told"), [("a", False), ("b", True)])
def test_nodes_and_whether_they_differ(
    other: str, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    nodes = [node("n1", "a", 25.5), node("n2", other, -1)]
    look.print_status(look.Status([], nodes, Sizes(0, {}, None)))
    said = capsys.readouterr().out
    lines = said.splitlines()
    assert lines[0] == "There is no queue yet: the first message makes one."
    assert lines[4].split() == ["n1", "host-n1", "4711", "all", "0.2.0", "25s"]
    assert lines[5].split() == ["n2", "host-n2", "4711", "all", "0.2.0", "lapsed"]
    assert ("different handlers" in said) == told


@pytest.fixture
def two_accounts(tmp_path: Path) -> config.Config:
    accounts = "".join(f'[[feishu]]\napp_id = "cli_{n}"\napp_secret = "s"\n' for n in "ab")
    (tmp_path / "larkgate.toml").write_text(accounts, "utf-8")
    return config.load(tmp_path, {})


def test_a_message_id_means_its_event_on_any_account(two_accounts: config.Config) -> None:
    chosen = selection(Filters(keys=("om_1", "12", "desk:k")), two_accounts)
    assert chosen.keys == ("cli_a/message/om_1", "cli_b/message/om_1", "#12", "desk:k")


def test_filters_become_a_selection(two_accounts: config.Config) -> None:
    filters = Filters(app="desk", lane="oc_1", type="t", until="2026-11-20T12:00", limit=7)
    expected = Selection(
        queue="app:desk", lane="oc_1", type="t", until=NOON, limit=7, states=("dead",)
    )
    assert selection(filters, two_accounts, ("dead",)) == expected
    own = Filters(queue="send:", state=("done",))
    assert selection(own, two_accounts, ("dead",)) == Selection(
        queue="send:", states=("done",), limit=10_000
    )


@pytest.mark.parametrize(
    "filters", [Filters(queue="app:a", app="a"), Filters(since="soon"), Filters(until="25:00")]
)
def test_filters_that_make_no_sense(filters: Filters, two_accounts: config.Config) -> None:
    with pytest.raises(typer.BadParameter):
        selection(filters, two_accounts)


@pytest.mark.parametrize(
    ("filters", "restrict"),
    [
        (Filters(), False),
        (Filters(limit=5), False),
        (Filters(keys=("1",)), True),
        (Filters(state=("dead",)), True),
        (Filters(since="1h"), True),
    ],
)
def test_everything_is_not_meant_by_accident(filters: Filters, restrict: bool) -> None:
    assert filters.restrict == restrict


def test_programs_read_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    output.show([job(1, created_at=NOON)], True, lambda: None)
    [row] = json.loads(capsys.readouterr().out)
    assert (row["id"], row["reason"], row["created_at"]) == (1, ERROR, NOON)
