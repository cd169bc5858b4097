from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from dial_wire import CA, HttpProxy, SocksProxy, join, platform, tcp, tls

import larkgate.dial
from larkgate.clock import SystemClock, VirtualClock
from larkgate.dial import Dialer, HandshakeRefused, Proxies, Response
from larkgate.errors import DialError
from larkgate.version import __version__


@pytest.fixture
async def dialer() -> AsyncIterator[Dialer]:
    async with Dialer(SystemClock()) as dialer:
        yield dialer


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with platform() as port:
        yield port


@pytest.fixture
async def secure_port() -> AsyncIterator[int]:
    async with platform(tls()) as port:
        yield port


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Installs the tests' CA into the system's trust store, as OpenSSL finds it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CA))


def seen(answer: Response) -> Any:
    return json.loads(answer.body)


async def get(dialer: Dialer, url: str, timeout: float = 10) -> Response:
    return await dialer.request("GET", url, timeout=timeout)


async def refusal(dialer: Dialer, url: str) -> DialError:
    with pytest.raises(DialError) as caught:
        await get(dialer, url)
    return caught.value


async def refusal_behind(proxy: str) -> DialError:
    async with Dialer(SystemClock(), Proxies(all=proxy)) as dialer:
        return await refusal(dialer, "https://feishu.test/")


async def timed_out(url: str, proxies: Proxies | None = None) -> DialError:
    """What a request that gets no further ends with after 15 s."""
    clock = VirtualClock()
    async with Dialer(clock, proxies) as dialer:
        waiting = asyncio.ensure_future(get(dialer, url, timeout=15))
        await clock.advance(15)
        with pytest.raises(DialError) as caught:
            await waiting
    assert caught.value.key == "dial.timeout"
    return caught.value


async def unused_port() -> int:
    async with tcp(_hang_up) as port:
        return port


async def _hang_up(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    pass


async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")


async def test_a_request_arrives_as_it_was_given(dialer: Dialer, port: int) -> None:
    url = f"http://127.0.0.1:{port}/echo?status=418&q=a%2Bb"
    answer = await dialer.request("PUT", url, headers={"X-A": "1"}, json={"名": 1}, timeout=10)
    assert answer.status == 418
    assert answer.headers["CONTENT-type"].startswith("application/json")
    assert seen(answer)["method"] == "PUT"
    assert seen(answer)["path"].endswith("q=a%2Bb")
    assert seen(answer)["body"] == '{"名":1}'
    assert seen(answer)["headers"]["X-A"] == "1"
    assert seen(answer)["headers"]["Content-Type"] == "application/json; charset=utf-8"
    assert seen(answer)["headers"]["User-Agent"] == f"larkgate/{__version__}"


async def test_a_body_is_sent_untouched(dialer: Dialer, port: int) -> None:
    url = f"http://127.0.0.1:{port}/echo"
    answer = await dialer.request("POST", url, body=b"\x00raw", timeout=10)
    assert seen(answer)["body"] == "\x00raw"


async def test_an_answer_is_bounded(port: int) -> None:
    async with Dialer(SystemClock(), max_answer=1000) as dialer:
        assert len((await get(dialer, f"http://127.0.0.1:{port}/bytes/1000")).body) == 1000
        error = await refusal(dialer, f"http://127.0.0.1:{port}/bytes/1001")
    assert error.key == "dial.too_large"
    assert error.maybe_served


async def test_a_redirect_is_an_answer(dialer: Dialer, port: int) -> None:
    assert (await get(dialer, f"http://127.0.0.1:{port}/moved")).status == 302


async def test_a_connection_refused(dialer: Dialer) -> None:
    port = await unused_port()
    error = await refusal(dialer, f"http://127.0.0.1:{port}/")
    assert error.key == "dial.refused"
    assert not error.maybe_served
    assert f"127.0.0.1:{port}" in str(error)


async def test_a_name_without_address(dialer: Dialer) -> None:
    error = await refusal(dialer, "http://nowhere.invalid/")
    assert error.key == "dial.dns"
    assert not error.maybe_served
    assert "nowhere.invalid" in str(error)


@pytest.mark.parametrize(
    "url", ["", "open.feishu.cn", "ftp://feishu.test", "http://", "http://x:y"]
)
async def test_what_is_no_address(dialer: Dialer, url: str) -> None:
    error = await refusal(dialer, url)
    assert error.key == "dial.bad_url"
    assert not error.maybe_served


async def test_an_answer_cut_short(dialer: Dialer, port: int) -> None:
    error = await refusal(dialer, f"http://127.0.0.1:{port}/cut")
    assert error.key == "dial.closed"
    assert error.maybe_served


async def test_a_request_is_sent_once_even_if_nobody_answers(dialer: Dialer) -> None:
    seen = []

    async def hang_up(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"\r\n\r\n"))

    async with tcp(hang_up) as port:
        assert (await refusal(dialer, f"http://127.0.0.1:{port}/")).key == "dial.closed"
    assert len(seen) == 1


