"""The HTTP client, against real sockets."""

import gzip
import json
import logging
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import stamina
from bad_server import HANGS, BadServer, whole
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from brandsync.database import connect, errors, execute
from brandsync.errors import (
    ConfigError,
    CredentialsRefused,
    Interrupted,
    LeaseLost,
    Rejected,
    TryAgainLater,
    Unreadable,
)
from brandsync.http import Endpoint, HttpClient, RefusedByServer, RejectedByServer
from brandsync.http.bounded import LARGEST_BODY, MOST_NODES
from brandsync.http.retrying import retry_after
from brandsync.testing import Fault, FaultProxy

TOKEN = "s3cret-token"
KEY = "k3y-in-a-query"
JSON = "application/json"


@pytest.fixture(autouse=True)
def quick_retries():
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def client(httpserver: HTTPServer):
    endpoint = Endpoint(
        httpserver.url_for("/api"),
        headers={"Authorization": f"Bearer {TOKEN}"},
        secrets=(TOKEN,),
        retry_limit=5.0,
        timeout=5.0,
        credentials_hint="check `token`",
    )
    with closing(HttpClient(endpoint)) as client:
        yield client


def answers(httpserver: HTTPServer, *responses: Response, path: str = "/api/brands") -> None:
    """Give these answers one after another, and the last one for ever."""
    left = list(responses)
    httpserver.expect_request(path).respond_with_handler(lambda _: left.pop(0) if len(left) > 1 else left[0])


def fine() -> Response:
    return Response('[{"id": 1}]', content_type=JSON)


def told(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)) + repr(error.__context__)


def test_json_is_decoded_and_every_request_is_counted(httpserver, client):
    answers(httpserver, fine())
    assert client.json("GET", "/brands", params={"limit": 5})[0] == [{"id": 1}]
    assert client.json("GET", "brands")[0] == [{"id": 1}]
    assert client.requests == 2
    assert httpserver.log[0][0].query_string == b"limit=5"
    assert httpserver.log[0][0].headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_query_in_the_path_is_kept_beside_the_parameters(httpserver, client):
    answers(httpserver, fine())
    client.json("GET", "/brands?status=live", params={"limit": 5})
    assert dict(httpserver.log[0][0].args) == {"status": "live", "limit": "5"}


@pytest.mark.parametrize("cookie", ["session=1; Path=/", "\x80=1; Path=/"])
def test_no_cookie_is_kept(httpserver, client, cookie):
    answers(httpserver, Response("[]", content_type=JSON, headers={"Set-Cookie": cookie}))
    for _ in range(2):
        assert client.json("GET", "/brands")[0] == []
    assert "Cookie" not in httpserver.log[1][0].headers


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_failure_is_repeated(httpserver, client, status):
    answers(httpserver, Response(status=status), fine())
    assert client.json("GET", "/brands")[0] == [{"id": 1}]
    assert client.requests == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failure_that_lasts_means_try_again_later(httpserver, client, status):
    answers(httpserver, Response('{"message": "busy"}', status=status, content_type=JSON))
    with pytest.raises(TryAgainLater, match=rf"GET http.*/api/brands answers {status} .*: busy"):
        client.request("GET", "/brands")
    assert client.requests == 3


def test_no_call_is_repeated_beyond_its_time(httpserver):
    answers(httpserver, Response(status=500))
    with closing(HttpClient(Endpoint(httpserver.url_for("/api"), retry_for=0.0))) as client:
        with pytest.raises(TryAgainLater):
            client.request("GET", "/brands")
        assert client.requests == 1


@pytest.mark.parametrize("status", [500, 502, 504, 408])
def test_a_post_of_unknown_outcome_is_not_repeated(httpserver, client, status):
    answers(httpserver, Response(status=status), fine())
    with pytest.raises(TryAgainLater):
        client.request("POST", "/brands", json={"name": "Acme"})
    assert client.requests == 1


@pytest.mark.parametrize("fault", [Fault.RESET_AFTER, Fault.TIMEOUT_AFTER, Fault.TRUNCATED])
def test_a_post_whose_answer_is_lost_or_breaks_off_is_neither_repeated_nor_taken(httpserver, fault):
    answers(httpserver, fine())
    with (
        FaultProxy(httpserver.url_for("/api")) as proxy,
        closing(HttpClient(Endpoint(proxy.url, timeout=0.5, retry_for=5.0, retry_limit=5.0))) as client,
    ):
        proxy.strike(1, fault)
        with pytest.raises(TryAgainLater):
            client.request("POST", "/brands", json={"name": "Acme"})
        assert (client.requests, len(httpserver.log)) == (1, 1)


