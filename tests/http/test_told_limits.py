"""The limits that a server tells, as a pace or as a quota, are kept by all threads together, and never exceeded."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Final

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from brandsync.http import Endpoint, HttpClient, PaceHeaders, QuotaHeaders, Rate


class Limited:
    """A server that takes so many requests in a window, and refuses the others with 429."""

    limit: int
    window: float
    """Seconds."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.refused = 0
        self.others = 0
        """Requests of other clients in each window."""

    def answer(self, _: Request) -> Response:
        with self.lock:
            used, headers = self.count(time.monotonic())
            self.refused += used > self.limit
            return Response("{}", 429 if used > self.limit else 200, headers, content_type="application/json")

    def count(self, now: float) -> tuple[int, dict[str, str]]:
        """How many requests the window has had with this one, and what is told of it."""
        raise NotImplementedError


class Paced(Limited):
    """Any window counts, wherever it begins."""

    limit, window = 7, 0.3
    headers: Final = PaceHeaders(limit="X-Limit", left="X-Left", reset="X-Reset", seconds=window)
    tells_left = True

    def __init__(self) -> None:
        super().__init__()
        self.came: list[float] = []

    def count(self, now: float) -> tuple[int, dict[str, str]]:
        self.came = [*(moment for moment in self.came if moment > now - self.window), now]
        used = len(self.came) + self.others
        left = {"X-Left": str(max(self.limit - used, 0))} if self.tells_left else {}
        return used, {"X-Limit": str(self.limit), "X-Reset": "1" if used > self.limit else "0", **left}


class PacedInSilence(Paced):
    """It does not tell how many requests are left."""

    tells_left = False


class WithAQuota(Limited):
    """Fixed windows: the next one begins with the first request after the last one."""

    limit, window = 10, 0.4
    headers: Final = QuotaHeaders(left="X-Left", reset="X-Reset-Ms", quota="X-Quota", window="X-Window-Ms")

    def __init__(self) -> None:
        super().__init__()
        self.ends, self.used = 0.0, 0

    def count(self, now: float) -> tuple[int, dict[str, str]]:
        if now >= self.ends:
            self.ends, self.used = now + self.window, self.others
        self.used += 1
        return self.used, {
            "X-Left": str(max(self.limit - self.used, 0)),
            "X-Reset-Ms": str(round((self.ends - now) * 1000) + 1),
            "X-Quota": str(self.limit),
            "X-Window-Ms": str(round(self.window * 1000)),
        }


@pytest.fixture
def limited(httpserver: HTTPServer, kind: type[Limited]) -> Limited:
    server = kind()
    httpserver.expect_request("/brands").respond_with_handler(server.answer)
    return server


@pytest.fixture
def client(httpserver: HTTPServer, kind: type[Paced | WithAQuota]) -> Iterator[HttpClient]:
    with closing(HttpClient(Endpoint(httpserver.url_for("/"), quota=kind.headers))) as client:
        yield client


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize(("kind", "early"), [(Paced, 0), (PacedInSilence, 0), (WithAQuota, 0.05)])
def test_no_request_is_sent_that_the_server_would_refuse(limited, client, threads, early):
    """A window of a quota has begun a little before its first answer is here."""
    began = time.monotonic()
    client.json("GET", "/brands")
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda _: client.json("GET", "/brands"), range(3 * limited.limit)))
    assert (limited.refused, client.requests) == (0, 3 * limited.limit + 1)
    assert time.monotonic() - began >= 3 * limited.window - early
    assert client.rate == Rate(limited.limit, limited.window)


@pytest.mark.parametrize(("kind", "others"), [(Paced, 4), (WithAQuota, 7)])
def test_what_other_clients_take_is_left_to_them(limited, client, others):
    limited.others = others
    for _ in range(9):
        client.json("GET", "/brands")
    assert (limited.refused, client.requests) == (0, 9)


@pytest.mark.parametrize("kind", [Paced, WithAQuota])
def test_a_server_that_tells_no_limit_is_never_waited_for(httpserver, client):
    httpserver.expect_request("/brands").respond_with_json({})
    client.stop_when(lambda: True)  # any wait would now be an error
    for _ in range(50):
        client.json("GET", "/brands")
    assert (client.requests, client.rate) == (50, None)


@pytest.mark.parametrize("kind", [Paced])
def test_a_429_holds_every_call_back_for_as_many_seconds_as_it_says(httpserver, client):
    httpserver.expect_oneshot_request("/brands").respond_with_data("", 429, {"X-Reset": "1"})
    httpserver.expect_request("/brands").respond_with_json({})
    began = time.monotonic()
    client.json("GET", "/brands")
    assert time.monotonic() - began >= 1
