"""A server's pace is kept before it is exceeded, by all threads together, wherever its windows begin."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from brandsync.errors import Interrupted
from brandsync.http import Endpoint, HttpClient, PaceHeaders, Rate
from brandsync.http.pace import Pace

LIMIT, WINDOW = 7, 0.3
HEADERS = PaceHeaders(limit="X-Limit", left="X-Left", reset="X-Reset", seconds=WINDOW)


class Paced:
    """A server that takes so many requests within any window, and refuses the others with 429."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.came: list[float] = []
        self.refused = 0
        self.others = 0
        self.tells_left = True

    def answer(self, _: Request) -> Response:
        with self.lock:
            now = time.monotonic()
            self.came = [*(moment for moment in self.came if moment > now - WINDOW), now]
            used = len(self.came) + self.others
            self.refused += used > LIMIT
            left = {"X-Left": str(max(LIMIT - used, 0))} if self.tells_left else {}
            headers = {"X-Limit": str(LIMIT), "X-Reset": "1" if used > LIMIT else "0", **left}
            return Response("{}", 429 if used > LIMIT else 200, headers, content_type="application/json")


@pytest.fixture
def paced(httpserver: HTTPServer) -> Paced:
    server = Paced()
    httpserver.expect_request("/brands").respond_with_handler(server.answer)
    return server


@pytest.fixture
def client(httpserver: HTTPServer) -> Iterator[HttpClient]:
    with closing(HttpClient(Endpoint(httpserver.url_for("/"), quota=HEADERS))) as client:
        yield client


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("tells_left", [True, False])
def test_no_request_is_sent_that_the_server_would_refuse(paced, client, threads, tells_left):
    paced.tells_left = tells_left
    began = time.monotonic()
    client.json("GET", "/brands")
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: client.json("GET", "/brands"), range(3 * LIMIT)))
    assert (paced.refused, client.requests) == (0, 3 * LIMIT + 1)
    assert time.monotonic() - began >= 3 * WINDOW
    assert client.rate == Rate(LIMIT, WINDOW)


def test_what_other_clients_take_is_left_to_them(paced, client):
    paced.others = 4
    for _ in range(9):
        client.json("GET", "/brands")
    assert (paced.refused, client.requests) == (0, 9)


def test_a_server_that_tells_no_pace_is_never_waited_for(httpserver, client):
    httpserver.expect_request("/brands").respond_with_json({})
    client.stop_when(lambda: True)  # any wait would now be an error
    for _ in range(50):
        client.json("GET", "/brands")
    assert (client.requests, client.rate) == (50, None)


def test_a_429_holds_every_call_back_for_as_many_seconds_as_it_says(httpserver, client):
    httpserver.expect_oneshot_request("/brands").respond_with_data("", 429, {"X-Reset": "1"})
    httpserver.expect_request("/brands").respond_with_json({})
    began = time.monotonic()
    client.json("GET", "/brands")
    assert time.monotonic() - began >= 1


def test_a_429_where_only_documents_tell_the_pace_holds_every_call_back_for_a_window():
    pace = Pace(PaceHeaders(documented=3, seconds=2.5))
    assert (pace.rate, pace.wait_of({})) == (Rate(3, 2.5), 2.5)
    assert Pace(HEADERS).wait_of({}) is None


def test_a_run_that_is_asked_to_stop_stops_waiting():
    pace = Pace(HEADERS)
    pace.learn(pace.take(lambda: False), {"X-Limit": "1"})
    with pytest.raises(Interrupted):
        pace.take(lambda: True)


def test_a_request_that_got_no_answer_counts_for_a_window_all_the_same():
    pace = Pace(HEADERS)
    pace.learn(pace.take(lambda: False), {"X-Limit": "2"})
    pace.learn(pace.take(lambda: False), None)
    with pytest.raises(Interrupted):
        pace.take(lambda: True)


def test_a_request_that_is_under_way_counts():
    pace = Pace(HEADERS)
    pace.learn(pace.take(lambda: False), {"X-Limit": "2"})
    pace.take(lambda: False)
    with pytest.raises(Interrupted):
        pace.take(lambda: True)


def test_what_is_past_is_not_taken_for_what_others_have_sent():
    pace = Pace(HEADERS)
    for _ in range(4):
        pace.learn(pace.take(lambda: False), {"X-Limit": "7"})
    late = pace.take(lambda: False)
    time.sleep(WINDOW)
    pace.learn(late, {"X-Limit": "7", "X-Left": "2"})  # it and four of others
    pace.take(lambda: False)
    pace.take(lambda: False)
    with pytest.raises(Interrupted):
        pace.take(lambda: True)


def test_a_request_that_the_server_may_have_forgotten_hides_none_of_others():
    """It was counted when it came, and its answer was late: the server forgets it before we do."""
    seconds = 1.2  # a busy machine oversleeps
    pace = Pace(replace(HEADERS, seconds=seconds))
    late = pace.take(lambda: False)
    time.sleep(seconds / 3)
    pace.learn(late, {"X-Limit": "3"})
    time.sleep(seconds * 3 / 4)
    pace.learn(pace.take(lambda: False), {"X-Limit": "3", "X-Left": "0"})  # it and two of others
    time.sleep(seconds / 2)  # now we have forgotten the late one, too
    with pytest.raises(Interrupted):
        pace.take(lambda: True)


@pytest.mark.parametrize("number", ["", "-1", "many", "²", "9" * 40])
def test_headers_that_are_no_numbers_tell_nothing(number):
    pace = Pace(HEADERS)
    pace.learn(pace.take(lambda: False), {"X-Limit": number, "X-Left": number})
    assert (pace.rate, pace.wait_of({"X-Reset": number})) == (None, None)