@pytest.mark.parametrize("status", [429, 503])
def test_a_post_that_certainly_did_nothing_is_repeated(httpserver, client, status):
    answers(httpserver, Response(status=status), fine())
    client.request("POST", "/brands", json={"name": "Acme"})
    assert client.requests == 2
    assert httpserver.log[1][0].json == {"name": "Acme"}


def test_a_post_that_is_harmless_to_repeat_is_repeated(httpserver, client):
    answers(httpserver, Response(status=500), fine())
    client.request("POST", "/brands", idempotent=True)
    assert client.requests == 2


@pytest.mark.parametrize("status", [429, 500, 503])
@pytest.mark.parametrize("idempotent", [None, True])
def test_a_call_that_is_made_once_is_not_repeated_whatever_was_done(httpserver, client, status, idempotent):
    answers(httpserver, Response(status=status), fine())
    with pytest.raises(TryAgainLater):
        client.request("PUT", "/brands/1/publish", once=True, idempotent=idempotent)
    assert client.requests == 1


def test_a_post_that_only_reads_is_repeated_and_needs_no_leave_to_write(httpserver, client):
    def lost() -> None:
        raise LeaseLost("another run has taken over")

    client.before_write = lost
    answers(httpserver, Response(status=500), fine())
    assert client.json("POST", "/brands", json={}, reads=True)[0] == [{"id": 1}]
    with pytest.raises(LeaseLost):
        client.json("POST", "/brands", json={})
    assert len(httpserver.log) == 2


def test_a_server_that_is_not_there_means_try_again_later():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with closing(HttpClient(Endpoint(f"http://127.0.0.1:{port}"))) as client:
        with pytest.raises(TryAgainLater, match=r"POST .*/brands failed: .*refused") as caught:
            client.request("POST", "/brands")
        assert client.requests == 3
    assert caught.value.__context__ is None


def test_a_body_cut_midway_is_fetched_again(httpserver, client):
    cut = Response("[1", content_type=JSON, headers={"Content-Length": "100"})
    answers(httpserver, cut, fine())
    assert client.json("GET", "/brands")[0] == [{"id": 1}]
    assert client.requests == 2


def test_json_that_was_cut_is_fetched_again(httpserver, client):
    answers(httpserver, Response('[{"id"', content_type=JSON), fine())
    assert client.json("GET", "/brands")[0] == [{"id": 1}]


def test_json_that_stays_cut_is_unreadable(httpserver, client):
    answers(httpserver, Response('[{"id"', content_type=JSON))
    with pytest.raises(Unreadable, match=r'application/json that is not JSON: \[\{"id"$'):
        client.json("GET", "/brands")
    assert client.requests == 3


def test_a_web_page_is_unreadable_at_once(httpserver, client):
    answers(httpserver, Response("<html>\n<title>Log in</title>" + " x" * 90, content_type="text/html; charset=utf-8"))
    with pytest.raises(Unreadable, match=r"200 with text/html that is not JSON: <html>\\n<title>Log in.*…$") as caught:
        client.json("GET", "/brands")
    assert client.requests == 1
    assert "check the URL" in (caught.value.hint or "")


def test_an_empty_body_is_unreadable(httpserver, client):
    answers(httpserver, Response("", content_type=""))
    with pytest.raises(Unreadable, match="an empty body"):
        client.json("GET", "/brands")


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_named_with_the_settings_to_look_at(httpserver, client, status):
    body = Response('{"errors": [{"message": "Token expired"}]}', status=status, content_type=JSON)
    answers(httpserver, body)
    with pytest.raises(CredentialsRefused, match=f"answers {status} .*: Token expired") as caught:
        client.request("GET", "/brands")
    assert caught.value.hint == "check `token`"
    assert client.requests == 1


def test_https_at_a_port_of_http_is_a_mistake_in_the_configuration_and_not_tried_again(httpserver):
    httpserver.expect_request("/api/brands").respond_with_json([])
    url = httpserver.url_for("/api").replace("http://", "https://")
    with (
        closing(HttpClient(Endpoint(url))) as client,
        pytest.raises(ConfigError, match="does not speak TLS") as refused,
    ):
        client.request("GET", "/brands")
    assert 'let `url` begin with "http://"' in str(refused.value.hint)
    assert client.requests == 1


