"""The fault-injecting proxy: what passes unchanged, what goes wrong, and that it goes wrong exactly as it says."""

import gzip
import json
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cms_server import CmsServer
from pytest_httpserver import HTTPServer
from shop import entries
from waiting import until
from werkzeug import Request, Response

from brandsync.testing.faults import Fault
from brandsync.testing.proxy import FaultProxy

ABOUT_A_SECOND = 1.0


@pytest.fixture
def proxy(cms: CmsServer) -> Iterator[FaultProxy]:
    """A proxy before a CMS of three entries."""
    for entry in entries(3):
        cms.add(entry)
    with FaultProxy(cms.url) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: FaultProxy) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=proxy.url, timeout=0.3) as client:
        yield client


def link(client: httpx.Client, brand_id: str = "b1") -> httpx.Response:
    """A write that a test can look for afterwards."""
    return client.patch("/brands/e0", json={"external_id": brand_id})


def patches(cms: CmsServer) -> int:
    return cms.requests["PATCH"]


class Scripted:
    """A server that says the same bytes to everyone, and keeps what it was told."""

    def __init__(self, answer: bytes) -> None:
        self.told = told = list[bytes]()

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                told.append(_heard(self.request))
                self.request.sendall(answer)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"


def _heard(connection: socket.socket) -> bytes:
    """One message, whole: a request or an answer."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@contextmanager
def scripted(answer: bytes) -> Iterator[tuple[Scripted, FaultProxy]]:
    upstream = Scripted(answer)
    threading.Thread(target=upstream.server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        with FaultProxy(upstream.url) as proxy:
            yield upstream, proxy
    finally:
        upstream.server.shutdown()
        upstream.server.server_close()


# What passes.


@pytest.mark.usefixtures("proxy")
def test_requests_and_answers_pass_as_they_are(cms: CmsServer, client: httpx.Client):
    assert client.get("/brands").json() == httpx.get(f"{cms.url}/brands").json()
    assert link(client).json()["external_id"] == "b1"
    assert cms.entries["e0"]["external_id"] == "b1"
    assert cms.log[-1][3] == {"external_id": "b1"}
    assert client.get("/brands/none").status_code == 404


def test_the_server_is_told_the_method_target_headers_and_body_that_the_client_sent():
    with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as (upstream, proxy):
        body = bytes(range(256))
        target = "//brands/%41/../x?a=1&a=%2F&b="
        httpx.request("PURGE", proxy.origin + target, content=body, headers=[("X-One", "a"), ("X-One", "b")])
    head, _, received = upstream.told[0].partition(b"\r\n\r\n")
    sent_target = str(httpx.URL(proxy.upstream + target).raw_path, "ascii")
    assert head.startswith(f"PURGE {sent_target} HTTP/1.1\r\n".encode())
    assert head.count(b"X-One: ") == 2
    assert f"Host: {upstream.url.removeprefix('http://')}".encode() in head
    assert received == body


def test_what_came_is_noted_in_order_with_the_servers_own_answer(proxy: FaultProxy, client: httpx.Client):
    proxy.strike(2, Fault.ERROR_BEFORE)
    proxy.strike(3, Fault.ERROR_AFTER)
    client.get("/brands?limit=1")
    client.get("/brands/e1")
    link(client)
    assert [(call.method, call.target, call.status) for call in proxy.calls] == [
        ("GET", "/brands?limit=1", 200),
        ("GET", "/brands/e1", None),
        ("PATCH", "/brands/e0", 200),
    ]


def test_one_connection_serves_many_requests(proxy: FaultProxy):
    with socket.create_connection(("127.0.0.1", httpx.URL(proxy.url).port or 0)) as connection:
        for status in (b"200 OK", b"404 Not Found"):
            path = b"/brands/e1" if status.startswith(b"2") else b"/none"
            connection.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            assert _heard(connection).startswith(b"HTTP/1.1 " + status)


def test_an_answer_in_chunks_arrives_whole():
    chunks = b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\n\r\n"
    with scripted(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks) as (_, proxy):
        assert httpx.get(proxy.url).content == b"hello world"


@pytest.mark.usefixtures("proxy")
def test_a_request_in_chunks_arrives_whole(cms: CmsServer, client: httpx.Client):
    assert client.patch("/brands/e0", content=iter([b'{"external_id":', b' "b1"}'])).status_code == 200
    assert cms.entries["e0"]["external_id"] == "b1"


def test_an_answer_without_a_length_ends_with_its_connection():
    with scripted(b"HTTP/1.1 200 OK\r\n\r\nall of it") as (_, proxy):
        assert httpx.get(proxy.url).content == b"all of it"


def test_what_has_no_body_gets_none():
    with scripted(b"HTTP/1.1 204 No Content\r\n\r\n") as (_, proxy), httpx.Client() as client:
        assert [client.delete(proxy.url).status_code for _ in range(2)] == [204, 204]
    with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n") as (_, proxy), httpx.Client() as client:
        heads = [client.head(proxy.url) for _ in range(2)]
        assert [(head.status_code, head.headers["content-length"]) for head in heads] == [(200, "5000")] * 2


def test_a_compressed_body_passes_bit_by_bit():
    body = gzip.compress(b"a text", mtime=1)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    with scripted(head % len(body) + body) as (_, proxy), httpx.stream("GET", proxy.url) as response:
        assert b"".join(response.iter_raw()) == body


def test_big_bodies_pass_both_ways(httpserver: HTTPServer):
    httpserver.expect_request("/echo").respond_with_handler(lambda request: Response(request.data))
    body = bytes(range(256)) * 40_000
    with FaultProxy(httpserver.url_for("/")) as proxy:
        assert httpx.post(f"{proxy.url}echo", content=body, timeout=30).content == body


def test_a_cut_answer_of_the_servers_own_is_cut_for_the_client_too():
    with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf") as (_, proxy):
        with pytest.raises(httpx.RemoteProtocolError, match=r"incomplete|without"):
            httpx.get(proxy.url)
        assert proxy.calls[0].status == 200


def test_a_server_that_is_not_there_resets_the_connection():
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with FaultProxy(f"http://127.0.0.1:{port}") as proxy:
        with pytest.raises(httpx.ReadError):
            httpx.get(proxy.url)
        assert [call.status for call in proxy.calls] == [None]


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """One that nobody but a test trusts, for localhost, with its key."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    made = tmp_path / "certificate.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", made, "-out", f"{made}.crt"]
    subprocess.run([*command, *names], check=True, capture_output=True)
    made.write_bytes(made.read_bytes() + Path(f"{made}.crt").read_bytes())
    return made


