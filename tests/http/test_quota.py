"""A server's quota is obeyed before it is used up, by all threads together."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from brandsync.errors import Interrupted, TryAgainLater
from brandsync.http import Endpoint, HttpClient, QuotaHeaders, Rate
from brandsync.http.quota import Quota

HEADERS = QuotaHeaders(left="X-Left", reset="X-Reset-Ms", quota="X-Quota", window="X-Window-Ms")
QUOTA, WINDOW = 10, 0.4


class Limited:
    """A server that takes so many requests in a fixed window, and refuses the others with 429."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.ends, self.used, self.refused = 0.0, 0, 0
        self.taken_by_others = 0

    def answer(self, _: Request) -> Response:
        with self.lock:
            now = time.monotonic()
            if now >= self.ends:
                self.ends, self.used = now + WINDOW, self.taken_by_others
            self.used += 1
            headers = {
                "X-Left": str(max(QUOTA - self.used, 0)),
                "X-Reset-Ms": str(round((self.ends - now) * 1000) + 1),
                "X-Quota": str(QUOTA),
                "X-Window-Ms": str(round(WINDOW * 1000)),
            }
            self.refused += self.used > QUOTA
            return Response("{}", 429 if self.used > QUOTA else 200, headers, content_type="application/json")


@pytest.fixture
def limited(httpserver: HTTPServer) -> Limited:
    server = Limited()
    httpserver.expect_request("/brands").respond_with_handler(server.answer)
    return server


@pytest.fixture
def client(httpserver: HTTPServer) -> Iterator[HttpClient]:
    with closing(HttpClient(Endpoint(httpserver.url_for("/"), quota=HEADERS))) as client:
        yield client


@pytest.mark.parametrize("threads", [1, 4])
def test_no_request_is_sent_that_the_server_would_refuse(limited, client, threads):
    began = time.monotonic()
    client.json("GET", "/brands")
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: client.json("GET", "/brands"), range(3 * QUOTA)))
    assert limited.refused == 0
    assert client.requests == 3 * QUOTA + 1
    assert time.monotonic() - began >= 3 * WINDOW - 0.05
    assert client.rate == Rate(QUOTA, WINDOW)


def test_what_other_clients_take_is_left_to_them(limited, client):
    limited.taken_by_others = 7
    for _ in range(9):
        client.json("GET", "/brands")
    assert (limited.refused, client.requests) == (0, 9)


def test_a_server_that_tells_no_quota_is_never_waited_for(httpserver, client):
    httpserver.expect_request("/brands").respond_with_json({})
    client.stop_when(lambda: True)  # any wait would now be an error
    for _ in range(50):
        client.json("GET", "/brands")
    assert (client.requests, client.rate) == (50, None)


@pytest.mark.parametrize("number", ["", "-1", "many", "²", "9" * 40])
def test_headers_that_are_no_numbers_tell_nothing(number):
    quota = Quota(HEADERS)
    quota.learn(quota.take(lambda: False), {"X-Left": number, "X-Reset-Ms": "1", "X-Quota": "1", "X-Window-Ms": "1"})
    assert quota.rate is None
    assert quota.wait_of({"X-Reset-Ms": number}) is None


@pytest.mark.parametrize("name", ["X-Reset-Ms", "X-Window-Ms"])
def test_a_window_of_days_is_a_mistake_that_nobody_waits_for(name):
    quota = Quota(HEADERS)
    quota.learn(quota.take(lambda: False), {**told(0), name: "999999999"})
    quota.take(lambda: True)  # any wait would now be an error
    assert quota.rate is None


def told(left: int, reset: int = 10_000) -> dict[str, str]:
    return {"X-Left": str(left), "X-Reset-Ms": str(reset), "X-Quota": "5", "X-Window-Ms": "10000"}


def taken(quota: Quota) -> int:
    """How many more may be sent at once."""
    count = 0
    try:
        while count < 10:
            quota.take(lambda: True)
            count += 1
    except Interrupted:
        pass
    return count


def test_a_run_that_is_asked_to_stop_stops_waiting():
    quota = Quota(HEADERS)
    quota.learn(quota.take(lambda: False), told(0))
    with pytest.raises(Interrupted):
        quota.take(lambda: True)


def test_of_answers_that_overtake_each_other_the_lowest_count_is_true():
    quota = Quota(HEADERS)
    quota.learn(quota.take(lambda: False), told(9))
    windows = [quota.take(lambda: False) for _ in range(3)]
    for window, left in zip(reversed(windows), (4, 6, 5), strict=True):
        quota.learn(window, told(left))
    assert taken(quota) == 4


def test_what_was_under_way_before_anything_was_told_may_not_be_counted_yet():
    quota = Quota(HEADERS)
    first, _second, _third = (quota.take(lambda: False) for _ in range(3))
    quota.learn(first, told(4))
    assert taken(quota) == 2


def test_an_answer_of_an_older_window_says_nothing_of_this_one():
    quota = Quota(HEADERS)
    old = quota.take(lambda: False)
    quota.learn(quota.take(lambda: False), told(0, reset=1))
    time.sleep(0.01)
    quota.learn(quota.take(lambda: False), told(4))
    quota.learn(old, told(1, reset=1))
    assert taken(quota) == 4


def test_a_request_that_got_no_answer_counts_until_the_window_ends():
    quota = Quota(HEADERS)
    quota.learn(quota.take(lambda: False), told(2))
    quota.learn(quota.take(lambda: False), None)
    assert taken(quota) == 1


@pytest.mark.usefixtures("no_retries")
def test_a_429_that_says_when_the_window_ends_holds_every_call_back_as_long(httpserver):
    httpserver.expect_request("/brands").respond_with_data("", 429, {"X-Reset-Ms": "90000"})
    told = pytest.raises(TryAgainLater, match="asks to wait 90 s, and retry_limit is 60 s")
    with closing(HttpClient(Endpoint(httpserver.url_for("/"), quota=HEADERS, retry_limit=60))) as client, told:
        client.json("GET", "/brands")


def test_a_rate_says_how_long_requests_take():
    assert Rate(150, 30).seconds_for(450) == 90