def test_silence_is_told_in_words(httpserver):
    httpserver.expect_request("/api/brands").respond_with_handler(lambda _: time.sleep(0.5))
    endpoint = Endpoint(httpserver.url_for("/api"), timeout=0.1)
    with closing(HttpClient(endpoint)) as client, pytest.raises(TryAgainLater) as refused:
        client.request("GET", "/brands")
    assert "Timeout" not in refused.value.message


def test_any_other_refusal_carries_its_status_and_what_the_server_says(httpserver, client):
    answers(httpserver, Response("no such\nbrand", status=404))
    with pytest.raises(RejectedByServer, match=r"PATCH .* answers 404 NOT FOUND: no such brand") as caught:
        client.request("PATCH", "/brands", json={})
    assert caught.value.status == 404


@pytest.mark.parametrize("body", ["<html>gone</html>", "[]", '{"code": 7}', '{"message": null}'])
def test_a_refusal_without_a_message_says_no_more_than_its_status(httpserver, client, body):
    answers(httpserver, Response(body, status=410, content_type="text/html" if "html" in body else JSON))
    with pytest.raises(RejectedByServer, match=r"answers 410 GONE$"):
        client.request("GET", "/brands")


def test_a_refusal_carries_its_body_for_those_who_can_read_it(httpserver, client):
    answers(httpserver, Response('{"errors": [7]}', status=422, content_type=JSON))
    with pytest.raises(RejectedByServer) as refused:
        client.json("POST", "/brands", json={})
    assert refused.value.body == b'{"errors": [7]}'


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_carry_their_status(httpserver, client, status):
    answers(httpserver, Response(status=status))
    with pytest.raises(RefusedByServer) as refused:
        client.json("GET", "/brands")
    assert refused.value.status == status


def test_a_secret_that_was_got_only_now_is_hidden_too(httpserver, client):
    answers(httpserver, Response(f'{{"message": "{TOKEN} and n3w"}}', status=400, content_type=JSON))
    client.hide("n3w")
    with pytest.raises(RejectedByServer, match=r"\*\*\* and \*\*\*"):
        client.json("GET", "/brands")


def test_a_server_that_repeats_the_token_does_not_bring_it_into_an_error(httpserver, client):
    answers(httpserver, Response(f"{'x' * 195} {TOKEN}", status=401, content_type="text/plain"))
    with pytest.raises(CredentialsRefused) as caught:
        client.request("GET", f"/brands?api_key={KEY}", params={"other": KEY})
    assert TOKEN[:4] not in told(caught.value)
    assert KEY not in told(caught.value)


def test_a_page_that_repeats_the_token_does_not_bring_it_into_an_error(httpserver, client):
    answers(httpserver, Response(f"your token is {TOKEN}", content_type="text/plain"))
    with pytest.raises(Unreadable) as caught:
        client.json("GET", "/brands")
    assert TOKEN not in told(caught.value)


def test_basic_authentication_is_sent_and_its_password_never_shown(httpserver):
    answers(httpserver, Response("bad password hunter2", status=401, content_type="text/plain"))
    endpoint = Endpoint(httpserver.url_for("/api"), auth=("editor", "hunter2"))
    assert "hunter2" not in repr(endpoint)
    with closing(HttpClient(endpoint)) as client, pytest.raises(CredentialsRefused) as caught:
        client.request("GET", "/brands")
    assert httpserver.log[0][0].authorization.password == "hunter2"
    assert "hunter2" not in told(caught.value)


@pytest.mark.parametrize("token", ["two\nlines", "schlüssel-geheim"])
def test_a_token_that_no_header_can_carry_is_a_configuration_error_that_does_not_show_it(token):
    client = HttpClient(Endpoint("http://127.0.0.1:1", headers={"Authorization": f"Bearer {token}"}))
    with pytest.raises(ConfigError, match="the header Authorization holds") as caught:
        client.request("GET", "/brands")
    assert token not in told(caught.value)


def test_nothing_of_a_request_reaches_the_logs(httpserver, client, caplog):
    answers(httpserver, fine())
    with caplog.at_level(logging.DEBUG):
        client.json("GET", "/brands", params={"api_key": KEY})
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