def test_a_server_behind_tls_is_reached_and_its_links_lead_back(certificate: Path):
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    with HTTPServer(host="localhost", ssl_context=serving) as server:
        server.expect_request("/").respond_with_json({"next": server.url_for("/there")})
        trusting = ssl.create_default_context(cafile=f"{certificate}.crt")
        with FaultProxy(server.url_for("").rstrip("/"), tls=trusting) as proxy:
            assert httpx.get(proxy.url).json() == {"next": f"{proxy.url}/there"}


def test_a_server_whose_certificate_is_not_trusted_is_not_asked(certificate: Path):
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    with HTTPServer(host="localhost", ssl_context=serving) as server, FaultProxy(server.url_for("")) as proxy:
        with pytest.raises(httpx.ReadError):
            httpx.get(proxy.url)
        assert server.log == []


# Addresses.


def test_the_servers_own_links_lead_back_through_the_proxy(cms: CmsServer):
    for entry in entries(3):
        cms.add(entry)
    cms.options = type(cms.options)(paging="link", page_size=2)
    with FaultProxy(cms.url) as proxy:
        first = httpx.get(f"{proxy.url}/brands")
        assert first.links["next"]["url"].startswith(f"{proxy.url}/brands?")
        assert [entry["id"] for entry in httpx.get(first.links["next"]["url"]).json()] == ["e2"]
        assert len(proxy.calls) == 2


def _links(upstream: str) -> dict[str, str]:
    return {"next": f"{upstream}/brands?page=2", "other": f"{upstream}9/x", "elsewhere": "http://example.com/"}


@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_an_absolute_address_in_a_body_becomes_the_proxys(httpserver: HTTPServer, escaped: bool, coding: str):
    upstream = httpserver.url_for("").rstrip("/")

    def answer(_request: Request) -> Response:
        text = json.dumps(_links(upstream))
        body = (text.replace("/", "\\/") if escaped else text).encode()
        if coding == "gzip":
            return Response(gzip.compress(body), content_type="application/json", headers={"Content-Encoding": "gzip"})
        return Response(body, content_type="application/json")

    httpserver.expect_request("/").respond_with_handler(answer)
    with FaultProxy(upstream) as proxy:
        found = httpx.get(proxy.url).json()
        assert found == _links(upstream) | {"next": f"{proxy.url}/brands?page=2"}