async def test_an_answer_that_is_not_http(dialer: Dialer) -> None:
    async with tcp(babble) as port:
        assert (await refusal(dialer, f"http://127.0.0.1:{port}/")).key == "dial.garbled"


@pytest.mark.parametrize("scheme", ["http", "ws"])
async def test_the_clock_ends_what_takes_too_long(port: int, scheme: str) -> None:
    clock = VirtualClock()
    url = f"{scheme}://127.0.0.1:{port}/hang"
    async with Dialer(clock) as dialer:
        if scheme == "http":
            waiting = asyncio.ensure_future(get(dialer, url, timeout=15))
        else:
            waiting = asyncio.ensure_future(dialer.websocket(url, timeout=15, max_size=9))  # type: ignore[arg-type]
        await clock.advance(14)
        assert not waiting.done()
        await clock.advance(2)
        with pytest.raises(DialError) as caught:
            await waiting
    assert caught.value.key == "dial.timeout"
    assert caught.value.maybe_served
    assert "15 s" in str(caught.value)


async def test_a_connection_that_takes_too_long_carried_no_request() -> None:
    async with tcp(say_nothing) as port:
        error = await timed_out(f"https://127.0.0.1:{port}/")  # no TLS handshake
    assert not error.maybe_served


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_takes_too_long_carried_no_request(scheme: str) -> None:
    async with tcp(say_nothing) as port:
        proxies = Proxies(all=f"{scheme}://u:p@127.0.0.1:{port}")
        error = await timed_out("https://feishu.test/", proxies)
    assert not error.maybe_served


async def test_a_connection_used_again_may_break_with_the_request_on_it(dialer: Dialer) -> None:
    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")

    async with tcp(answer_once) as port:
        url = f"http://127.0.0.1:{port}/"
        await get(dialer, url)
        error = await refusal(dialer, url)
    assert error.key == "dial.closed"
    assert error.maybe_served


async def test_one_request_says_nothing_of_another_beside_it() -> None:
    """Both are under way at once: one has left, the other still waits for its connection."""
    clock = VirtualClock()
    async with tcp(say_nothing) as port, Dialer(clock) as dialer:
        urls = [f"{scheme}://127.0.0.1:{port}/" for scheme in ("https", "http", "https")]
        waiting = [asyncio.ensure_future(get(dialer, url, timeout=15)) for url in urls]
        await clock.advance(15)
        errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert [getattr(error, "maybe_served", None) for error in errors] == [False, True, False]


async def test_a_websocket_answers_pings_by_itself_and_carries_bytes(
    dialer: Dialer, port: int
) -> None:
    ws = await dialer.websocket(f"ws://127.0.0.1:{port}/ws", timeout=10, max_size=1000)
    assert (await ws.receive()).data == "pong there?"
    await ws.send_bytes(b"\x00\xff")
    assert (await ws.receive()).data == b"\x00\xff"
    await ws.send_bytes(bytes(1001))
    too_large = await ws.receive()
    assert too_large.type is aiohttp.WSMsgType.ERROR
    await ws.close()