def test_retry_after_is_obeyed_by_every_thread(httpserver, client):
    slowed = Response(status=429, headers={"Retry-After": "0.5"})
    answers(httpserver, slowed, fine())
    answers(httpserver, fine(), path="/api/other")
    started = time.monotonic()
    with ThreadPoolExecutor() as threads:
        first = threads.submit(client.request, "GET", "/brands")
        while not client.requests:
            time.sleep(0.005)
        time.sleep(0.1)  # the answer to the first has come
        client.request("GET", "/other")
        first.result()
    assert time.monotonic() - started >= 0.5
    assert client.requests == 3


def test_retry_after_may_lengthen_the_retries_up_to_its_limit(httpserver):
    answers(httpserver, Response(status=503, headers={"Retry-After": "0.1"}), fine())
    endpoint = Endpoint(httpserver.url_for("/api"), retry_for=0.0, retry_limit=1.0)
    with closing(HttpClient(endpoint)) as client:
        assert client.json("GET", "/brands")[0] == [{"id": 1}]


def test_retry_after_beyond_the_limit_ends_the_call_and_says_so(httpserver, client):
    answers(httpserver, Response(status=429, headers={"Retry-After": "3600"}))
    with pytest.raises(TryAgainLater, match=r"it asks to wait 3600 s, and retry_limit is 5 s"):
        client.request("GET", "/brands")
    assert client.requests == 1


def test_a_zero_retry_after_still_backs_off(httpserver, client):
    answers(httpserver, Response(status=429, headers={"Retry-After": "0"}), fine())
    client.request("GET", "/brands")
    assert client.requests == 2


def test_retry_after_as_a_date_is_measured_by_the_servers_own_clock():
    wrong = datetime(2001, 1, 1, tzinfo=UTC)
    later = format_datetime(wrong + timedelta(seconds=40), usegmt=True)
    assert retry_after(later, format_datetime(wrong, usegmt=True)) == 40
    assert retry_after(later, None) == 0
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60))
    assert 50 < (retry_after(soon, "nonsense") or 0) <= 60
    assert retry_after("Mon, 01 Jan 2001 00:00:09 -0000", format_datetime(wrong, usegmt=True)) == 9


BEYOND_ALL_DATES = ("Mon, 01 Jan 99999999999 00:00:00 GMT", "Mon, 01 Jan 2030 00:00:00 +99999999999999")


@pytest.mark.parametrize("value", [None, "soon", "-5", "nan", "inf", "1e300", *BEYOND_ALL_DATES])
def test_a_retry_after_that_makes_no_sense_counts_for_nothing(value):
    assert retry_after(value, None) is None


@pytest.mark.parametrize("date", BEYOND_ALL_DATES)
def test_a_date_that_makes_no_sense_is_as_good_as_none(date):
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < (retry_after(soon, date) or 0) <= 60


@pytest.mark.parametrize("charset", ["idna", "punycode", "undefined", "rot13", "base64", "zlib", "utf-16", "no"])
def test_a_page_is_told_whatever_charset_it_claims(httpserver, client, charset):
    page = Response("<p>Wartung: gleich zurück".encode(), headers={"Content-Type": f'text/html; charset="{charset}"'})
    answers(httpserver, page)
    with pytest.raises(Unreadable, match="gleich zurück"):
        client.json("GET", "/brands")


def test_a_page_in_another_charset_is_told_as_it_is_meant(httpserver, client):
    answers(httpserver, Response("zurück".encode("latin-1"), content_type="text/html; charset=latin-1"))
    with pytest.raises(Unreadable, match="zurück"):
        client.json("GET", "/brands")


@pytest.mark.parametrize("path", ["..", "/brands/..", "/brands/.", "/./brands?a=b", "/brands/..#x"])
def test_a_path_that_means_another_one_is_never_asked_for(client, path):
    with pytest.raises(Rejected, match="would go to another path"):
        client.request("GET", path)
    assert client.requests == 0


def test_a_run_that_is_asked_to_stop_repeats_nothing(httpserver, client):
    answers(httpserver, Response(status=500))
    client.stop_when(lambda: True)
    with pytest.raises(TryAgainLater):
        client.request("GET", "/brands")
    assert client.requests == 1