def test_an_address_that_a_client_writes_back_is_the_servers_again(proxy: FaultProxy, cms: CmsServer):
    cms.edit("e0", logo=f"{cms.url}/logo.png")
    read = httpx.get(f"{proxy.url}/brands/e0").json()["logo"]
    assert read == f"{proxy.url}/logo.png"
    httpx.patch(f"{proxy.url}/brands/e1", json={"logo": read})
    assert cms.entries["e1"]["logo"] == f"{cms.url}/logo.png"


def test_bytes_that_are_no_text_keep_an_address(httpserver: HTTPServer):
    upstream = httpserver.url_for("").rstrip("/")
    httpserver.expect_request("/").respond_with_data(upstream.encode(), content_type="image/png")
    with FaultProxy(upstream) as proxy:
        assert httpx.get(proxy.url).content == upstream.encode()


def test_a_redirect_leads_back_to_the_proxy(httpserver: HTTPServer):
    target = httpserver.url_for("/there")
    httpserver.expect_request("/").respond_with_data("", status=302, headers={"Location": target})
    httpserver.expect_request("/there").respond_with_data("here")
    with FaultProxy(httpserver.url_for("").rstrip("/")) as proxy:
        response = httpx.get(proxy.url, follow_redirects=True)
        assert (str(response.url), response.text) == (f"{proxy.url}/there", "here")


def test_the_path_of_the_server_is_the_proxys_too(httpserver: HTTPServer):
    httpserver.expect_request("/api/v1/brands").respond_with_data("found")
    with FaultProxy(httpserver.url_for("/api/v1")) as proxy:
        assert httpx.get(f"{proxy.url}/brands").text == "found"


# What goes wrong.

FAILURES: dict[Fault, type[Exception]] = {
    Fault.RESET_BEFORE: httpx.ReadError,
    Fault.RESET_AFTER: httpx.ReadError,
    Fault.TIMEOUT_BEFORE: httpx.ReadTimeout,
    Fault.TIMEOUT_AFTER: httpx.ReadTimeout,
    Fault.TRUNCATED: httpx.RemoteProtocolError,
}
STATUSES = {
    Fault.ERROR_BEFORE: 500,
    Fault.ERROR_AFTER: 500,
    Fault.TOO_MANY_SECONDS: 429,
    Fault.TOO_MANY_DATE: 429,
    Fault.TOO_MANY_BARE: 429,
    Fault.UNAUTHORIZED: 401,
    Fault.HTML: 200,
    Fault.HTML_AFTER: 200,
    Fault.DUPLICATED: 200,
    Fault.SLOW: 200,
}


def test_every_fault_is_tested_here():
    assert {*FAILURES, *STATUSES} == {*Fault}


@pytest.mark.parametrize("fault", Fault)
def test_a_fault_strikes_and_the_server_has_done_what_it_says(
    fault: Fault, proxy: FaultProxy, cms: CmsServer, client: httpx.Client
):
    proxy.strike(1, fault)
    if fault in FAILURES:
        with pytest.raises(FAILURES[fault]):
            link(client)
    else:
        assert link(client).status_code == STATUSES[fault]
    assert patches(cms) == (2 if fault is Fault.DUPLICATED else int(fault.applied))
    assert (cms.entries["e0"]["external_id"] == "b1") == fault.applied
    assert proxy.calls[0].status == (200 if fault.applied else None)


@pytest.mark.parametrize("fault", Fault)
def test_the_next_request_is_well_again(fault: Fault, proxy: FaultProxy, client: httpx.Client):
    proxy.strike(1, fault)
    with pytest.raises(FAILURES[fault]) if fault in FAILURES else nothing():
        link(client)
    assert link(client, "b2").json()["external_id"] == "b2"


@contextmanager
def nothing() -> Iterator[None]:
    yield


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault.silent])
def test_a_silent_fault_gives_the_right_answer(fault: Fault, proxy: FaultProxy, client: httpx.Client):
    proxy.strike(1, fault)
    assert link(client).json()["external_id"] == "b1"


@pytest.mark.parametrize("fault", [Fault.HTML, Fault.HTML_AFTER])
def test_a_page_is_no_json(fault: Fault, proxy: FaultProxy, client: httpx.Client):
    proxy.strike(1, fault)
    response = link(client)
    assert response.headers["content-type"].startswith("text/html")
    assert "<html" in response.text or "<!doctype html>" in response.text


