from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from larkgate.dial import Proxies
from larkgate.dial.proxies import bypassed
from larkgate.errors import SettingsError

PROXIES = Proxies(http="http://plain:1", https="secure:2", all="socks5h://any:3")


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("http://feishu.test", "http://plain:1"),
        ("ws://feishu.test", "http://plain:1"),
        ("https://feishu.test", "http://secure:2"),
        ("wss://feishu.test/ws?x=1", "http://secure:2"),
        ("https://127.0.0.1:8443", None),
        ("http://127.8.9.10", None),
        ("http://[::1]:80", None),
        ("https://localhost", None),
        ("https://sim.localhost.", None),
        ("https://127.0.0.1.nip.io", "http://secure:2"),
    ],
)
def test_the_scheme_chooses_the_proxy_and_loopback_needs_none(url: str, proxy: str | None) -> None:
    assert PROXIES.choose(URL(url)) == (proxy and URL(proxy))


def test_all_proxy_serves_what_has_no_proxy_of_its_own() -> None:
    proxies = Proxies(all="socks5://any:3", http="http://plain:1")
    assert proxies.choose(URL("https://feishu.test")) == URL("socks5://any:3")
    assert proxies.choose(URL("http://feishu.test")) == URL("http://plain:1")
    assert proxies.socks() == {URL("socks5://any:3")}


def test_without_settings_there_is_no_proxy() -> None:
    assert Proxies().choose(URL("https://feishu.test")) is None


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "direct"),
    [
        ("", "open.feishu.cn", 443, False),
        ("*", "open.feishu.cn", 443, True),
        ("feishu.cn", "open.feishu.cn", 443, True),
        ("feishu.cn", "feishu.cn", 443, True),
        (".feishu.cn", "feishu.cn", 443, True),
        (".feishu.cn", "open.feishu.cn.", 443, True),
        ("*.feishu.cn", "open.feishu.cn", 443, True),
        ("feishu.cn", "notfeishu.cn", 443, False),
        ("open.feishu.cn", "feishu.cn", 443, False),
        ("a.com, FEISHU.CN ,b.com", "Open.Feishu.cn", 443, True),
        ("a.com feishu.cn", "feishu.cn", 443, True),
        ("feishu.cn:443", "feishu.cn", 443, True),
        ("feishu.cn:8443", "feishu.cn", 443, False),
        ("10.0.0.1", "10.0.0.1", 80, True),
        ("10.0.0.1", "10.0.0.10", 80, False),
        ("10.0.0.0/8", "10.2.3.4", 80, True),
        ("10.1.2.3/8", "10.2.3.4", 80, True),
        ("10.0.0.0/8", "11.2.3.4", 80, False),
        ("10.0.0.0/8:80", "10.2.3.4", 443, False),
        ("10.0.0.0/8", "10.example.com", 80, False),
        ("fd00::/8", "fd12::1", 80, True),
        ("2001:db8::1", "2001:db8:0::1", 80, True),
        ("[2001:db8::1]:443", "2001:db8::1", 443, True),
        ("[2001:db8::1]:443", "2001:db8::1", 80, False),
        (",,. *. [", "feishu.cn", 443, False),
    ],
)
def test_no_proxy(no_proxy: str, host: str, port: int, direct: bool) -> None:
    assert bypassed(no_proxy, host, port) is direct


@given(st.text(), st.from_regex(r"[a-z0-9.:-]{1,20}", fullmatch=True))
def test_any_no_proxy_can_be_read(no_proxy: str, host: str) -> None:
    bypassed(no_proxy, host, 443)


@given(st.from_regex(r"([a-z][a-z0-9-]{0,5}\.){1,3}[a-z]{2,5}", fullmatch=True))
def test_a_name_exempts_itself_and_what_lies_below_it(name: str) -> None:
    assert bypassed(name, name, 443)
    assert bypassed(name, f"deep.{name}", 443)
    assert not bypassed(name, f"x{name}", 443)


@pytest.mark.parametrize("proxy", ["ftp://host:1", "http://", "http://[::1", "socks9://host:1"])
def test_a_proxy_that_can_never_work_is_named(proxy: str) -> None:
    with pytest.raises(SettingsError, match="HTTPS_PROXY") as caught:
        Proxies(https=proxy).check()
    assert caught.value.key == "dial.bad_proxy"


def test_a_proxys_password_is_never_shown() -> None:
    proxies = Proxies(https="user:pässword@host:3128", all="ftp://user:hunter2@host")
    assert repr(proxies) == "Proxies(https='http://host:3128', all='ftp://host', no_proxy='')"
    with pytest.raises(SettingsError) as caught:
        proxies.check()
    assert "hunter2" not in str(caught.value)