def test_what_a_stopped_run_left_under_way_is_not_repeated_while_the_run_is_taken_back(httpserver, client, caplog):
    def taken_back(_request: Request) -> Response:
        asked.append(True)
        client.stop_when(lambda: False)  # what takes the run back is not to be stopped
        return Response(status=503)

    asked: list[bool] = []
    httpserver.expect_request("/api/brands").respond_with_handler(taken_back)
    client.stop_when(lambda: bool(asked))
    with pytest.raises(TryAgainLater):
        client.request("GET", "/brands")
    assert len(httpserver.log) == 1
    assert "tried again" not in caplog.text


def test_a_run_that_is_asked_to_stop_does_not_sit_out_a_retry_after(httpserver):
    answers(httpserver, Response(status=429, headers={"Retry-After": "3000"}))
    with closing(HttpClient(Endpoint(httpserver.url_for("/api"), retry_limit=3600.0))) as client:
        asked = threading.Event()
        client.stop_when(asked.is_set)
        threading.Timer(0.5, asked.set).start()
        started = time.monotonic()
        with pytest.raises(Interrupted):
            client.request("GET", "/brands")
    assert time.monotonic() - started < 300


def test_a_redirect_on_the_same_server_is_followed(httpserver, client):
    answers(httpserver, Response(status=301, headers={"Location": "/api/brands/?page=1"}))
    answers(httpserver, fine(), path="/api/brands/")
    assert client.json("GET", "/brands")[0] == [{"id": 1}]
    assert client.requests == 2


def test_a_redirect_to_another_server_is_an_error_that_names_it(httpserver, client):
    answers(httpserver, Response(status=302, headers={"Location": "https://evil.example:8443/x?token=abc"}))
    with pytest.raises(ConfigError, match=r"another server, https://evil.example:8443:") as caught:
        client.request("GET", "/brands")
    assert "https://evil.example:8443/x" in (caught.value.hint or "")
    assert 'set url = "https://evil.example:8443/api"' in (caught.value.hint or "")
    assert "abc" not in f"{told(caught.value)} {caught.value.hint}"
    assert client.requests == 1


def test_a_write_that_is_redirected_is_an_error(httpserver, client):
    answers(httpserver, Response(status=308, headers={"Location": "/api/brands/"}))
    with pytest.raises(ConfigError, match=r"PATCH .* is redirected to http.*/api/brands/$"):
        client.request("PATCH", "/brands", json={})


def test_redirects_in_a_circle_end(httpserver, client):
    answers(httpserver, Response(status=302, headers={"Location": "/api/brands"}))
    with pytest.raises(ConfigError, match="more than 5 times"):
        client.request("GET", "/brands")
    assert client.requests == 6


def test_an_answer_that_is_neither_success_nor_error_is_unreadable(httpserver, client):
    answers(httpserver, Response(status=304))
    with pytest.raises(Unreadable, match="answers 304"):
        client.request("GET", "/brands")


def test_an_absolute_url_is_fetched_only_from_the_configured_server(httpserver, client):
    answers(httpserver, fine())
    assert client.json("GET", httpserver.url_for("/api/brands?page=2"))[0] == [{"id": 1}]
    with pytest.raises(ConfigError, match=r"http://evil.example/x is not on the configured server") as caught:
        client.request("GET", f"http://user:{TOKEN}@evil.example/x?token={KEY}")
    assert client.requests == 1
    assert TOKEN not in told(caught.value)
    assert KEY not in told(caught.value)


@pytest.mark.parametrize("url", ["ftp://cms.example.com", "http://[::1", "http://a:port/"])
def test_an_address_that_cannot_be_right_is_a_configuration_error(url):
    with closing(HttpClient(Endpoint(url))) as client, pytest.raises(ConfigError):
        client.request("GET", "/brands")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    made = [str(folder / "key.pem"), "-out", str(folder / "cert.pem"), "-days", "2"]
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", *made, *named]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with HTTPServer(host="localhost", ssl_context=context) as server:
        answers(server, fine())
        yield server


def test_a_certificate_that_is_not_trusted_is_a_configuration_error(secure):
    with closing(HttpClient(Endpoint(secure.url_for("/api")))) as client:
        with pytest.raises(ConfigError, match=r"certificate is not trusted: self.signed") as caught:
            client.request("GET", "/brands")
        assert client.requests == 1
    assert "ca_file" in (caught.value.hint or "")


def test_a_certificate_of_ones_own_authority_can_be_trusted(secure, certificate):
    endpoint = Endpoint(secure.url_for("/api"), ca_file=certificate / "cert.pem")
    with closing(HttpClient(endpoint)) as client:
        assert client.json("GET", "/brands")[0] == [{"id": 1}]


