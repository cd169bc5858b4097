from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from larkgate import texts
from larkgate.protocol.endpoint import (
    ClientConfig,
    Endpoint,
    Refusal,
    answer,
    handshake_refusal,
    request_body,
)
from larkgate.secret import Secret

URL = (
    "wss://msg-frontier.feishu.cn/ws/v2?fpid=493&device_id=42&access_key=abc"
    "&service_id=33554678&ticket=t-1"
)


def body(code: object = 0, msg: object = "", **data: Any) -> bytes:
    return msgspec.json.encode({"code": code, "msg": msg, "data": data})


def endpoint(url: str = URL, **config: Any) -> Endpoint | Refusal:
    return answer(200, body(URL=url, ClientConfig=config), ClientConfig())


def refusal(status: int, sent: bytes) -> Refusal:
    found = answer(status, sent, ClientConfig())
    assert isinstance(found, Refusal)
    assert str(found.reason)
    return found


def test_the_request() -> None:
    sent = request_body("cli_1", Secret('with "quotes"'))
    assert msgspec.json.decode(sent) == {"AppID": "cli_1", "AppSecret": 'with "quotes"'}


def test_an_endpoint() -> None:
    found = endpoint(PingInterval=90)
    assert isinstance(found, Endpoint)
    assert found.url.reveal() == URL
    assert (found.host, found.service_id, found.device_id) == (
        "wss://msg-frontier.feishu.cn",
        33554678,
        "42",
    )
    assert found.config.ping_interval == 90
    assert "ticket" not in repr(found)


def test_host_and_port_of_any_server() -> None:
    for url, host in [
        ("ws://127.0.0.1:8080/ws?service_id=1", "ws://127.0.0.1:8080"),
        ("wss://[::1]:443/ws?service_id=1", "wss://[::1]:443"),
        ("wss://user:word@example.com/?service_id=1", "wss://example.com"),
    ]:
        found = endpoint(url)
        assert isinstance(found, Endpoint)
        assert found.host == host


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"URL": None},
        {"URL": ""},
        {"URL": "https://example.com/?service_id=1"},
        {"URL": "wss:///?service_id=1"},
        {"URL": "wss://example.com/"},
        {"URL": "wss://example.com/?service_id=x"},
        {"URL": "wss://example.com:99999/?service_id=1"},
        {"URL": "wss://[1/?service_id=1"},
        {"URL": 5},
    ],
)
def test_an_answer_without_a_usable_url_is_tried_again(data: dict[str, Any]) -> None:
    found = refusal(200, body(**data))
    assert (found.terminal, found.reason.key) == (False, "longconn.endpoint_without_url")


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    ("code", "terminal", "key"),
    [
        (1, False, "longconn.platform_busy"),
        (1000040343, False, "longconn.platform_error"),
        (1000040344, True, "longconn.no_credentials"),
        (1000040345, True, "longconn.bad_credentials"),
        (1000040350, True, "longconn.too_many_connections"),
        (1000040351, False, "longconn.platform_busy"),
        (403, True, "longconn.forbidden"),
    ],
)
def test_a_known_code_means_the_same_under_every_status(
    status: int, code: int, terminal: bool, key: str
) -> None:
    found = refusal(status, body(code, "app_id or app_secret\nis invalid"))
    assert (found.terminal, found.reason.key) == (terminal, key)
    assert "app_id or app_secret is invalid" in str(found.reason)


@pytest.mark.parametrize(
    ("status", "sent", "terminal", "key"),
    [
        (200, body(12345), False, "longconn.unknown_code"),
        (200, b"<html>please log in</html>", False, "longconn.endpoint_unreadable"),
        (200, b"[]", False, "longconn.endpoint_unreadable"),
        (200, body("0"), False, "longconn.endpoint_unreadable"),
        (200, b"[" * 100_000, False, "longconn.endpoint_unreadable"),
        (302, b"", False, "longconn.endpoint_failed"),
        (429, b"", False, "longconn.endpoint_failed"),
        (407, b"", False, "longconn.endpoint_failed"),
        (500, b"", False, "longconn.endpoint_failed"),
        (503, b"<html>", False, "longconn.endpoint_failed"),
        (500, body(0, URL=URL), False, "longconn.endpoint_failed"),
        (400, body(10003, "invalid param"), True, "longconn.endpoint_refused"),
        (404, b"404 page not found", True, "longconn.endpoint_refused"),
    ],
)
def test_other_answers(status: int, sent: bytes, terminal: bool, key: str) -> None:
    found = refusal(status, sent)
    assert (found.terminal, found.reason.key) == (terminal, key)


