"""Which proxy leads to a server, by the variables that everybody sets."""

import httpx
import pytest
from pytest_httpserver import HTTPServer

from brandsync.errors import ConfigError
from brandsync.http.proxies import proxy_of, transport_to

PROXY = "http://proxy.example:3128"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize(
    ("entry", "url", "covers"),
    [
        ("*", "https://shop.example", True),
        ("shop.example", "https://shop.example/api", True),
        ("shop.example", "https://www.shop.example", True),
        ("shop.example", "https://myshop.example", False),
        (".shop.example", "https://www.shop.example", True),
        (".shop.example", "https://shop.example", False),
        ("*.shop.example", "https://www.shop.example", True),
        ("SHOP.example", "https://shop.EXAMPLE", True),
        ("shop.example:8443", "https://shop.example:8443", True),
        ("shop.example:8443", "https://shop.example", False),
        ("shop.example:443", "https://shop.example", True),
        ("https://shop.example", "http://shop.example", False),
        ("localhost", "http://localhost:1337", True),
        ("10.0.0.5", "http://10.0.0.5", True),
        ("10.0.0.0/8", "http://10.1.2.3", True),
        ("10.0.0.0/8", "http://11.1.2.3", False),
        ("10.0.0.0/8", "http://shop.example", False),
        ("::1", "http://[::1]:1337", True),
        ("[::1]", "http://[::1]:1337", True),
        ("[::1]:1337", "http://[::1]:1337", True),
        ("[::1]:1338", "http://[::1]:1337", False),
        ("fd00::/8", "http://[fd12::7]", True),
        ("[fd00::]/8", "http://[fd12::7]", True),
        ("fd00::/8", "http://[2001:db8::7]", False),
        ("fd00::/8", "http://10.1.2.3", False),
        (" 10.0.0.0/8 , fd00::/8 shop.example,,", "https://shop.example", True),
    ],
)
def test_no_proxy_takes_hosts_addresses_and_ranges_of_both_kinds(
    monkeypatch: pytest.MonkeyPatch, entry: str, url: str, *, covers: bool
):
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", entry)
    assert proxy_of(httpx.URL(url)) == (None if covers else PROXY)


@pytest.mark.parametrize("entry", ["10.0.0.0/99", "fd00::/129", "[::1", "fe80::1%eth0", "a:b:c", "shop.example:http"])
def test_an_entry_of_no_proxy_that_means_nothing_is_named(monkeypatch: pytest.MonkeyPatch, entry: str):
    monkeypatch.setenv("HTTPS_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", f"localhost,{entry}")
    with pytest.raises(ConfigError) as raised:
        proxy_of(httpx.URL("https://shop.example"))
    assert f'NO_PROXY holds "{entry}"' in raised.value.message


@pytest.mark.parametrize("entry", ["fd00::/8", "[::1", "10.0.0.0/99"])
def test_without_a_proxy_nobody_asks_what_no_proxy_says(monkeypatch: pytest.MonkeyPatch, entry: str):
    monkeypatch.setenv("NO_PROXY", entry)
    assert proxy_of(httpx.URL("https://shop.example")) is None


def test_each_scheme_has_its_own_proxy_and_all_others_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", "secure.example:3128")
    monkeypatch.setenv("ALL_PROXY", PROXY)
    assert proxy_of(httpx.URL("https://shop.example")) == "http://secure.example:3128"
    assert proxy_of(httpx.URL("http://shop.example")) == PROXY


def test_requests_go_through_the_proxy_or_past_it(monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer):
    httpserver.expect_request("/").respond_with_data("by the proxy")
    monkeypatch.setenv("HTTP_PROXY", httpserver.url_for(""))
    with httpx.Client(transport=transport_to("http://shop.invalid")) as client:
        assert client.get("http://shop.invalid").text == "by the proxy"
    monkeypatch.setenv("NO_PROXY", "10.0.0.0/8,.invalid")
    with httpx.Client(transport=transport_to("http://shop.invalid")) as client, pytest.raises(httpx.ConnectError):
        client.get("http://shop.invalid")