def test_a_certificate_file_that_cannot_be_read_is_named(tmp_path):
    client = HttpClient(Endpoint("https://localhost:1", ca_file=tmp_path / "none.pem"))
    with pytest.raises(ConfigError, match=r"ca_file .*none.pem: "):
        client.request("GET", "/brands")


def test_closing_twice_or_unused_is_harmless(client):
    client.close()
    client.close()


@pytest.mark.parametrize(
    ("base", "link", "setting"),
    [
        ("http://cms.example.com/api", "https://cms.example.com/api/brands?page=2", "https://cms.example.com/api"),
        ("https://cms.example.com/api", "http://cms.internal:8000/brands", "http://cms.internal:8000/api"),
        ("https://cms.example.com", "http://cms.example.com:8000/brands", "http://cms.example.com:8000"),
    ],
)
def test_a_link_to_elsewhere_names_the_setting_that_goes_there(base: str, link: str, setting: str):
    with closing(HttpClient(Endpoint(base))) as client, pytest.raises(ConfigError, match="no credentials") as caught:
        client.request("GET", link)
    assert f'set url = "{setting}"; if it is the configured one behind a proxy' in (caught.value.hint or "")
    assert client.requests == 0


def test_a_server_that_cannot_be_reached_names_the_setting():
    client = HttpClient(Endpoint("http://127.0.0.1:1", retry_for=0))
    with closing(client), pytest.raises(TryAgainLater, match="failed") as caught:
        client.request("GET", "/brands")
    assert caught.value.hint == "see that the server is up, and that `url` leads to it"


# Answers without an end, and answers that are too much


@pytest.mark.parametrize("hang", ["body", "head"])
def test_an_answer_that_drips_in_for_ever_is_given_up_after_ten_times_the_timeout(hang):
    with BadServer(lambda _method, _path: HANGS[hang]) as server:
        endpoint = Endpoint(server.url, timeout=0.1)
        with (
            closing(HttpClient(endpoint)) as client,
            pytest.raises(TryAgainLater, match="as a whole after 1 s") as caught,
        ):
            client.request("GET", "/brands")
    assert "raise `timeout`" in caught.value.hint
    assert server.came == ["GET"]


@pytest.mark.parametrize("hang", HANGS)
def test_a_request_under_way_is_given_up_soon_after_the_run_is_asked_to_stop(hang):
    asked = threading.Event()
    with BadServer(lambda _method, _path: HANGS[hang]) as server, closing(HttpClient(Endpoint(server.url))) as client:
        client.stop_when(asked.is_set)
        threading.Timer(0.2, asked.set).start()
        began = time.monotonic()
        with pytest.raises(Interrupted, match="while it waited for the answer to PATCH"):
            client.request("PATCH", "/brands/1", json={})
        assert time.monotonic() - began < 4
        with pytest.raises(Interrupted):
            client.request("GET", "/brands")
    assert server.came == ["PATCH"]


def test_what_was_given_up_before_it_was_sent_is_never_sent():
    asked, allowed = threading.Event(), threading.Event()
    with BadServer(lambda _method, _path: whole({})) as server, closing(HttpClient(Endpoint(server.url))) as client:
        client.stop_when(asked.is_set)
        client.before_write = allowed.wait
        asked.set()
        with pytest.raises(Interrupted):
            client.request("PATCH", "/brands/1", json={})
        allowed.set()
        time.sleep(0.3)
        assert server.came == []


def _answer_of(body, **headers):
    with (
        BadServer(lambda _method, _path: whole(body, **headers)) as server,
        closing(HttpClient(Endpoint(server.url, timeout=5.0))) as client,
    ):
        return client.json("GET", "/brands")[0]


def test_gzip_is_undone_however_many_members_it_has():
    assert _answer_of(gzip.compress(b"[1,") + gzip.compress(b"2]"), Content_Encoding="GZIP") == [1, 2]


@pytest.mark.parametrize("coding", ["gzip, gzip", "gzip, identity", "br", "deflate"])
def test_an_answer_that_is_packed_twice_or_otherwise_than_asked_is_unreadable(coding):
    with pytest.raises(Unreadable, match=f"Content-Encoding: {coding}, and was asked for gzip once"):
        _answer_of(gzip.compress(gzip.compress(b"[]")), Content_Encoding=coding)


@pytest.mark.parametrize("body", [gzip.compress(b"[1, 2]")[:-9], b"[1, 2]"], ids=["cut", "none"])
def test_gzip_that_was_cut_or_is_none_is_for_later(body):
    with pytest.raises(TryAgainLater):
        _answer_of(body, Content_Encoding="gzip")


def test_gzip_is_unpacked_no_further_than_the_bound():
    much = gzip.compress(b"[" + b" " * (LARGEST_BODY + 1) + b"]", 1)
    with pytest.raises(Unreadable, match="more than 32 MB"):
        _answer_of(much, Content_Encoding="gzip")


@pytest.mark.parametrize("piece", [b"[]", b"{}", b"1", b'{"a":1}'])
def test_an_answer_of_very_many_values_is_refused_before_it_is_decoded(piece):
    with pytest.raises(Unreadable, match="more than 500,000 values"):
        _answer_of(b"[" + b",".join([piece] * (MOST_NODES + 1)) + b"]")


def test_what_stands_in_texts_counts_for_no_value():
    text = json.dumps(['\\",[{' * MOST_NODES, "\\"])
    assert _answer_of(text.encode()) == json.loads(text)


# What is said of retries


def test_a_retry_says_what_failed_and_when_it_is_tried_again(httpserver, client, caplog):
    answers(httpserver, Response(status=503), Response(status=503), fine())
    client.request("GET", "/brands")
    (line,) = (record for record in caplog.records if record.levelname == "WARNING")
    assert re.fullmatch(
        r"GET http://\S+/api/brands answers 503 SERVICE UNAVAILABLE; it is tried again in \d\.\d s", line.getMessage()
    )


def test_a_retry_that_the_server_asks_for_says_when_that_is(httpserver, client, caplog):
    answers(httpserver, Response(status=429, headers={"Retry-After": "1"}), fine())
    client.request("GET", "/brands")
    assert any(line.endswith("answers 429 TOO MANY REQUESTS; it is tried again in 1.0 s") for line in caplog.messages)


def resolving(monkeypatch: pytest.MonkeyPatch, number: int, says: str) -> None:
    """A resolver that answers this about any name."""

    def answer(*_args, **_options):
        raise socket.gaierror(number, says)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


@pytest.mark.parametrize("host", ["shop.invalid", "a..b", f"{'a' * 70}.example"])
def test_a_host_that_does_not_exist_is_a_wrong_setting_and_asked_for_once(host):
    with closing(HttpClient(Endpoint(f"http://{host}/api"))) as client:
        with pytest.raises(ConfigError, match="no server of that name is known") as caught:
            client.json("GET", "/brands")
        assert (client.requests, "check the host" in (caught.value.hint or "")) == (1, True)


def test_a_host_that_has_answered_before_may_be_known_again(httpserver: HTTPServer, client, monkeypatch):
    httpserver.expect_request("/api/brands").respond_with_json([])
    client.json("GET", "/brands")
    client._connected().close()
    client._client = None
    resolving(monkeypatch, socket.EAI_NONAME, "Name or service not known")
    with pytest.raises(TryAgainLater, match="not known"):
        client.json("GET", "/brands")


@pytest.mark.parametrize("number", [socket.EAI_AGAIN, socket.EAI_FAIL])
def test_a_name_that_cannot_be_resolved_now_is_for_later(monkeypatch, number):
    resolving(monkeypatch, number, "Temporary failure in name resolution")
    with closing(HttpClient(Endpoint("http://shop.example/api"))) as client:
        with pytest.raises(TryAgainLater, match="Temporary failure"):
            client.json("GET", "/brands")
        assert client.requests == 3


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
@pytest.mark.parametrize(
    ("number", "says", "kind"),
    [
        (socket.EAI_AGAIN, "Temporary failure in name resolution", TryAgainLater),
        (socket.EAI_FAIL, "Non-recoverable failure in name resolution", TryAgainLater),
        (socket.EAI_NONAME, "Name or service not known", ConfigError),
        (socket.EAI_NONAME, "Name does not resolve", ConfigError),
        (socket.EAI_AGAIN, "Try again", TryAgainLater),
    ],
)
def test_a_databases_host_is_judged_alike(monkeypatch, scheme, number, says, kind):
    resolving(monkeypatch, number, says)
    with closing(connect(f"{scheme}://u@db.example/shop")) as database, pytest.raises(kind), errors(database):
        execute(database, "SELECT 1")