async def test_a_refused_handshake_keeps_its_status_and_headers(dialer: Dialer, port: int) -> None:
    url = f"ws://127.0.0.1:{port}/refused?ticket=hunter2"
    with pytest.raises(HandshakeRefused, match="514") as caught:
        await dialer.websocket(url, timeout=10, max_size=9)
    assert caught.value.status == 514
    assert caught.value.headers["handshake-status"] == "514"
    assert caught.value.headers["Handshake-Msg"] == "no"


async def test_a_handshake_follows_no_redirect(dialer: Dialer, port: int) -> None:
    with pytest.raises(HandshakeRefused) as caught:
        await dialer.websocket(f"ws://127.0.0.1:{port}/moved", timeout=10, max_size=9)
    assert caught.value.status == 302


async def test_no_traceback_quotes_the_url(dialer: Dialer) -> None:
    """A library's exception names the URL, and a long connection's URL is a credential."""
    ticket = "hunter2"
    async with tcp(babble) as port:
        url = f"ws://127.0.0.1:{port}/?ticket={ticket}"
        with pytest.raises(DialError) as caught:
            await dialer.websocket(url, timeout=9, max_size=9)
    assert ticket not in "".join(traceback.format_exception(caught.value))


async def test_a_certificate_nobody_vouches_for(dialer: Dialer, secure_port: int) -> None:
    error = await refusal(dialer, f"https://127.0.0.1:{secure_port}/echo")
    assert error.key == "dial.tls"
    assert not error.maybe_served
    assert "NO_PROXY" in str(error)


@pytest.mark.usefixtures("trusted")
async def test_a_ca_installed_in_the_system_is_trusted(dialer: Dialer, secure_port: int) -> None:
    assert (await get(dialer, f"https://127.0.0.1:{secure_port}/echo")).status == 200
    ws = await dialer.websocket(f"wss://127.0.0.1:{secure_port}/ws", timeout=10, max_size=1000)
    assert (await ws.receive()).data == "pong there?"
    await ws.close()


@pytest.mark.usefixtures("trusted")
async def test_tls_that_breaks_after_the_request_does_not_look_like_a_handshake(
    dialer: Dialer,
) -> None:
    """Who repeats calls must know that this one may have been served."""
    arrived = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()

    async def meddle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        joined = asyncio.ensure_future(join(reader, writer, server))
        await arrived.wait()
        writer.write(b"this is not TLS")
        await joined

    async with tcp(listen, tls()) as server, tcp(meddle) as meddler:
        error = await refusal(dialer, f"https://127.0.0.1:{meddler}/")
    assert error.key == "dial.closed"
    assert error.maybe_served


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_of_another_host(dialer: Dialer, secure_port: int) -> None:
    assert (await refusal(dialer, f"https://localhost:{secure_port}/")).key == "dial.tls_name"


@pytest.mark.usefixtures("trusted")
async def test_a_certificate_that_has_run_out(dialer: Dialer) -> None:
    async with platform(tls("test-only-expired.pem")) as port:
        error = await refusal(dialer, f"https://127.0.0.1:{port}/")
    assert error.key == "dial.tls_time"
    assert "expired" in str(error)


async def test_tls_where_none_is_spoken(dialer: Dialer, port: int) -> None:
    assert (await refusal(dialer, f"https://127.0.0.1:{port}/")).key == "dial.tls_handshake"


@pytest.mark.usefixtures("trusted")
async def test_an_http_proxy_with_login_carries_requests_and_websockets(secure_port: int) -> None:
    proxy = HttpProxy(secure_port, login="user:p@ss")
    async with tcp(proxy) as proxy_port:
        proxies = Proxies(https=f"http://user:p%40ss@127.0.0.1:{proxy_port}")
        async with Dialer(SystemClock(), proxies) as dialer:
            assert (await get(dialer, "https://feishu.test/echo")).status == 200
            ws = await dialer.websocket("wss://feishu.test/ws", timeout=10, max_size=1000)
            assert (await ws.receive()).data == "pong there?"
            await ws.close()
    assert set(proxy.connected) == {"feishu.test:443"}