@pytest.mark.parametrize(
    ("headers", "terminal", "key"),
    [
        ({"Handshake-Status": "403", "Handshake-Msg": "banned"}, True, "longconn.forbidden"),
        (
            {"handshake-status": "514", "Handshake-Autherrcode": "1000040350"},
            True,
            "longconn.too_many_connections",
        ),
        (
            {"Handshake-Status": "514", "Handshake-Autherrcode": "1000040343"},
            False,
            "longconn.ticket_refused",
        ),
        ({"Handshake-Status": "514"}, False, "longconn.ticket_refused"),
        (
            {"Handshake-Status": "514", "Handshake-Autherrcode": "x"},
            False,
            "longconn.ticket_refused",
        ),
        ({"Handshake-Status": "500"}, False, "longconn.handshake_refused"),
        ({"Handshake-Status": "٥"}, False, "longconn.handshake_refused"),
        ({}, False, "longconn.handshake_refused"),
    ],
)
def test_refused_handshakes(headers: dict[str, str], terminal: bool, key: str) -> None:
    found = handshake_refusal(403, headers)
    assert (found.terminal, found.reason.key) == (terminal, key)
    assert str(found.reason)


def test_what_the_platform_says_is_shown_as_one_short_line() -> None:
    said = str(refusal(200, body(1, "a\nb\x1b[31m" + "c" * 1000)).reason)
    assert "a b[31mccc" in said
    assert len(said) < 300


def test_the_config_is_merged_key_by_key() -> None:
    config = ClientConfig(ping_interval=90, reconnect_count=5)
    assert config.updated_by(b'{"ReconnectNonce":7}') == ClientConfig(90, 7, 120, 5)
    assert config.updated_by(b'{"PingInterval":true,"ReconnectCount":"3"}') == config
    assert config.updated_by(b'{"PingInterval":null,"ReconnectInterval":1.5}') == config
    assert config.updated_by(b"no json") == config


@pytest.mark.parametrize("seconds", [b"0", b"-1"])
def test_an_interval_of_pings_that_is_none_leaves_the_one_in_force(seconds: bytes) -> None:
    config = ClientConfig(ping_interval=90)
    assert config.updated_by(b'{"PingInterval":%b}' % seconds) == config


def test_the_config_is_clamped() -> None:
    sent = b'{"PingInterval":1,"ReconnectNonce":-1,"ReconnectInterval":-9,"ReconnectCount":-7}'
    assert ClientConfig().updated_by(sent) == ClientConfig(1, 0, 1, -1)
    sent = b'{"PingInterval":%d,"ReconnectCount":%d}' % (10**30, 10**30)
    assert ClientConfig().updated_by(sent) == ClientConfig(86_400, 30, 120, 2**31 - 1)


@given(
    st.integers(100, 599),
    st.binary(max_size=50)
    | st.builds(
        body,
        st.integers() | st.none() | st.text(max_size=3),
        st.text(max_size=5) | st.integers(),
        URL=st.text(max_size=20) | st.just(URL) | st.none(),
        ClientConfig=st.none() | st.dictionaries(st.text(max_size=3), st.integers()),
    ),
)
def test_every_answer_is_an_endpoint_or_a_reason(status: int, sent: bytes) -> None:
    found = answer(status, sent, ClientConfig())
    if isinstance(found, Refusal):
        assert str(found.reason)


def test_every_reason_is_said_in_both_languages() -> None:
    for zh, en in texts.table().values():
        assert zh
        assert en