def test_too_many_requests_says_when_to_come_back_in_each_way(proxy: FaultProxy, client: httpx.Client):
    for number, fault in enumerate((Fault.TOO_MANY_SECONDS, Fault.TOO_MANY_DATE, Fault.TOO_MANY_BARE), 1):
        proxy.strike(number, fault)
    seconds, date, bare = (client.get("/brands").headers for _ in range(3))
    assert seconds["retry-after"] == "1"
    assert date["retry-after"].endswith(" GMT")
    assert date["retry-after"] != date["date"]
    assert "retry-after" not in bare


def test_a_truncated_answer_has_half_its_body_under_its_full_length():
    whole = b"0123456789"
    with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + whole) as (_, proxy):
        proxy.strike(1, Fault.TRUNCATED)
        port = httpx.URL(proxy.url).port or 0
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            head, _, body = _everything(connection).partition(b"\r\n\r\n")
    assert b"Content-Length: 10" in head
    assert body == whole[:5]


def test_an_answer_without_a_body_is_truncated_too():
    with scripted(b"HTTP/1.1 204 No Content\r\n\r\n") as (_, proxy):
        proxy.strike(1, Fault.TRUNCATED)
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.delete(proxy.url)


def _everything(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_a_reset_is_a_reset_and_no_goodbye(proxy: FaultProxy):
    proxy.strike(1, Fault.RESET_BEFORE)
    with socket.create_connection(("127.0.0.1", httpx.URL(proxy.url).port or 0)) as connection:
        connection.sendall(b"GET /brands HTTP/1.1\r\nHost: x\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_a_slow_answer_comes_in_pieces():
    with scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000) as (_, proxy):
        proxy.strike(1, Fault.SLOW)
        with httpx.stream("GET", proxy.url) as response:
            pieces = [len(piece) for piece in response.iter_raw()]
    assert sum(pieces) == 1000
    assert len(pieces) > 5


def test_a_request_that_never_is_answered_ends_when_the_proxy_closes(cms: CmsServer):
    ended = threading.Event()

    def ask(url: str) -> None:
        with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
            httpx.get(url, timeout=60)
        ended.set()

    with FaultProxy(cms.url) as proxy:
        proxy.strike(1, Fault.TIMEOUT_BEFORE)
        thread = threading.Thread(target=ask, args=(f"{proxy.url}/brands",))
        thread.start()
        until(lambda: bool(proxy.calls))
        assert not ended.is_set()
    assert ended.wait(ABOUT_A_SECOND * 10)
    thread.join()


# Which request it is.


def statuses(client: httpx.Client, count: int) -> list[int]:
    return [client.get("/brands").status_code for _ in range(count)]


def test_a_fault_strikes_the_nth_request_from_now(proxy: FaultProxy, client: httpx.Client):
    client.get("/brands")
    proxy.strike(3, Fault.ERROR_BEFORE)
    assert statuses(client, 4) == [200, 200, 500, 200]


def test_a_run_of_requests_and_several_faults_at_once(proxy: FaultProxy, client: httpx.Client):
    proxy.strike(1, Fault.ERROR_BEFORE, count=2)
    proxy.strike(4, Fault.TOO_MANY_BARE)
    assert statuses(client, 5) == [500, 500, 200, 429, 200]


def test_of_two_faults_for_one_request_the_later_counts(proxy: FaultProxy, client: httpx.Client):
    proxy.strike(1, Fault.ERROR_BEFORE, count=2)
    proxy.strike(1, Fault.UNAUTHORIZED)
    assert statuses(client, 2) == [401, 500]


def test_reset_forgets_calls_and_faults(proxy: FaultProxy, client: httpx.Client):
    client.get("/brands")
    proxy.strike(1, Fault.ERROR_BEFORE)
    proxy.reset()
    assert proxy.calls == []
    assert statuses(client, 1) == [200]


@pytest.mark.parametrize(("nth", "count"), [(0, 1), (1, 0)])
def test_a_request_before_the_first_is_refused(proxy: FaultProxy, nth: int, count: int):
    with pytest.raises(ValueError, match="counted from 1"):
        proxy.strike(nth, Fault.ERROR_BEFORE, count=count)


def test_what_is_no_address_is_refused():
    with pytest.raises(ValueError, match="no address"):
        FaultProxy("127.0.0.1:80")