@pytest.mark.usefixtures("trusted")
async def test_a_socks_proxy_carries_requests_and_websockets(secure_port: int) -> None:
    proxy = SocksProxy(secure_port, login=(b"user", b"p@ss"))
    async with tcp(proxy) as proxy_port:
        proxies = Proxies(all=f"socks5h://user:p%40ss@127.0.0.1:{proxy_port}")
        async with Dialer(SystemClock(), proxies) as dialer:
            assert (await get(dialer, "https://feishu.test/echo")).status == 200
            ws = await dialer.websocket("wss://feishu.test/ws", timeout=10, max_size=1000)
            assert (await ws.receive()).data == "pong there?"
            await ws.close()
    assert set(proxy.connected) == {"feishu.test:443"}


async def test_no_proxy_and_loopback_go_directly(port: int) -> None:
    dead = f"http://127.0.0.1:{await unused_port()}"
    async with Dialer(SystemClock(), Proxies(all=dead, no_proxy=".invalid")) as dialer:
        assert (await get(dialer, f"http://127.0.0.1:{port}/echo")).status == 200
        assert (await refusal(dialer, "http://nowhere.invalid/")).key == "dial.dns"


async def test_a_proxy_that_inspects_with_an_unknown_ca(secure_port: int) -> None:
    async with tcp(HttpProxy(secure_port)) as proxy_port:
        error = await refusal_behind(f"http://127.0.0.1:{proxy_port}")
    assert error.key == "dial.tls"
    assert "feishu.test" in str(error)


async def test_a_certificate_nobody_vouches_for_behind_socks(secure_port: int) -> None:
    async with tcp(SocksProxy(secure_port, login=(b"u", b"p"))) as proxy_port:
        error = await refusal_behind(f"socks5://u:p@127.0.0.1:{proxy_port}")
    assert error.key == "dial.tls"


@pytest.mark.parametrize("scheme", ["http", "socks5"])
async def test_a_proxy_that_is_not_there(scheme: str) -> None:
    address = f"127.0.0.1:{await unused_port()}"
    error = await refusal_behind(f"{scheme}://u:hunter2@{address}")
    assert error.key == "dial.proxy"
    assert not error.maybe_served
    assert f"{scheme}://{address}" in str(error)
    assert "hunter2" not in str(error)


async def test_a_proxy_that_wants_another_login() -> None:
    async with tcp(HttpProxy(0, login="user:other")) as port:
        error = await refusal_behind(f"http://u:p@127.0.0.1:{port}")
    assert error.key == "dial.proxy_login"


async def test_a_socks_proxy_that_wants_another_login() -> None:
    async with tcp(SocksProxy(0, login=(b"user", b"other"))) as port:
        error = await refusal_behind(f"socks5://u:p@127.0.0.1:{port}")
    assert error.key == "dial.proxy"


async def test_a_proxy_that_forbids_the_host() -> None:
    async with tcp(HttpProxy(0, status="403 Forbidden")) as port:
        error = await refusal_behind(f"http://127.0.0.1:{port}")
    assert error.key == "dial.proxy_refused"
    assert not error.maybe_served
    assert "HTTP 403" in str(error)


def test_verification_is_switched_off_nowhere() -> None:
    forbidden = re.compile(
        r"CERT_NONE|CERT_OPTIONAL|check_hostname\s*=|verify_mode|_create_unverified"
        r"|(ssl|verify|verify_ssl|tls)\s*=\s*False"
    )
    for file in Path(larkgate.dial.__path__[0]).parent.rglob("*.py"):
        assert not forbidden.search(file.read_text("utf-8")), file


def test_starting_loads_neither_the_trust_store_nor_socks() -> None:
    program = "import sys, larkgate.dial; print({'truststore', 'aiohttp_socks'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr
